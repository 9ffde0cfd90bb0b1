package evenhand.kernels;

import evenhand.kernels.Layout.View;
import evenhand.tensor.DType;
import evenhand.tensor.Reduction;
import evenhand.tensor.Tensor;

/** Reductions in one pass or two, by the sizes alone, so that the same sizes give the same bits. */
final class GpuReductions {
  private static final int LONG_WINDOW = 64; // from here on a group for each result pays
  private static final int MANY_RESULTS = 4096;
  private static final int ROW_GROUPS = 512;
  private static final int ROW_LENGTH = 4096;
  private static final int COLUMN_ITEMS = 1 << 16;
  private static final int COLUMN_LENGTH = 256;

  private final GpuQueue queue;

  GpuReductions(GpuQueue queue) {
    this.queue = queue;
  }

  void reduce(Reduction op, Tensor x, int[] axes, Tensor out) {
    int[] kept = x.shape().dims();
    int[] window = new int[kept.length];
    java.util.Arrays.fill(window, 1);
    long n = 1;
    for (int axis : axes) {
      window[axis] = kept[axis];
      n *= kept[axis];
      kept[axis] = 1;
    }
    if (out.size() == 0) {
      return;
    }
    View view = View.of(x);
    if (op == Reduction.ARGMAX) {
      argmax(x, Layout.of(kept, view), x.stride(axes[0]), (int) n, out);
    } else if (n == 0) { // a sum over nothing
      queue.fill(GpuStorage.of(out), 0, out.size());
    } else {
      reduce(op, GpuStorage.of(x), Layout.of(kept, view), Layout.of(window, new View(0, view.strides())), (int) n,
          GpuStorage.of(out), out.size());
    }
  }

  private void argmax(Tensor x, int[] kept, int stride, int n, Tensor out) {
    boolean rows = n >= LONG_WINDOW && (Math.abs(stride) == 1 || out.size() < MANY_RESULTS);
    if (rows) {
      queue.launch(Kernel.ARGMAX_ROWS, out.size(), GpuStorage.of(x), GpuStorage.of(out), kept, stride, n);
    } else {
      queue.each(Kernel.ARGMAX_COLUMNS, out.size(), GpuStorage.of(x), GpuStorage.of(out), kept, stride, n, out.size());
    }
  }

  /** {@code out[o] = op over w of x[kept(o) + window(w)]}, n at least 1. */
  private void reduce(Reduction op, GpuStorage x, int[] kept, int[] window, int n, GpuStorage out, int results) {
    boolean rows = n >= LONG_WINDOW && (Math.abs(Layout.lastStride(window)) == 1 || results < LONG_WINDOW);
    int parts = rows ? parts(n, ROW_GROUPS / results, ROW_LENGTH) : parts(n, COLUMN_ITEMS / results, COLUMN_LENGTH);
    int length = roundUp((n + parts - 1) / parts, rows ? Kernel.WORKERS : 1);
    int used = (int) (((long) n + length - 1) / length);
    if (used == 1) {
      launch(rows, op, x, out, kept, window, n, results, 1, n);
      return;
    }
    GpuStorage partials = queue.temporary(DType.FLOAT32, (long) results * used);
    launch(rows, op, x, partials, kept, window, n, results, used, length);
    addParts(op, partials, rows ? used : 1, rows ? 1 : results, used, out, results);
    partials.release();
  }

  private void launch(boolean rows, Reduction op, GpuStorage x, GpuStorage out, int[] kept, int[] window, int n,
      int results, int parts, int length) {
    if (rows) {
      queue.launch(Kernel.REDUCE_ROWS, (long) results * parts, x, out, kept, window, op.ordinal(), n, parts, length);
    } else {
      int total = results * parts;
      queue.each(Kernel.REDUCE_COLUMNS, total, x, out, kept, window, op.ordinal(), n, results, length, total);
    }
  }

  /** {@code out[o] = op over p of partials[o * resultStep + p * partStep]}, in the order of the parts. */
  private void addParts(Reduction op, GpuStorage partials, int resultStep, int partStep, int parts, GpuStorage out,
      int results) {
    reduce(op, partials, Layout.of(new int[]{results}, new View(0, resultStep)),
        Layout.of(new int[]{parts}, new View(0, partStep)), parts, out, results);
  }

  /** Sums {@code parts} blocks of {@code size} numbers each, for each of {@code batch}. */
  void sumParts(GpuStorage partials, int batch, int parts, int size, GpuStorage out) {
    reduce(Reduction.SUM, partials, Layout.of(new int[]{batch, size}, new View(0, parts * size, 1)),
        Layout.of(new int[]{parts}, new View(0, size)), parts, out, batch * size);
  }

  private static int parts(int n, int wanted, int leastLength) {
    return Math.max(1, Math.min(wanted, n / leastLength));
  }

  private static int roundUp(int n, int multiple) {
    return (n + multiple - 1) / multiple * multiple;
  }
}
