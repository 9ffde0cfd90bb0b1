package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;

/**
 * Register tiles one vector wide, for the columns that the tiles of {@link GemmTiles} leave over.
 *
 * <p>Where less than a vector is left, B's columns are copied beside zeros and C is made in a scratch array: masked
 * loads in these loops cost C2 the registers (every vector boxed, a hundred times slower).
 */
final class GemmEdges {
  private static final int LANES = FLOATS.length();

  private GemmEdges() {}

  /** Fewer columns than a vector has lanes. */
  static void partial(int m, int columns, int depth, Matrix a, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first) {
    float[] scratch = new float[(depth + m) * LANES];
    for (int k = 0; k < depth; k++) {
      for (int j = 0; j < columns; j++) {
        scratch[k * LANES + j] = b[bo + k * ldb + j];
      }
    }
    int sums = depth * LANES;
    rows(m, depth, a, scratch, 0, LANES, scratch, sums, LANES, true);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < columns; j++) {
        float sum = scratch[sums + i * LANES + j];
        c[co + i * ldc + j] = first ? sum : c[co + i * ldc + j] + sum;
      }
    }
  }

  /** One vector of columns. */
  static void rows(int m, int depth, Matrix matrix, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first) {
    float[] a = matrix.values();
    int ao = matrix.offset();
    int ars = matrix.rowStride();
    int acs = matrix.columnStride();
    int i = 0;
    for (; i + 12 <= m; i += 12) {
      tile12x1(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
    }
    if (i + 8 <= m) {
      tile8x1(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      i += 8;
    }
    if (i + 4 <= m) {
      tile4x1(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      i += 4;
    }
    for (; i < m; i++) {
      tile1x1(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
    }
  }

  private static void tile12x1(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c0 = FloatVector.zero(FLOATS);
    FloatVector c1 = FloatVector.zero(FLOATS);
    FloatVector c2 = FloatVector.zero(FLOATS);
    FloatVector c3 = FloatVector.zero(FLOATS);
    FloatVector c4 = FloatVector.zero(FLOATS);
    FloatVector c5 = FloatVector.zero(FLOATS);
    FloatVector c6 = FloatVector.zero(FLOATS);
    FloatVector c7 = FloatVector.zero(FLOATS);
    FloatVector c8 = FloatVector.zero(FLOATS);
    FloatVector c9 = FloatVector.zero(FLOATS);
    FloatVector ca = FloatVector.zero(FLOATS);
    FloatVector cb = FloatVector.zero(FLOATS);
    int r2 = 2 * ars;
    int r3 = 3 * ars;
    int r4 = 4 * ars;
    int r5 = 5 * ars;
    int r6 = 6 * ars;
    int r7 = 7 * ars;
    int r8 = 8 * ars;
    int r9 = 9 * ars;
    int ra = 10 * ars;
    int rb = 11 * ars;
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c0 = row.fma(x0, c0);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c1 = row.fma(x1, c1);
      FloatVector x2 = FloatVector.broadcast(FLOATS, a[ao + r2]);
      c2 = row.fma(x2, c2);
      FloatVector x3 = FloatVector.broadcast(FLOATS, a[ao + r3]);
      c3 = row.fma(x3, c3);
      FloatVector x4 = FloatVector.broadcast(FLOATS, a[ao + r4]);
      c4 = row.fma(x4, c4);
      FloatVector x5 = FloatVector.broadcast(FLOATS, a[ao + r5]);
      c5 = row.fma(x5, c5);
      FloatVector x6 = FloatVector.broadcast(FLOATS, a[ao + r6]);
      c6 = row.fma(x6, c6);
      FloatVector x7 = FloatVector.broadcast(FLOATS, a[ao + r7]);
      c7 = row.fma(x7, c7);
      FloatVector x8 = FloatVector.broadcast(FLOATS, a[ao + r8]);
      c8 = row.fma(x8, c8);
      FloatVector x9 = FloatVector.broadcast(FLOATS, a[ao + r9]);
      c9 = row.fma(x9, c9);
      FloatVector xa = FloatVector.broadcast(FLOATS, a[ao + ra]);
      ca = row.fma(xa, ca);
      FloatVector xb = FloatVector.broadcast(FLOATS, a[ao + rb]);
      cb = row.fma(xb, cb);
    }
    if (!first) {
      c0 = FloatVector.fromArray(FLOATS, c, co).add(c0);
      c1 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c1);
      c2 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc).add(c2);
      c3 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc).add(c3);
      c4 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc).add(c4);
      c5 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc).add(c5);
      c6 = FloatVector.fromArray(FLOATS, c, co + 6 * ldc).add(c6);
      c7 = FloatVector.fromArray(FLOATS, c, co + 7 * ldc).add(c7);
      c8 = FloatVector.fromArray(FLOATS, c, co + 8 * ldc).add(c8);
      c9 = FloatVector.fromArray(FLOATS, c, co + 9 * ldc).add(c9);
      ca = FloatVector.fromArray(FLOATS, c, co + 10 * ldc).add(ca);
      cb = FloatVector.fromArray(FLOATS, c, co + 11 * ldc).add(cb);
    }
    c0.intoArray(c, co);
    c1.intoArray(c, co + ldc);
    c2.intoArray(c, co + 2 * ldc);
    c3.intoArray(c, co + 3 * ldc);
    c4.intoArray(c, co + 4 * ldc);
    c5.intoArray(c, co + 5 * ldc);
    c6.intoArray(c, co + 6 * ldc);
    c7.intoArray(c, co + 7 * ldc);
    c8.intoArray(c, co + 8 * ldc);
    c9.intoArray(c, co + 9 * ldc);
    ca.intoArray(c, co + 10 * ldc);
    cb.intoArray(c, co + 11 * ldc);
  }

  private static void tile8x1(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c0 = FloatVector.zero(FLOATS);
    FloatVector c1 = FloatVector.zero(FLOATS);
    FloatVector c2 = FloatVector.zero(FLOATS);
    FloatVector c3 = FloatVector.zero(FLOATS);
    FloatVector c4 = FloatVector.zero(FLOATS);
    FloatVector c5 = FloatVector.zero(FLOATS);
    FloatVector c6 = FloatVector.zero(FLOATS);
    FloatVector c7 = FloatVector.zero(FLOATS);
    int r2 = 2 * ars;
    int r3 = 3 * ars;
    int r4 = 4 * ars;
    int r5 = 5 * ars;
    int r6 = 6 * ars;
    int r7 = 7 * ars;
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c0 = row.fma(x0, c0);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c1 = row.fma(x1, c1);
      FloatVector x2 = FloatVector.broadcast(FLOATS, a[ao + r2]);
      c2 = row.fma(x2, c2);
      FloatVector x3 = FloatVector.broadcast(FLOATS, a[ao + r3]);
      c3 = row.fma(x3, c3);
      FloatVector x4 = FloatVector.broadcast(FLOATS, a[ao + r4]);
      c4 = row.fma(x4, c4);
      FloatVector x5 = FloatVector.broadcast(FLOATS, a[ao + r5]);
      c5 = row.fma(x5, c5);
      FloatVector x6 = FloatVector.broadcast(FLOATS, a[ao + r6]);
      c6 = row.fma(x6, c6);
      FloatVector x7 = FloatVector.broadcast(FLOATS, a[ao + r7]);
      c7 = row.fma(x7, c7);
    }
    if (!first) {
      c0 = FloatVector.fromArray(FLOATS, c, co).add(c0);
      c1 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c1);
      c2 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc).add(c2);
      c3 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc).add(c3);
      c4 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc).add(c4);
      c5 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc).add(c5);
      c6 = FloatVector.fromArray(FLOATS, c, co + 6 * ldc).add(c6);
      c7 = FloatVector.fromArray(FLOATS, c, co + 7 * ldc).add(c7);
    }
    c0.intoArray(c, co);
    c1.intoArray(c, co + ldc);
    c2.intoArray(c, co + 2 * ldc);
    c3.intoArray(c, co + 3 * ldc);
    c4.intoArray(c, co + 4 * ldc);
    c5.intoArray(c, co + 5 * ldc);
    c6.intoArray(c, co + 6 * ldc);
    c7.intoArray(c, co + 7 * ldc);
  }

  private static void tile4x1(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c0 = FloatVector.zero(FLOATS);
    FloatVector c1 = FloatVector.zero(FLOATS);
    FloatVector c2 = FloatVector.zero(FLOATS);
    FloatVector c3 = FloatVector.zero(FLOATS);
    int r2 = 2 * ars;
    int r3 = 3 * ars;
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c0 = row.fma(x0, c0);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c1 = row.fma(x1, c1);
      FloatVector x2 = FloatVector.broadcast(FLOATS, a[ao + r2]);
      c2 = row.fma(x2, c2);
      FloatVector x3 = FloatVector.broadcast(FLOATS, a[ao + r3]);
      c3 = row.fma(x3, c3);
    }
    if (!first) {
      c0 = FloatVector.fromArray(FLOATS, c, co).add(c0);
      c1 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c1);
      c2 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc).add(c2);
      c3 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc).add(c3);
    }
    c0.intoArray(c, co);
    c1.intoArray(c, co + ldc);
    c2.intoArray(c, co + 2 * ldc);
    c3.intoArray(c, co + 3 * ldc);
  }

  private static void tile1x1(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c0 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c0 = row.fma(x0, c0);
    }
    if (!first) {
      c0 = FloatVector.fromArray(FLOATS, c, co).add(c0);
    }
    c0.intoArray(c, co);
  }
}
