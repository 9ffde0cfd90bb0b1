package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * Normalises each channel over rows and positions: {@code [rows, channels]}, {@code [rows, channels, height, width]}
 * and the like.
 *
 * @param weight [channels]
 * @param bias [channels]
 * @param running statistics for {@link Phase#EVALUATE}, overwritten by forward passes in {@link Phase#TRAIN}
 * @param momentum share of the new batch in the running statistics
 */
public record BatchNorm(Var weight, Var bias, Norms.Running running, double momentum, double eps) implements Layer {
  /** Weight 1, bias 0, momentum 0.1, eps 1e-5. */
  public static BatchNorm of(Device device, int channels) {
    return new BatchNorm(Var.parameter(device.ones(channels)), Var.parameter(device.zeros(channels)),
        new Norms.Running(device.zeros(channels), device.ones(channels)), 0.1, 1e-5);
  }

  @Override
  public Var forward(Var x, Phase phase) {
    return Norms.batchNorm(x,
        new Norms.BatchOptions(Optional.of(weight), Optional.of(bias), Optional.of(running), momentum, eps), phase);
  }

  @Override
  public Map<String, Var> parameters() {
    return Linear.parameters(weight, Optional.of(bias));
  }

  @Override
  public Map<String, Tensor> buffers() {
    return new Named<Tensor>().add("", Map.of("running_mean", running.mean()))
        .add("", Map.of("running_var", running.variance())).map();
  }
}
