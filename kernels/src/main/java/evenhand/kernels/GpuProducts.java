package evenhand.kernels;

import evenhand.kernels.Layout.View;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Matrix products and convolutions. */
final class GpuProducts {
  static final int TILE = 64; // of matmul_small and dual_matmul, as in matmul.krn
  private static final int LARGE_TILE = 128;
  private static final int DEPTH = 8;
  private static final int MANY_GROUPS = 64; // from here on there is work for all of a device
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
    boolean large = m > TILE && n > TILE && matrices * groups(m, n, LARGE_TILE) >= MANY_GROUPS;
    matmul(a, b, out, large);
  }

  /** The same in large tiles, which ask for less memory, or in small ones, which are more. */
  void matmul(Tensor a, Tensor b, Tensor out, boolean large) {
    int row = out.shape().rank() - 2;
    int m = out.shape().dim(row);
    int n = out.shape().dim(row + 1);
    int k = a.shape().dim(row + 1);
    int matrices = out.size() / (m * n);
    long groups = matrices * groups(m, n, large ? LARGE_TILE : TILE);
    int length = partLength(k, groups);
    int parts = (k + length - 1) / length;
    Operand left = Operand.of(a, row, row + 1);
    Operand right = Operand.of(b, row + 1, row);
    int[] product = words(new int[]{m, n, k, parts, length}, left.words(), right.words());
    int[] batch = Layout.of(Arrays.copyOf(out.shape().dims(), row), View.of(a), View.of(b));
    GpuStorage target = parts == 1 ? GpuStorage.of(out)
        : queue.temporary(DType.FLOAT32, (long) out.size() * parts);
    queue.launch(large ? Kernel.MATMUL : Kernel.MATMUL_SMALL, groups * parts, GpuStorage.of(a), GpuStorage.of(b),
        target, batch, product);
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

  static long groups(int m, int n, int tile) {
    return ((long) m + tile - 1) / tile * (((long) n + tile - 1) / tile);
  }

  /** How much of k a group takes, so that there are groups enough. */
  static int partLength(int k, long groups) {
    int parts = groups < MANY_GROUPS && k >= 2 * PART ? (int) Math.min(k / PART, WANTED_GROUPS / groups) : 1;
    return ((k + parts - 1) / parts + DEPTH - 1) / DEPTH * DEPTH;
  }

  static int[] words(int[]... parts) {
    return Stream.of(parts).flatMapToInt(Arrays::stream).toArray();
  }

  /** {@code Operand} of matmul.krn: lines of k numbers, and whether four of them can be loaded at a time. */
  record Operand(int lines, int line, int step, boolean along, boolean wide) {
    private static final int WIDE = 4;

    /** The rows or columns of a tensor, whose other axes are a batch. */
    static Operand of(Tensor x, int lineAxis, int stepAxis) {
      int line = x.stride(lineAxis);
      int step = x.stride(stepAxis);
      boolean along = step == 1 || line != 1;
      boolean wide = x.offset() % WIDE == 0 && (along ? step : line) == 1
          && x.shape().dim(along ? stepAxis : lineAxis) % WIDE == 0;
      for (int axis = 0; axis < x.shape().rank(); axis++) {
        wide &= axis == (along ? stepAxis : lineAxis) || x.stride(axis) % WIDE == 0;
      }
      return new Operand(x.shape().dim(lineAxis), line, step, along, wide);
    }

    int[] words() {
      return new int[]{lines, line, step, along ? 1 : 0, wide ? 1 : 0};
    }
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
