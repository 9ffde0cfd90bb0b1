package evenhand.fairness.influence;

import evenhand.tensor.Scope;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * A way to solve {@code (H + damping I) x = b} for a symmetric H known by its products with vectors.
 *
 * <p>{@link Cholesky} builds H and is exact, for up to a few thousand parameters; {@link ConjugateGradient} and {@link
 * Lissa} never build it. Products come from {@link Objective#hessian}, or from {@link Objective#gaussNewton} where the
 * Hessian is not positive definite. They are computed in float32, the solvers' own arithmetic is in double.
 */
public sealed interface InverseHessian permits Cholesky, ConjugateGradient, Lissa {
  /**
   * The solution.
   *
   * @param product {@code v -> H v}, without the damping
   * @param b of as many numbers as there are parameters
   * @throws SolverException if H + damping I is not positive definite or the iteration diverges
   */
  default Solution solve(UnaryOperator<double[]> product, double[] b) {
    if (Answers.isZero(this, b)) {
      return new Solution(new double[b.length], 0, 0, damping().orElse(0), Solution.Verdict.CONVERGED);
    }
    return damping().isPresent()
        ? solve(product, b, damping().getAsDouble())
        : Damping.raised(product, b.length, damping -> solve(product, b, damping));
  }

  /** The solution for the Hessian of an objective at its present theta: dense for {@link Cholesky}, else by products. */
  default Solution solve(Objective objective, double[] b) {
    try (Scope _ = Scope.open()) {
      return solve(objective.hessian(), b);
    }
  }

  /** The solution for one damping and b other than 0. */
  Solution solve(UnaryOperator<double[]> product, double[] b, double damping);

  /** As in messages, {@code conjugateGradient}. */
  String name();

  /** What is added to the diagonal; empty: 0, or if that fails the smallest that works, in steps of ten. */
  OptionalDouble damping();

  /** The smallest residual that counts as converged. */
  double tolerance();
}
