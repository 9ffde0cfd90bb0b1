package evenhand.tensor.cpu;

import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;

/**
 * The fewest nested loops over a shape that step through several tensors: axes of size 1 are dropped, and neighbours
 * that every tensor steps through without a break are merged.
 */
final class Loops {
  /** Sizes, outermost first; the last is the inner loop. At least one. */
  final int[] dims;

  /** {@code strides[t][axis]} of each tensor. */
  final int[][] strides;

  private final int[] offsets;

  private Loops(int[] dims, int[][] strides, int[] offsets) {
    this.dims = dims;
    this.strides = strides;
    this.offsets = offsets;
  }

  /** Each tensor has the shape's rank, and stride 0 where it repeats. */
  static Loops of(Shape shape, Tensor... tensors) {
    int rank = shape.rank();
    int[] dims = new int[Math.max(rank, 1)];
    int[][] strides = new int[tensors.length][dims.length];
    int used = 0;
    for (int axis = 0; axis < rank; axis++) {
      int dim = shape.dim(axis);
      if (dim == 1) {
        continue;
      }
      if (used == 0 || !merges(tensors, strides, used - 1, axis, dim)) {
        dims[used++] = 1;
      }
      dims[used - 1] *= dim;
      for (int t = 0; t < tensors.length; t++) {
        strides[t][used - 1] = tensors[t].stride(axis);
      }
    }
    if (used == 0) {
      dims[used++] = shape.size();
    }
    return new Loops(shrink(dims, used), shrink(strides, used), offsets(tensors));
  }

  private static boolean merges(Tensor[] tensors, int[][] strides, int outer, int axis, int dim) {
    for (int t = 0; t < tensors.length; t++) {
      if (strides[t][outer] != tensors[t].stride(axis) * dim) {
        return false;
      }
    }
    return true;
  }

  private static int[] shrink(int[] values, int length) {
    return values.length == length ? values : java.util.Arrays.copyOf(values, length);
  }

  private static int[][] shrink(int[][] values, int length) {
    for (int t = 0; t < values.length; t++) {
      values[t] = shrink(values[t], length);
    }
    return values;
  }

  private static int[] offsets(Tensor[] tensors) {
    int[] offsets = new int[tensors.length];
    for (int t = 0; t < tensors.length; t++) {
      offsets[t] = tensors[t].offset();
    }
    return offsets;
  }

  /** These loops over one tensor, with a second one beside it whose elements lie in a row from position 0. */
  Loops withContiguous() {
    int[] compact = new int[dims.length];
    int stride = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      compact[axis] = stride;
      stride *= dims[axis];
    }
    return new Loops(dims, new int[][]{strides[0], compact}, new int[]{offsets[0], 0});
  }

  /** These loops with one axis moved to the place before the last. */
  Loops withAxisBeforeLast(int axis) {
    int[][] moved = new int[strides.length][];
    for (int t = 0; t < moved.length; t++) {
      moved[t] = move(strides[t], axis);
    }
    return new Loops(move(dims, axis), moved, offsets);
  }

  private static int[] move(int[] values, int axis) {
    int[] moved = values.clone();
    System.arraycopy(values, axis + 1, moved, axis, values.length - 2 - axis);
    moved[values.length - 2] = values[axis];
    return moved;
  }

  /** Length of the inner loop. */
  int inner() {
    return dims[dims.length - 1];
  }

  /** A tensor's stride in the inner loop. */
  int innerStride(int tensor) {
    return strides[tensor][dims.length - 1];
  }

  /** How often the inner loop runs. */
  int outer() {
    return outer(dims.length - 1);
  }

  /** Product of the first {@code axes} sizes. */
  int outer(int axes) {
    int product = 1;
    for (int axis = 0; axis < axes; axis++) {
      product *= dims[axis];
    }
    return product;
  }

  /** Where a tensor's {@code run}-th inner loop starts. */
  int start(int tensor, int run) {
    return start(tensor, run, dims.length - 1);
  }

  /** Where a tensor's {@code run}-th step of the first {@code axes} loops, taken as one, is. */
  int start(int tensor, int run, int axes) {
    int at = offsets[tensor];
    int[] own = strides[tensor];
    for (int axis = axes - 1; axis > 0; axis--) {
      int dim = dims[axis];
      at += run % dim * own[axis];
      run /= dim;
    }
    return axes > 0 ? at + run * own[0] : at;
  }
}
