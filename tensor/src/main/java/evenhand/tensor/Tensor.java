package evenhand.tensor;

import evenhand.tensor.spi.Storage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A block of numbers with a shape: a strided view of a storage on a device.
 *
 * <p>Views (reshape where possible, permute, expand, slice, flip) share memory and cost nothing. Operations make new
 * tensors; only {@link #copyFrom} writes into an existing one. Operands broadcast as in NumPy.
 */
public final class Tensor {
  private final Device device;
  private final Storage storage;
  private final Shape shape;
  private final int[] strides;
  private final int offset;
  private final boolean contiguous;

  Tensor(Device device, Storage storage, Shape shape) {
    this(device, storage, shape, shape.contiguousStrides(), 0);
  }

  private Tensor(Device device, Storage storage, Shape shape, int[] strides, int offset) {
    this.device = device;
    this.storage = storage;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.contiguous = isContiguous(shape, strides);
  }

  private static boolean isContiguous(Shape shape, int[] strides) {
    int expected = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      int dim = shape.dim(i);
      if (dim != 1 && strides[i] != expected && shape.size() > 0) {
        return false;
      }
      expected *= Math.max(dim, 1);
    }
    return true;
  }

  /** A float32 tensor on {@link Device#cpu()}; see {@link Device#tensor(float[], int...)}. */
  public static Tensor of(float[] values, int... shape) {
    return Device.cpu().tensor(values, shape);
  }

  /** An int32 tensor on {@link Device#cpu()}; see {@link Device#tensor(int[], int...)}. */
  public static Tensor of(int[] values, int... shape) {
    return Device.cpu().tensor(values, shape);
  }

  /** Where this tensor lives. */
  public Device device() {
    return device;
  }

  /** Type of the elements. */
  public DType dtype() {
    return storage.dtype();
  }

  /** Sizes of the axes. */
  public Shape shape() {
    return shape;
  }

  /** Number of elements. */
  public int size() {
    return shape.size();
  }

  /** The memory behind this view, for devices. */
  public Storage storage() {
    return storage;
  }

  /** Distance in the storage between neighbours along an axis, for devices. */
  public int stride(int axis) {
    return strides[axis];
  }

  /** Position of the first element in the storage, for devices. */
  public int offset() {
    return offset;
  }

  /** True if the elements lie row by row without gaps. */
  public boolean isContiguous() {
    return contiguous;
  }

  // ---- host access ----

  /** The elements of a float32 tensor, row by row. */
  public float[] toFloats() {
    require("toFloats", DType.FLOAT32);
    float[] out = new float[size()];
    Tensor compact = compact();
    device.backend().download(compact.storage, out, out.length);
    return out;
  }

  /** The elements of an int32 tensor, row by row. */
  public int[] toInts() {
    require("toInts", DType.INT32);
    int[] out = new int[size()];
    Tensor compact = compact();
    device.backend().download(compact.storage, out, out.length);
    return out;
  }

  /** The only element of a float32 tensor of size 1. */
  public float item() {
    if (size() != 1) {
      throw new IllegalArgumentException("item: shape " + shape + " has " + size() + " elements, not one");
    }
    return toFloats()[0];
  }

  // ---- views ----

  /** The same elements in another shape; one axis may be -1, to be worked out. Copies only if it must. */
  public Tensor reshape(int... dims) {
    return reshape(shape.reshaped(dims));
  }

  /** The same elements in another shape; copies only if it must. */
  public Tensor reshape(Shape target) {
    if (target.size() != size()) {
      throw new IllegalArgumentException("reshape: " + shape + " has " + size() + " elements, " + target + " has "
          + target.size());
    }
    if (target.equals(shape)) {
      return this;
    }
    Tensor source = contiguous();
    return new Tensor(device, source.storage, target, target.contiguousStrides(), source.offset);
  }

  /** Axes in another order: axis i of the result is axis {@code axes[i]} of this. */
  public Tensor permute(int... axes) {
    int rank = shape.rank();
    boolean[] seen = new boolean[rank];
    int[] dims = new int[rank];
    int[] moved = new int[rank];
    if (axes.length != rank) {
      throw new IllegalArgumentException("permute: " + axes.length + " axes given for shape " + shape);
    }
    for (int i = 0; i < rank; i++) {
      int axis = shape.axis(axes[i]);
      if (seen[axis]) {
        throw new IllegalArgumentException("permute: axis " + axis + " appears twice in " + Arrays.toString(axes));
      }
      seen[axis] = true;
      dims[i] = shape.dim(axis);
      moved[i] = strides[axis];
    }
    return new Tensor(device, storage, Shape.of(dims), moved, offset);
  }

  /** Two axes exchanged. */
  public Tensor transpose(int first, int second) {
    int[] axes = IntStream.range(0, shape.rank()).toArray();
    axes[shape.axis(first)] = shape.axis(second);
    axes[shape.axis(second)] = shape.axis(first);
    return permute(axes);
  }

  /** The last two axes exchanged. */
  public Tensor transpose() {
    return transpose(-2, -1);
  }

  /**
   * Repeats axes of size 1 (and new leading axes) without copying.
   *
   * @throws IllegalArgumentException if this does not broadcast to the target
   */
  public Tensor expand(Shape target) {
    if (target.equals(shape)) {
      return this;
    }
    int lead = target.rank() - shape.rank();
    int[] repeated = new int[target.rank()];
    boolean fits = lead >= 0;
    for (int i = Math.max(lead, 0); fits && i < target.rank(); i++) {
      int dim = shape.dim(i - lead);
      fits = dim == target.dim(i) || dim == 1;
      repeated[i] = dim == 1 ? 0 : strides[i - lead];
    }
    if (!fits) {
      throw new IllegalArgumentException("expand: shape " + shape + " does not broadcast to " + target);
    }
    return new Tensor(device, storage, target, repeated, offset);
  }

  /** Elements {@code start .. end - 1} of an axis. */
  public Tensor slice(int axis, int start, int end) {
    int at = shape.axis(axis);
    if (start < 0 || end < start || end > shape.dim(at)) {
      throw new IllegalArgumentException("slice: " + start + " .. " + end + " is not within axis " + axis + " of shape "
          + shape);
    }
    int moved = end > start ? offset + start * strides[at] : offset;
    return new Tensor(device, storage, shape.with(at, end - start), strides, moved);
  }

  /** The order reversed along the given axes. */
  public Tensor flip(int... axes) {
    int[] reversed = strides.clone();
    int moved = offset;
    for (int axis : axes) {
      int at = shape.axis(axis);
      if (size() > 0) {
        moved += (shape.dim(at) - 1) * reversed[at];
      }
      reversed[at] = -reversed[at];
    }
    return new Tensor(device, storage, shape, reversed, moved);
  }

  /** A new axis of size 1 before the given one; -1 puts it last. */
  public Tensor unsqueeze(int axis) {
    int at = axis < 0 ? axis + shape.rank() + 1 : axis;
    int[] dims = new int[shape.rank() + 1];
    int[] moved = new int[shape.rank() + 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = i == at ? 1 : shape.dim(i < at ? i : i - 1);
      moved[i] = i == at ? 0 : strides[i < at ? i : i - 1];
    }
    return new Tensor(device, storage, Shape.of(dims), moved, offset);
  }

  // ---- copies ----

  /** This tensor laid out row by row; itself if it is already. */
  public Tensor contiguous() {
    return contiguous ? this : copy();
  }

  /** A tensor of its own with the same elements. */
  public Tensor copy() {
    return to(dtype(), true);
  }

  /** This tensor in another type, rounding towards zero; itself if it has that type. */
  public Tensor to(DType target) {
    return to(target, false);
  }

  private Tensor to(DType target, boolean always) {
    if (target == dtype() && !always) {
      return this;
    }
    Tensor out = device.empty(target, shape);
    device.backend().copy(this, out);
    return out;
  }

  /** This tensor on another device; itself if it is there. */
  public Tensor to(Device target) {
    if (target == device) {
      return this;
    }
    Tensor out = target.empty(dtype(), shape);
    Object values = dtype() == DType.FLOAT32 ? toFloats() : toInts();
    target.backend().upload(values, out.storage, size());
    return out;
  }

  /** Overwrites this tensor (a parameter, a buffer) with another's elements, which broadcast. */
  public void copyFrom(Tensor source) {
    check("copyFrom", source);
    device.backend().copy(source.expand(shape), this);
  }

  private Tensor compact() {
    return contiguous && offset == 0 ? this : copy();
  }

  // ---- operations ----

  /** An elementwise function of this float32 tensor. */
  public Tensor apply(Unary op) {
    require(op.name(), DType.FLOAT32);
    Tensor out = device.empty(DType.FLOAT32, shape);
    device.backend().unary(op, this, out);
    return out;
  }

  /** An elementwise function of this and another tensor, which broadcast. */
  public Tensor apply(Binary op, Tensor other) {
    check(op.name(), other);
    if (dtype() != other.dtype()) {
      throw new IllegalArgumentException(op.name().toLowerCase(java.util.Locale.ROOT) + ": types differ, left " + this
          + ", right " + other + "; convert one with to(DType)");
    }
    Shape result = shape.equals(other.shape) ? shape
        : Shape.broadcast(op.name().toLowerCase(java.util.Locale.ROOT), shape, other.shape);
    Tensor out = device.empty(dtype(), result);
    device.backend().binary(op, expand(result), other.expand(result), out);
    return out;
  }

  /** {@code this + other}. */
  public Tensor plus(Tensor other) {
    return apply(Binary.ADD, other);
  }

  /** {@code this - other}. */
  public Tensor minus(Tensor other) {
    return apply(Binary.SUB, other);
  }

  /** {@code this * other}. */
  public Tensor times(Tensor other) {
    return apply(Binary.MUL, other);
  }

  /** {@code this / other}. */
  public Tensor div(Tensor other) {
    return apply(Binary.DIV, other);
  }

  /** {@code this * factor}. */
  public Tensor times(double factor) {
    return times(device.scalar(factor));
  }

  /** {@code this != 0 ? a : b}; all three broadcast. */
  public Tensor where(Tensor a, Tensor b) {
    check("where", a);
    check("where", b);
    if (a.dtype() != b.dtype()) {
      throw new IllegalArgumentException("where: types differ, " + a + " and " + b + "; convert one with to(DType)");
    }
    Shape result = Shape.broadcast("where", shape, Shape.broadcast("where", a.shape, b.shape));
    Tensor out = device.empty(a.dtype(), result);
    device.backend().where(expand(result), a.expand(result), b.expand(result), out);
    return out;
  }

  /** The given axes reduced to one element each, kept as size 1 or dropped; no axes given means all. */
  public Tensor reduce(Reduction op, boolean keep, int... axes) {
    require(op.name(), DType.FLOAT32);
    int[] all = axes.length == 0 ? IntStream.range(0, shape.rank()).toArray()
        : Arrays.stream(axes).map(shape::axis).sorted().distinct().toArray();
    if (op == Reduction.ARGMAX && all.length != 1) {
      throw new IllegalArgumentException(
          "argmax: give exactly one axis of shape " + shape + "; reshape first if needed");
    }
    Shape kept = shape.reduced(all, true);
    if (op != Reduction.SUM && size() == 0 && kept.size() > 0) {
      throw new IllegalArgumentException(op.name().toLowerCase(java.util.Locale.ROOT) + ": shape " + shape
          + " has no elements along axes " + Arrays.toString(all) + "; the result would be undefined");
    }
    Tensor out = device.empty(op == Reduction.ARGMAX ? DType.INT32 : DType.FLOAT32, kept);
    device.backend().reduce(op, this, all, out);
    return keep ? out : out.reshape(shape.reduced(all, false));
  }

  /** Sum over the given axes, dropped; no axes given means all. */
  public Tensor sum(int... axes) {
    return reduce(Reduction.SUM, false, axes);
  }

  /**
   * Matrix product of the last two axes; the axes before them broadcast. Both operands have at least two axes.
   *
   * @throws IllegalArgumentException if the inner sizes differ
   */
  public Tensor matmul(Tensor other) {
    check("matmul", other);
    require("matmul", DType.FLOAT32);
    other.require("matmul", DType.FLOAT32);
    if (shape.rank() < 2 || other.shape.rank() < 2) {
      throw new IllegalArgumentException("matmul: both operands need two axes or more, left " + shape + ", right "
          + other.shape + "; use unsqueeze for vectors");
    }
    if (shape.dim(-1) != other.shape.dim(-2)) {
      boolean transposeFits = other.shape.dim(-1) == shape.dim(-1);
      throw new IllegalArgumentException("matmul: inner dimensions differ, left " + shape + " x right " + other.shape
          + (transposeFits ? "; did you mean right.transpose()?" : ""));
    }
    int m = shape.dim(-2);
    int n = other.shape.dim(-1);
    if (shape.rank() == 2 && other.shape.rank() == 2) {
      Tensor out = device.empty(DType.FLOAT32, Shape.of(m, n));
      device.backend().matmul(this, other, out);
      return out;
    }
    int[] leftBatch = Arrays.copyOf(shape.dims(), shape.rank() - 2);
    int[] rightBatch = Arrays.copyOf(other.shape.dims(), other.shape.rank() - 2);
    Shape batch = Shape.broadcast("matmul", Shape.of(leftBatch), Shape.of(rightBatch));
    Tensor out = device.empty(DType.FLOAT32, append(batch, m, n));
    device.backend().matmul(expand(append(batch, m, shape.dim(-1))), other.expand(append(batch, shape.dim(-1), n)),
        out);
    return out;
  }

  private static Shape append(Shape batch, int rows, int columns) {
    int[] dims = Arrays.copyOf(batch.dims(), batch.rank() + 2);
    dims[dims.length - 2] = rows;
    dims[dims.length - 1] = columns;
    return Shape.of(dims);
  }

  /**
   * Cross-correlation of this {@code [n, c, h, w]} with a weight {@code [o, c / groups, kh, kw]}.
   *
   * @throws IllegalArgumentException if channels do not match or the kernel does not fit
   */
  public Tensor conv2d(Tensor weight, Conv conv) {
    check("conv2d", weight);
    if (shape.rank() != 4 || weight.shape.rank() != 4 || shape.dim(1) != weight.shape.dim(1) * conv.groups()
        || weight.shape.dim(0) % conv.groups() != 0) {
      throw new IllegalArgumentException("conv2d: input " + shape + " and weight " + weight.shape
          + " do not match; expected [n, c, h, w] and [o, c / groups, kh, kw] with groups " + conv.groups());
    }
    int height = conv.outHeight(shape.dim(2), weight.shape.dim(2));
    int width = conv.outWidth(shape.dim(3), weight.shape.dim(3));
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "conv2d: kernel of weight " + weight.shape + " does not fit into input " + shape
              + "; add padding");
    }
    Tensor out = device.empty(DType.FLOAT32, Shape.of(shape.dim(0), weight.shape.dim(0), height, width));
    device.backend().conv2d(conv, this, weight, out);
    return out;
  }

  /** Derivative of {@link #conv2d} for its input of shape {@code input}; this is the derivative for its output. */
  public Tensor conv2dInput(Tensor weight, Conv conv, Shape input) {
    Tensor out = device.empty(DType.FLOAT32, input);
    device.backend().conv2dInput(conv, this, weight, out);
    return out;
  }

  /** Derivative of {@link #conv2d} of this input for its weight of shape {@code weight}. */
  public Tensor conv2dWeight(Tensor dOut, Conv conv, Shape weight) {
    Tensor out = device.empty(DType.FLOAT32, weight);
    device.backend().conv2dWeight(conv, this, dOut, out);
    return out;
  }

  /**
   * Picks along an axis: {@code out[i][j] = this[index[i][j]][j]} for axis 0.
   *
   * @param index int32, as many axes as this, no longer than this along the other axes
   * @throws IndexOutOfBoundsException if an index is out of range
   */
  public Tensor gather(int axis, Tensor index) {
    int at = checkIndex("gather", axis, index, shape);
    Tensor out = device.empty(dtype(), index.shape);
    device.backend().gather(this, at, index, out);
    return out;
  }

  /** Whole slices along an axis, in the order of the int32 vector {@code index}; the same index may recur. */
  public Tensor indexSelect(int axis, Tensor index) {
    return gather(axis, indexAlong(shape, axis, index));
  }

  /** A vector of indices along an axis, repeated over the other axes of a shape (a view). */
  public static Tensor indexAlong(Shape shape, int axis, Tensor index) {
    int[] ones = new int[shape.rank()];
    Arrays.fill(ones, 1);
    ones[shape.axis(axis)] = index.size();
    return index.reshape(ones).expand(shape.with(axis, index.size()));
  }

  /** A copy of this with {@code source} added at the places of {@code index}: the adjoint of {@link #gather}. */
  public Tensor scatterAdd(int axis, Tensor index, Tensor source) {
    check("scatterAdd", source);
    int at = checkIndex("scatterAdd", axis, index, shape);
    Tensor values = source;
    for (int i = 0; i < shape.rank(); i++) { // the source may be larger than the index, as in PyTorch
      values = values.slice(i, 0, index.shape.dim(i));
    }
    Tensor out = copy();
    device.backend().scatterAdd(index, at, values, out);
    return out;
  }

  private int checkIndex(String op, int axis, Tensor index, Shape target) {
    check(op, index);
    index.require(op, DType.INT32);
    int at = target.axis(axis);
    boolean fits = index.shape.rank() == target.rank();
    for (int i = 0; fits && i < target.rank(); i++) {
      fits = i == at || index.shape.dim(i) <= target.dim(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(op + ": index " + index.shape + " does not fit " + target + " at axis " + axis
          + "; it needs as many axes, none longer than the other's");
    }
    return at;
  }

  /** Tensors joined along an axis; all other axes are equal. */
  public static Tensor concat(int axis, List<Tensor> parts) {
    Tensor first = parts.getFirst();
    int at = first.shape.axis(axis);
    int length = 0;
    for (Tensor part : parts) {
      if (part.shape.rank() != first.shape.rank() || !part.shape.with(at, 0).equals(first.shape.with(at, 0))) {
        throw new IllegalArgumentException("concat: shapes " + first.shape + " and " + part.shape
            + " differ in more than axis " + axis);
      }
      length += part.shape.dim(at);
    }
    Tensor out = first.device.empty(first.dtype(), first.shape.with(at, length));
    int position = 0;
    for (Tensor part : parts) {
      int end = position + part.shape.dim(at);
      out.slice(at, position, end).copyFrom(part);
      position = end;
    }
    return out;
  }

  /** This tensor placed at {@code before} in a tensor of shape {@code target} that is zero elsewhere. */
  public Tensor embed(Shape target, int... before) {
    Tensor out = device.full(0, target);
    Tensor window = out;
    for (int i = 0; i < before.length; i++) {
      window = window.slice(i, before[i], before[i] + shape.dim(i));
    }
    window.copyFrom(this);
    return out;
  }

  private void require(String op, DType wanted) {
    if (dtype() != wanted) {
      throw new IllegalArgumentException(op.toLowerCase(java.util.Locale.ROOT) + ": needs a " + wanted + " tensor, got "
          + this + "; convert it with to(DType." + wanted.name() + ")");
    }
  }

  private void check(String op, Tensor other) {
    if (other.device != device) {
      throw new IllegalArgumentException(op.toLowerCase(java.util.Locale.ROOT) + ": operands are on devices " + device
          + " and " + other.device + "; move one with to(Device)");
    }
  }

  /** Type and shape, as in error messages: {@code float32[32, 10]}. */
  @Override
  public String toString() {
    return dtype() + shape.toString();
  }

}
