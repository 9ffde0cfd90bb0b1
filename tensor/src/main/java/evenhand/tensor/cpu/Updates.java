package evenhand.tensor.cpu;

import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;

/**
 * Optimizer updates in one pass: each number of parameter, gradient and state is read once and written once.
 *
 * <p>The formulas are those of {@link Backend}. Tensors are contiguous.
 */
final class Updates {
  private static final int CHUNK = 1 << 16;
  private static final int PARALLEL = 1 << 17;

  private final Kernels kernels;
  private final ThreadPool threads;

  Updates(Kernels kernels, ThreadPool threads) {
    this.kernels = kernels;
    this.threads = threads;
  }

  private interface Body {
    /** Moves n numbers from the given one. */
    void move(int from, int n);
  }

  private void run(int n, Body body) {
    if (n < PARALLEL) {
      body.move(0, n);
      return;
    }
    threads.run((n + CHUNK - 1) / CHUNK, task -> body.move(task * CHUNK, Math.min(CHUNK, n - task * CHUNK)));
  }

  void sgd(Tensor parameter, Tensor gradient, Tensor momentum, float rate, float factor, float weightDecay,
      boolean first) {
    float[] w = HostStorage.floats(parameter);
    float[] g = HostStorage.floats(gradient);
    int wo = parameter.offset();
    int go = gradient.offset();
    if (factor == 0) {
      run(parameter.size(), (at, n) -> kernels.descend(w, wo + at, g, go + at, n, rate, weightDecay));
      return;
    }
    float[] m = HostStorage.floats(momentum);
    int mo = momentum.offset();
    float kept = first ? 0 : factor;
    run(parameter.size(),
        (at, n) -> kernels.heavyBall(w, wo + at, g, go + at, m, mo + at, n, rate, kept, weightDecay));
  }

  void adam(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, Backend.AdamStep settings, int t) {
    float[] w = HostStorage.floats(parameter);
    float[] g = HostStorage.floats(gradient);
    float[] m = HostStorage.floats(mean);
    float[] v = HostStorage.floats(square);
    int wo = parameter.offset();
    int go = gradient.offset();
    int mo = mean.offset();
    int vo = square.offset();
    AdamFactors factors = AdamFactors.of(1, settings, t);
    run(parameter.size(), (at, n) -> kernels.adam(w, wo + at, g, go + at, m, mo + at, v, vo + at, n, factors));
  }
}
