package evenhand.autograd;

import evenhand.tensor.Binary;
import evenhand.tensor.Reduction;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.List;

/**
 * {@code y = e^x / sum(e^x)} along an axis, as one node: its derivative needs the result alone.
 *
 * <pre>  dx = y (dy - sum(y dy))</pre>
 *
 * @param zeroIfNone where all x are -infinity, y is 0; else NaN, as in PyTorch
 */
record Softmax(int axis, boolean zeroIfNone) implements CustomOp {
  @Override
  public String name() {
    return "softmax";
  }

  @Override
  public Tensor forward(List<Tensor> operands) {
    Tensor x = operands.getFirst();
    if (x.shape().dim(axis) == 0) {
      return x;
    }
    Tensor largest = x.reduce(Reduction.MAX, true, axis); // the ratio does not change with it
    if (!zeroIfNone) {
      Tensor weights = x.minus(largest).apply(Unary.EXP);
      return weights.div(weights.reduce(Reduction.SUM, true, axis));
    }
    Tensor none = largest.apply(Binary.EQ, x.device().scalar(Double.NEGATIVE_INFINITY));
    Tensor weights = x.minus(none.where(x.device().scalar(0), largest)).apply(Unary.EXP);
    return weights.div(weights.reduce(Reduction.SUM, true, axis).plus(none)); // plus 1 where the sum is 0
  }

  @Override
  public Var backward(List<Var> operands, Var y, Var dy, int operand) {
    return y.times(dy.minus(y.times(dy).sumKeep(axis)));
  }
}
