package evenhand.autograd.models;

import evenhand.autograd.nn.Linear;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;

/** Multinomial logistic regression: a logit for each class, affine in the features. */
public final class SoftmaxRegression {
  private SoftmaxRegression() {}

  /**
   * {@code [rows, features] -> [rows, classes]}; parameters {@code weight} [classes, features], {@code bias} [classes].
   */
  public static Linear of(Rng rng, Device device, int features, int classes) {
    return Linear.of(rng, device, features, classes);
  }
}
