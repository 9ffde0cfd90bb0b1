package evenhand.fairness.influence;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.tensor.Scope;
import java.util.Comparator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The influence of every training row on a measure: {@code I_k = -grad measure . H^-1 grad l(row k)}.
 *
 * <p>I_k is the rate at which the measure changes as row k is given more weight in the sum over rows. To first order,
 * removing the rows of a set K changes the measure by minus the sum of their influences, so a row with a large positive
 * one raises the measure. All rows take one solve, {@code v = H^-1 grad measure}, and one Jacobian-vector product.
 *
 * <p>Source: P. W. Koh, P. Liang, Understanding black-box predictions via influence functions, ICML 2017; on a bias
 * measure as R. Chen et al., Fast model debias with machine unlearning, NeurIPS 2023. It holds at a minimum of the
 * objective, so look at {@code optimality}; {@link LeaveOut} says how far it holds for removals.
 *
 * @param rows I_k, one per training row
 * @param measure its value at the present theta
 * @param gradient of the measure for theta
 * @param solution v, with the solver's verdict
 * @param optimality {@code |grad J| / rows}: near 0 at a minimum
 */
public record Influence(double[] rows, double measure, double[] gradient, Solution solution, double optimality) {
  /**
   * By the Hessian of the objective.
   *
   * @throws SolverException if the solve has no answer
   */
  public static Influence of(Objective objective, Measure measure, InverseHessian solver) {
    return of(objective, measure, gradient -> solver.solve(objective, gradient));
  }

  /** By another curvature, such as {@link Objective#gaussNewton}. */
  public static Influence of(Objective objective, Measure measure, InverseHessian solver,
      UnaryOperator<double[]> curvature) {
    return of(objective, measure, gradient -> solver.solve(curvature, gradient));
  }

  /** By a solve of one's own, such as that of a factor that is there already. */
  public static Influence of(Objective objective, Measure measure, Function<double[], Solution> solve) {
    try (Scope _ = Scope.open()) {
      Var value = measure.of(objective.model());
      double[] gradient = objective.gradient(value);
      Solution v = solve.apply(gradient);
      double[] rows = Vectors.times(-1, objective.slopes(v.x()));
      double optimality = Vectors.norm(objective.gradient()) / objective.labels().length;
      return new Influence(rows, value.item(), gradient, v, optimality);
    }
  }

  /** A measure's value alone. */
  static double value(Objective objective, Measure measure) {
    try (Scope _ = Scope.open()) {
      return Grad.without(() -> (double) measure.of(objective.model()).item());
    }
  }

  /** All rows, that of largest influence first; ties by row. */
  public int[] ranking() {
    return IntStream.range(0, rows.length).boxed()
        .sorted(Comparator.<Integer>comparingDouble(row -> -rows[row]).thenComparing(row -> row))
        .mapToInt(row -> row).toArray();
  }

  /**
   * The k rows of largest influence, largest first.
   *
   * @throws IllegalArgumentException unless 0 &lt; k &lt; rows
   */
  public int[] top(int k) {
    if (k <= 0 || k >= rows.length) {
      throw new IllegalArgumentException("influence: top " + k + " of " + rows.length
          + " rows; ask for at least one and fewer than all");
    }
    return IntStream.of(ranking()).limit(k).toArray();
  }

  /** How the measure changes if rows are removed, to first order: minus the sum of their influences. */
  public double predictedChange(int... removed) {
    return -IntStream.of(removed).mapToDouble(row -> rows[row]).sum();
  }
}
