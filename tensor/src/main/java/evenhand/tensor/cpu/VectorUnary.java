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
 * <p>One method per function, for the reason given at {@link VectorBinary}. Functions built on another one take several
 * passes over a short block, since C2 does not inline all of it into one loop.
 */
final class VectorUnary {
  private static final int LANES = FLOATS.length();
  private static final int BLOCK = 1024; // numbers of a pass: 4 kB, well within the first-level cache

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

  // ---- several passes, through a scratch block ----

  private static void tanh(float[] x, int xo, float[] out, int oo, int n) {
    float[] scratch = new float[Math.min(n, BLOCK)];
    for (int from = 0; from < n; from += BLOCK) {
      int length = Math.min(BLOCK, n - from);
      doubledMagnitude(x, xo + from, scratch, length);
      exp(scratch, 0, scratch, 0, length);
      for (int i = 0; i < length; i += LANES) {
        VectorMath.tanh(load(x, xo + from + i), load(scratch, i)).intoArray(out, oo + from + i);
      }
    }
  }

  private static void doubledMagnitude(float[] x, int xo, float[] out, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector magnitude = load(x, xo + i).abs();
      magnitude.add(magnitude).intoArray(out, i);
    }
  }

  /** {@code max(x, 0) + log(1 + e^-|x|)}. */
  private static void softplus(float[] x, int xo, float[] out, int oo, int n) {
    float[] scratch = new float[Math.min(n, BLOCK)];
    for (int from = 0; from < n; from += BLOCK) {
      int length = Math.min(BLOCK, n - from);
      minusMagnitude(x, xo + from, scratch, length);
      exp(scratch, 0, scratch, 0, length);
      log1p(scratch, 0, scratch, 0, length);
      for (int i = 0; i < length; i += LANES) {
        FloatVector v = load(x, xo + from + i);
        v.blend(ZERO, v.compare(VectorOperators.LT, ZERO)).add(load(scratch, i)).intoArray(out, oo + from + i);
      }
    }
  }

  private static void minusMagnitude(float[] x, int xo, float[] out, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xo + i).abs().neg().intoArray(out, i);
    }
  }

  private static void erf(float[] x, int xo, float[] out, int oo, int n) {
    float[] scratch = new float[Math.min(n, BLOCK)];
    for (int from = 0; from < n; from += BLOCK) {
      int length = Math.min(BLOCK, n - from);
      logErfComplement(x, xo + from, scratch, length);
      exp(scratch, 0, scratch, 0, length);
      for (int i = 0; i < length; i += LANES) {
        VectorMath.erf(load(x, xo + from + i), load(scratch, i)).intoArray(out, oo + from + i);
      }
    }
  }

  private static void logErfComplement(float[] x, int xo, float[] out, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.logErfComplement(load(x, xo + i)).intoArray(out, i);
    }
  }
}
