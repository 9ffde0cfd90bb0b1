package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;

/** Register tiles of few rows, for what {@link GemmTiles} leaves over and for vectors times matrices. */
final class GemmNarrow {
  private static final int LANES = FLOATS.length();

  private GemmNarrow() {}

  static void tile4x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
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
    if (!first) {
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

  static void tile2x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
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
    if (!first) {
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

  static void tile1x2(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
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
    if (!first) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
  }

  static void tile1x4(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
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
    if (!first) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
      c02 = FloatVector.fromArray(FLOATS, c, co + 2 * LANES).add(c02);
      c03 = FloatVector.fromArray(FLOATS, c, co + 3 * LANES).add(c03);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c02.intoArray(c, co + 2 * LANES);
    c03.intoArray(c, co + 3 * LANES);
  }

  static void tile1x8(int depth, float[] a, int ao, int ars, int acs, float[] b, int bo, int ldb, float[] c,
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
    if (!first) {
      c00 = FloatVector.fromArray(FLOATS, c, co).add(c00);
      c01 = FloatVector.fromArray(FLOATS, c, co + LANES).add(c01);
      c02 = FloatVector.fromArray(FLOATS, c, co + 2 * LANES).add(c02);
      c03 = FloatVector.fromArray(FLOATS, c, co + 3 * LANES).add(c03);
      c04 = FloatVector.fromArray(FLOATS, c, co + 4 * LANES).add(c04);
      c05 = FloatVector.fromArray(FLOATS, c, co + 5 * LANES).add(c05);
      c06 = FloatVector.fromArray(FLOATS, c, co + 6 * LANES).add(c06);
      c07 = FloatVector.fromArray(FLOATS, c, co + 7 * LANES).add(c07);
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c02.intoArray(c, co + 2 * LANES);
    c03.intoArray(c, co + 3 * LANES);
    c04.intoArray(c, co + 4 * LANES);
    c05.intoArray(c, co + 5 * LANES);
    c06.intoArray(c, co + 6 * LANES);
    c07.intoArray(c, co + 7 * LANES);
  }
}
