package evenhand.kernels;

import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import java.util.Optional;

/** Hessian-vector products of heads, in one pass over the rows where a group's local memory holds what it needs. */
final class GpuHeads {
  private static final int SPAN = 256; // columns, as in heads.krn
  private static final int LINES = 16;
  private static final int MOST_CLASSES = 16;
  private static final int MOST_WEIGHTS = 1024;
  private static final int LENGTH = 256; // rows of a group, at least
  private static final int MOST_GROUPS = 256;

  private final GpuQueue queue;
  private final GpuReductions reductions;

  GpuHeads(GpuQueue queue, GpuReductions reductions) {
    this.queue = queue;
    this.reductions = reductions;
  }

  /** Whether a head of weights {@code [C, width]} or {@code [width]} fits. */
  static boolean fits(Tensor x, Tensor w) {
    int width = w.shape().dim(-1);
    int classes = w.size() / Math.max(width, 1);
    return x.shape().dim(0) > 0 && width > 0 && width <= SPAN && classes <= MOST_CLASSES
        && classes * (width + 1) <= MOST_WEIGHTS;
  }

  void logistic(Tensor x, Tensor w, Optional<Tensor> curvature, Tensor v, Tensor out) {
    launch(Kernel.LOGISTIC_HVP, x, w, curvature, v, out);
  }

  void softmax(Tensor x, Tensor w, Optional<Tensor> probabilities, Tensor v, Tensor out) {
    launch(Kernel.SOFTMAX_HVP, x, w, probabilities, v, out);
  }

  /** {@code w} is not read where {@code kept} is given; it may then be any tensor. */
  private void launch(Kernel kernel, Tensor x, Tensor w, Optional<Tensor> kept, Tensor v, Tensor out) {
    int n = x.shape().dim(0);
    int width = v.shape().dim(-1);
    int classes = v.size() / width;
    int groups = Math.clamp(n / LENGTH, 1, MOST_GROUPS);
    int length = ((n + groups - 1) / groups + LINES - 1) / LINES * LINES;
    int used = (n + length - 1) / length;
    Tensor weights = w.contiguous();
    Tensor direction = v.contiguous();
    Tensor given = kept.orElse(weights);
    boolean plane = kept.isPresent() && given.shape().rank() == 2;
    int[] head = {n, x.shape().dim(1), width, classes, length, x.offset(), x.stride(0), x.stride(1), weights.offset(),
        direction.offset(), kept.isPresent() ? 1 : 0, given.offset(), given.stride(0), plane ? given.stride(1) : 0};
    GpuStorage target = used == 1 ? GpuStorage.of(out) : queue.temporary(DType.FLOAT32, (long) used * out.size());
    queue.launch(kernel, used, GpuStorage.of(x), GpuStorage.of(weights), GpuStorage.of(direction),
        GpuStorage.of(given), target, head);
    if (used > 1) {
      reductions.sumParts(target, 1, used, out.size(), GpuStorage.of(out));
      target.release();
    }
  }
}
