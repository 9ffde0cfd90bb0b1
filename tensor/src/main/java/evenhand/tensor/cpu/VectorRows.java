package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorKernels.load;
import static evenhand.tensor.cpu.VectorKernels.total;
import static evenhand.tensor.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Rows of a matrix against vectors, and back: the two halves of a Hessian-vector product. */
final class VectorRows {
  private static final int LANES = FLOATS.length();

  // as many numbers in each
  private static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, FLOATS.vectorShape());
  private static final VectorSpecies<Float> HALF = VectorSpecies.of(float.class,
      VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  private static final int PAIR = HALF.length();

  private VectorRows() {}

  /** The dot product in double: four chains hide the latency, and their lanes are added one by one. */
  static double dot(float[] a, int ao, float[] b, int bo, int n) {
    DoubleVector s0 = DoubleVector.zero(DOUBLES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    int i = 0;
    for (; i + 4 * PAIR <= n; i += 4 * PAIR) {
      s0 = wide(a, ao + i).fma(wide(b, bo + i), s0);
      s1 = wide(a, ao + i + PAIR).fma(wide(b, bo + i + PAIR), s1);
      s2 = wide(a, ao + i + 2 * PAIR).fma(wide(b, bo + i + 2 * PAIR), s2);
      s3 = wide(a, ao + i + 3 * PAIR).fma(wide(b, bo + i + 3 * PAIR), s3);
    }
    double sum = lanes(s0.add(s1).add(s2.add(s3)));
    for (; i < n; i++) {
      sum += (double) a[ao + i] * b[bo + i];
    }
    return sum;
  }

  /** The sum in double, as {@link #dot}. */
  static double sum(float[] x, int xo, int n) {
    DoubleVector s0 = DoubleVector.zero(DOUBLES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    int i = 0;
    for (; i + 4 * PAIR <= n; i += 4 * PAIR) {
      s0 = s0.add(wide(x, xo + i));
      s1 = s1.add(wide(x, xo + i + PAIR));
      s2 = s2.add(wide(x, xo + i + 2 * PAIR));
      s3 = s3.add(wide(x, xo + i + 3 * PAIR));
    }
    double sum = lanes(s0.add(s1).add(s2.add(s3)));
    for (; i < n; i++) {
      sum += x[xo + i];
    }
    return sum;
  }

  static double sumOfSquaredProducts(float[] a, int ao, float[] b, int bo, int n) {
    DoubleVector s0 = DoubleVector.zero(DOUBLES);
    DoubleVector s1 = s0;
    int i = 0;
    for (; i + 2 * PAIR <= n; i += 2 * PAIR) {
      DoubleVector p0 = wide(a, ao + i).mul(wide(b, bo + i));
      DoubleVector p1 = wide(a, ao + i + PAIR).mul(wide(b, bo + i + PAIR));
      s0 = p0.fma(p0, s0);
      s1 = p1.fma(p1, s1);
    }
    double sum = lanes(s0.add(s1));
    for (; i < n; i++) {
      double product = (double) a[ao + i] * b[bo + i];
      sum += product * product;
    }
    return sum;
  }

  private static double lanes(DoubleVector v) {
    double sum = 0;
    for (double lane : v.toArray()) {
      sum += lane;
    }
    return sum;
  }

  private static DoubleVector wide(float[] x, int at) {
    return (DoubleVector) FloatVector.fromArray(HALF, x, at).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  /** Four rows with two vectors: each number of the rows is read once for both. */
  static void dotPairs(float[] a, int a0, int lda, float[] x, int xo, float[] y, int yo, int n, float[] out, int oo,
      float[] other, int po) {
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector t0 = s0;
    FloatVector t1 = s0;
    FloatVector t2 = s0;
    FloatVector t3 = s0;
    int end = FLOATS.loopBound(n);
    for (int k = 0; k < end; k += LANES) {
      FloatVector v = load(x, xo + k);
      FloatVector w = load(y, yo + k);
      FloatVector r0 = load(a, a0 + k);
      FloatVector r1 = load(a, a1 + k);
      FloatVector r2 = load(a, a2 + k);
      FloatVector r3 = load(a, a3 + k);
      s0 = r0.fma(v, s0);
      t0 = r0.fma(w, t0);
      s1 = r1.fma(v, s1);
      t1 = r1.fma(w, t1);
      s2 = r2.fma(v, s2);
      t2 = r2.fma(w, t2);
      s3 = r3.fma(v, s3);
      t3 = r3.fma(w, t3);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      FloatVector v = load(x, xo + end, rest);
      FloatVector w = load(y, yo + end, rest);
      FloatVector r0 = load(a, a0 + end, rest);
      FloatVector r1 = load(a, a1 + end, rest);
      FloatVector r2 = load(a, a2 + end, rest);
      FloatVector r3 = load(a, a3 + end, rest);
      s0 = r0.fma(v, s0);
      t0 = r0.fma(w, t0);
      s1 = r1.fma(v, s1);
      t1 = r1.fma(w, t1);
      s2 = r2.fma(v, s2);
      t2 = r2.fma(w, t2);
      s3 = r3.fma(v, s3);
      t3 = r3.fma(w, t3);
    }
    out[oo] = total(s0);
    out[oo + 1] = total(s1);
    out[oo + 2] = total(s2);
    out[oo + 3] = total(s3);
    other[po] = total(t0);
    other[po + 1] = total(t1);
    other[po + 2] = total(t2);
    other[po + 3] = total(t3);
  }

  /** {@code out[j] += sum over i of q[i] x[i][j]}: eight, then one vector of columns at a time, kept in registers. */
  static void addRows(float[] q, int qo, float[] x, int xo, int ldx, int rows, float[] out, int oo, int n) {
    int j = 0;
    for (; j + 8 * LANES <= n; j += 8 * LANES) {
      addPanel(q, qo, x, xo + j, ldx, rows, out, oo + j);
    }
    for (; j + LANES <= n; j += LANES) {
      addColumns(q, qo, x, xo + j, ldx, rows, out, oo + j);
    }
    if (j < n) {
      addRest(q, qo, x, xo + j, ldx, rows, out, oo + j, n - j);
    }
  }

  private static void addPanel(float[] q, int qo, float[] x, int xo, int ldx, int rows, float[] out, int oo) {
    FloatVector s0 = load(out, oo);
    FloatVector s1 = load(out, oo + LANES);
    FloatVector s2 = load(out, oo + 2 * LANES);
    FloatVector s3 = load(out, oo + 3 * LANES);
    FloatVector s4 = load(out, oo + 4 * LANES);
    FloatVector s5 = load(out, oo + 5 * LANES);
    FloatVector s6 = load(out, oo + 6 * LANES);
    FloatVector s7 = load(out, oo + 7 * LANES);
    int at = xo;
    for (int i = 0; i < rows; i++, at += ldx) {
      FloatVector factor = FloatVector.broadcast(FLOATS, q[qo + i]);
      s0 = load(x, at).fma(factor, s0);
      s1 = load(x, at + LANES).fma(factor, s1);
      s2 = load(x, at + 2 * LANES).fma(factor, s2);
      s3 = load(x, at + 3 * LANES).fma(factor, s3);
      s4 = load(x, at + 4 * LANES).fma(factor, s4);
      s5 = load(x, at + 5 * LANES).fma(factor, s5);
      s6 = load(x, at + 6 * LANES).fma(factor, s6);
      s7 = load(x, at + 7 * LANES).fma(factor, s7);
    }
    s0.intoArray(out, oo);
    s1.intoArray(out, oo + LANES);
    s2.intoArray(out, oo + 2 * LANES);
    s3.intoArray(out, oo + 3 * LANES);
    s4.intoArray(out, oo + 4 * LANES);
    s5.intoArray(out, oo + 5 * LANES);
    s6.intoArray(out, oo + 6 * LANES);
    s7.intoArray(out, oo + 7 * LANES);
  }

  private static void addColumns(float[] q, int qo, float[] x, int xo, int ldx, int rows, float[] out, int oo) {
    FloatVector even = load(out, oo);
    FloatVector odd = FloatVector.zero(FLOATS); // a second chain hides the latency of the first
    int at = xo;
    int i = 0;
    for (; i + 2 <= rows; i += 2, at += 2 * ldx) {
      even = load(x, at).fma(FloatVector.broadcast(FLOATS, q[qo + i]), even);
      odd = load(x, at + ldx).fma(FloatVector.broadcast(FLOATS, q[qo + i + 1]), odd);
    }
    if (i < rows) {
      even = load(x, at).fma(FloatVector.broadcast(FLOATS, q[qo + i]), even);
    }
    even.add(odd).intoArray(out, oo);
  }

  private static void addRest(float[] q, int qo, float[] x, int xo, int ldx, int rows, float[] out, int oo, int n) {
    for (int i = 0, at = xo; i < rows; i++, at += ldx) {
      float factor = q[qo + i];
      for (int j = 0; j < n; j++) {
        out[oo + j] = Math.fma(x[at + j], factor, out[oo + j]);
      }
    }
  }
}
