package evenhand.kernels;

import evenhand.kernels.Layout.View;
import evenhand.tensor.DType;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;

/** Gather and scatter-add; waits for each, since an index out of range must be named. */
final class GpuIndexing {
  private static final int FEW_LINES = 256;
  private static final long MOST_LOOKS = 1L << 26; // of all bins at all indices

  private final GpuQueue queue;

  GpuIndexing(GpuQueue queue) {
    this.queue = queue;
  }

  void gather(Tensor x, int axis, Tensor index, Tensor out) {
    int n = out.size();
    int[] layout = Layout.of(index.shape().dims(), View.of(x).without(axis), View.of(index));
    checked("gather", index, x.shape(), axis, error -> {
      queue.each(Kernel.GATHER_BITS, n, GpuStorage.of(x), GpuStorage.of(index), GpuStorage.of(out), error, layout,
          x.stride(axis), x.shape().dim(axis), n);
      return position -> position;
    });
  }

  void scatterAdd(Tensor index, int axis, Tensor source, Tensor out) {
    int[] dims = index.shape().dims();
    int steps = dims[axis];
    int lines = steps == 0 ? 0 : index.size() / steps;
    int length = out.shape().dim(axis);
    dims[axis] = 1;
    int[] layout = Layout.of(dims, View.of(index), View.of(source), View.of(out));
    int[] scatter = {lines, steps, length, index.stride(axis), source.stride(axis), out.stride(axis)};
    boolean bins = lines < FEW_LINES && length > 0 && (long) lines * length * steps <= MOST_LOOKS;
    boolean whole = out.dtype() == DType.INT32;
    Kernel kernel = bins ? whole ? Kernel.SCATTER_BINS_INT : Kernel.SCATTER_BINS_FLOAT
        : whole ? Kernel.SCATTER_LINES_INT : Kernel.SCATTER_LINES_FLOAT;
    checked("scatterAdd", index, out.shape(), axis, error -> {
      queue.each(kernel, bins ? lines * length : lines, GpuStorage.of(index), GpuStorage.of(source),
          GpuStorage.of(out), error, layout, scatter);
      return position -> rowMajor(position / steps, position % steps, axis, index.shape());
    });
  }

  /** The row-major position of the element at a step of a line, lines being counted over the other axes. */
  private static int rowMajor(int line, int step, int axis, Shape shape) {
    int inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= shape.dim(i);
    }
    return (line / inner * shape.dim(axis) + step) * inner + line % inner;
  }

  /** Launches a kernel; gives the row-major position in the index of what the kernel reports. */
  private interface Launch {
    java.util.function.IntUnaryOperator with(GpuStorage error);
  }

  private void checked(String op, Tensor index, Shape shape, int axis, Launch launch) {
    GpuStorage error = queue.temporary(DType.INT32, 1);
    queue.fill(error, Integer.MAX_VALUE, 1);
    var position = launch.with(error);
    int[] found = new int[1];
    queue.download(error, found, 1);
    error.release();
    if (found[0] != Integer.MAX_VALUE) {
      int bad = index.toInts()[position.applyAsInt(found[0])];
      throw new IndexOutOfBoundsException(
          op + ": index " + bad + " is not within axis " + axis + " of shape " + shape);
    }
  }
}
