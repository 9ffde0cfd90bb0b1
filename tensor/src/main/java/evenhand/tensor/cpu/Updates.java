package evenhand.tensor.cpu;

import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;

/**
 * Optimizer updates in one pass: each number of parameter, gradient and state is read once and written once.
 *
 * <p>The formulas are those of {@link Backend}. Tensors are contiguous.
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

  static void adam(Kernels kernels, Tensor parameter, Tensor gradient, Tensor mean, Tensor square,
      Backend.AdamStep settings, int t) {
    kernels.adam(HostStorage.floats(parameter), parameter.offset(), HostStorage.floats(gradient), gradient.offset(),
        HostStorage.floats(mean), mean.offset(), HostStorage.floats(square), square.offset(), parameter.size(),
        AdamFactors.of(1, settings, t));
  }
}
