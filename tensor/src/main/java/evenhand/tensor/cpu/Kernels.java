package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.Reduction;
import evenhand.tensor.Unary;

/**
 * The inner loops of the CPU device, on stretches of arrays.
 *
 * <p>Two implementations: {@link VectorKernels} on the Vector API, {@link ScalarKernels} in plain Java where that
 * module is absent. Each is a pure function of its arguments: an element's bits do not depend on where in the array it
 * lies or how a loop over it was cut, except for the reductions, whose callers cut by fixed sizes.
 *
 * <p>Naming: {@code xo} is the position of x's first element, {@code xs} its stride (0: one number for all).
 */
interface Kernels {
  /** The instructions in use, for people. */
  String description();

  /** Columns of a product that one register tile covers. */
  int tileColumns();

  /** {@code out[i] = op(x[i])}; {@code out} may be {@code x}. */
  void unary(Unary op, float[] x, int xo, float[] out, int oo, int n);

  /** {@code out[i] = op(a[i * as], b[i * bs])} with strides 0 or 1; {@code out} may be an operand of stride 1. */
  void binary(Binary op, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out, int oo, int n);

  /** {@code out[i] = c[i * cs] != 0 ? a[i * as] : b[i * bs]} with strides 0 or 1. */
  void where(float[] c, int co, int cs, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out, int oo,
      int n);

  /** Sum, largest or smallest of n numbers, in a fixed order; n is at least 1. Not for ARGMAX. */
  float reduce(Reduction op, float[] x, int xo, int n);

  /** Sum of four stretches of n numbers that begin {@code apart} from each other, in a fixed order. */
  float sumOfFour(float[] x, int xo, int apart, int n);

  /** {@code out[j] = reduction over i of x[xo + i * ld + j]}, rows in order; rows is at least 1. Not for ARGMAX. */
  void reduceRows(Reduction op, float[] x, int xo, int ld, int rows, float[] out, int oo, int n);

  /** {@code y[i] = sum over j of a[ao + i * lda + j] * x[xo + j]}, each in the same fixed order. */
  void dotRows(float[] a, int ao, int lda, float[] x, int xo, float[] y, int yo, int rows, int n);

  /** {@code sum over i of a[ao + i] * b[bo + i]} in double precision, in a fixed order. */
  double dot(float[] a, int ao, float[] b, int bo, int n);

  /** {@code sum over i of (a[ao + i] * b[bo + i])^2} in double precision, in a fixed order. */
  double sumOfSquaredProducts(float[] a, int ao, float[] b, int bo, int n);

  /** A step of gradient descent of n numbers: {@code w[i] -= rate * (g[i] + decay * w[i])}. */
  void descend(float[] w, int wo, float[] g, int go, int n, float rate, float decay);

  /** A step with momentum: {@code m[i] = kept * m[i] + (g[i] + decay * w[i])}, {@code w[i] -= rate * m[i]}. */
  void heavyBall(float[] w, int wo, float[] g, int go, float[] m, int mo, int n, float rate, float kept, float decay);

  /** A step of Adam of n numbers, in place on w and its moments m and v; see {@link evenhand.tensor.spi.Backend#adam}. */
  void adam(float[] w, int wo, float[] g, int go, float[] m, int mo, float[] v, int vo, int n, AdamFactors factors);

  /**
   * A step of the gradient encoder's decoder, of n numbers: with {@code r = h w + b - scale t} it adds {@code sum r^2}
   * and {@code sum r w} to {@code sums[0]} and {@code sums[1]}, then moves w and b with the gradients r.
   *
   * @param t the target from {@code to}
   * @param room for 2 n numbers, from {@code ro}
   */
  void decoder(float h, AdamSlice w, AdamSlice b, float scale, float[] t, int to, int n, float[] room, int ro,
      double[] sums);

  /** {@code dy[i] = h[i] > 0 ? dy[i] : 0}. */
  void reluSlope(float[] h, int ho, float[] dy, int at, int n);

  /** {@code dy[i] *= 1 - h[i]^2}. */
  void tanhSlope(float[] h, int ho, float[] dy, int at, int n);

  /**
   * {@code rd = rd (1 - h^2) - 2 h rh s} and {@code d = s (1 - h^2)}.
   *
   * @param known true if d is already that, and s follows from it (0 where {@code 1 - h^2} is: rh is 0 there too);
   *        else d holds s
   */
  void tanhBend(float[] h, int ho, float[] rh, int ro, float[] d, int at, float[] rd, int rdAt, boolean known, int n);

  /** {@link #dotRows} with two vectors from their start, {@code outX[i]} and {@code outY[i]}. */
  void dotRowsTwice(float[] a, int ao, int lda, float[] x, float[] y, float[] outX, float[] outY, int rows, int n);

  /** {@code out[j] += sum over i of q[qo + i] * x[xo + i * ldx + j]}, rows in a fixed order. */
  void addRows(float[] q, int qo, float[] x, int xo, int ldx, int rows, float[] out, int oo, int n);

  /**
   * {@code C = A B}, or {@code C += A B} unless {@code first}: A {@code [m, depth]} of any strides, rows of B
   * {@code [depth, n]} and C {@code [m, n]} without gaps.
   *
   * <p>An element of C is one chain of additions from 0 in order of depth, whatever m and n are.
   */
  void multiply(int m, int n, int depth, Matrix a, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first);

  /** Pixels of a vector, the unit in which {@link #convolve} works. */
  int lanes();

  /** How many of so many rows of a weight the next tile of {@link #convolve} takes. */
  int weightRows(int left);

  /**
   * Two vectors of pixels of m channels, added to c unless {@code tap} is 0: {@code c[co + i * ldc + p] = sum over k <
   * depth of w[i, tap + k] x[seen[k] + p]}, for p below twice {@link #lanes}. Each sum is one chain in order of k.
   *
   * @param a the weight from {@code ao}, tile by tile: of {@link #weightRows} rows each, {@code [all, rows]}
   * @param all taps of the weight
   */
  void convolve(int m, float[] a, int ao, int all, int tap, int depth, float[] x, int[] seen, float[] c, int co,
      int ldc);

  /**
   * {@code products[4 t + i] = sum over p < n of d[at + i * ldd + p] x[taps[first + t] + p]} for four i and six t.
   *
   * @param n a multiple of {@link #lanes}
   * @param products 24 numbers, and after them room for 24 vectors
   */
  void tapProducts(int n, float[] d, int at, int ldd, float[] x, int[] taps, int first, float[] products);

  /** {@code out[oo + k * ldo + i] = x[xo + i * ldx + k]}: rows x columns numbers, transposed. */
  void transpose(float[] x, int xo, int ldx, int rows, int columns, float[] out, int oo, int ldo);

  /** {@code out[oo + i * ldo + j] = x[xo + i * ldx + j]}: rows x columns numbers, for few columns. */
  void copyRows(float[] x, int xo, int ldx, int rows, int columns, float[] out, int oo, int ldo);
}
