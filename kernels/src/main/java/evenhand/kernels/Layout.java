package evenhand.kernels;

import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;

/**
 * Where the elements of up to three tensors of one shape lie, as kernels read it: {@code Layout} of {@code dialect.h}.
 *
 * <p>Axes of size 1 are dropped, and neighbours that every tensor steps through without a break are merged.
 */
final class Layout {
  /** Axes that are left, at most. */
  static final int RANK = 8;

  private static final int TENSORS = 3;
  private static final int DIMS = 1 + TENSORS; // after the rank and the offsets
  private static final int STRIDES = DIMS + RANK;

  /** One tensor: where it starts, and its step along each axis. */
  record View(int offset, int... strides) {
    static View of(Tensor tensor) {
      int[] strides = new int[tensor.shape().rank()];
      for (int axis = 0; axis < strides.length; axis++) {
        strides[axis] = tensor.stride(axis);
      }
      return new View(tensor.offset(), strides);
    }

    /** This view standing still along an axis. */
    View without(int axis) {
      int[] left = strides.clone();
      left[axis] = 0;
      return new View(offset, left);
    }
  }

  private Layout() {}

  /** The layout of tensors that have the shape's axes. */
  static int[] of(Shape shape, Tensor... tensors) {
    View[] views = new View[tensors.length];
    for (int t = 0; t < views.length; t++) {
      views[t] = View.of(tensors[t]);
    }
    return of(shape.dims(), views);
  }

  /**
   * The layout of views with the given sizes of axes.
   *
   * @throws IllegalArgumentException if more than {@link #RANK} axes are left
   */
  static int[] of(int[] dims, View... views) {
    int[] words = new int[STRIDES + TENSORS * RANK];
    int used = 0;
    for (int axis = 0; axis < dims.length; axis++) {
      if (dims[axis] == 1) {
        continue;
      }
      boolean merged = used > 0 && merges(words, used - 1, dims[axis], axis, views);
      if (!merged) {
        if (used == RANK) {
          throw new IllegalArgumentException("a view of more than " + RANK
              + " axes that cannot be merged is not implemented on this device; use --device cpu");
        }
        words[DIMS + used++] = 1;
      }
      words[DIMS + used - 1] *= dims[axis];
      for (int t = 0; t < views.length; t++) {
        words[STRIDES + t * RANK + used - 1] = views[t].strides()[axis];
      }
    }
    words[0] = used;
    for (int t = 0; t < views.length; t++) {
      words[1 + t] = views[t].offset();
    }
    return words;
  }

  private static boolean merges(int[] words, int outer, int dim, int axis, View... views) {
    for (int t = 0; t < views.length; t++) {
      if (words[STRIDES + t * RANK + outer] != views[t].strides()[axis] * dim) {
        return false;
      }
    }
    return true;
  }

  /** The first tensor's step along the last axis left; 0 if none is. */
  static int lastStride(int... words) {
    return words[0] == 0 ? 0 : words[STRIDES + words[0] - 1];
  }
}
