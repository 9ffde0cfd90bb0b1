package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import evenhand.tensor.Binary;
import evenhand.tensor.Reduction;
import evenhand.tensor.Unary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** Inner loops on the Vector API, in the widest vectors of the machine. */
final class VectorKernels implements Kernels {
  private static final int LANES = FLOATS.length();
  private static final VectorShuffle<Float> HALF = rotation(2);
  private static final VectorShuffle<Float> QUARTER = rotation(4);
  private static final VectorShuffle<Float> EIGHTH = rotation(8);
  private static final VectorShuffle<Float> SIXTEENTH = rotation(16);

  private final ScalarKernels scalar = new ScalarKernels();

  private static VectorShuffle<Float> rotation(int part) {
    int shift = Math.max(LANES / part, 1);
    return VectorShuffle.fromOp(FLOATS, lane -> (lane + shift) % LANES);
  }

  @Override
  public String description() {
    return FLOATS.vectorBitSize() + "-bit vectors";
  }

  @Override
  public int tileColumns() {
    return GemmTiles.COLUMNS;
  }

  /** What is left of a vector goes through a padded one, so that an element's bits do not depend on its place. */
  @Override
  public void unary(Unary op, float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    if (end > 0 && !VectorUnary.apply(op, x, xo, out, oo, end)) {
      scalar.unary(op, x, xo, out, oo, end);
    }
    int rest = n - end;
    if (rest > 0) {
      float[] padded = new float[LANES];
      System.arraycopy(x, xo + end, padded, 0, rest);
      if (VectorUnary.apply(op, padded, 0, padded, 0, LANES)) {
        System.arraycopy(padded, 0, out, oo + end, rest);
      } else {
        scalar.unary(op, x, xo + end, out, oo + end, rest);
      }
    }
  }

  /** What is left of a vector goes through the scalar loops, which give the same bits. */
  @Override
  public void binary(Binary op, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    if (end == 0 || (as | bs) == 0 || !VectorBinary.apply(op, a, ao, as, b, bo, bs, out, oo, end)) {
      end = 0;
    }
    if (end < n) {
      scalar.binary(op, a, ao + end * as, as, b, bo + end * bs, bs, out, oo + end, n - end);
    }
  }

  @Override
  public void where(float[] c, int co, int cs, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out,
      int oo, int n) {
    int end = cs == 0 ? 0 : FLOATS.loopBound(n);
    if (end > 0) {
      whereVectors(c, co, a, ao, as, b, bo, bs, out, oo, end);
    }
    if (end < n) {
      scalar.where(c, co + end * cs, cs, a, ao + end * as, as, b, bo + end * bs, bs, out, oo + end, n - end);
    }
  }

  private static void whereVectors(float[] c, int co, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out,
      int oo, int n) {
    float[] left = as == 1 ? a : filled(a[ao]); // one number: read again from the same place
    float[] right = bs == 1 ? b : filled(b[bo]);
    int leftAt = as == 1 ? ao : 0;
    int rightAt = bs == 1 ? bo : 0;
    for (int i = 0; i < n; i += LANES, leftAt += as * LANES, rightAt += bs * LANES) {
      load(right, rightAt).blend(load(left, leftAt), load(c, co + i).compare(VectorOperators.NE, VectorMath.ZERO))
          .intoArray(out, oo + i);
    }
  }

  private static float[] filled(float value) {
    float[] vector = new float[LANES];
    java.util.Arrays.fill(vector, value);
    return vector;
  }

  static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }

  static FloatVector load(float[] x, int at, VectorMask<Float> mask) {
    return FloatVector.fromArray(FLOATS, x, at, mask);
  }

  // ---- reductions ----

  @Override
  public float reduce(Reduction op, float[] x, int xo, int n) {
    return switch (op) {
      case SUM -> sum(x, xo, n);
      case MAX -> max(x, xo, n);
      case MIN -> min(x, xo, n);
      case ARGMAX -> throw new AssertionError("argmax is no fold of numbers");
    };
  }

  /** Four accumulators hide the latency of the addition. */
  private static float sum(float[] x, int xo, int n) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
      s0 = s0.add(load(x, xo + i));
      s1 = s1.add(load(x, xo + i + LANES));
      s2 = s2.add(load(x, xo + i + 2 * LANES));
      s3 = s3.add(load(x, xo + i + 3 * LANES));
    }
    for (; i + LANES <= n; i += LANES) {
      s0 = s0.add(load(x, xo + i));
    }
    float rest = 0;
    for (; i < n; i++) {
      rest += x[xo + i];
    }
    return total(s0.add(s1).add(s2.add(s3))) + rest;
  }

  @Override
  public float sumOfFour(float[] x, int xo, int apart, int n) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int second = xo + apart;
    int third = second + apart;
    int fourth = third + apart;
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      s0 = s0.add(load(x, xo + i));
      s1 = s1.add(load(x, second + i));
      s2 = s2.add(load(x, third + i));
      s3 = s3.add(load(x, fourth + i));
    }
    float rest = 0;
    for (; i < n; i++) {
      rest += x[xo + i] + x[second + i] + (x[third + i] + x[fourth + i]);
    }
    return total(s0.add(s1).add(s2.add(s3))) + rest;
  }

  /** Sum of the lanes by halving: {@code reduceLanes} leaves its order open, which would change bits between runs. */
  static float total(FloatVector v) {
    FloatVector sum = v.add(v.rearrange(HALF));
    if (LANES > 2) {
      sum = sum.add(sum.rearrange(QUARTER));
    }
    if (LANES > 4) {
      sum = sum.add(sum.rearrange(EIGHTH));
    }
    if (LANES > 8) {
      sum = sum.add(sum.rearrange(SIXTEENTH));
    }
    return sum.lane(0);
  }

  private static float max(float[] x, int xo, int n) {
    FloatVector m0 = FloatVector.broadcast(FLOATS, x[xo]);
    FloatVector m1 = m0;
    int i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
      m0 = m0.max(load(x, xo + i));
      m1 = m1.max(load(x, xo + i + LANES));
    }
    if (i + LANES <= n) {
      m0 = m0.max(load(x, xo + i));
      i += LANES;
    }
    float result = m0.max(m1).reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      result = Math.max(result, x[xo + i]);
    }
    return result;
  }

  private static float min(float[] x, int xo, int n) {
    FloatVector m0 = FloatVector.broadcast(FLOATS, x[xo]);
    FloatVector m1 = m0;
    int i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
      m0 = m0.min(load(x, xo + i));
      m1 = m1.min(load(x, xo + i + LANES));
    }
    if (i + LANES <= n) {
      m0 = m0.min(load(x, xo + i));
      i += LANES;
    }
    float result = m0.min(m1).reduceLanes(VectorOperators.MIN);
    for (; i < n; i++) {
      result = Math.min(result, x[xo + i]);
    }
    return result;
  }

  @Override
  public void reduceRows(Reduction op, float[] x, int xo, int ld, int rows, float[] out, int oo, int n) {
    if (op == Reduction.SUM) {
      sumRows(x, xo, ld, rows, out, oo, n);
    } else {
      System.arraycopy(x, xo, out, oo, n);
      Binary fold = op == Reduction.MAX ? Binary.MAX : Binary.MIN;
      for (int i = 1; i < rows; i++) {
        binary(fold, out, oo, 1, x, xo + i * ld, 1, out, oo, n);
      }
    }
  }

  private static void sumRows(float[] x, int xo, int ld, int rows, float[] out, int oo, int n) {
    int j = 0;
    for (; j + LANES <= n; j += LANES) {
      sumPanel(x, xo + j, ld, rows, out, oo + j);
    }
    for (; j < n; j++) {
      double even = 0;
      double odd = 0;
      int at = xo + j;
      for (int i = 1; i < rows; i += 2, at += 2 * ld) {
        even += x[at];
        odd += x[at + ld];
      }
      out[oo + j] = (float) ((rows & 1) == 1 ? even + x[at] + odd : even + odd);
    }
  }

  /** One vector of columns, four rows at a time: short chains of additions, which are quicker and round less. */
  private static void sumPanel(float[] x, int at, int ld, int rows, float[] out, int oo) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + 4 <= rows; i += 4, at += 4 * ld) {
      s0 = s0.add(load(x, at));
      s1 = s1.add(load(x, at + ld));
      s2 = s2.add(load(x, at + 2 * ld));
      s3 = s3.add(load(x, at + 3 * ld));
    }
    for (; i < rows; i++, at += ld) {
      s0 = s0.add(load(x, at));
    }
    s0.add(s1).add(s2.add(s3)).intoArray(out, oo);
  }

  // ---- products ----

  @Override
  public void dotRows(float[] a, int ao, int lda, float[] x, int xo, float[] y, int yo, int rows, int n) {
    int i = 0;
    for (; i + 4 <= rows; i += 4) {
      dotFour(a, ao + i * lda, lda, x, xo, y, yo + i, n);
    }
    for (; i < rows; i++) {
      dotOne(a, ao + i * lda, x, xo, y, yo + i, n);
    }
  }

  private static void dotFour(float[] a, int a0, int lda, float[] x, int xo, float[] y, int yo, int n) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int end = FLOATS.loopBound(n);
    for (int k = 0; k < end; k += LANES) {
      FloatVector v = load(x, xo + k);
      s0 = load(a, a0 + k).fma(v, s0);
      s1 = load(a, a1 + k).fma(v, s1);
      s2 = load(a, a2 + k).fma(v, s2);
      s3 = load(a, a3 + k).fma(v, s3);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      FloatVector v = load(x, xo + end, rest);
      s0 = load(a, a0 + end, rest).fma(v, s0);
      s1 = load(a, a1 + end, rest).fma(v, s1);
      s2 = load(a, a2 + end, rest).fma(v, s2);
      s3 = load(a, a3 + end, rest).fma(v, s3);
    }
    y[yo] = total(s0);
    y[yo + 1] = total(s1);
    y[yo + 2] = total(s2);
    y[yo + 3] = total(s3);
  }

  private static void dotOne(float[] a, int ao, float[] x, int xo, float[] y, int yo, int n) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int end = FLOATS.loopBound(n);
    for (int k = 0; k < end; k += LANES) {
      sum = load(a, ao + k).fma(load(x, xo + k), sum);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      sum = load(a, ao + end, rest).fma(load(x, xo + end, rest), sum);
    }
    y[yo] = total(sum);
  }

  @Override
  public double dot(float[] a, int ao, float[] b, int bo, int n) {
    return VectorRows.dot(a, ao, b, bo, n);
  }

  @Override
  public double sumOfSquaredProducts(float[] a, int ao, float[] b, int bo, int n) {
    return VectorRows.sumOfSquaredProducts(a, ao, b, bo, n);
  }

  @Override
  public void descend(float[] w, int wo, float[] g, int go, int n, float rate, float decay) {
    int end = FLOATS.loopBound(n);
    VectorFused.descend(w, wo, g, go, end, rate, decay);
    scalar.descend(w, wo + end, g, go + end, n - end, rate, decay);
  }

  @Override
  public void heavyBall(float[] w, int wo, float[] g, int go, float[] m, int mo, int n, float rate, float kept,
      float decay) {
    int end = FLOATS.loopBound(n);
    VectorFused.heavyBall(w, wo, g, go, m, mo, end, rate, kept, decay);
    scalar.heavyBall(w, wo + end, g, go + end, m, mo + end, n - end, rate, kept, decay);
  }

  @Override
  public void adam(float[] w, int wo, float[] g, int go, float[] m, int mo, float[] v, int vo, int n,
      AdamFactors factors) {
    int end = FLOATS.loopBound(n);
    VectorFused.adam(w, wo, g, go, m, mo, v, vo, end, factors);
    scalar.adam(w, wo + end, g, go + end, m, mo + end, v, vo + end, n - end, factors);
  }

  @Override
  public void decoder(float h, AdamSlice w, AdamSlice b, float scale, float[] t, int to, int n, float[] room, int ro,
      double[] sums) {
    int end = FLOATS.loopBound(n);
    VectorFused.decoder(h, w, b, scale, t, to, end, room, ro);
    sums[0] += VectorRows.dot(room, ro, room, ro, end);
    sums[1] += VectorRows.sum(room, ro + end, end);
    if (end < n) {
      scalar.decoder(h, w.from(end), b.from(end), scale, t, to + end, n - end, room, ro, sums);
    }
  }

  @Override
  public void reluSlope(float[] h, int ho, float[] dy, int at, int n) {
    int end = FLOATS.loopBound(n);
    VectorFused.reluSlope(h, ho, dy, at, end);
    scalar.reluSlope(h, ho + end, dy, at + end, n - end);
  }

  @Override
  public void tanhSlope(float[] h, int ho, float[] dy, int at, int n) {
    int end = FLOATS.loopBound(n);
    VectorFused.tanhSlope(h, ho, dy, at, end);
    scalar.tanhSlope(h, ho + end, dy, at + end, n - end);
  }

  @Override
  public void tanhBend(float[] h, int ho, float[] rh, int ro, float[] d, int at, float[] rd, int rdAt, boolean known,
      int n) {
    int end = FLOATS.loopBound(n);
    VectorFused.tanhBend(h, ho, rh, ro, d, at, rd, rdAt, known, end);
    scalar.tanhBend(h, ho + end, rh, ro + end, d, at + end, rd, rdAt + end, known, n - end);
  }

  @Override
  public void dotRowsTwice(float[] a, int ao, int lda, float[] x, float[] y, float[] outX, float[] outY, int rows,
      int n) {
    int i = 0;
    for (; i + 4 <= rows; i += 4) {
      VectorRows.dotPairs(a, ao + i * lda, lda, x, 0, y, 0, n, outX, i, outY, i);
    }
    for (; i < rows; i++) {
      dotOne(a, ao + i * lda, x, 0, outX, i, n);
      dotOne(a, ao + i * lda, y, 0, outY, i, n);
    }
  }

  @Override
  public void addRows(float[] q, int qo, float[] x, int xo, int ldx, int rows, float[] out, int oo, int n) {
    VectorRows.addRows(q, qo, x, xo, ldx, rows, out, oo, n);
  }

  @Override
  public void multiply(int m, int n, int depth, Matrix a, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first) {
    GemmTiles.multiply(m, n, depth, a, b, bo, ldb, c, co, ldc, first);
  }

  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public int weightRows(int left) {
    return ConvTiles.rows(left);
  }

  @Override
  public void convolve(int m, float[] a, int ao, int all, int tap, int depth, float[] x, int[] seen, float[] c, int co,
      int ldc) {
    ConvTiles.convolve(m, a, ao, all, tap, depth, x, seen, c, co, ldc);
  }

  @Override
  public void tapProducts(int n, float[] d, int at, int ldd, float[] x, int[] taps, int first, float[] products) {
    ConvTiles.products(n, d, at, ldd, x, taps, first, products);
    ConvTiles.addLanes(products);
  }

  @Override
  public void transpose(float[] x, int xo, int ldx, int rows, int columns, float[] out, int oo, int ldo) {
    int side = VectorTranspose.SIDE;
    int down = VectorTranspose.FITS ? rows / side * side : 0;
    int across = VectorTranspose.FITS ? columns / side * side : 0;
    for (int i = 0; i < down; i += side) {
      for (int k = 0; k < across; k += side) {
        VectorTranspose.square(x, xo + i * ldx + k, ldx, out, oo + k * ldo + i, ldo);
      }
    }
    if (across < columns && down > 0) {
      scalar.transpose(x, xo + across, ldx, down, columns - across, out, oo + across * ldo, ldo);
    }
    if (down < rows) {
      scalar.transpose(x, xo + down * ldx, ldx, rows - down, columns, out, oo + down, ldo);
    }
  }

  @Override
  public void copyRows(float[] x, int xo, int ldx, int rows, int columns, float[] out, int oo, int ldo) {
    int end = FLOATS.loopBound(columns);
    for (int i = 0; i < rows; i++) {
      int from = xo + i * ldx;
      int to = oo + i * ldo;
      for (int j = 0; j < end; j += LANES) {
        load(x, from + j).intoArray(out, to + j);
      }
      for (int j = end; j < columns; j++) {
        out[to + j] = x[from + j];
      }
    }
  }
}
