package evenhand.fairness.influence;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.function.DoubleFunction;
import java.util.function.UnaryOperator;

/** Sizes of damping and scale, taken from the Hessian itself. */
final class Damping {
  private static final int POWER_STEPS = 30;
  private static final int RAISES = 6;
  private static final double FIRST = 1e-6; // of the largest curvature

  private Damping() {}

  /**
   * The first answer of: no damping, then 1e-6 of the largest curvature, raised tenfold up to .1 of it.
   *
   * @throws SolverException the last one, if none works
   */
  static <T> T raised(UnaryOperator<double[]> product, int parameters, DoubleFunction<T> solve) {
    try {
      return solve.apply(0);
    } catch (SolverException first) {
      double damping = FIRST * Math.abs(largestCurvature(product, parameters));
      for (int raise = 1; raise < RAISES; raise++, damping *= 10) {
        try {
          return solve.apply(damping);
        } catch (SolverException _) {
          // not enough yet
        }
      }
      return solve.apply(damping);
    }
  }

  /**
   * The eigenvalue of largest size, with its sign, by power iteration: an estimate from below, good to a few percent.
   *
   * @throws SolverException if a product is not finite
   */
  static double largestCurvature(UnaryOperator<double[]> product, int parameters) {
    Rng rng = new Rng(0).split("power iteration");
    double[] v = new double[parameters];
    Arrays.setAll(v, i -> rng.nextGaussian());
    double eigenvalue = 0;
    for (int step = 0; step < POWER_STEPS; step++) {
      v = Vectors.times(1 / Vectors.norm(v), v);
      double[] hv = product.apply(v);
      double length = Vectors.norm(hv);
      if (!Double.isFinite(length)) {
        throw new SolverException("powerIteration: the Hessian-vector product is not finite; is the model?");
      }
      if (length == 0) {
        return 0;
      }
      eigenvalue = Math.copySign(length, Vectors.dot(v, hv));
      v = hv;
    }
    return eigenvalue;
  }
}
