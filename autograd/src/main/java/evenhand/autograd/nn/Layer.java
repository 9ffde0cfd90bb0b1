package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import java.util.Map;

/**
 * A function of a tensor with parameters of its own.
 *
 * <p>A layer without parameters is a lambda: {@code (x, phase) -> x.relu()}. Layers hold no mode and no gradients: the
 * phase is an argument, and {@link evenhand.autograd.Grad} returns the gradients.
 */
@FunctionalInterface
public interface Layer {
  /** The output. */
  Var forward(Var x, Phase phase);

  /** The output in {@link Phase#EVALUATE}. */
  default Var forward(Var x) {
    return forward(x, Phase.EVALUATE);
  }

  /** What is trained, by dotted name as in PyTorch ({@code fc1.weight}), in order of construction; empty if nothing. */
  default Map<String, Var> parameters() {
    return Map.of();
  }

  /** What forward passes in {@link Phase#TRAIN} update beside the parameters, such as running means, by dotted name. */
  default Map<String, Tensor> buffers() {
    return Map.of();
  }
}
