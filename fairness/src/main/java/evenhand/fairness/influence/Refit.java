package evenhand.fairness.influence;

/** Training that ends at a minimum: what a prediction of leaving rows out is checked with. */
@FunctionalInterface
public interface Refit {
  /** Trains the objective's parameters in place, from where they are. */
  void fit(Objective objective);

  /**
   * Newton's method with step halving, for models with a convex loss.
   *
   * <p>It ends when {@code |grad J| / rows} is within the tolerance (float32 gradients go down to about 1e-7), or when
   * no step lowers the gradient.
   *
   * @throws SolverException if the Hessian is singular or not positive
   */
  static Refit newton(InverseHessian solver, double tolerance, int steps) {
    return objective -> {
      double enough = tolerance * objective.labels().length;
      double[] gradient = objective.gradient();
      for (int step = 0; step < steps && Vectors.norm(gradient) > enough; step++) {
        double before = Vectors.norm(gradient);
        double[] theta = objective.theta();
        double[] direction = solver.solve(objective, gradient).x();
        double share = 1;
        do {
          objective.moveTo(Vectors.plus(theta, -share, direction));
          gradient = objective.gradient();
          share /= 2;
        } while (!(Vectors.norm(gradient) < before) && share > 1e-3);
        if (!(Vectors.norm(gradient) < before)) {
          objective.moveTo(theta);
          return;
        }
      }
    };
  }

  /** Newton's method by Cholesky to 1e-8, at most 50 steps. */
  static Refit newton() {
    return newton(Cholesky.automatic(), 1e-8, 50);
  }
}
