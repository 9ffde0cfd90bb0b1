package evenhand.fairness.influence;

import java.util.Arrays;
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
  private static final int PANEL = 64; // rows of up to 8 kB each: half of a second-level cache

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
    return solve(dense(product, b.length), b);
  }

  @Override
  public Solution solve(Objective objective, double[] b) {
    return solve(objective.denseHessian(), b);
  }

  /** The solution for a dense Hessian, {@code [parameters][parameters]}, symmetric. */
  public Solution solve(double[][] hessian, double[] b) {
    return factor(hessian).solve(b);
  }

  @Override
  public Solution solve(UnaryOperator<double[]> product, double[] b, double damping) {
    return new Factor(this, dense(product, b.length), damping).solve(b);
  }

  /**
   * The factor of a dense Hessian, symmetric, for as many right-hand sides as there are.
   *
   * @throws SolverException if H + damping I is not positive definite
   */
  public Factor factor(double[][] hessian) {
    return damping.isPresent()
        ? new Factor(this, hessian, damping.getAsDouble())
        : Damping.raised(v -> multiply(hessian, v), hessian.length, damping -> new Factor(this, hessian, damping));
  }

  /** {@code H + damping I = L L^T}. */
  public static final class Factor {
    private final Cholesky solver;
    private final double[][] hessian;
    private final double[][] lower;
    private final double damping;

    private Factor(Cholesky solver, double[][] hessian, double damping) {
      this.solver = solver;
      this.hessian = hessian;
      this.damping = damping;
      this.lower = lower(hessian, damping);
    }

    /** What was added to the diagonal. */
    public double damping() {
      return damping;
    }

    /**
     * The solution for a right-hand side.
     *
     * @throws SolverException if it is not finite, or the residual is worse than that of 0
     */
    public Solution solve(double[] b) {
      if (Answers.isZero(solver, b)) {
        return new Solution(new double[b.length], 0, 0, damping, Solution.Verdict.CONVERGED);
      }
      return Answers.checked(solver, v -> multiply(hessian, v), b, damping, substitute(lower, b), b.length);
    }
  }

  /**
   * H from its products with the unit vectors, made exactly symmetric.
   *
   * @throws IllegalArgumentException for more than 4096 parameters
   */
  static double[][] dense(UnaryOperator<double[]> product, int parameters) {
    requireSize(parameters);
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

  /** Refuses more parameters than a dense Hessian is meant for. */
  static void requireSize(int parameters) {
    if (parameters > LARGEST) {
      throw new IllegalArgumentException("cholesky: " + parameters + " parameters are too many for a dense Hessian (at "
          + "most " + LARGEST + "); use ConjugateGradient, or only the last layer's parameters");
    }
  }

  private static double[] multiply(double[][] h, double[] v) {
    double[] product = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      product[i] = Vectors.dot(h[i], v);
    }
    return product;
  }

  /** L, row i of i + 1 numbers. */
  private static double[][] lower(double[][] hessian, double damping) {
    double largest = 0;
    for (int i = 0; i < hessian.length; i++) {
      largest = Math.max(largest, Math.abs(hessian[i][i] + damping));
    }
    int n = hessian.length;
    double[][] u = new double[n][]; // L^T, of which row i counts from i
    for (int i = 0; i < n; i++) {
      u[i] = hessian[i].clone();
      u[i][i] += damping;
    }
    for (int start = 0; start < n; start += PANEL) { // a panel's rows stay in the cache while each row below takes them
      int end = Math.min(start + PANEL, n);
      for (int i = start; i < end; i++) {
        subtract(u, start, i, i);
        double root = Math.sqrt(pivot(u[i][i], i, largest, damping));
        for (int k = i; k < n; k++) {
          u[i][k] /= root;
        }
      }
      for (int i = end; i < n; i++) {
        subtract(u, start, end, i);
      }
    }
    double[][] l = new double[n][];
    for (int i = 0; i < n; i++) {
      int row = i;
      l[i] = new double[i + 1];
      Arrays.setAll(l[i], k -> u[k][row]);
    }
    return l;
  }

  /** Row i less its share of the rows start .. end - 1 above it, several in one pass, which runs in vectors. */
  private static void subtract(double[][] u, int start, int end, int i) {
    double[] row = u[i];
    int p = start;
    for (; p + 3 < end; p += 4) {
      double[] a = u[p];
      double[] b = u[p + 1];
      double[] c = u[p + 2];
      double[] d = u[p + 3];
      double ai = -a[i];
      double bi = -b[i];
      double ci = -c[i];
      double di = -d[i];
      for (int k = i; k < row.length; k++) {
        row[k] = Math.fma(di, d[k], Math.fma(ci, c[k], Math.fma(bi, b[k], Math.fma(ai, a[k], row[k]))));
      }
    }
    for (; p < end; p++) {
      double[] a = u[p];
      double ai = -a[i];
      for (int k = i; k < row.length; k++) {
        row[k] = Math.fma(ai, a[k], row[k]);
      }
    }
  }

  /** {@code sum of a_k b_k} for k below n, in four sums, so that each addition need not wait for the one before. */
  private static double dot(double[] a, double[] b, int n) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int k = 0;
    for (; k + 3 < n; k += 4) {
      s0 += a[k] * b[k];
      s1 += a[k + 1] * b[k + 1];
      s2 += a[k + 2] * b[k + 2];
      s3 += a[k + 3] * b[k + 3];
    }
    for (; k < n; k++) {
      s0 += a[k] * b[k];
    }
    return s0 + s1 + (s2 + s3);
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
      x[i] = (x[i] - dot(factor[i], x, i)) / factor[i][i];
    }
    for (int i = x.length - 1; i >= 0; i--) { // what x_i takes from those above it, row by row of L
      x[i] /= factor[i][i];
      for (int k = 0; k < i; k++) {
        x[k] -= factor[i][k] * x[i];
      }
    }
    return x;
  }
}
