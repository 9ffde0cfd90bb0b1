package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.DType;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;

/** Gather and scatter-add: by whole rows where an index chooses rows, else element by element. */
final class Indexing {
  private final Kernels kernels;

  Indexing(Kernels kernels) {
    this.kernels = kernels;
  }

  void gather(Tensor x, int axis, Tensor index, Tensor out) {
    if (out.size() == 0) {
      return;
    }
    refuseAny("gather", index, axis, x.shape());
    if (x.isContiguous() && choosesRows(index, axis, x.shape())) {
      gatherRows(x, axis, index, out);
      return;
    }
    Loops loops = Loops.of(out.shape(), pinned(x, axis, index.shape()), index, out);
    int[] chosen = HostStorage.ints(index);
    int step = x.stride(axis);
    int inner = loops.inner();
    for (int run = 0; run < loops.outer(); run++) {
      for (int i = 0; i < inner; i++) {
        int at = check("gather", chosen[loops.start(1, run) + i * loops.innerStride(1)], x.shape(), axis) * step
            + loops.start(0, run) + i * loops.innerStride(0);
        int to = loops.start(2, run) + i * loops.innerStride(2);
        if (x.dtype() == DType.FLOAT32) {
          HostStorage.floats(out)[to] = HostStorage.floats(x)[at];
        } else {
          HostStorage.ints(out)[to] = HostStorage.ints(x)[at];
        }
      }
    }
  }

  /** True if an index is the same for a whole slice of {@code shape}, whose slices it takes in full. */
  private static boolean choosesRows(Tensor index, int axis, Shape shape) {
    for (int i = 0; i < shape.rank(); i++) {
      if (i != axis && (index.shape().dim(i) != shape.dim(i) || shape.dim(i) != 1 && index.stride(i) != 0)) {
        return false;
      }
    }
    return true;
  }

  /** A view of x in the index's shape that stays at the first element of the axis. */
  private static Tensor pinned(Tensor x, int axis, Shape index) {
    Tensor view = x;
    for (int i = 0; i < index.rank(); i++) {
      view = view.slice(i, 0, i == axis ? 1 : index.dim(i));
    }
    return view.expand(index);
  }

  /** Along an axis without elements no index is right; names the first. */
  private static void refuseAny(String op, Tensor index, int axis, Shape shape) {
    if (shape.dim(axis) == 0) {
      check(op, HostStorage.ints(index)[index.offset()], shape, axis);
    }
  }

  private static int check(String op, int index, Shape shape, int axis) {
    return ReferenceBackend.checked(op, index, shape, axis);
  }

  private static int product(Shape shape, int from, int to) {
    int product = 1;
    for (int i = from; i < to; i++) {
      product *= shape.dim(i);
    }
    return product;
  }

  private void gatherRows(Tensor x, int axis, Tensor index, Tensor out) {
    Shape shape = x.shape();
    int before = product(shape, 0, axis);
    int length = product(shape, axis + 1, shape.rank());
    int rows = shape.dim(axis);
    int count = index.shape().dim(axis);
    int[] chosen = HostStorage.ints(index);
    Object from = ((HostStorage) x.storage()).array();
    Object to = ((HostStorage) out.storage()).array();
    for (int i = 0; i < before; i++) {
      for (int j = 0; j < count; j++) {
        int row = check("gather", chosen[index.offset() + j * index.stride(axis)], shape, axis);
        System.arraycopy(from, x.offset() + (i * rows + row) * length, to, out.offset() + (i * count + j) * length,
            length);
      }
    }
  }

  /** float32 only. */
  void scatterAdd(Tensor index, int axis, Tensor source, Tensor out) {
    if (source.size() == 0) {
      return;
    }
    refuseAny("scatterAdd", index, axis, out.shape());
    if (source.isContiguous() && choosesRows(index, axis, out.shape()) && source.size() > source.shape().dim(axis)) {
      scatterRows(index, axis, source, out);
    } else {
      scatterElements(index, axis, source, out);
    }
  }

  private void scatterRows(Tensor index, int axis, Tensor source, Tensor out) {
    Shape shape = out.shape();
    int before = product(shape, 0, axis);
    int length = product(shape, axis + 1, shape.rank());
    int rows = shape.dim(axis);
    int count = index.shape().dim(axis);
    int[] chosen = HostStorage.ints(index);
    float[] from = HostStorage.floats(source);
    float[] to = HostStorage.floats(out);
    for (int i = 0; i < before; i++) {
      for (int j = 0; j < count; j++) {
        int row = check("scatterAdd", chosen[index.offset() + j * index.stride(axis)], shape, axis);
        int at = out.offset() + (i * rows + row) * length;
        kernels.binary(Binary.ADD, to, at, 1, from, source.offset() + (i * count + j) * length, 1, to, at, length);
      }
    }
  }

  /** Sums in double precision, since many elements may meet in one place. */
  private static void scatterElements(Tensor index, int axis, Tensor source, Tensor out) {
    float[] values = HostStorage.floats(out);
    double[] sums = new double[out.size()];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = values[out.offset() + i];
    }
    Loops loops = Loops.of(index.shape(), pinned(out, axis, index.shape()), index, source);
    int[] chosen = HostStorage.ints(index);
    float[] from = HostStorage.floats(source);
    int step = out.stride(axis);
    int inner = loops.inner();
    for (int run = 0; run < loops.outer(); run++) {
      int base = loops.start(0, run) - out.offset();
      for (int i = 0; i < inner; i++) {
        int row = check("scatterAdd", chosen[loops.start(1, run) + i * loops.innerStride(1)], out.shape(), axis);
        sums[base + row * step + i * loops.innerStride(0)] += from[loops.start(2, run) + i * loops.innerStride(2)];
      }
    }
    for (int i = 0; i < sums.length; i++) {
      values[out.offset() + i] = (float) sums[i];
    }
  }
}
