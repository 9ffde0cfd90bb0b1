package evenhand.tensor;

import java.util.Arrays;

/** The sizes of a tensor's axes; {@code []} is a scalar. */
public final class Shape {
  /** The shape of a scalar. */
  public static final Shape SCALAR = new Shape(new int[0]);

  private static final int LARGEST = Integer.MAX_VALUE - (1 << 16) + 1; // devices round up to chunks, still within int

  private final int[] dims;
  private final int size;

  private Shape(int[] dims) {
    long product = 1;
    boolean empty = false;
    for (int dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has a negative axis");
      }
      empty |= dim == 0;
      product = Math.min(product * Math.max(dim, 1), 1L << 31); // capped, so that the next product fits into a long
    }
    if (!empty && product > LARGEST) {
      throw new IllegalArgumentException(
          "shape " + Arrays.toString(dims) + " has more than 2^31 - 2^16 elements; split it into several tensors");
    }
    this.dims = dims;
    this.size = empty ? 0 : (int) product;
  }

  /**
   * A shape with the given axis sizes.
   *
   * @throws IllegalArgumentException if a size is negative or the product is more than 2^31 - 2^16
   */
  public static Shape of(int... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /** Number of axes. */
  public int rank() {
    return dims.length;
  }

  /** Number of elements; 1 for a scalar. */
  public int size() {
    return size;
  }

  /** Size of an axis; a negative axis counts from the end. */
  public int dim(int axis) {
    return dims[axis(axis)];
  }

  /** All axis sizes, as a copy. */
  public int[] dims() {
    return dims.clone();
  }

  /**
   * An axis counted from the front; a negative one counts from the end.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  public int axis(int axis) {
    int fromFront = axis < 0 ? axis + dims.length : axis;
    if (fromFront < 0 || fromFront >= dims.length) {
      throw new IllegalArgumentException(
          "shape " + this + " has no axis " + axis + "; it has " + dims.length + " axes");
    }
    return fromFront;
  }

  /**
   * Another shape for the same elements; one size may be -1, to be worked out.
   *
   * @throws IllegalArgumentException if the number of elements differs
   */
  public Shape reshaped(int... target) {
    int unknown = -1;
    long known = 1;
    boolean negative = false;
    for (int i = 0; i < target.length; i++) {
      if (target[i] == -1 && unknown < 0) {
        unknown = i;
      } else {
        negative |= target[i] < 0;
        known = Math.min(known * Math.max(target[i], 0), 1L << 32); // capped, so that the next product fits into a long
      }
    }
    if (negative) {
      throw new IllegalArgumentException(
          "reshape: " + Arrays.toString(target) + " has negative sizes; one may be -1, to be worked out");
    }
    int[] resolved = target.clone();
    if (unknown >= 0) {
      resolved[unknown] = known == 0 ? 0 : (int) (size / known);
    }
    Shape result = of(resolved);
    if (result.size != size) {
      throw new IllegalArgumentException("reshape: " + this + " has " + size + " elements, " + Arrays.toString(target)
          + " has " + (unknown < 0 ? "" + result.size : "a multiple of " + known));
    }
    return result;
  }

  /** This shape with one axis replaced. */
  public Shape with(int axis, int dim) {
    int[] copy = dims.clone();
    copy[axis(axis)] = dim;
    return new Shape(copy);
  }

  /** This shape without the given axes, or with size 1 in their place. */
  public Shape reduced(int[] axes, boolean keep) {
    boolean[] gone = new boolean[dims.length];
    for (int axis : axes) {
      gone[axis(axis)] = true;
    }
    int[] left = new int[dims.length];
    int rank = 0;
    for (int i = 0; i < dims.length; i++) {
      if (!gone[i]) {
        left[rank++] = dims[i];
      } else if (keep) {
        left[rank++] = 1;
      }
    }
    return new Shape(Arrays.copyOf(left, rank));
  }

  /** Strides of a row-major, gap-free layout. */
  public int[] contiguousStrides() {
    int[] strides = new int[dims.length];
    int stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= Math.max(dims[i], 1);
    }
    return strides;
  }

  /**
   * The shape to which both operands broadcast: aligned at the last axis, each axis equal or 1.
   *
   * @param op names the operation in the error
   * @throws IllegalArgumentException if an axis differs and neither is 1
   */
  public static Shape broadcast(String op, Shape left, Shape right) {
    if (left.equals(right)) {
      return left;
    }
    int rank = Math.max(left.rank(), right.rank());
    int[] out = new int[rank];
    for (int i = 0; i < rank; i++) {
      int l = i - rank + left.rank() < 0 ? 1 : left.dims[i - rank + left.rank()];
      int r = i - rank + right.rank() < 0 ? 1 : right.dims[i - rank + right.rank()];
      if (l != r && l != 1 && r != 1) {
        throw new IllegalArgumentException(op + ": shapes " + left + " and " + right + " do not broadcast at axis " + i
            + " (" + l + " against " + r + ")" + hint(left, right));
      }
      out[i] = l == 1 ? r : l;
    }
    return new Shape(out);
  }

  /** Suggests the reshape that would have worked, when one operand is a vector along the other's first axis. */
  private static String hint(Shape left, Shape right) {
    if (right.rank() == 1 && left.rank() == 2 && left.dims[0] == right.dims[0]) {
      return "; reshape the right operand to [" + right.dims[0] + ", 1] to apply it per row";
    }
    if (left.rank() == 1 && right.rank() == 2 && left.dims[0] == right.dims[0]) {
      return "; reshape the left operand to [" + left.dims[0] + ", 1] to apply it per row";
    }
    return "; give both the same size there, or size 1";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** As in error messages: {@code [32, 10]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
