package evenhand.autograd.optim;

import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import java.util.List;

/**
 * Changes the parameters it was made with, given their gradients.
 *
 * <p>State is allocated when the optimizer is made, so make it outside the scope of a step.
 */
@FunctionalInterface
public interface Optimizer {
  /**
   * One step.
   *
   * @param gradients one for each parameter, in their order, as {@link evenhand.autograd.Grad#of} gives them
   * @throws IllegalArgumentException if their number or shapes differ from the parameters'
   */
  void step(List<Tensor> gradients);

  /** Checks that gradients match parameters. */
  static void requireMatch(String op, List<Var> parameters, List<Tensor> gradients) {
    if (gradients.size() != parameters.size()) {
      throw new IllegalArgumentException(op + ": " + gradients.size() + " gradients for " + parameters.size()
          + " parameters; pass Grad.of(loss, parameters) with the optimizer's own parameters");
    }
    for (int i = 0; i < gradients.size(); i++) {
      if (!gradients.get(i).shape().equals(parameters.get(i).shape())) {
        throw new IllegalArgumentException(op + ": gradient " + i + " has shape " + gradients.get(i).shape()
            + " but its parameter " + parameters.get(i).shape() + "; keep the parameters in the optimizer's order");
      }
    }
  }
}
