package evenhand.fairness.influence;

import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * Conjugate gradient: one product a step, about the square root of the condition number of them.
 *
 * @param damping added to the diagonal; empty: chosen, see {@link InverseHessian#damping}
 * @param tolerance residual that counts as converged
 * @param iterations at most
 */
public record ConjugateGradient(OptionalDouble damping, double tolerance, int iterations) implements InverseHessian {
  /** Checks the ranges. */
  public ConjugateGradient {
    Answers.checkSettings("conjugateGradient", damping, tolerance, iterations);
  }

  /** Damping chosen, residual 1e-5, at most 1000 steps. */
  public static ConjugateGradient automatic() {
    return new ConjugateGradient(OptionalDouble.empty(), 1e-5, 1000);
  }

  /** Damping given, residual 1e-5, at most 1000 steps. */
  public static ConjugateGradient damped(double damping) {
    return new ConjugateGradient(OptionalDouble.of(damping), 1e-5, 1000);
  }

  @Override
  public String name() {
    return "conjugateGradient";
  }

  @Override
  public Solution solve(UnaryOperator<double[]> product, double[] b, double damping) {
    double enough = tolerance * Vectors.norm(b);
    double[] x = new double[b.length];
    double[] residual = b;
    double[] direction = b;
    double[] best = x;
    double smallest = Vectors.norm(b);
    double steepest = 0;
    int step = 0;
    while (step < iterations && Vectors.norm(residual) > enough) {
      step++;
      double[] curved = Vectors.plus(product.apply(direction), damping, direction);
      double bend = Vectors.dot(direction, curved);
      double curvature = bend / Vectors.dot(direction, direction);
      steepest = Math.max(steepest, Math.abs(curvature));
      requirePositive(curvature, steepest, step, damping);
      double before = Vectors.dot(residual, residual);
      x = Vectors.plus(x, before / bend, direction);
      residual = Vectors.plus(residual, -before / bend, curved);
      if (Vectors.norm(residual) < smallest) {
        smallest = Vectors.norm(residual);
        best = x;
      }
      direction = Vectors.plus(residual, Vectors.dot(residual, residual) / before, direction);
    }
    return Answers.checked(this, product, b, damping, best, step);
  }

  private static void requirePositive(double curvature, double steepest, int step, double damping) {
    if (curvature > Answers.ROUNDOFF * steepest) {
      return;
    }
    String sign = curvature < -Answers.ROUNDOFF * steepest ? "negative"
        : Math.abs(curvature) <= Answers.ROUNDOFF * steepest ? "zero (the Hessian is singular)" : "not a number";
    throw new SolverException("conjugateGradient: curvature is %s at step %d; raise damping (now %s)%s".formatted(sign,
        step, damping, sign.equals("negative") ? " or use the Gauss-Newton product" : ""));
  }
}
