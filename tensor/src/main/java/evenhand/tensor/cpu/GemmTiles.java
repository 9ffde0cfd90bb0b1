package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of the matrix product.
 *
 * <p>A tile keeps R x W vectors of C in registers while it walks along depth: per step it loads W vectors of a row of B
 * and broadcasts R numbers of a column of A. 12 x 2 takes 24 accumulators, 2 vectors of B and a broadcast: 27 of the 32
 * registers of AVX-512; where vectors have 8 lanes there are 16 registers, and 6 x 2 is the largest that fits. The
 * accumulators must be local variables named one by one, since arrays of vectors are not kept in registers; so the tile
 * methods are regular and dull. Those of few rows are in {@link GemmNarrow}, those one vector wide
 * in {@link GemmEdges}. No helper takes or gives a vector: where C2 does not inline one, it boxes
 * every vector.
 *
 * <p>Whichever tile computes it, an element of C is the same chain of fused multiply-adds, from 0, in order of depth.
 */
final class GemmTiles {
  static final int LANES = FLOATS.length();
  static final int COLUMNS = 2 * LANES;
  private static final int WIDE = 8 * LANES;
  private static final boolean SIXTEEN_REGISTERS = LANES == 8;

  private GemmTiles() {}

  /** See {@link Kernels#multiply}. */
  static void multiply(int m, int n, int depth, Matrix a, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first) {
    int j = 0;
    if (m == 1) {
      for (; j + WIDE <= n; j += WIDE) {
        GemmNarrow.tile1x8(depth, a.values(), a.offset(), a.rowStride(), a.columnStride(), b, bo + j, ldb, c, co + j,
            ldc, first);
      }
      if (j + WIDE / 2 <= n) {
        GemmNarrow.tile1x4(depth, a.values(), a.offset(), a.rowStride(), a.columnStride(), b, bo + j, ldb, c, co + j,
            ldc, first);
        j += WIDE / 2;
      }
    }
    for (; j + COLUMNS <= n; j += COLUMNS) {
      rows(m, depth, a, b, bo + j, ldb, c, co + j, ldc, first);
    }
    if (j + LANES <= n) {
      GemmEdges.rows(m, depth, a, b, bo + j, ldb, c, co + j, ldc, first);
      j += LANES;
    }
    if (j < n) {
      GemmEdges.partial(m, n - j, depth, a, b, bo + j, ldb, c, co + j, ldc, first);
    }
  }

  private static void rows(int m, int depth, Matrix matrix, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first) {
    float[] a = matrix.values();
    int ao = matrix.offset();
    int ars = matrix.rowStride();
    int acs = matrix.columnStride();
    int i = 0;
    if (SIXTEEN_REGISTERS) {
      for (; i + 6 <= m; i += 6) {
        tile6x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      }
    } else {
      for (; i + 12 <= m; i += 12) {
        tile12x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      }
      if (i + 8 <= m) {
        tile8x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
        i += 8;
      }
    }
    if (i + 4 <= m) {
      GemmNarrow.tile4x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      i += 4;
    }
    if (i + 2 <= m) {
      GemmNarrow.tile2x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      i += 2;
    }
    if (i < m) {
      GemmNarrow.tile1x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
    }
  }

  private static void tile12x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    FloatVector c40 = FloatVector.zero(FLOATS);
    FloatVector c41 = FloatVector.zero(FLOATS);
    FloatVector c50 = FloatVector.zero(FLOATS);
    FloatVector c51 = FloatVector.zero(FLOATS);
    FloatVector c60 = FloatVector.zero(FLOATS);
    FloatVector c61 = FloatVector.zero(FLOATS);
    FloatVector c70 = FloatVector.zero(FLOATS);
    FloatVector c71 = FloatVector.zero(FLOATS);
    FloatVector c80 = FloatVector.zero(FLOATS);
    FloatVector c81 = FloatVector.zero(FLOATS);
    FloatVector c90 = FloatVector.zero(FLOATS);
    FloatVector c91 = FloatVector.zero(FLOATS);
    FloatVector ca0 = FloatVector.zero(FLOATS);
    FloatVector ca1 = FloatVector.zero(FLOATS);
    FloatVector cb0 = FloatVector.zero(FLOATS);
    FloatVector cb1 = FloatVector.zero(FLOATS);
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
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, bo + LANES);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = b0.fma(x0, c00);
      c01 = b1.fma(x0, c01);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c10 = b0.fma(x1, c10);
      c11 = b1.fma(x1, c11);
      FloatVector x2 = FloatVector.broadcast(FLOATS, a[ao + r2]);
      c20 = b0.fma(x2, c20);
      c21 = b1.fma(x2, c21);
      FloatVector x3 = FloatVector.broadcast(FLOATS, a[ao + r3]);
      c30 = b0.fma(x3, c30);
      c31 = b1.fma(x3, c31);
      FloatVector x4 = FloatVector.broadcast(FLOATS, a[ao + r4]);
      c40 = b0.fma(x4, c40);
      c41 = b1.fma(x4, c41);
      FloatVector x5 = FloatVector.broadcast(FLOATS, a[ao + r5]);
      c50 = b0.fma(x5, c50);
      c51 = b1.fma(x5, c51);
      FloatVector x6 = FloatVector.broadcast(FLOATS, a[ao + r6]);
      c60 = b0.fma(x6, c60);
      c61 = b1.fma(x6, c61);
      FloatVector x7 = FloatVector.broadcast(FLOATS, a[ao + r7]);
      c70 = b0.fma(x7, c70);
      c71 = b1.fma(x7, c71);
      FloatVector x8 = FloatVector.broadcast(FLOATS, a[ao + r8]);
      c80 = b0.fma(x8, c80);
      c81 = b1.fma(x8, c81);
      FloatVector x9 = FloatVector.broadcast(FLOATS, a[ao + r9]);
      c90 = b0.fma(x9, c90);
      c91 = b1.fma(x9, c91);
      FloatVector xa = FloatVector.broadcast(FLOATS, a[ao + ra]);
      ca0 = b0.fma(xa, ca0);
      ca1 = b1.fma(xa, ca1);
      FloatVector xb = FloatVector.broadcast(FLOATS, a[ao + rb]);
      cb0 = b0.fma(xb, cb0);
      cb1 = b1.fma(xb, cb1);
    }
    if (!first) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
      c10 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c10);
      c11 = FloatVector.fromArray(FLOATS, c, co + ldc + LANES).add(c11);
      c20 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc).add(c20);
      c21 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc + LANES).add(c21);
      c30 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc).add(c30);
      c31 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc + LANES).add(c31);
      c40 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc).add(c40);
      c41 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc + LANES).add(c41);
      c50 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc).add(c50);
      c51 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc + LANES).add(c51);
      c60 = FloatVector.fromArray(FLOATS, c, co + 6 * ldc).add(c60);
      c61 = FloatVector.fromArray(FLOATS, c, co + 6 * ldc + LANES).add(c61);
      c70 = FloatVector.fromArray(FLOATS, c, co + 7 * ldc).add(c70);
      c71 = FloatVector.fromArray(FLOATS, c, co + 7 * ldc + LANES).add(c71);
      c80 = FloatVector.fromArray(FLOATS, c, co + 8 * ldc).add(c80);
      c81 = FloatVector.fromArray(FLOATS, c, co + 8 * ldc + LANES).add(c81);
      c90 = FloatVector.fromArray(FLOATS, c, co + 9 * ldc).add(c90);
      c91 = FloatVector.fromArray(FLOATS, c, co + 9 * ldc + LANES).add(c91);
      ca0 = FloatVector.fromArray(FLOATS, c, co + 10 * ldc).add(ca0);
      ca1 = FloatVector.fromArray(FLOATS, c, co + 10 * ldc + LANES).add(ca1);
      cb0 = FloatVector.fromArray(FLOATS, c, co + 11 * ldc).add(cb0);
      cb1 = FloatVector.fromArray(FLOATS, c, co + 11 * ldc + LANES).add(cb1);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c10.intoArray(c, co + ldc);
    c11.intoArray(c, co + ldc + LANES);
    c20.intoArray(c, co + 2 * ldc);
    c21.intoArray(c, co + 2 * ldc + LANES);
    c30.intoArray(c, co + 3 * ldc);
    c31.intoArray(c, co + 3 * ldc + LANES);
    c40.intoArray(c, co + 4 * ldc);
    c41.intoArray(c, co + 4 * ldc + LANES);
    c50.intoArray(c, co + 5 * ldc);
    c51.intoArray(c, co + 5 * ldc + LANES);
    c60.intoArray(c, co + 6 * ldc);
    c61.intoArray(c, co + 6 * ldc + LANES);
    c70.intoArray(c, co + 7 * ldc);
    c71.intoArray(c, co + 7 * ldc + LANES);
    c80.intoArray(c, co + 8 * ldc);
    c81.intoArray(c, co + 8 * ldc + LANES);
    c90.intoArray(c, co + 9 * ldc);
    c91.intoArray(c, co + 9 * ldc + LANES);
    ca0.intoArray(c, co + 10 * ldc);
    ca1.intoArray(c, co + 10 * ldc + LANES);
    cb0.intoArray(c, co + 11 * ldc);
    cb1.intoArray(c, co + 11 * ldc + LANES);
  }

  private static void tile8x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    FloatVector c40 = FloatVector.zero(FLOATS);
    FloatVector c41 = FloatVector.zero(FLOATS);
    FloatVector c50 = FloatVector.zero(FLOATS);
    FloatVector c51 = FloatVector.zero(FLOATS);
    FloatVector c60 = FloatVector.zero(FLOATS);
    FloatVector c61 = FloatVector.zero(FLOATS);
    FloatVector c70 = FloatVector.zero(FLOATS);
    FloatVector c71 = FloatVector.zero(FLOATS);
    int r2 = 2 * ars;
    int r3 = 3 * ars;
    int r4 = 4 * ars;
    int r5 = 5 * ars;
    int r6 = 6 * ars;
    int r7 = 7 * ars;
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, bo + LANES);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = b0.fma(x0, c00);
      c01 = b1.fma(x0, c01);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c10 = b0.fma(x1, c10);
      c11 = b1.fma(x1, c11);
      FloatVector x2 = FloatVector.broadcast(FLOATS, a[ao + r2]);
      c20 = b0.fma(x2, c20);
      c21 = b1.fma(x2, c21);
      FloatVector x3 = FloatVector.broadcast(FLOATS, a[ao + r3]);
      c30 = b0.fma(x3, c30);
      c31 = b1.fma(x3, c31);
      FloatVector x4 = FloatVector.broadcast(FLOATS, a[ao + r4]);
      c40 = b0.fma(x4, c40);
      c41 = b1.fma(x4, c41);
      FloatVector x5 = FloatVector.broadcast(FLOATS, a[ao + r5]);
      c50 = b0.fma(x5, c50);
      c51 = b1.fma(x5, c51);
      FloatVector x6 = FloatVector.broadcast(FLOATS, a[ao + r6]);
      c60 = b0.fma(x6, c60);
      c61 = b1.fma(x6, c61);
      FloatVector x7 = FloatVector.broadcast(FLOATS, a[ao + r7]);
      c70 = b0.fma(x7, c70);
      c71 = b1.fma(x7, c71);
    }
    if (!first) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
      c10 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c10);
      c11 = FloatVector.fromArray(FLOATS, c, co + ldc + LANES).add(c11);
      c20 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc).add(c20);
      c21 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc + LANES).add(c21);
      c30 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc).add(c30);
      c31 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc + LANES).add(c31);
      c40 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc).add(c40);
      c41 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc + LANES).add(c41);
      c50 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc).add(c50);
      c51 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc + LANES).add(c51);
      c60 = FloatVector.fromArray(FLOATS, c, co + 6 * ldc).add(c60);
      c61 = FloatVector.fromArray(FLOATS, c, co + 6 * ldc + LANES).add(c61);
      c70 = FloatVector.fromArray(FLOATS, c, co + 7 * ldc).add(c70);
      c71 = FloatVector.fromArray(FLOATS, c, co + 7 * ldc + LANES).add(c71);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c10.intoArray(c, co + ldc);
    c11.intoArray(c, co + ldc + LANES);
    c20.intoArray(c, co + 2 * ldc);
    c21.intoArray(c, co + 2 * ldc + LANES);
    c30.intoArray(c, co + 3 * ldc);
    c31.intoArray(c, co + 3 * ldc + LANES);
    c40.intoArray(c, co + 4 * ldc);
    c41.intoArray(c, co + 4 * ldc + LANES);
    c50.intoArray(c, co + 5 * ldc);
    c51.intoArray(c, co + 5 * ldc + LANES);
    c60.intoArray(c, co + 6 * ldc);
    c61.intoArray(c, co + 6 * ldc + LANES);
    c70.intoArray(c, co + 7 * ldc);
    c71.intoArray(c, co + 7 * ldc + LANES);
  }

  private static void tile6x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    FloatVector c40 = FloatVector.zero(FLOATS);
    FloatVector c41 = FloatVector.zero(FLOATS);
    FloatVector c50 = FloatVector.zero(FLOATS);
    FloatVector c51 = FloatVector.zero(FLOATS);
    int r2 = 2 * ars;
    int r3 = 3 * ars;
    int r4 = 4 * ars;
    int r5 = 5 * ars;
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, bo + LANES);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = b0.fma(x0, c00);
      c01 = b1.fma(x0, c01);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c10 = b0.fma(x1, c10);
      c11 = b1.fma(x1, c11);
      FloatVector x2 = FloatVector.broadcast(FLOATS, a[ao + r2]);
      c20 = b0.fma(x2, c20);
      c21 = b1.fma(x2, c21);
      FloatVector x3 = FloatVector.broadcast(FLOATS, a[ao + r3]);
      c30 = b0.fma(x3, c30);
      c31 = b1.fma(x3, c31);
      FloatVector x4 = FloatVector.broadcast(FLOATS, a[ao + r4]);
      c40 = b0.fma(x4, c40);
      c41 = b1.fma(x4, c41);
      FloatVector x5 = FloatVector.broadcast(FLOATS, a[ao + r5]);
      c50 = b0.fma(x5, c50);
      c51 = b1.fma(x5, c51);
    }
    if (!first) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
      c10 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c10);
      c11 = FloatVector.fromArray(FLOATS, c, co + ldc + LANES).add(c11);
      c20 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc).add(c20);
      c21 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc + LANES).add(c21);
      c30 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc).add(c30);
      c31 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc + LANES).add(c31);
      c40 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc).add(c40);
      c41 = FloatVector.fromArray(FLOATS, c, co + 4 * ldc + LANES).add(c41);
      c50 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc).add(c50);
      c51 = FloatVector.fromArray(FLOATS, c, co + 5 * ldc + LANES).add(c51);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c10.intoArray(c, co + ldc);
    c11.intoArray(c, co + ldc + LANES);
    c20.intoArray(c, co + 2 * ldc);
    c21.intoArray(c, co + 2 * ldc + LANES);
    c30.intoArray(c, co + 3 * ldc);
    c31.intoArray(c, co + 3 * ldc + LANES);
    c40.intoArray(c, co + 4 * ldc);
    c41.intoArray(c, co + 4 * ldc + LANES);
    c50.intoArray(c, co + 5 * ldc);
    c51.intoArray(c, co + 5 * ldc + LANES);
  }
}
