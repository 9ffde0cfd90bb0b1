package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import java.util.Map;
import java.util.Optional;

/**
 * Normalises over the last axes, as many as the weight has.
 *
 * @param weight of the shape of the normalised axes, as is the bias
 */
public record LayerNorm(Var weight, Var bias, double eps) implements Layer {
  /** Weight 1, bias 0, eps 1e-5. */
  public static LayerNorm of(Device device, int... features) {
    return new LayerNorm(Var.parameter(device.ones(features)), Var.parameter(device.zeros(features)), 1e-5);
  }

  @Override
  public Var forward(Var x, Phase phase) {
    return Norms.layerNorm(x, weight.shape().rank(), Optional.of(weight), Optional.of(bias), eps);
  }

  @Override
  public Map<String, Var> parameters() {
    return Linear.parameters(weight, Optional.of(bias));
  }
}
