package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import evenhand.tensor.Unary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Vector loops of the functions of one operand: whole vectors, then a masked rest.
 *
 * <p>One method per function, for the reason given at {@link VectorBinary}.
 */
final class VectorUnary {
  private static final int LANES = FLOATS.length();

  private VectorUnary() {}

  /** See {@link Kernels#unary}; false if there is no vector loop for the function. */
  static boolean apply(Unary op, float[] x, int xo, float[] out, int oo, int n) {
    switch (op) {
      case NEG -> neg(x, xo, out, oo, n);
      case ABS -> abs(x, xo, out, oo, n);
      case STEP -> step(x, xo, out, oo, n);
      case RELU -> relu(x, xo, out, oo, n);
      case SQUARE -> square(x, xo, out, oo, n);
      case SQRT -> sqrt(x, xo, out, oo, n);
      case RSQRT -> rsqrt(x, xo, out, oo, n);
      case RECIPROCAL -> reciprocal(x, xo, out, oo, n);
      case EXP -> exp(x, xo, out, oo, n);
      case EXPM1 -> expm1(x, xo, out, oo, n);
      case LOG -> log(x, xo, out, oo, n);
      case LOG1P -> log1p(x, xo, out, oo, n);
      case TANH -> tanh(x, xo, out, oo, n);
      case SIGMOID -> sigmoid(x, xo, out, oo, n);
      case SOFTPLUS -> softplus(x, xo, out, oo, n);
      case ERF -> erf(x, xo, out, oo, n);
      case SIGN, SIN, COS, FLOOR -> {
        return false;
      }
    }
    return true;
  }

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }

  private static FloatVector load(float[] x, int at, VectorMask<Float> mask) {
    return FloatVector.fromArray(FLOATS, x, at, mask);
  }

  private static FloatVector neg(FloatVector x) {
    return x.neg();
  }

  private static FloatVector abs(FloatVector x) {
    return x.abs();
  }

  private static FloatVector step(FloatVector x) {
    return FloatVector.zero(FLOATS).blend(1f, x.compare(VectorOperators.GT, 0f));
  }

  private static FloatVector relu(FloatVector x) {
    return x.blend(0f, x.compare(VectorOperators.LE, 0f));
  }

  private static FloatVector square(FloatVector x) {
    return x.mul(x);
  }

  private static FloatVector sqrt(FloatVector x) {
    return x.sqrt();
  }

  private static FloatVector rsqrt(FloatVector x) {
    return FloatVector.broadcast(FLOATS, 1f).div(x.sqrt());
  }

  private static FloatVector reciprocal(FloatVector x) {
    return FloatVector.broadcast(FLOATS, 1f).div(x);
  }

  private static void neg(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      neg(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      neg(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void abs(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      abs(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      abs(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void step(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      step(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      step(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void relu(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      relu(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      relu(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void square(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      square(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      square(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void sqrt(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      sqrt(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      sqrt(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void rsqrt(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      rsqrt(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      rsqrt(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void reciprocal(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      reciprocal(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      reciprocal(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void exp(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.exp(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.exp(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void expm1(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.expm1(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.expm1(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void log(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.log(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.log(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void log1p(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.log1p(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.log1p(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void tanh(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.tanh(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.tanh(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void sigmoid(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.sigmoid(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.sigmoid(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void softplus(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.softplus(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.softplus(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }

  private static void erf(float[] x, int xo, float[] out, int oo, int n) {
    int end = FLOATS.loopBound(n);
    for (int i = 0; i < end; i += LANES) {
      VectorMath.erf(load(x, xo + i)).intoArray(out, oo + i);
    }
    if (end < n) {
      VectorMask<Float> rest = FLOATS.indexInRange(end, n);
      VectorMath.erf(load(x, xo + end, rest)).intoArray(out, oo + end, rest);
    }
  }
}
