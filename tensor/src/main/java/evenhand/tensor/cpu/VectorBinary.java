package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;
import static evenhand.tensor.cpu.VectorMath.ONE;
import static evenhand.tensor.cpu.VectorMath.ZERO;

import evenhand.tensor.Binary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Vector loops of the functions of two operands, over whole vectors: n is a multiple of the lanes.
 *
 * <p>The operator must be a constant of the loop, or the vectors would be boxed; hence one method per function.
 */
final class VectorBinary {
  private static final int LANES = FLOATS.length();

  private VectorBinary() {}

  /** See {@link Kernels#binary}; false if there is no vector loop for the function. One stride is 1. */
  static boolean apply(Binary op, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (as == 0) {
      return scalarFirst(op, a, ao, b, bo, out, oo, n);
    }
    switch (op) {
      case ADD -> add(a, ao, b, bo, bs, out, oo, n);
      case SUB -> sub(a, ao, b, bo, bs, out, oo, n);
      case MUL -> mul(a, ao, b, bo, bs, out, oo, n);
      case DIV -> div(a, ao, b, bo, bs, out, oo, n);
      case MAX -> max(a, ao, b, bo, bs, out, oo, n);
      case MIN -> min(a, ao, b, bo, bs, out, oo, n);
      case EQ -> eq(a, ao, b, bo, bs, out, oo, n);
      case NE -> ne(a, ao, b, bo, bs, out, oo, n);
      case LT -> lt(a, ao, b, bo, bs, out, oo, n);
      case LE -> le(a, ao, b, bo, bs, out, oo, n);
      case GT -> gt(a, ao, b, bo, bs, out, oo, n);
      case GE -> ge(a, ao, b, bo, bs, out, oo, n);
      case POW -> {
        return false;
      }
    }
    return true;
  }

  /** {@code op(a[ao], b[i])}, mostly by exchanging the operands. */
  private static boolean scalarFirst(Binary op, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
    switch (op) {
      case ADD -> add(b, bo, a, ao, 0, out, oo, n);
      case SUB -> scalarSub(a[ao], b, bo, out, oo, n);
      case MUL -> mul(b, bo, a, ao, 0, out, oo, n);
      case DIV -> scalarDiv(a[ao], b, bo, out, oo, n);
      case MAX -> max(b, bo, a, ao, 0, out, oo, n);
      case MIN -> min(b, bo, a, ao, 0, out, oo, n);
      case EQ -> eq(b, bo, a, ao, 0, out, oo, n);
      case NE -> ne(b, bo, a, ao, 0, out, oo, n);
      case LT -> gt(b, bo, a, ao, 0, out, oo, n);
      case LE -> ge(b, bo, a, ao, 0, out, oo, n);
      case GT -> lt(b, bo, a, ao, 0, out, oo, n);
      case GE -> le(b, bo, a, ao, 0, out, oo, n);
      case POW -> {
        return false;
      }
    }
    return true;
  }

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }

  private static void add(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).add(y).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).add(load(b, bo + i)).intoArray(out, oo + i);
      }
    }
  }

  private static void sub(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).sub(y).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).sub(load(b, bo + i)).intoArray(out, oo + i);
      }
    }
  }

  private static void mul(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).mul(y).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).mul(load(b, bo + i)).intoArray(out, oo + i);
      }
    }
  }

  private static void div(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).div(y).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).div(load(b, bo + i)).intoArray(out, oo + i);
      }
    }
  }

  private static void max(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).max(y).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).max(load(b, bo + i)).intoArray(out, oo + i);
      }
    }
  }

  private static void min(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).min(y).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        load(a, ao + i).min(load(b, bo + i)).intoArray(out, oo + i);
      }
    }
  }

  private static void eq(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.EQ, y)).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.EQ, load(b, bo + i))).intoArray(out, oo + i);
      }
    }
  }

  private static void ne(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.NE, y)).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.NE, load(b, bo + i))).intoArray(out, oo + i);
      }
    }
  }

  private static void lt(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.LT, y)).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.LT, load(b, bo + i))).intoArray(out, oo + i);
      }
    }
  }

  private static void le(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.LE, y)).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.LE, load(b, bo + i))).intoArray(out, oo + i);
      }
    }
  }

  private static void gt(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.GT, y)).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.GT, load(b, bo + i))).intoArray(out, oo + i);
      }
    }
  }

  private static void ge(float[] a, int ao, float[] b, int bo, int bs, float[] out, int oo, int n) {
    if (bs == 0) {
      FloatVector y = FloatVector.broadcast(FLOATS, b[bo]);
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.GE, y)).intoArray(out, oo + i);
      }
    } else {
      for (int i = 0; i < n; i += LANES) {
        ZERO.blend(ONE, load(a, ao + i).compare(VectorOperators.GE, load(b, bo + i))).intoArray(out, oo + i);
      }
    }
  }

  private static void scalarSub(float a, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector x = FloatVector.broadcast(FLOATS, a);
    for (int i = 0; i < n; i += LANES) {
      x.sub(load(b, bo + i)).intoArray(out, oo + i);
    }
  }

  private static void scalarDiv(float a, float[] b, int bo, float[] out, int oo, int n) {
    FloatVector x = FloatVector.broadcast(FLOATS, a);
    for (int i = 0; i < n; i += LANES) {
      x.div(load(b, bo + i)).intoArray(out, oo + i);
    }
  }
}
