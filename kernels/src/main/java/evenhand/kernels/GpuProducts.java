package evenhand.kernels;

import evenhand.kernels.Layout.View;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/** Matrix products and convolutions. */
final class GpuProducts {
  private static final int TILE = 64; // as in matmul.krn
  private static final int DEPTH = 16;
  private static final int FEW_GROUPS = 64;
  private static final int WANTED_GROUPS = 128;
  private static final int PART = 256; // of k, at least

  private final GpuQueue queue;
  private final GpuReductions reductions;

  GpuProducts(GpuQueue queue, GpuReductions reductions) {
    this.queue = queue;
    this.reductions = reductions;
  }

  void matmul(Tensor a, Tensor b, Tensor out) {
    int row = out.shape().rank() - 2;
    int m = out.shape().dim(row);
    int n = out.shape().dim(row + 1);
    int k = a.shape().dim(row + 1);
    if (out.size() == 0 || k == 0) {
      queue.fill(GpuStorage.of(out), 0, out.size());
      return;
    }
    if (multipliedByVendor(a, b, out, m, n, k)) {
      return;
    }
    int matrices = out.size() / (m * n);
    long groups = (long) matrices * tiles(m) * tiles(n);
    int parts = groups < FEW_GROUPS && k >= 2 * PART ? (int) Math.min(k / PART, WANTED_GROUPS / groups) : 1;
    int length = ((k + parts - 1) / parts + DEPTH - 1) / DEPTH * DEPTH;
    parts = (k + length - 1) / length;
    int[] product = {m, n, k, parts, length, a.stride(row), a.stride(row + 1), b.stride(row), b.stride(row + 1),
        alongRows(a.stride(row), a.stride(row + 1)), alongRows(b.stride(row), b.stride(row + 1))};
    int[] batch = Layout.of(Arrays.copyOf(out.shape().dims(), row), View.of(a), View.of(b));
    GpuStorage target = parts == 1 ? GpuStorage.of(out)
        : queue.temporary(DType.FLOAT32, (long) out.size() * parts);
    queue.launch(Kernel.MATMUL, groups * parts, GpuStorage.of(a), GpuStorage.of(b), target, batch, product);
    if (parts > 1) {
      reductions.sumParts(target, matrices, parts, m * n, GpuStorage.of(out));
      target.release();
    }
  }

  /** Hands the product to the vendor's library, if there is one and the operands lie as it reads them. */
  private boolean multipliedByVendor(Tensor a, Tensor b, Tensor out, int m, int n, int k) {
    Optional<VendorProducts> library = queue.runtime().products();
    Optional<GpuQueue.View> left = library.flatMap(_ -> matrices(a));
    Optional<GpuQueue.View> right = left.flatMap(_ -> matrices(b));
    right.ifPresent(view -> queue.multiply(library.get(), m, n, k, out.size() / (m * n), left.get(), view,
        GpuStorage.of(out)));
    return right.isPresent();
  }

  /** A tensor as matrices at equal distances whose rows or columns lie side by side, if it is that. */
  static Optional<GpuQueue.View> matrices(Tensor tensor) {
    int row = tensor.shape().rank() - 2;
    int rows = tensor.shape().dim(row);
    int columns = tensor.shape().dim(row + 1);
    boolean alongRows = columns == 1 || tensor.stride(row + 1) == 1;
    boolean alongColumns = rows == 1 || tensor.stride(row) == 1;
    int rowLead = rows == 1 ? columns : tensor.stride(row);
    int columnLead = columns == 1 ? rows : tensor.stride(row + 1);
    OptionalLong step = OptionalLong.empty();
    long expected = 0; // stride of the next batch axis
    for (int axis = row - 1; axis >= 0; axis--) {
      int size = tensor.shape().dim(axis);
      int stride = tensor.stride(axis);
      if (size > 1 && (stride < 0 || step.isPresent() && stride != expected)) {
        return Optional.empty();
      }
      if (size > 1) {
        step = step.isPresent() ? step : OptionalLong.of(stride);
        expected = (long) stride * size;
      }
    }
    if (alongRows && rowLead >= columns) {
      return Optional.of(new GpuQueue.View(GpuStorage.of(tensor), tensor.offset(), false, rowLead, step.orElse(0)));
    }
    if (alongColumns && columnLead >= rows) {
      return Optional.of(new GpuQueue.View(GpuStorage.of(tensor), tensor.offset(), true, columnLead, step.orElse(0)));
    }
    return Optional.empty();
  }

  private static int tiles(int n) {
    return (n + TILE - 1) / TILE;
  }

  /** 1 if a row's elements lie side by side, or neither axis's do. */
  private static int alongRows(int rowStride, int columnStride) {
    return columnStride == 1 || rowStride != 1 ? 1 : 0;
  }

  void conv2d(Conv conv, Tensor x, Tensor weight, Tensor out) {
    queue.each(Kernel.CONV_FORWARD, out.size(), GpuStorage.of(x), GpuStorage.of(weight), GpuStorage.of(out),
        windows(conv, x, weight, out, x, weight), out.size());
  }

  void conv2dInput(Conv conv, Tensor dOut, Tensor weight, Tensor out) {
    queue.each(Kernel.CONV_INPUT, out.size(), GpuStorage.of(dOut), GpuStorage.of(weight), GpuStorage.of(out),
        windows(conv, out, weight, dOut, dOut, weight), out.size());
  }

  void conv2dWeight(Conv conv, Tensor x, Tensor dOut, Tensor out) {
    if (out.size() > 0) {
      queue.launch(Kernel.CONV_WEIGHT, out.size(), GpuStorage.of(x), GpuStorage.of(dOut), GpuStorage.of(out),
          windows(conv, x, out, dOut, x, dOut));
    }
  }

  /** {@code Windows} of conv.krn: sizes of input, weight and output, then how the two tensors that are read lie. */
  private static int[] windows(Conv conv, Tensor in, Tensor weight, Tensor out, Tensor first, Tensor second) {
    int groups = conv.groups();
    int[] words = {in.shape().dim(0), in.shape().dim(1) / groups, in.shape().dim(2), in.shape().dim(3),
        weight.shape().dim(0) / groups, weight.shape().dim(2), weight.shape().dim(3), out.shape().dim(2),
        out.shape().dim(3), conv.strideH(), conv.strideW(), conv.padH(), conv.padW(), conv.dilationH(),
        conv.dilationW(), groups, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    place(first, words, words.length - 10);
    place(second, words, words.length - 5);
    return words;
  }

  private static void place(Tensor tensor, int[] words, int at) {
    words[at] = tensor.offset();
    for (int axis = 0; axis < 4; axis++) {
      words[at + 1 + axis] = tensor.stride(axis);
    }
  }
}
