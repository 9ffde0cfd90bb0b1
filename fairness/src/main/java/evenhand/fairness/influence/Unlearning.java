package evenhand.fairness.influence;

import evenhand.tensor.Tensor;

/**
 * Parameter updates that stand for training on other rows: {@code step = H^-1 sum of gradients}, H in sum form.
 *
 * <p>Each gives the step as the solution of its solve; {@link #move} takes it, or a share of it. Source: R. Chen et
 * al., Fast model debias with machine unlearning, NeurIPS 2023.
 */
public final class Unlearning {
  private Unlearning() {}

  /** As if training rows were left out: {@code H^-1 sum of grad l(row)}. */
  public static Solution removal(Objective objective, InverseHessian solver, int... rows) {
    return solver.solve(objective, objective.gradient(selected(objective.x(), rows), objective.labelsOf(rows)));
  }

  /**
   * As if training rows were their counterfactuals, labels kept: {@code H^-1 sum of (grad l(row) - grad l(other row))}.
   *
   * @param counterfactual of the shape of the training rows
   */
  public static Solution replacement(Objective objective, InverseHessian solver, Tensor counterfactual, int... rows) {
    if (!counterfactual.shape().equals(objective.x().shape())) {
      throw new IllegalArgumentException("replacement: training rows " + objective.x().shape()
          + " and counterfactual rows " + counterfactual.shape() + " differ; give one for each");
    }
    return external(objective, solver, selected(objective.x(), rows), selected(counterfactual, rows),
        objective.labelsOf(rows));
  }

  /**
   * By pairs of rows outside the training data: {@code H^-1 sum of (grad l(aligned) - grad l(conflicting))}.
   *
   * @param aligned the members that agree with the bias
   * @param conflicting those that do not
   * @param labels one per pair
   */
  public static Solution external(Objective objective, InverseHessian solver, Tensor aligned, Tensor conflicting,
      int... labels) {
    double[] sum = Vectors.plus(objective.gradient(aligned, labels), -1, objective.gradient(conflicting, labels));
    return solver.solve(objective, sum);
  }

  /** Moves the model by a share tau of a step: {@code theta + tau * step}, which is returned unrounded. */
  public static double[] move(Objective objective, Solution step, double tau) {
    double[] theta = Vectors.plus(objective.theta(), tau, step.x());
    objective.moveTo(theta);
    return theta;
  }

  private static Tensor selected(Tensor from, int... rows) {
    return from.indexSelect(0, from.device().tensor(rows));
  }
}
