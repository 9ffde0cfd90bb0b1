package evenhand.fairness.influence;

import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * LiSSA: the Neumann series of the inverse, {@code x <- x + (b - (H + damping I) x) / scale}.
 *
 * <p>Source: N. Agarwal, B. Bullins, E. Hazan, Second-order stochastic optimization for machine learning in linear
 * time, JMLR 18, 2017. It converges if the scale exceeds half the largest eigenvalue, by the factor {@code 1 -
 * eigenvalue / scale} a step for each eigenvalue; {@link ConjugateGradient} takes fewer products. Deviation: the
 * product is the caller's, over all rows as {@link Objective#hessian} gives it, not resampled every step, so that a
 * residual can be had.
 *
 * @param damping added to the diagonal; empty: chosen, see {@link InverseHessian#damping}
 * @param scale what the steps are divided by; empty: 1.1 times a power iteration's estimate of the largest eigenvalue
 * @param tolerance residual that counts as converged
 * @param iterations at most
 */
public record Lissa(OptionalDouble damping, OptionalDouble scale, double tolerance, int iterations)
    implements
      InverseHessian {
  private static final double MARGIN = 1.1; // power iteration comes from below
  private static final double RISE = 4; // above the smallest residual: more than rounding makes

  /** Checks the ranges. */
  public Lissa {
    Answers.checkSettings("lissa", damping, tolerance, iterations);
    if (scale.isPresent() && !(scale.getAsDouble() > 0)) {
      throw new IllegalArgumentException("lissa: scale must be above 0, got " + scale.getAsDouble());
    }
  }

  /** Damping and scale chosen, residual 1e-4, at most 10,000 steps. */
  public static Lissa automatic() {
    return new Lissa(OptionalDouble.empty(), OptionalDouble.empty(), 1e-4, 10_000);
  }

  /** Damping given, scale chosen, residual 1e-4, at most 10,000 steps. */
  public static Lissa damped(double damping) {
    return new Lissa(OptionalDouble.of(damping), OptionalDouble.empty(), 1e-4, 10_000);
  }

  @Override
  public String name() {
    return "lissa";
  }

  /** With another scale. */
  public Lissa withScale(double other) {
    return new Lissa(damping, OptionalDouble.of(other), tolerance, iterations);
  }

  @Override
  public Solution solve(UnaryOperator<double[]> product, double[] b, double damping) {
    double s = scale.isPresent() ? scale.getAsDouble() : chosenScale(product, b.length, damping);
    double[] x = new double[b.length];
    double[] best = x;
    double smallest = Double.POSITIVE_INFINITY;
    int step = 0;
    while (step < iterations && smallest > tolerance * Vectors.norm(b)) {
      step++;
      double[] residual = Vectors.plus(b, -1, Vectors.plus(product.apply(x), damping, x));
      double length = Vectors.norm(residual);
      // |residual|^2 is a sum of terms c (1 - eigenvalue / s)^(2 step), convex: once it rises it rises for ever
      if (!(length <= RISE * smallest)) {
        throw new SolverException("lissa: diverged at step %d, residual %.3g after %.3g; raise scale (now %.4g) above "
            .formatted(step, length / Vectors.norm(b), smallest / Vectors.norm(b), s)
            + "half the largest eigenvalue, or damping (now " + damping + ")");
      }
      if (length < smallest) {
        smallest = length;
        best = x;
      }
      x = Vectors.plus(x, 1 / s, residual);
    }
    return Answers.checked(this, product, b, damping, best, step);
  }

  private static double chosenScale(UnaryOperator<double[]> product, int parameters, double damping) {
    double largest = Damping.largestCurvature(v -> Vectors.plus(product.apply(v), damping, v), parameters);
    if (!(largest > 0)) {
      throw new SolverException("lissa: the eigenvalue of largest size is %.3g; raise damping (now %s) or use the "
          .formatted(largest, damping) + "Gauss-Newton product");
    }
    return MARGIN * largest;
  }
}
