package evenhand.autograd.models;

import evenhand.autograd.nn.Linear;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;

/** Logistic regression: one logit, affine in the features. */
public final class LogisticRegression {
  private LogisticRegression() {}

  /** {@code [rows, features] -> [rows, 1]}; parameters {@code weight} [1, features] and {@code bias} [1]. */
  public static Linear of(Rng rng, Device device, int features) {
    return Linear.of(rng, device, features, 1);
  }
}
