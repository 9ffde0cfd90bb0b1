package evenhand.tensor;

import evenhand.tensor.spi.Storage;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
    this.contiguous = Strides.isContiguous(shape, strides);
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

  /**
   * The same elements in another shape; one axis may be -1, to be worked out. Copies only if it must.
   *
   * @throws IllegalArgumentException if the number of elements differs
   */
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
    Optional<int[]> viewed = Strides.reshaped(shape, strides, target);
    Tensor source = viewed.isPresent() ? this : copy();
    return new Tensor(device, source.storage, target, viewed.orElseGet(target::contiguousStrides), source.offset);
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
    if (at < 0 || at > shape.rank()) {
      throw new IllegalArgumentException("unsqueeze: shape " + shape + " has no place for an axis at " + axis
          + "; choose " + (-shape.rank() - 1) + " .. " + shape.rank());
    }
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

  /**
   * Overwrites this tensor (a parameter, a buffer) with another's elements, which broadcast; the two may overlap.
   *
   * @throws IllegalArgumentException if this is an expanded view, whose elements share places
   */
  public void copyFrom(Tensor source) {
    check("copyFrom", source);
    if (Strides.repeats(shape, strides)) {
      throw new IllegalArgumentException("copyFrom: the target " + this + " is an expanded view, whose elements share"
          + " places; write to the tensor it was expanded from");
    }
    Tensor apart = source.storage == storage ? source.copy() : source;
    device.backend().copy(apart.expand(shape), this);
  }

  private Tensor compact() {
    return contiguous && offset == 0 ? this : copy();
  }

  // ---- operations ----

  /** An elementwise function of this float32 tensor. */
  public Tensor apply(Unary op) {
    require(name(op), DType.FLOAT32);
    Tensor out = device.empty(DType.FLOAT32, shape);
    device.backend().unary(op, this, out);
    return out;
  }

  /** An elementwise function of this and another tensor, which broadcast. */
  public Tensor apply(Binary op, Tensor other) {
    checkTypes(name(op), this, other);
    Shape result = Shape.broadcast(name(op), shape, other.shape);
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
    checkTypes("where", a, b);
    Shape result = Shape.broadcast("where", shape, Shape.broadcast("where", a.shape, b.shape));
    Tensor out = device.empty(a.dtype(), result);
    device.backend().where(expand(result), a.expand(result), b.expand(result), out);
    return out;
  }

  /** The given axes reduced to one element each, kept as size 1 or dropped; no axes given means all. */
  public Tensor reduce(Reduction op, boolean keep, int... axes) {
    require(name(op), DType.FLOAT32);
    int[] all = axes.length == 0 ? IntStream.range(0, shape.rank()).toArray()
        : Arrays.stream(axes).map(shape::axis).sorted().distinct().toArray();
    if (op == Reduction.ARGMAX && all.length != 1) {
      throw new IllegalArgumentException(
          "argmax: give exactly one axis of shape " + shape + "; reshape first if needed");
    }
    Shape kept = shape.reduced(all, true);
    if (op != Reduction.SUM && size() == 0 && kept.size() > 0) {
      throw new IllegalArgumentException(name(op) + ": shape " + shape + " has no elements along axes "
          + Arrays.toString(all) + "; the result would be undefined");
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
    checkFloats("matmul", other);
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
    checkFloats("conv2d", weight);
    Tensor out = device.empty(DType.FLOAT32, conv.outShape(shape, weight.shape));
    device.backend().conv2d(conv, this, weight, out);
    return out;
  }

  /** Derivative of {@link #conv2d} for its input of shape {@code input}; this is the derivative for its output. */
  public Tensor conv2dInput(Tensor weight, Conv conv, Shape input) {
    checkFloats("conv2dInput", weight);
    checkOutput("conv2dInput", conv, input, weight.shape, shape);
    Tensor out = device.empty(DType.FLOAT32, input);
    device.backend().conv2dInput(conv, this, weight, out);
    return out;
  }

  /** Derivative of {@link #conv2d} of this input for its weight of shape {@code weight}. */
  public Tensor conv2dWeight(Tensor dOut, Conv conv, Shape weight) {
    checkFloats("conv2dWeight", dOut);
    checkOutput("conv2dWeight", conv, shape, weight, dOut.shape);
    Tensor out = device.empty(DType.FLOAT32, weight);
    device.backend().conv2dWeight(conv, this, dOut, out);
    return out;
  }

  private static void checkOutput(String op, Conv conv, Shape input, Shape weight, Shape dOut) {
    if (!conv.outShape(input, weight).equals(dOut)) {
      throw new IllegalArgumentException(op + ": input " + input + " and weight " + weight + " give output "
          + conv.outShape(input, weight) + ", but its derivative has shape " + dOut);
    }
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

  /**
   * A copy of this with {@code source} added at the places of {@code index}: the adjoint of {@link #gather}.
   *
   * @param source of this type, at least as long as the index along each axis; the rest is ignored, as in PyTorch
   * @throws IndexOutOfBoundsException if an index is out of range
   */
  public Tensor scatterAdd(int axis, Tensor index, Tensor source) {
    checkTypes("scatterAdd", this, source);
    int at = checkIndex("scatterAdd", axis, index, shape);
    boolean covers = source.shape.rank() == shape.rank();
    for (int i = 0; covers && i < shape.rank(); i++) {
      covers = source.shape.dim(i) >= index.shape.dim(i);
    }
    if (!covers) {
      throw new IllegalArgumentException("scatterAdd: source " + source.shape + " does not cover index " + index.shape
          + "; it needs as many axes, none shorter than the index's");
    }
    Tensor values = source;
    for (int i = 0; i < shape.rank(); i++) {
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

  /** Tensors joined along an axis, at least one; all other axes and the types are equal. */
  public static Tensor concat(int axis, List<Tensor> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("concat: no tensors given; give at least one");
    }
    Tensor first = parts.getFirst();
    int at = first.shape.axis(axis);
    int length = 0;
    for (Tensor part : parts) {
      first.checkTypes("concat", first, part);
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

  /**
   * This tensor placed in a tensor of shape {@code target} that is zero elsewhere.
   *
   * @param before where it starts along each axis; 0 along those left out at the end
   */
  public Tensor embed(Shape target, int... before) {
    if (before.length > shape.rank() || target.rank() != shape.rank()) {
      throw new IllegalArgumentException("embed: shape " + shape + " at " + Arrays.toString(before) + " in " + target
          + "; it needs as many axes in both, and no more positions than axes");
    }
    Tensor out = device.full(0, target).to(dtype());
    Tensor window = out;
    for (int i = 0; i < shape.rank(); i++) {
      int start = i < before.length ? before[i] : 0;
      window = window.slice(i, start, start + shape.dim(i));
    }
    window.copyFrom(this);
    return out;
  }

  private void require(String op, DType wanted) {
    if (dtype() != wanted) {
      throw new IllegalArgumentException(op + ": needs a " + wanted + " tensor, got " + this
          + "; convert it with to(DType." + wanted.name() + ")");
    }
  }

  private void check(String op, Tensor other) {
    if (other.device != device) {
      throw new IllegalArgumentException(op + ": operands are on devices " + device + " and " + other.device
          + "; move one with to(Device)");
    }
  }

  private void checkFloats(String op, Tensor other) {
    check(op, other);
    require(op, DType.FLOAT32);
    other.require(op, DType.FLOAT32);
  }

  private void checkTypes(String op, Tensor left, Tensor right) {
    check(op, left);
    check(op, right);
    if (left.dtype() != right.dtype()) {
      throw new IllegalArgumentException(op + ": types differ, left " + left + ", right " + right
          + "; convert one with to(DType)");
    }
  }

  private static String name(Enum<?> op) {
    return op.name().toLowerCase(Locale.ROOT);
  }

  /** Type and shape, as in error messages: {@code float32[32, 10]}. */
  @Override
  public String toString() {
    return dtype() + shape.toString();
  }
}
