package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;
import static evenhand.tensor.cpu.VectorMath.ONE;
import static evenhand.tensor.cpu.VectorMath.ZERO;

import evenhand.tensor.Unary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Vector loops of the functions of one operand, over whole vectors: n is a multiple of the lanes.
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
      case SIGMOID -> sigmoid(x, xo, out, oo, n);
      case TANH -> tanh(x, xo, out, oo, n);
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

  private static void neg(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xo + i).neg().intoArray(out, oo + i);
    }
  }

  private static void abs(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xo + i).abs().intoArray(out, oo + i);
    }
  }

  private static void step(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = load(x, xo + i);
      ZERO.blend(ONE, v.compare(VectorOperators.GT, ZERO)).intoArray(out, oo + i);
    }
  }

  private static void relu(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = load(x, xo + i);
      v.blend(ZERO, v.compare(VectorOperators.LE, ZERO)).intoArray(out, oo + i);
    }
  }

  private static void square(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = load(x, xo + i);
      v.mul(v).intoArray(out, oo + i);
    }
  }

  private static void sqrt(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xo + i).sqrt().intoArray(out, oo + i);
    }
  }

  private static void rsqrt(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      ONE.div(load(x, xo + i).sqrt()).intoArray(out, oo + i);
    }
  }

  private static void reciprocal(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      ONE.div(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void exp(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.exp(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void expm1(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.expm1(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void log(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.log(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void log1p(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.log1p(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void sigmoid(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.sigmoid(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void tanh(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.tanh(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void softplus(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.softplus(load(x, xo + i)).intoArray(out, oo + i);
    }
  }

  private static void erf(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.erf(load(x, xo + i)).intoArray(out, oo + i);
    }
  }
}
