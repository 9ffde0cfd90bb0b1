package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Register tiles of the matrix product.
 *
 * <p>A tile keeps R x W vectors of C in registers while it walks along depth: per step it loads W vectors of a row of B
 * and broadcasts R numbers of a column of A. 12 x 2 takes 24 accumulators, 2 vectors of B and a broadcast: 27 of the 32
 * registers of AVX-512; where vectors have 8 lanes there are 16 registers, and 6 x 2 is the largest that fits. The
 * accumulators must be local variables named one by one, since arrays of vectors are not kept in registers; so the tile
 * methods are regular and dull. Each edge method does the columns that do not fill a vector, by a mask.
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
        tile1x8(depth, a.values(), a.offset(), a.rowStride(), a.columnStride(), b, bo + j, ldb, c, co + j, ldc, first);
      }
      if (j + WIDE / 2 <= n) {
        tile1x4(depth, a.values(), a.offset(), a.rowStride(), a.columnStride(), b, bo + j, ldb, c, co + j, ldc, first);
        j += WIDE / 2;
      }
    }
    for (; j + COLUMNS <= n; j += COLUMNS) {
      rows(m, depth, a, b, bo + j, ldb, c, co + j, ldc, first);
    }
    for (; j < n; j += LANES) {
      edgeRows(m, depth, a, b, bo + j, ldb, c, co + j, ldc, first, FLOATS.indexInRange(j, n));
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
      tile4x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      i += 4;
    }
    if (i + 2 <= m) {
      tile2x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
      i += 2;
    }
    if (i < m) {
      tile1x2(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first);
    }
  }

  private static void edgeRows(int m, int depth, Matrix matrix, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first, VectorMask<Float> mask) {
    float[] a = matrix.values();
    int ao = matrix.offset();
    int ars = matrix.rowStride();
    int acs = matrix.columnStride();
    int i = 0;
    for (; i + 12 <= m; i += 12) {
      edge12(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first, mask);
    }
    if (i + 8 <= m) {
      edge8(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first, mask);
      i += 8;
    }
    if (i + 4 <= m) {
      edge4(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first, mask);
      i += 4;
    }
    for (; i < m; i++) {
      edge1(depth, a, ao + i * ars, ars, acs, b, bo, ldb, c, co + i * ldc, ldc, first, mask);
    }
  }

  private static void store(FloatVector left, FloatVector right, float[] c, int co, boolean first) {
    if (first) {
      left.intoArray(c, co);
      right.intoArray(c, co + LANES);
    } else {
      FloatVector.fromArray(FLOATS, c, co).add(left).intoArray(c, co);
      FloatVector.fromArray(FLOATS, c, co + LANES).add(right).intoArray(c, co + LANES);
    }
  }

  private static void store(FloatVector sums, float[] c, int co, boolean first, VectorMask<Float> mask) {
    FloatVector total = first ? sums : FloatVector.fromArray(FLOATS, c, co, mask).add(sums);
    total.intoArray(c, co, mask);
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
    store(c00, c01, c, co, first);
    store(c10, c11, c, co + ldc, first);
    store(c20, c21, c, co + 2 * ldc, first);
    store(c30, c31, c, co + 3 * ldc, first);
    store(c40, c41, c, co + 4 * ldc, first);
    store(c50, c51, c, co + 5 * ldc, first);
    store(c60, c61, c, co + 6 * ldc, first);
    store(c70, c71, c, co + 7 * ldc, first);
    store(c80, c81, c, co + 8 * ldc, first);
    store(c90, c91, c, co + 9 * ldc, first);
    store(ca0, ca1, c, co + 10 * ldc, first);
    store(cb0, cb1, c, co + 11 * ldc, first);
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
    store(c00, c01, c, co, first);
    store(c10, c11, c, co + ldc, first);
    store(c20, c21, c, co + 2 * ldc, first);
    store(c30, c31, c, co + 3 * ldc, first);
    store(c40, c41, c, co + 4 * ldc, first);
    store(c50, c51, c, co + 5 * ldc, first);
    store(c60, c61, c, co + 6 * ldc, first);
    store(c70, c71, c, co + 7 * ldc, first);
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
    store(c00, c01, c, co, first);
    store(c10, c11, c, co + ldc, first);
    store(c20, c21, c, co + 2 * ldc, first);
    store(c30, c31, c, co + 3 * ldc, first);
    store(c40, c41, c, co + 4 * ldc, first);
    store(c50, c51, c, co + 5 * ldc, first);
  }

  private static void tile4x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    int r2 = 2 * ars;
    int r3 = 3 * ars;
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
    }
    store(c00, c01, c, co, first);
    store(c10, c11, c, co + ldc, first);
    store(c20, c21, c, co + 2 * ldc, first);
    store(c30, c31, c, co + 3 * ldc, first);
  }

  private static void tile2x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, bo + LANES);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = b0.fma(x0, c00);
      c01 = b1.fma(x0, c01);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c10 = b0.fma(x1, c10);
      c11 = b1.fma(x1, c11);
    }
    store(c00, c01, c, co, first);
    store(c10, c11, c, co + ldc, first);
  }

  private static void tile1x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, bo + LANES);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = b0.fma(x0, c00);
      c01 = b1.fma(x0, c01);
    }
    store(c00, c01, c, co, first);
  }

  private static void tile1x4(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c02 = FloatVector.zero(FLOATS);
    FloatVector c03 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, bo + LANES);
      FloatVector b2 = FloatVector.fromArray(FLOATS, b, bo + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(FLOATS, b, bo + 3 * LANES);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = b0.fma(x0, c00);
      c01 = b1.fma(x0, c01);
      c02 = b2.fma(x0, c02);
      c03 = b3.fma(x0, c03);
    }
    store(c00, c01, c, co, first);
    store(c02, c03, c, co + 2 * LANES, first);
  }

  private static void tile1x8(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c02 = FloatVector.zero(FLOATS);
    FloatVector c03 = FloatVector.zero(FLOATS);
    FloatVector c04 = FloatVector.zero(FLOATS);
    FloatVector c05 = FloatVector.zero(FLOATS);
    FloatVector c06 = FloatVector.zero(FLOATS);
    FloatVector c07 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, bo);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, bo + LANES);
      FloatVector b2 = FloatVector.fromArray(FLOATS, b, bo + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(FLOATS, b, bo + 3 * LANES);
      FloatVector b4 = FloatVector.fromArray(FLOATS, b, bo + 4 * LANES);
      FloatVector b5 = FloatVector.fromArray(FLOATS, b, bo + 5 * LANES);
      FloatVector b6 = FloatVector.fromArray(FLOATS, b, bo + 6 * LANES);
      FloatVector b7 = FloatVector.fromArray(FLOATS, b, bo + 7 * LANES);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = b0.fma(x0, c00);
      c01 = b1.fma(x0, c01);
      c02 = b2.fma(x0, c02);
      c03 = b3.fma(x0, c03);
      c04 = b4.fma(x0, c04);
      c05 = b5.fma(x0, c05);
      c06 = b6.fma(x0, c06);
      c07 = b7.fma(x0, c07);
    }
    store(c00, c01, c, co, first);
    store(c02, c03, c, co + 2 * LANES, first);
    store(c04, c05, c, co + 4 * LANES, first);
    store(c06, c07, c, co + 6 * LANES, first);
  }

  private static void edge12(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first, VectorMask<Float> mask) {
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
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo, mask);
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
    store(c0, c, co, first, mask);
    store(c1, c, co + ldc, first, mask);
    store(c2, c, co + 2 * ldc, first, mask);
    store(c3, c, co + 3 * ldc, first, mask);
    store(c4, c, co + 4 * ldc, first, mask);
    store(c5, c, co + 5 * ldc, first, mask);
    store(c6, c, co + 6 * ldc, first, mask);
    store(c7, c, co + 7 * ldc, first, mask);
    store(c8, c, co + 8 * ldc, first, mask);
    store(c9, c, co + 9 * ldc, first, mask);
    store(ca, c, co + 10 * ldc, first, mask);
    store(cb, c, co + 11 * ldc, first, mask);
  }

  private static void edge8(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first, VectorMask<Float> mask) {
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
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo, mask);
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
    store(c0, c, co, first, mask);
    store(c1, c, co + ldc, first, mask);
    store(c2, c, co + 2 * ldc, first, mask);
    store(c3, c, co + 3 * ldc, first, mask);
    store(c4, c, co + 4 * ldc, first, mask);
    store(c5, c, co + 5 * ldc, first, mask);
    store(c6, c, co + 6 * ldc, first, mask);
    store(c7, c, co + 7 * ldc, first, mask);
  }

  private static void edge4(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first, VectorMask<Float> mask) {
    FloatVector c0 = FloatVector.zero(FLOATS);
    FloatVector c1 = FloatVector.zero(FLOATS);
    FloatVector c2 = FloatVector.zero(FLOATS);
    FloatVector c3 = FloatVector.zero(FLOATS);
    int r2 = 2 * ars;
    int r3 = 3 * ars;
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo, mask);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c0 = row.fma(x0, c0);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[ao + ars]);
      c1 = row.fma(x1, c1);
      FloatVector x2 = FloatVector.broadcast(FLOATS, a[ao + r2]);
      c2 = row.fma(x2, c2);
      FloatVector x3 = FloatVector.broadcast(FLOATS, a[ao + r3]);
      c3 = row.fma(x3, c3);
    }
    store(c0, c, co, first, mask);
    store(c1, c, co + ldc, first, mask);
    store(c2, c, co + 2 * ldc, first, mask);
    store(c3, c, co + 3 * ldc, first, mask);
  }

  private static void edge1(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
      int co, int ldc, boolean first, VectorMask<Float> mask) {
    FloatVector c0 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += acs, bo += ldb) {
      FloatVector row = FloatVector.fromArray(FLOATS, b, bo, mask);
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[ao]);
      c0 = row.fma(x0, c0);
    }
    store(c0, c, co, first, mask);
  }
}
