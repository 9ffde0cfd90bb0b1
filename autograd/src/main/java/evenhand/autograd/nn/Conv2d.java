package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Map;
import java.util.Optional;

/**
 * Cross-correlation with a bank of kernels.
 *
 * @param weight [out, in / groups, kernel height, kernel width]
 * @param bias [out]
 */
public record Conv2d(Var weight, Optional<Var> bias, Conv conv) implements Layer {
  /** Square kernels, with bias and PyTorch's default initialisation. */
  public static Conv2d of(Rng rng, Device device, int in, int out, int kernel, Conv conv) {
    Conv2d plain = withoutBias(rng, device, in, out, kernel, conv);
    int fanIn = in / conv.groups() * kernel * kernel;
    return new Conv2d(plain.weight, Optional.of(Var.parameter(Init.fanInUniform(rng, device, fanIn, out))), conv);
  }

  /** Square kernels without bias, as before batch normalisation. */
  public static Conv2d withoutBias(Rng rng, Device device, int in, int out, int kernel, Conv conv) {
    int each = in / conv.groups();
    Var weight = Var.parameter(Init.fanInUniform(rng, device, each * kernel * kernel, out, each, kernel, kernel));
    return new Conv2d(weight, Optional.empty(), conv);
  }

  @Override
  public Var forward(Var x, Phase phase) {
    return Convolutions.conv2d(x, weight, bias, conv);
  }

  @Override
  public Map<String, Var> parameters() {
    return Linear.parameters(weight, bias);
  }
}
