package evenhand.autograd;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A value and how it came about.
 *
 * <p>A {@link #parameter} is tracked, and so is everything computed from it; a constant ({@link #of(Tensor)}) is not.
 * Operands broadcast as in NumPy; negative axes count from the end. Two Vars are the same node only if they are the
 * same object.
 */
public final class Var {
  private static final Var[] NONE = {};

  private final Tensor value;
  private final Op op; // absent (null) for parameters and constants, and never handed out for them
  private final Var[] operands;
  private final boolean tracked;
  private final int depth;

  private Var(Tensor value, Op op, Var[] operands, boolean tracked) {
    this.value = value;
    this.op = op;
    this.operands = operands;
    this.tracked = tracked;
    int deepest = -1;
    for (Var operand : operands) {
      deepest = Math.max(deepest, operand.depth);
    }
    this.depth = deepest + 1;
  }

  /** A constant: no gradient flows into it. */
  public static Var of(Tensor value) {
    return new Var(value, null, NONE, false);
  }

  /** Something to differentiate for. Its value may be overwritten between steps, with {@link Tensor#copyFrom}. */
  public static Var parameter(Tensor value) {
    return new Var(value, null, NONE, true);
  }

  static Var result(Op op, Var... operands) {
    Tensor[] in = new Tensor[operands.length];
    boolean tracked = false;
    for (int i = 0; i < in.length; i++) {
      in[i] = operands[i].value;
      tracked |= operands[i].tracked;
    }
    Tensor value = op.evaluate(in);
    return tracked && Grad.isRecording() ? new Var(value, op, operands, true) : of(value);
  }

  /** An operation of the user's own. */
  public static Var custom(CustomOp definition, Var... operands) {
    return result(new Op.Custom(definition), operands.clone());
  }

  /** The numbers. */
  public Tensor value() {
    return value;
  }

  /** Sizes of the axes. */
  public Shape shape() {
    return value.shape();
  }

  /** The number, of a Var of size 1. */
  public float item() {
    return value.item();
  }

  /** True if gradients flow into this. */
  public boolean isTracked() {
    return tracked;
  }

  Op op() {
    return op;
  }

  Var[] operands() {
    return operands;
  }

  int depth() {
    return depth;
  }

  // ---- constants beside this ----

  /** The same numbers as a constant. */
  public Var detach() {
    return tracked ? of(value) : this;
  }

  /** A scalar constant on the same device. */
  public Var like(double scalar) {
    return of(device().scalar(scalar));
  }

  /** A constant of zeros of the same shape. */
  public Var zeros() {
    return of(device().full(0, shape()));
  }

  /** Where this lives. */
  public Device device() {
    return value.device();
  }

  // ---- elementwise, one operand ----

  private Var apply(Unary function) {
    return result(new Op.Elementwise(function), this);
  }

  /** {@code -x}. */
  public Var neg() {
    return apply(Unary.NEG);
  }

  /** {@code |x|}; derivative 0 at 0. */
  public Var abs() {
    return apply(Unary.ABS);
  }

  /** -1, 0 or 1; a constant. */
  public Var sign() {
    return apply(Unary.SIGN);
  }

  /** 1 above 0, else 0; a constant. */
  public Var step() {
    return apply(Unary.STEP);
  }

  /** {@code max(x, 0)}; derivative 0 at 0. */
  public Var relu() {
    return apply(Unary.RELU);
  }

  /** {@code x^2}. */
  public Var square() {
    return apply(Unary.SQUARE);
  }

  /** Square root. */
  public Var sqrt() {
    return apply(Unary.SQRT);
  }

  /** {@code 1 / sqrt(x)}. */
  public Var rsqrt() {
    return apply(Unary.RSQRT);
  }

  /** {@code 1 / x}. */
  public Var reciprocal() {
    return apply(Unary.RECIPROCAL);
  }

  /** {@code e^x}. */
  public Var exp() {
    return apply(Unary.EXP);
  }

  /** {@code e^x - 1}. */
  public Var expm1() {
    return apply(Unary.EXPM1);
  }

  /** Natural logarithm. */
  public Var log() {
    return apply(Unary.LOG);
  }

  /** {@code log(1 + x)}. */
  public Var log1p() {
    return apply(Unary.LOG1P);
  }

  /** Hyperbolic tangent. */
  public Var tanh() {
    return apply(Unary.TANH);
  }

  /** Logistic function. */
  public Var sigmoid() {
    return apply(Unary.SIGMOID);
  }

  /** {@code log(1 + e^x)}. */
  public Var softplus() {
    return apply(Unary.SOFTPLUS);
  }

  /** Error function. */
  public Var erf() {
    return apply(Unary.ERF);
  }

  /** Sine. */
  public Var sin() {
    return apply(Unary.SIN);
  }

  /** Cosine. */
  public Var cos() {
    return apply(Unary.COS);
  }

  /** Largest integer not above x; a constant. */
  public Var floor() {
    return apply(Unary.FLOOR);
  }

  /** {@code 1 - x}. */
  public Var oneMinus() {
    return like(1).minus(this);
  }

  // ---- elementwise, two operands ----

  private Var apply(Binary function, Var other) {
    return result(new Op.Pairwise(function), this, other);
  }

  /** {@code a + b}. */
  public Var plus(Var other) {
    return apply(Binary.ADD, other);
  }

  /** {@code a + b}. */
  public Var plus(double other) {
    return plus(like(other));
  }

  /** {@code a - b}. */
  public Var minus(Var other) {
    return apply(Binary.SUB, other);
  }

  /** {@code a - b}. */
  public Var minus(double other) {
    return minus(like(other));
  }

  /** {@code a * b}, elementwise. */
  public Var times(Var other) {
    return apply(Binary.MUL, other);
  }

  /** {@code a * b}. */
  public Var times(double other) {
    return times(like(other));
  }

  /** {@code a / b}. */
  public Var div(Var other) {
    return apply(Binary.DIV, other);
  }

  /** {@code a / b}. */
  public Var div(double other) {
    return div(like(other));
  }

  /** {@code a^b}. */
  public Var pow(Var exponent) {
    return apply(Binary.POW, exponent);
  }

  /** {@code x^p}. */
  public Var pow(double exponent) {
    if (exponent == 2) {
      return square();
    }
    return exponent == 0.5 ? sqrt() : pow(like(exponent));
  }

  /** The larger; at a tie the gradient is shared. */
  public Var max(Var other) {
    return apply(Binary.MAX, other);
  }

  /** The smaller; at a tie the gradient is shared. */
  public Var min(Var other) {
    return apply(Binary.MIN, other);
  }

  /** This, or the bound where this is below it; at a tie the gradient is this operand's. */
  public Var atLeast(Var bound) {
    return lt(bound).where(bound, this);
  }

  /** This, or the bound where this is above it; at a tie the gradient is this operand's. */
  public Var atMost(Var bound) {
    return gt(bound).where(bound, this);
  }

  /** 1 where equal, else 0; a constant, as are the other comparisons. */
  public Var eq(Var other) {
    return apply(Binary.EQ, other);
  }

  /** 1 where different. */
  public Var ne(Var other) {
    return apply(Binary.NE, other);
  }

  /** 1 where less. */
  public Var lt(Var other) {
    return apply(Binary.LT, other);
  }

  /** 1 where less or equal. */
  public Var le(Var other) {
    return apply(Binary.LE, other);
  }

  /** 1 where greater. */
  public Var gt(Var other) {
    return apply(Binary.GT, other);
  }

  /** 1 where greater or equal. */
  public Var ge(Var other) {
    return apply(Binary.GE, other);
  }

  /** This as a condition: a where it is not 0, else b. No gradient flows from the choice not taken. */
  public Var where(Var a, Var b) {
    return result(new Op.Where(), this, a, b);
  }

  // ---- reductions ----

  private Var reduce(Reduction reduction, int[] axes) {
    int[] all = axes.length == 0 ? IntStream.range(0, shape().rank()).toArray()
        : Arrays.stream(axes).map(shape()::axis).sorted().distinct().toArray();
    return result(new Op.Reduce(reduction, all), this);
  }

  private Var dropped(Var kept, int[] axes) {
    return axes.length == 0 ? kept.reshape(Shape.SCALAR) : kept.reshape(shape().reduced(axes, false));
  }

  /** Sum over axes, dropped; no axes means all. */
  public Var sum(int... axes) {
    return dropped(sumKeep(axes), axes);
  }

  /** Sum over axes, kept with size 1. */
  public Var sumKeep(int... axes) {
    return reduce(Reduction.SUM, axes);
  }

  /** Mean over axes, dropped; no axes means all; NaN over no elements. */
  public Var mean(int... axes) {
    return dropped(meanKeep(axes), axes);
  }

  /** Mean over axes, kept with size 1. */
  public Var meanKeep(int... axes) {
    return sumKeep(axes).div(count(axes));
  }

  /** Variance over axes, kept with size 1: squared deviations divided by count minus correction, at least 0. */
  public Var varianceKeep(double correction, int... axes) {
    Var deviation = minus(meanKeep(axes));
    return deviation.square().sumKeep(axes).div(Math.max(count(axes) - correction, 0));
  }

  /** Number of elements that a reduction over the axes takes together. */
  public double count(int... axes) {
    if (axes.length == 0) {
      return shape().size();
    }
    return Arrays.stream(axes).map(shape()::axis).distinct().mapToLong(shape()::dim).reduce(1, (a, b) -> a * b);
  }

  /** Largest over axes, kept with size 1; ties share the gradient. */
  public Var maxKeep(int... axes) {
    return reduce(Reduction.MAX, axes);
  }

  /** Smallest over axes, kept with size 1; ties share the gradient. */
  public Var minKeep(int... axes) {
    return reduce(Reduction.MIN, axes);
  }

  /** Position of the first largest along an axis, dropped; int32, a constant. */
  public Var argmax(int axis) {
    return of(value.reduce(Reduction.ARGMAX, false, axis));
  }

  /** {@code log(sum(e^x))} over axes, kept with size 1, without overflow. */
  public Var logSumExpKeep(int... axes) {
    if (shape().size() == 0) {
      return exp().sumKeep(axes).log(); // no elements have no largest: -infinity
    }
    Var largest = of(value.reduce(Reduction.MAX, true, axes)); // a constant: its gradient cancels
    Var finite = largest.abs().eq(like(Double.POSITIVE_INFINITY)).where(like(0), largest);
    return minus(finite).exp().sumKeep(axes).log().plus(finite);
  }

  /** {@code e^x / sum(e^x)} along an axis. */
  public Var softmax(int axis) {
    return custom(new Softmax(shape().axis(axis), false), this);
  }

  /** {@link #softmax}, and 0 where all along the axis are -infinity. */
  public Var softmaxOrZero(int axis) {
    return custom(new Softmax(shape().axis(axis), true), this);
  }

  /** {@code log(softmax(x))} along an axis. */
  public Var logSoftmax(int axis) {
    Var shifted = minus(largest(axis));
    return shifted.minus(shifted.exp().sumKeep(axis).log());
  }

  /** The largest along an axis, kept, as a constant; along one without elements, zeros. */
  private Var largest(int axis) {
    return shape().dim(axis) > 0 ? of(value.reduce(Reduction.MAX, true, axis))
        : of(device().full(0, shape().with(axis, 1)));
  }

  /** Running sum along an axis, by doubling: log2(length) additions of shifted copies. */
  public Var cumulativeSum(int axis) {
    int at = shape().axis(axis);
    int length = shape().dim(at);
    Var total = this;
    for (int shift = 1; shift < length; shift *= 2) {
      Var shifted = result(new Op.Embed(at, shift, length), total.slice(at, 0, length - shift));
      total = total.plus(shifted);
    }
    return total;
  }

  /** Summed over the axes along which the target shape would be repeated to give this shape: undoes broadcasting. */
  public Var sumTo(Shape target) {
    if (shape().equals(target)) {
      return this;
    }
    int lead = shape().rank() - target.rank();
    int[] axes = IntStream.range(0, shape().rank())
        .filter(i -> i < lead || target.dim(i - lead) == 1 && shape().dim(i) != 1)
        .toArray();
    return (axes.length == 0 ? this : sumKeep(axes)).reshape(target);
  }

  // ---- products ----

  /** Matrix product of the last two axes; leading axes broadcast. */
  public Var matmul(Var other) {
    return result(new Op.MatMul(), this, other);
  }

  /** Cross-correlation of {@code [n, c, h, w]} with a weight {@code [o, c / groups, kh, kw]}. */
  public Var conv2d(Var weight, Conv conv) {
    return result(new Op.Conv2d(conv), this, weight);
  }

  // ---- picking ----

  /** Elements picked along an axis: {@code out[i][j] = this[index[i][j]][j]} for axis 0; index int32. */
  public Var gather(int axis, Var index) {
    return result(new Op.Gather(shape().axis(axis)), this, index);
  }

  /** Whole slices along an axis, in the order of an int32 vector. */
  public Var indexSelect(int axis, Var index) {
    return gather(axis, of(Tensor.indexAlong(shape(), axis, index.value)));
  }

  /** This with the source added at the places of the index; the source may be larger than the index. */
  public Var scatterAdd(int axis, Var index, Var source) {
    Var values = source;
    for (int i = 0; i < shape().rank(); i++) {
      values = values.slice(i, 0, index.shape().dim(i));
    }
    return result(new Op.ScatterAdd(shape().axis(axis)), this, index, values);
  }

  // ---- shapes ----

  /** The same elements in another shape; one axis may be -1. */
  public Var reshape(int... dims) {
    return reshape(shape().reshaped(dims));
  }

  /** The same elements in another shape. */
  public Var reshape(Shape target) {
    return target.equals(shape()) ? this : result(new Op.Reshape(target), this);
  }

  /** Axes in another order. */
  public Var permute(int... axes) {
    return result(new Op.Permute(Arrays.stream(axes).map(shape()::axis).toArray()), this);
  }

  /** Two axes exchanged. */
  public Var transpose(int first, int second) {
    int[] axes = IntStream.range(0, shape().rank()).toArray();
    axes[shape().axis(first)] = shape().axis(second);
    axes[shape().axis(second)] = shape().axis(first);
    return permute(axes);
  }

  /** The last two axes exchanged. */
  public Var transpose() {
    return transpose(-2, -1);
  }

  /** Axes of size 1, and new leading ones, repeated. */
  public Var expand(Shape target) {
    return target.equals(shape()) ? this : result(new Op.Expand(target), this);
  }

  /** Elements {@code start .. end - 1} of an axis. */
  public Var slice(int axis, int start, int end) {
    int at = shape().axis(axis);
    return start == 0 && end == shape().dim(at) ? this : result(new Op.Slice(at, start, end), this);
  }

  /** The order reversed along axes. */
  public Var flip(int... axes) {
    return result(new Op.Flip(Arrays.stream(axes).map(shape()::axis).toArray()), this);
  }

  /** A new axis of size 1 before the given one; -1 puts it last. */
  public Var unsqueeze(int axis) {
    return reshape(value.unsqueeze(axis).shape());
  }

  /** Joined along an axis; all other axes are equal. */
  public static Var concat(int axis, List<Var> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("concat: no values given; give at least one");
    }
    int at = parts.getFirst().shape().axis(axis);
    return result(new Op.Concat(at), parts.toArray(NONE));
  }

  /** Laid side by side along a new axis. */
  public static Var stack(int axis, List<Var> parts) {
    List<Var> rows = new ArrayList<>();
    for (Var part : parts) {
      rows.add(part.unsqueeze(axis));
    }
    return concat(axis, rows);
  }

  /** Widened along an axis by so many elements of one value before and after; a negative number cuts off. */
  public Var pad(int axis, int before, int after, double fill) {
    int at = shape().axis(axis);
    Var middle = slice(at, Math.max(-before, 0), shape().dim(at) - Math.max(-after, 0));
    List<Var> parts = new ArrayList<>();
    if (before > 0) {
      parts.add(of(device().full(fill, shape().with(at, before))));
    }
    parts.add(middle);
    if (after > 0) {
      parts.add(of(device().full(fill, shape().with(at, after))));
    }
    return parts.size() == 1 ? middle : concat(at, parts);
  }

  /** This as float32. int32 values carry no gradient, so the result is a constant. */
  public Var toFloat() {
    return value.dtype() == DType.FLOAT32 ? this : of(value.to(DType.FLOAT32));
  }

  /** What it is, for messages: {@code relu float32[32, 10]}. */
  @Override
  public String toString() {
    String origin = operands.length == 0 ? tracked ? "parameter" : "constant" : op.label();
    return origin + " " + value;
  }
}
