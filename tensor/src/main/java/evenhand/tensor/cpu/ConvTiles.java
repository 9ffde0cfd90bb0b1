package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of convolutions of stride 1, which read the image where it lies.
 *
 * <p>As {@link GemmTiles}, but a row of the right matrix, what the pixels see through one tap, begins where a table says.
 * The table has final positions: an addition and a variable distance between the two vectors cost an eighth of the
 * speed. No helper takes or gives a vector, as there.
 */
final class ConvTiles {
  private static final int LANES = FLOATS.length();
  private static final boolean SIXTEEN_REGISTERS = LANES == 8;
  private static final int PRODUCTS = 24; // of four channels and six taps

  private ConvTiles() {}

  /** See {@link Kernels#convolve}. */
  static void convolve(int m, float[] a, int ao, int all, int tap, int depth, float[] x, int[] seen, float[] c,
      int co, int ldc) {
    boolean fresh = tap == 0;
    int i = 0;
    while (i < m) {
      int rows = rows(m - i);
      int ai = ao + i * all + tap * rows;
      int ci = co + i * ldc;
      switch (rows) {
        case 12 -> tile12(depth, a, ai, x, seen, c, ci, ldc, fresh);
        case 8 -> tile8(depth, a, ai, x, seen, c, ci, ldc, fresh);
        case 6 -> tile6(depth, a, ai, x, seen, c, ci, ldc, fresh);
        case 4 -> tile4(depth, a, ai, x, seen, c, ci, ldc, fresh);
        case 2 -> tile2(depth, a, ai, x, seen, c, ci, ldc, fresh);
        default -> tile1(depth, a, ai, x, seen, c, ci, ldc, fresh);
      }
      i += rows;
    }
  }

  /** The rows of the next tile: few rows are slow, so 16 is two of 8 rather than 12 and 4. */
  static int rows(int left) {
    if (left >= 12 && left != 16 && !SIXTEEN_REGISTERS) {
      return 12;
    }
    if (left >= 8 && !SIXTEEN_REGISTERS) {
      return 8;
    }
    return left >= 6 ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
  }

  private static void tile12(int depth, float[] a, int ao, float[] x, int[] seen, float[] c, int co, int ldc,
      boolean fresh) {
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
    for (int k = 0; k < depth; k++, ao += 12) {
      int from = seen[k];
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + LANES);
      FloatVector w0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = x0.fma(w0, c00);
      c01 = x1.fma(w0, c01);
      FloatVector w1 = FloatVector.broadcast(FLOATS, a[ao + 1]);
      c10 = x0.fma(w1, c10);
      c11 = x1.fma(w1, c11);
      FloatVector w2 = FloatVector.broadcast(FLOATS, a[ao + 2]);
      c20 = x0.fma(w2, c20);
      c21 = x1.fma(w2, c21);
      FloatVector w3 = FloatVector.broadcast(FLOATS, a[ao + 3]);
      c30 = x0.fma(w3, c30);
      c31 = x1.fma(w3, c31);
      FloatVector w4 = FloatVector.broadcast(FLOATS, a[ao + 4]);
      c40 = x0.fma(w4, c40);
      c41 = x1.fma(w4, c41);
      FloatVector w5 = FloatVector.broadcast(FLOATS, a[ao + 5]);
      c50 = x0.fma(w5, c50);
      c51 = x1.fma(w5, c51);
      FloatVector w6 = FloatVector.broadcast(FLOATS, a[ao + 6]);
      c60 = x0.fma(w6, c60);
      c61 = x1.fma(w6, c61);
      FloatVector w7 = FloatVector.broadcast(FLOATS, a[ao + 7]);
      c70 = x0.fma(w7, c70);
      c71 = x1.fma(w7, c71);
      FloatVector w8 = FloatVector.broadcast(FLOATS, a[ao + 8]);
      c80 = x0.fma(w8, c80);
      c81 = x1.fma(w8, c81);
      FloatVector w9 = FloatVector.broadcast(FLOATS, a[ao + 9]);
      c90 = x0.fma(w9, c90);
      c91 = x1.fma(w9, c91);
      FloatVector wa = FloatVector.broadcast(FLOATS, a[ao + 10]);
      ca0 = x0.fma(wa, ca0);
      ca1 = x1.fma(wa, ca1);
      FloatVector wb = FloatVector.broadcast(FLOATS, a[ao + 11]);
      cb0 = x0.fma(wb, cb0);
      cb1 = x1.fma(wb, cb1);
    }
    if (!fresh) {
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

  private static void tile8(int depth, float[] a, int ao, float[] x, int[] seen, float[] c, int co, int ldc,
      boolean fresh) {
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
    for (int k = 0; k < depth; k++, ao += 8) {
      int from = seen[k];
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + LANES);
      FloatVector w0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = x0.fma(w0, c00);
      c01 = x1.fma(w0, c01);
      FloatVector w1 = FloatVector.broadcast(FLOATS, a[ao + 1]);
      c10 = x0.fma(w1, c10);
      c11 = x1.fma(w1, c11);
      FloatVector w2 = FloatVector.broadcast(FLOATS, a[ao + 2]);
      c20 = x0.fma(w2, c20);
      c21 = x1.fma(w2, c21);
      FloatVector w3 = FloatVector.broadcast(FLOATS, a[ao + 3]);
      c30 = x0.fma(w3, c30);
      c31 = x1.fma(w3, c31);
      FloatVector w4 = FloatVector.broadcast(FLOATS, a[ao + 4]);
      c40 = x0.fma(w4, c40);
      c41 = x1.fma(w4, c41);
      FloatVector w5 = FloatVector.broadcast(FLOATS, a[ao + 5]);
      c50 = x0.fma(w5, c50);
      c51 = x1.fma(w5, c51);
      FloatVector w6 = FloatVector.broadcast(FLOATS, a[ao + 6]);
      c60 = x0.fma(w6, c60);
      c61 = x1.fma(w6, c61);
      FloatVector w7 = FloatVector.broadcast(FLOATS, a[ao + 7]);
      c70 = x0.fma(w7, c70);
      c71 = x1.fma(w7, c71);
    }
    if (!fresh) {
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

  private static void tile6(int depth, float[] a, int ao, float[] x, int[] seen, float[] c, int co, int ldc,
      boolean fresh) {
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
    for (int k = 0; k < depth; k++, ao += 6) {
      int from = seen[k];
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + LANES);
      FloatVector w0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = x0.fma(w0, c00);
      c01 = x1.fma(w0, c01);
      FloatVector w1 = FloatVector.broadcast(FLOATS, a[ao + 1]);
      c10 = x0.fma(w1, c10);
      c11 = x1.fma(w1, c11);
      FloatVector w2 = FloatVector.broadcast(FLOATS, a[ao + 2]);
      c20 = x0.fma(w2, c20);
      c21 = x1.fma(w2, c21);
      FloatVector w3 = FloatVector.broadcast(FLOATS, a[ao + 3]);
      c30 = x0.fma(w3, c30);
      c31 = x1.fma(w3, c31);
      FloatVector w4 = FloatVector.broadcast(FLOATS, a[ao + 4]);
      c40 = x0.fma(w4, c40);
      c41 = x1.fma(w4, c41);
      FloatVector w5 = FloatVector.broadcast(FLOATS, a[ao + 5]);
      c50 = x0.fma(w5, c50);
      c51 = x1.fma(w5, c51);
    }
    if (!fresh) {
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

  private static void tile4(int depth, float[] a, int ao, float[] x, int[] seen, float[] c, int co, int ldc,
      boolean fresh) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += 4) {
      int from = seen[k];
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + LANES);
      FloatVector w0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = x0.fma(w0, c00);
      c01 = x1.fma(w0, c01);
      FloatVector w1 = FloatVector.broadcast(FLOATS, a[ao + 1]);
      c10 = x0.fma(w1, c10);
      c11 = x1.fma(w1, c11);
      FloatVector w2 = FloatVector.broadcast(FLOATS, a[ao + 2]);
      c20 = x0.fma(w2, c20);
      c21 = x1.fma(w2, c21);
      FloatVector w3 = FloatVector.broadcast(FLOATS, a[ao + 3]);
      c30 = x0.fma(w3, c30);
      c31 = x1.fma(w3, c31);
    }
    if (!fresh) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
      c10 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c10);
      c11 = FloatVector.fromArray(FLOATS, c, co + ldc + LANES).add(c11);
      c20 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc).add(c20);
      c21 = FloatVector.fromArray(FLOATS, c, co + 2 * ldc + LANES).add(c21);
      c30 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc).add(c30);
      c31 = FloatVector.fromArray(FLOATS, c, co + 3 * ldc + LANES).add(c31);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c10.intoArray(c, co + ldc);
    c11.intoArray(c, co + ldc + LANES);
    c20.intoArray(c, co + 2 * ldc);
    c21.intoArray(c, co + 2 * ldc + LANES);
    c30.intoArray(c, co + 3 * ldc);
    c31.intoArray(c, co + 3 * ldc + LANES);
  }

  private static void tile2(int depth, float[] a, int ao, float[] x, int[] seen, float[] c, int co, int ldc,
      boolean fresh) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao += 2) {
      int from = seen[k];
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + LANES);
      FloatVector w0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = x0.fma(w0, c00);
      c01 = x1.fma(w0, c01);
      FloatVector w1 = FloatVector.broadcast(FLOATS, a[ao + 1]);
      c10 = x0.fma(w1, c10);
      c11 = x1.fma(w1, c11);
    }
    if (!fresh) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
      c10 = FloatVector.fromArray(FLOATS, c, co + ldc).add(c10);
      c11 = FloatVector.fromArray(FLOATS, c, co + ldc + LANES).add(c11);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c10.intoArray(c, co + ldc);
    c11.intoArray(c, co + ldc + LANES);
  }

  private static void tile1(int depth, float[] a, int ao, float[] x, int[] seen, float[] c, int co, int ldc,
      boolean fresh) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++, ao++) {
      int from = seen[k];
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + LANES);
      FloatVector w0 = FloatVector.broadcast(FLOATS, a[ao]);
      c00 = x0.fma(w0, c00);
      c01 = x1.fma(w0, c01);
    }
    if (!fresh) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
  }

  /**
   * Sums of products of four channels of d with six taps of x, over {@code n} pixels, a multiple of the vector.
   *
   * <p>Their 24 vectors, tap by tap with four channels each, go behind the room for their sums: see
   * {@link #addLanes}.
   */
  static void products(int n, float[] d, int at, int ldd, float[] x, int[] taps, int first,
      float[] products) {
    FloatVector s00 = FloatVector.zero(FLOATS);
    FloatVector s10 = FloatVector.zero(FLOATS);
    FloatVector s20 = FloatVector.zero(FLOATS);
    FloatVector s30 = FloatVector.zero(FLOATS);
    FloatVector s01 = FloatVector.zero(FLOATS);
    FloatVector s11 = FloatVector.zero(FLOATS);
    FloatVector s21 = FloatVector.zero(FLOATS);
    FloatVector s31 = FloatVector.zero(FLOATS);
    FloatVector s02 = FloatVector.zero(FLOATS);
    FloatVector s12 = FloatVector.zero(FLOATS);
    FloatVector s22 = FloatVector.zero(FLOATS);
    FloatVector s32 = FloatVector.zero(FLOATS);
    FloatVector s03 = FloatVector.zero(FLOATS);
    FloatVector s13 = FloatVector.zero(FLOATS);
    FloatVector s23 = FloatVector.zero(FLOATS);
    FloatVector s33 = FloatVector.zero(FLOATS);
    FloatVector s04 = FloatVector.zero(FLOATS);
    FloatVector s14 = FloatVector.zero(FLOATS);
    FloatVector s24 = FloatVector.zero(FLOATS);
    FloatVector s34 = FloatVector.zero(FLOATS);
    FloatVector s05 = FloatVector.zero(FLOATS);
    FloatVector s15 = FloatVector.zero(FLOATS);
    FloatVector s25 = FloatVector.zero(FLOATS);
    FloatVector s35 = FloatVector.zero(FLOATS);
    int d1 = at + ldd;
    int d2 = at + 2 * ldd;
    int d3 = at + 3 * ldd;
    int x0 = taps[first];
    int x1 = taps[first + 1];
    int x2 = taps[first + 2];
    int x3 = taps[first + 3];
    int x4 = taps[first + 4];
    int x5 = taps[first + 5];
    for (int i = 0; i < n; i += LANES) {
      FloatVector v0 = FloatVector.fromArray(FLOATS, d, at + i);
      FloatVector v1 = FloatVector.fromArray(FLOATS, d, d1 + i);
      FloatVector v2 = FloatVector.fromArray(FLOATS, d, d2 + i);
      FloatVector v3 = FloatVector.fromArray(FLOATS, d, d3 + i);
      FloatVector p0 = FloatVector.fromArray(FLOATS, x, x0 + i);
      s00 = v0.fma(p0, s00);
      s10 = v1.fma(p0, s10);
      s20 = v2.fma(p0, s20);
      s30 = v3.fma(p0, s30);
      FloatVector p1 = FloatVector.fromArray(FLOATS, x, x1 + i);
      s01 = v0.fma(p1, s01);
      s11 = v1.fma(p1, s11);
      s21 = v2.fma(p1, s21);
      s31 = v3.fma(p1, s31);
      FloatVector p2 = FloatVector.fromArray(FLOATS, x, x2 + i);
      s02 = v0.fma(p2, s02);
      s12 = v1.fma(p2, s12);
      s22 = v2.fma(p2, s22);
      s32 = v3.fma(p2, s32);
      FloatVector p3 = FloatVector.fromArray(FLOATS, x, x3 + i);
      s03 = v0.fma(p3, s03);
      s13 = v1.fma(p3, s13);
      s23 = v2.fma(p3, s23);
      s33 = v3.fma(p3, s33);
      FloatVector p4 = FloatVector.fromArray(FLOATS, x, x4 + i);
      s04 = v0.fma(p4, s04);
      s14 = v1.fma(p4, s14);
      s24 = v2.fma(p4, s24);
      s34 = v3.fma(p4, s34);
      FloatVector p5 = FloatVector.fromArray(FLOATS, x, x5 + i);
      s05 = v0.fma(p5, s05);
      s15 = v1.fma(p5, s15);
      s25 = v2.fma(p5, s25);
      s35 = v3.fma(p5, s35);
    }
    s00.intoArray(products, PRODUCTS);
    s10.intoArray(products, PRODUCTS + LANES);
    s20.intoArray(products, PRODUCTS + 2 * LANES);
    s30.intoArray(products, PRODUCTS + 3 * LANES);
    s01.intoArray(products, PRODUCTS + 4 * LANES);
    s11.intoArray(products, PRODUCTS + 5 * LANES);
    s21.intoArray(products, PRODUCTS + 6 * LANES);
    s31.intoArray(products, PRODUCTS + 7 * LANES);
    s02.intoArray(products, PRODUCTS + 8 * LANES);
    s12.intoArray(products, PRODUCTS + 9 * LANES);
    s22.intoArray(products, PRODUCTS + 10 * LANES);
    s32.intoArray(products, PRODUCTS + 11 * LANES);
    s03.intoArray(products, PRODUCTS + 12 * LANES);
    s13.intoArray(products, PRODUCTS + 13 * LANES);
    s23.intoArray(products, PRODUCTS + 14 * LANES);
    s33.intoArray(products, PRODUCTS + 15 * LANES);
    s04.intoArray(products, PRODUCTS + 16 * LANES);
    s14.intoArray(products, PRODUCTS + 17 * LANES);
    s24.intoArray(products, PRODUCTS + 18 * LANES);
    s34.intoArray(products, PRODUCTS + 19 * LANES);
    s05.intoArray(products, PRODUCTS + 20 * LANES);
    s15.intoArray(products, PRODUCTS + 21 * LANES);
    s25.intoArray(products, PRODUCTS + 22 * LANES);
    s35.intoArray(products, PRODUCTS + 23 * LANES);
  }

  /** The sum of the lanes of each of the vectors. */
  static void addLanes(float[] products) {
    for (int i = 0; i < PRODUCTS; i++) {
      products[i] = VectorKernels.total(FloatVector.fromArray(FLOATS, products, PRODUCTS + i * LANES));
    }
  }
}
