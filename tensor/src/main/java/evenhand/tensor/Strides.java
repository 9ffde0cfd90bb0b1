package evenhand.tensor;

import java.util.Optional;
import java.util.stream.IntStream;

/** Arithmetic of strided layouts. */
final class Strides {
  private Strides() {}

  /** True if the elements lie row by row without gaps. */
  static boolean isContiguous(Shape shape, int[] strides) {
    int expected = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      int dim = shape.dim(axis);
      if (dim != 1 && strides[axis] != expected && shape.size() > 0) {
        return false;
      }
      expected *= Math.max(dim, 1);
    }
    return true;
  }

  /** True if several elements share a place, as in an expanded view. */
  static boolean repeats(Shape shape, int[] strides) {
    for (int axis = 0; axis < strides.length; axis++) {
      if (strides[axis] == 0 && shape.dim(axis) > 1 && shape.size() > 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Strides that show the same elements in another shape of the same size, or nothing if they need a copy.
   *
   * <p>From the last axis to the first: source axes that follow each other without gaps, stride[i] = stride[i + 1] x
   * dim[i + 1], form a block, which target axes must fill exactly; axes of size 1 count for nothing.
   */
  static Optional<int[]> reshaped(Shape shape, int[] strides, Shape target) {
    int[] out = target.contiguousStrides();
    if (isContiguous(shape, strides)) {
      return Optional.of(out);
    }
    int[] axes = IntStream.range(0, shape.rank()).filter(axis -> shape.dim(axis) != 1).toArray();
    int to = target.rank() - 1;
    for (int from = axes.length - 1; from >= 0;) {
      int stride = strides[axes[from]];
      int next = stride; // the stride of an axis that continues the block
      int block = 1;
      for (; from >= 0 && strides[axes[from]] == next; from--) {
        next *= shape.dim(axes[from]);
        block *= shape.dim(axes[from]);
      }
      int filled = 1;
      for (; filled < block; to--) {
        out[to] = stride * filled;
        filled *= target.dim(to);
      }
      if (filled > block) {
        return Optional.empty();
      }
    }
    return Optional.of(out);
  }
}
