package evenhand.autograd.optim;

import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), PyTorch's update:
 * {@code w *= 1 - rate weightDecay}, then {@link Adam}'s step without weight decay.
 */
public final class AdamW implements Optimizer {
  private final Adam adam;

  /** An optimizer of these parameters. */
  public AdamW(List<Var> parameters, Adam.Settings settings) {
    this.adam = new Adam(parameters, settings, true);
  }

  /** Adam's defaults with weight decay 0.01: PyTorch's defaults. */
  public static Adam.Settings defaults() {
    return Adam.Settings.defaults().withWeightDecay(0.01);
  }

  @Override
  public void step(List<Tensor> gradients) {
    adam.step(gradients);
  }
}
