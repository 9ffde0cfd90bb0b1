package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Map;
import java.util.Optional;

/**
 * {@code y = x W^T + b}.
 *
 * @param weight [out, in]
 * @param bias [out]
 */
public record Linear(Var weight, Optional<Var> bias) implements Layer {
  /** With bias and PyTorch's default initialisation. */
  public static Linear of(Rng rng, Device device, int in, int out) {
    Var weight = Var.parameter(Init.fanInUniform(rng, device, in, out, in));
    return new Linear(weight, Optional.of(Var.parameter(Init.fanInUniform(rng, device, in, out))));
  }

  /** Without bias, with PyTorch's default initialisation. */
  public static Linear withoutBias(Rng rng, Device device, int in, int out) {
    return new Linear(Var.parameter(Init.fanInUniform(rng, device, in, out, in)), Optional.empty());
  }

  @Override
  public Var forward(Var x, Phase phase) {
    return Convolutions.linear(x, weight, bias);
  }

  @Override
  public Map<String, Var> parameters() {
    return parameters(weight, bias);
  }

  static Map<String, Var> parameters(Var weight, Optional<Var> bias) {
    Named<Var> named = new Named<Var>().add("", Map.of("weight", weight));
    return bias.map(b -> named.add("", Map.of("bias", b))).orElse(named).map();
  }
}
