package evenhand.autograd;

import evenhand.tensor.Tensor;
import java.util.List;

/**
 * An operation of the user's own, used through {@link Var#custom}.
 *
 * <pre>{@code
 * record Cube() implements CustomOp {
 *   public String name() { return "cube"; }
 *   public Tensor forward(List<Tensor> in) { return in.get(0).times(in.get(0)).times(in.get(0)); }
 *   public Var backward(List<Var> in, Var out, Var dOut, int operand) {
 *     return dOut.times(in.get(0).square()).times(3);
 *   }
 * }
 * }</pre>
 */
public interface CustomOp {
  /** Name for messages. */
  String name();

  /** The value. */
  Tensor forward(List<Tensor> operands);

  /**
   * The cotangent of one operand, in differentiable operations, so that higher derivatives follow.
   *
   * @param dOut cotangent of the result
   * @param operand which operand
   * @throws UnsupportedOperationException unless overridden: the op can then be used but not differentiated
   */
  default Var backward(List<Var> operands, Var out, Var dOut, int operand) {
    throw new UnsupportedOperationException(name() + ": has no derivative for operand " + operand
        + "; override CustomOp.backward or use detach() on the operand");
  }
}
