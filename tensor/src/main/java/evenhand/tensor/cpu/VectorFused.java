package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorKernels.load;
import static evenhand.tensor.cpu.VectorMath.FLOATS;
import static evenhand.tensor.cpu.VectorMath.ONE;
import static evenhand.tensor.cpu.VectorMath.ZERO;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Chains of elementwise work in one pass, up to the last whole vector.
 *
 * <p>Written out, since the compiler does not vectorise loops over arrays that it cannot tell apart. No fused
 * multiply-adds: each operation rounds as in {@link ScalarKernels}, which does the rest of a vector to the same bits.
 */
final class VectorFused {
  private static final int LANES = FLOATS.length();

  private VectorFused() {}

  private static FloatVector all(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  static void descend(float[] w, int wo, float[] g, int go, int end, float rate, float weightDecay) {
    FloatVector step = all(rate);
    FloatVector decay = all(weightDecay);
    for (int i = 0; i < end; i += LANES) {
      FloatVector weight = load(w, wo + i);
      weight.sub(step.mul(load(g, go + i).add(decay.mul(weight)))).intoArray(w, wo + i);
    }
  }

  static void heavyBall(float[] w, int wo, float[] g, int go, float[] m, int mo, int end, float rate, float kept,
      float weightDecay) {
    FloatVector step = all(rate);
    FloatVector share = all(kept);
    FloatVector decay = all(weightDecay);
    for (int i = 0; i < end; i += LANES) {
      FloatVector weight = load(w, wo + i);
      FloatVector moved = share.mul(load(m, mo + i)).add(load(g, go + i).add(decay.mul(weight)));
      moved.intoArray(m, mo + i);
      weight.sub(step.mul(moved)).intoArray(w, wo + i);
    }
  }

  static void adam(float[] w, int wo, float[] g, int go, float[] m, int mo, float[] v, int vo, int end, AdamFactors f) {
    FloatVector factor = all(f.gradient());
    FloatVector shrink = all(f.shrink());
    FloatVector decay = all(f.weightDecay());
    FloatVector beta1 = all(f.beta1());
    FloatVector rest1 = all(f.rest1());
    FloatVector beta2 = all(f.beta2());
    FloatVector rest2 = all(f.rest2());
    FloatVector rate = all(f.rate());
    FloatVector scale = all(f.scale());
    FloatVector epsilon = all(f.epsilon());
    for (int i = 0; i < end; i += LANES) {
      FloatVector weight = load(w, wo + i);
      FloatVector slope = factor.mul(load(g, go + i)).add(decay.mul(weight));
      FloatVector first = beta1.mul(load(m, mo + i)).add(rest1.mul(slope));
      FloatVector second = beta2.mul(load(v, vo + i)).add(rest2.mul(slope.mul(slope)));
      first.intoArray(m, mo + i);
      second.intoArray(v, vo + i);
      FloatVector root = second.mul(scale).lanewise(VectorOperators.SQRT).add(epsilon);
      weight.mul(shrink).sub(rate.mul(first).div(root)).intoArray(w, wo + i);
    }
  }

  /**
   * See {@link Kernels#decoder}; both parameters take the same step, but for the gradient's factor. The numbers r, and
   * after them r w, go to {@code room}, since widening them to double here costs more than a second look.
   */
  static void decoder(float h, AdamSlice weight, AdamSlice bias, float scale, float[] t, int to, int end,
      float[] room, int ro) {
    float[] w = weight.value();
    float[] mw = weight.mean();
    float[] vw = weight.square();
    float[] b = bias.value();
    float[] mb = bias.mean();
    float[] vb = bias.square();
    int wo = weight.at();
    int mwo = weight.meanAt();
    int vwo = weight.squareAt();
    int bo = bias.at();
    int mbo = bias.meanAt();
    int vbo = bias.squareAt();
    AdamFactors f = weight.factors();
    FloatVector neuron = all(h);
    FloatVector factor = all(scale);
    FloatVector ofWeight = all(f.gradient());
    FloatVector ofBias = all(bias.factors().gradient());
    FloatVector shrink = all(f.shrink());
    FloatVector decay = all(f.weightDecay());
    FloatVector beta1 = all(f.beta1());
    FloatVector rest1 = all(f.rest1());
    FloatVector beta2 = all(f.beta2());
    FloatVector rest2 = all(f.rest2());
    FloatVector rate = all(f.rate());
    FloatVector unbias = all(f.scale());
    FloatVector epsilon = all(f.epsilon());
    for (int i = 0; i < end; i += LANES) {
      FloatVector wi = load(w, wo + i);
      FloatVector bi = load(b, bo + i);
      FloatVector r = neuron.mul(wi).add(bi).sub(factor.mul(load(t, to + i)));
      r.intoArray(room, ro + i);
      r.mul(wi).intoArray(room, ro + end + i);
      FloatVector slope = ofWeight.mul(r).add(decay.mul(wi));
      FloatVector first = beta1.mul(load(mw, mwo + i)).add(rest1.mul(slope));
      FloatVector second = beta2.mul(load(vw, vwo + i)).add(rest2.mul(slope.mul(slope)));
      first.intoArray(mw, mwo + i);
      second.intoArray(vw, vwo + i);
      wi.mul(shrink).sub(rate.mul(first).div(second.mul(unbias).lanewise(VectorOperators.SQRT).add(epsilon)))
          .intoArray(w, wo + i);
      slope = ofBias.mul(r).add(decay.mul(bi));
      first = beta1.mul(load(mb, mbo + i)).add(rest1.mul(slope));
      second = beta2.mul(load(vb, vbo + i)).add(rest2.mul(slope.mul(slope)));
      first.intoArray(mb, mbo + i);
      second.intoArray(vb, vbo + i);
      bi.mul(shrink).sub(rate.mul(first).div(second.mul(unbias).lanewise(VectorOperators.SQRT).add(epsilon)))
          .intoArray(b, bo + i);
    }
  }

  static void reluSlope(float[] h, int ho, float[] dy, int at, int end) {
    for (int i = 0; i < end; i += LANES) {
      ZERO.blend(load(dy, at + i), load(h, ho + i).compare(VectorOperators.GT, ZERO)).intoArray(dy, at + i);
    }
  }

  static void tanhSlope(float[] h, int ho, float[] dy, int at, int end) {
    for (int i = 0; i < end; i += LANES) {
      FloatVector value = load(h, ho + i);
      load(dy, at + i).mul(ONE.sub(value.mul(value))).intoArray(dy, at + i);
    }
  }

  static void tanhBend(float[] h, int ho, float[] rh, int ro, float[] d, int at, float[] rd, int rdAt, boolean known,
      int end) {
    for (int i = 0; i < end; i += LANES) {
      FloatVector value = load(h, ho + i);
      FloatVector slope = ONE.sub(value.mul(value));
      FloatVector given = load(d, at + i);
      FloatVector s = known ? ZERO.blend(given.div(slope), slope.compare(VectorOperators.GT, ZERO)) : given;
      FloatVector twice = value.add(value).mul(load(rh, ro + i)).mul(s);
      load(rd, rdAt + i).mul(slope).sub(twice).intoArray(rd, rdAt + i);
      if (!known) {
        s.mul(slope).intoArray(d, at + i);
      }
    }
  }
}
