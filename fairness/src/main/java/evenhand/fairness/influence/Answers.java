package evenhand.fairness.influence;

import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/** The checks that all solvers share: of their settings, and of their answers. */
final class Answers {
  /** Of products in float32, relative to the largest curvature: less than this cannot be told from 0. */
  static final double ROUNDOFF = 1e-7;

  private Answers() {}

  /** An answer with its residual and verdict; one that is worse than x = 0 has diverged. */
  static Solution checked(InverseHessian solver, UnaryOperator<double[]> product, double[] b, double damping,
      double[] x,
      int iterations) {
    double[] hx = Vectors.plus(product.apply(x), damping, x);
    double residual = Vectors.norm(Vectors.plus(hx, -1, b)) / Vectors.norm(b);
    if (!(residual <= 1)) {
      throw new SolverException("%s: residual %.3g after %d iterations; raise damping (now %s)"
          .formatted(solver.name(), residual, iterations, damping));
    }
    var verdict = residual <= solver.tolerance() ? Solution.Verdict.CONVERGED : Solution.Verdict.STALLED;
    return new Solution(x, residual, iterations, damping, verdict);
  }

  /** Whether b is 0, which has the solution 0; a b that is not finite has none. */
  static boolean isZero(InverseHessian solver, double[] b) {
    double norm = Vectors.norm(b);
    if (!Double.isFinite(norm)) {
      throw new SolverException(solver.name() + ": the right-hand side is not finite; is the model?");
    }
    return norm == 0;
  }

  /** The ranges of the settings. */
  static void checkSettings(String name, OptionalDouble damping, double tolerance, int iterations) {
    if (damping.isPresent() && !(damping.getAsDouble() >= 0)) {
      throw new IllegalArgumentException(name + ": damping must be at least 0, got " + damping.getAsDouble());
    }
    if (!(tolerance > 0) || iterations < 1) {
      throw new IllegalArgumentException(name + ": tolerance and iterations must be above 0, got " + tolerance + " and "
          + iterations);
    }
  }
}
