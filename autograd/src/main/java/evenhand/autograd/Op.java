package evenhand.autograd;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.Reduction;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.List;

/**
 * What was done to get from operands to a result.
 *
 * <p>The list is closed and short: everything else is a composition of these. A new op makes {@link #evaluate} and
 * {@link Rules#rule} fail to compile until both know it.
 */
public sealed interface Op {
  /** An elementwise function of one operand. */
  record Elementwise(Unary function) implements Op {}

  /** An elementwise function of two operands, which broadcast. */
  record Pairwise(Binary function) implements Op {}

  /** Operands condition, a, b: a where the condition is not 0, else b. */
  record Where() implements Op {}

  /** Axes reduced to size 1. */
  record Reduce(Reduction reduction, int[] axes) implements Op {}

  /** Batched matrix product. */
  record MatMul() implements Op {}

  /** Operands x, weight. */
  record Conv2d(Conv conv) implements Op {}

  /** Operands dOut, weight: the derivative of a convolution for its input. */
  record Conv2dInput(Conv conv, Shape input) implements Op {}

  /** Operands x, dOut: the derivative of a convolution for its weight. */
  record Conv2dWeight(Conv conv, Shape weight) implements Op {}

  /** Operands x, index: elements picked along an axis. */
  record Gather(int axis) implements Op {}

  /** Operands x, index, source: the source added to x at the places of the index. */
  record ScatterAdd(int axis) implements Op {}

  /** The same elements in another shape. */
  record Reshape(Shape target) implements Op {}

  /** Axes in another order. */
  record Permute(int[] axes) implements Op {}

  /** Axes of size 1 repeated. */
  record Expand(Shape target) implements Op {}

  /** A range of an axis. */
  record Slice(int axis, int start, int end) implements Op {}

  /** The operand placed at a position of an axis of length {@code length}, zero elsewhere: the adjoint of a slice. */
  record Embed(int axis, int start, int length) implements Op {}

  /** Axes reversed. */
  record Flip(int[] axes) implements Op {}

  /** Any number of operands joined along an axis. */
  record Concat(int axis) implements Op {}

  /** An operation of the user's own. */
  record Custom(CustomOp definition) implements Op {}

  /** Name for messages: that of the function or the op. */
  default String label() {
    return switch (this) {
      case Elementwise op -> op.function().name().toLowerCase(java.util.Locale.ROOT);
      case Pairwise op -> op.function().name().toLowerCase(java.util.Locale.ROOT);
      case Reduce op -> op.reduction().name().toLowerCase(java.util.Locale.ROOT);
      case Custom op -> op.definition().name();
      default -> getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    };
  }

  /** The value of this op. */
  default Tensor evaluate(Tensor... in) {
    return switch (this) {
      case Elementwise op -> in[0].apply(op.function());
      case Pairwise op -> in[0].apply(op.function(), in[1]);
      case Where _ -> in[0].where(in[1], in[2]);
      case Reduce op -> in[0].reduce(op.reduction(), true, op.axes());
      case MatMul _ -> in[0].matmul(in[1]);
      case Conv2d op -> in[0].conv2d(in[1], op.conv());
      case Conv2dInput op -> in[0].conv2dInput(in[1], op.conv(), op.input());
      case Conv2dWeight op -> in[0].conv2dWeight(in[1], op.conv(), op.weight());
      case Gather op -> in[0].gather(op.axis(), in[1]);
      case ScatterAdd op -> in[0].scatterAdd(op.axis(), in[1], in[2]);
      case Reshape op -> in[0].reshape(op.target());
      case Permute op -> in[0].permute(op.axes());
      case Expand op -> in[0].expand(op.target());
      case Slice op -> in[0].slice(op.axis(), op.start(), op.end());
      case Embed op -> {
        int[] before = new int[in[0].shape().rank()];
        before[op.axis()] = op.start();
        yield in[0].embed(in[0].shape().with(op.axis(), op.length()), before);
      }
      case Flip op -> in[0].flip(op.axes());
      case Concat op -> Tensor.concat(op.axis(), List.of(in));
      case Custom op -> op.definition().forward(List.of(in));
    };
  }
}
