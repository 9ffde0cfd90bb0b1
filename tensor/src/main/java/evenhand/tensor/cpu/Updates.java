package evenhand.tensor.cpu;

import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;

/**
 * Optimizer updates in one pass: each number of parameter, gradient and state is read once and written once.
 *
 * <p>Plain loops without branches, which the compiler vectorises; the formulas are those of {@link Backend}. Tensors
 * are contiguous.
 */
final class Updates {
  private Updates() {}

  static void sgd(Tensor parameter, Tensor gradient, Tensor momentum, float rate, float factor, float weightDecay,
      boolean first) {
    float kept = first ? 0 : factor;
    if (factor == 0) {
      descend(HostStorage.floats(parameter), parameter.offset(), HostStorage.floats(gradient), gradient.offset(),
          parameter.size(), rate, weightDecay);
    } else {
      heavyBall(HostStorage.floats(parameter), parameter.offset(), HostStorage.floats(gradient), gradient.offset(),
          HostStorage.floats(momentum), momentum.offset(), parameter.size(), rate, kept, weightDecay);
    }
  }

  private static void descend(float[] w, int wo, float[] g, int go, int n, float rate, float weightDecay) {
    for (int i = 0; i < n; i++) {
      w[wo + i] -= rate * (g[go + i] + weightDecay * w[wo + i]);
    }
  }

  private static void heavyBall(float[] w, int wo, float[] g, int go, float[] m, int mo, int n, float rate, float kept,
      float weightDecay) {
    for (int i = 0; i < n; i++) {
      float step = kept * m[mo + i] + (g[go + i] + weightDecay * w[wo + i]);
      m[mo + i] = step;
      w[wo + i] -= rate * step;
    }
  }

  static void adam(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, Backend.AdamStep settings, int t) {
    adam(Stretch.of(parameter), Stretch.of(gradient), Stretch.of(mean), Stretch.of(square), parameter.size(), 1,
        settings, t);
  }

  /** Numbers of an array from a position on. */
  record Stretch(float[] values, int from) {
    static Stretch of(Tensor x) {
      return new Stretch(HostStorage.floats(x), x.offset());
    }
  }

  /** A step of n numbers by {@code factor} times the gradient. */
  static void adam(Stretch parameter, Stretch gradient, Stretch mean, Stretch square, int n, float factor,
      Backend.AdamStep settings, int t) {
    double correction1 = 1 - Math.pow(settings.beta1(), t);
    double correction2 = 1 - Math.pow(settings.beta2(), t);
    boolean decoupled = settings.decoupled();
    adam(parameter.values, parameter.from, gradient.values, gradient.from, mean.values, mean.from, square.values,
        square.from, n, factor, decoupled ? (float) (1 - settings.rate() * settings.weightDecay()) : 1,
        decoupled ? 0 : (float) settings.weightDecay(), (float) settings.beta1(), (float) (1 - settings.beta1()),
        (float) settings.beta2(), (float) (1 - settings.beta2()), (float) (settings.rate() / correction1),
        (float) (1 / correction2), (float) settings.epsilon());
  }

  private static void adam(float[] w, int wo, float[] g, int go, float[] m, int mo, float[] v, int vo, int n,
      float factor, float shrink, float weightDecay, float beta1, float rest1, float beta2, float rest2, float rate,
      float scale, float epsilon) {
    for (int i = 0; i < n; i++) {
      float weight = w[wo + i] * shrink;
      float slope = factor * g[go + i] + weightDecay * w[wo + i];
      float first = beta1 * m[mo + i] + rest1 * slope;
      float second = beta2 * v[vo + i] + rest2 * (slope * slope);
      m[mo + i] = first;
      v[vo + i] = second;
      w[wo + i] = weight - rate * first / ((float) Math.sqrt(second * scale) + epsilon);
    }
  }
}
