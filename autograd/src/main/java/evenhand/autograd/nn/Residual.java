package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import java.util.Map;

/**
 * {@code body(x) + shortcut(x)}; the parameters of both keep their names, which must differ.
 *
 * @param shortcut {@link Sequential#empty()} for the identity
 */
public record Residual(Layer body, Layer shortcut) implements Layer {
  @Override
  public Var forward(Var x, Phase phase) {
    return body.forward(x, phase).plus(shortcut.forward(x, phase));
  }

  @Override
  public Map<String, Var> parameters() {
    return new Named<Var>().add("", body.parameters()).add("", shortcut.parameters()).map();
  }

  @Override
  public Map<String, Tensor> buffers() {
    return new Named<Tensor>().add("", body.buffers()).add("", shortcut.buffers()).map();
  }
}
