package evenhand.fairness.influence;

import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * The exact solution by a dense Cholesky factor, in double: {@code H + damping I = L L^T}.
 *
 * <p>For P parameters P products build H, P^2 numbers hold it, P^3 / 3 multiplications factor it.
 *
 * @param damping added to the diagonal; empty: chosen, see {@link InverseHessian#damping}
 * @param tolerance residual that counts as converged
 */
public record Cholesky(OptionalDouble damping, double tolerance) implements InverseHessian {
  private static final int LARGEST = 4096;

  /** Checks the ranges. */
  public Cholesky {
    Answers.checkSettings("cholesky", damping, tolerance, 1);
  }

  /** Damping chosen, residual 1e-8. */
  public static Cholesky automatic() {
    return new Cholesky(OptionalDouble.empty(), 1e-8);
  }

  /** Damping given, residual 1e-8. */
  public static Cholesky damped(double damping) {
    return new Cholesky(OptionalDouble.of(damping), 1e-8);
  }

  @Override
  public String name() {
    return "cholesky";
  }

  @Override
  public Solution solve(UnaryOperator<double[]> product, double[] b) {
    double[][] h = dense(product, b.length);
    return InverseHessian.super.solve(v -> multiply(h, v), b);
  }

  /** The solution for a dense Hessian, {@code [parameters][parameters]}, symmetric. */
  public Solution solve(double[][] hessian, double[] b) {
    return InverseHessian.super.solve(v -> multiply(hessian, v), b);
  }

  @Override
  public Solution solve(UnaryOperator<double[]> product, double[] b, double damping) {
    double[][] factor = factor(dense(product, b.length), damping);
    return Answers.checked(this, product, b, damping, substitute(factor, b), b.length);
  }

  /**
   * H from its products with the unit vectors, made exactly symmetric.
   *
   * @throws IllegalArgumentException for more than 4096 parameters
   */
  static double[][] dense(UnaryOperator<double[]> product, int parameters) {
    if (parameters > LARGEST) {
      throw new IllegalArgumentException("cholesky: " + parameters + " parameters are too many for a dense Hessian (at "
          + "most " + LARGEST + "); use ConjugateGradient, or only the last layer's parameters");
    }
    double[][] h = new double[parameters][];
    for (int i = 0; i < parameters; i++) {
      double[] unit = new double[parameters];
      unit[i] = 1;
      h[i] = product.apply(unit);
    }
    for (int i = 0; i < parameters; i++) {
      for (int j = 0; j < i; j++) {
        h[i][j] = (h[i][j] + h[j][i]) / 2;
        h[j][i] = h[i][j];
      }
    }
    return h;
  }

  private static double[] multiply(double[][] h, double[] v) {
    double[] product = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      product[i] = Vectors.dot(h[i], v);
    }
    return product;
  }

  /** L, in the lower half of h, which is overwritten. */
  private static double[][] factor(double[][] h, double damping) {
    double largest = 0;
    for (int i = 0; i < h.length; i++) {
      h[i][i] += damping;
      largest = Math.max(largest, Math.abs(h[i][i]));
    }
    for (int i = 0; i < h.length; i++) {
      for (int j = 0; j <= i; j++) {
        double rest = h[i][j];
        for (int k = 0; k < j; k++) {
          rest -= h[i][k] * h[j][k];
        }
        h[i][j] = i == j ? Math.sqrt(pivot(rest, i, largest, damping)) : rest / h[j][j];
      }
    }
    return h;
  }

  private static double pivot(double pivot, int row, double largest, double damping) {
    if (pivot > Answers.ROUNDOFF * largest) {
      return pivot;
    }
    String what = pivot < -Answers.ROUNDOFF * largest ? "curvature is negative" : "the Hessian is singular";
    String remedy = pivot < -Answers.ROUNDOFF * largest ? " or use the Gauss-Newton product" : "";
    throw new SolverException(
        "cholesky: %s at parameter %d (pivot %.3g, largest diagonal %.3g); raise damping (now %s)%s"
            .formatted(what, row, pivot, largest, damping, remedy));
  }

  /** x of {@code L L^T x = b}. */
  private static double[] substitute(double[][] factor, double[] b) {
    double[] x = b.clone();
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < i; k++) {
        x[i] -= factor[i][k] * x[k];
      }
      x[i] /= factor[i][i];
    }
    for (int i = x.length - 1; i >= 0; i--) {
      for (int k = i + 1; k < x.length; k++) {
        x[i] -= factor[k][i] * x[k];
      }
      x[i] /= factor[i][i];
    }
    return x;
  }
}
