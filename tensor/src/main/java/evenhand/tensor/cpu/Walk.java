package evenhand.tensor.cpu;

import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;

/** Steps through the elements of a shape, row by row, keeping the position in each of several tensors. */
final class Walk {
  private final int[] dims;
  private final int[] index;
  private final int[] positions;
  private final Tensor[] tensors;
  private int left;
  private boolean started;

  /** Each tensor has the shape's rank; along axes where it has size 1 (or a view's stride 0) it stays in place. */
  Walk(Shape shape, Tensor... tensors) {
    this.dims = shape.dims();
    this.index = new int[dims.length];
    this.tensors = tensors;
    this.left = shape.size();
    this.positions = new int[tensors.length];
    for (int t = 0; t < tensors.length; t++) {
      positions[t] = tensors[t].offset();
    }
  }

  /** Moves to the next element; false after the last. */
  boolean next() {
    if (left-- <= 0) {
      return false;
    }
    if (started) {
      int axis = dims.length - 1;
      while (++index[axis] == dims[axis]) {
        move(axis, 1 - dims[axis]);
        index[axis--] = 0;
      }
      move(axis, 1);
    }
    started = true;
    return true;
  }

  private void move(int axis, int steps) {
    for (int t = 0; t < tensors.length; t++) {
      positions[t] += steps * tensors[t].stride(axis);
    }
  }

  /** Position in the storage of the given tensor. */
  int position(int tensor) {
    return positions[tensor];
  }

  /** Index along an axis. */
  int index(int axis) {
    return index[axis];
  }
}
