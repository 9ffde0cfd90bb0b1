package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Rng;

/**
 * In {@link Phase#TRAIN}, sets each number to 0 with probability {@code rate} and divides the others by
 * {@code 1 - rate}; else the identity.
 *
 * @param rate in [0, 1]
 * @param rng a stream of its own, from {@link Rng#split(String)}
 */
public record Dropout(double rate, Rng rng) implements Layer {
  /** Checks the range. */
  public Dropout {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException("dropout: rate must be in [0, 1], got " + rate);
    }
  }

  @Override
  public Var forward(Var x, Phase phase) {
    if (phase == Phase.EVALUATE || rate == 0) {
      return x;
    }
    if (rate == 1) {
      return x.times(0);
    }
    Var kept = Var.of(rng.uniform(x.device(), x.shape().dims())).ge(x.like(rate));
    return x.times(kept.times(1 / (1 - rate)));
  }
}
