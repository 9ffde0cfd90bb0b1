package evenhand.fairness.erase;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How a patch is fitted.
 *
 * @param estimator of the biased rule
 * @param patch how the rule of a row is had at inference
 * @param balanced whether label and group are independent in the calibration set; asked only where there are no labels
 * @param strength lambda, at least 0; empty to choose it in 0, .25, .. 1.5 by cross-validation (1 without labels, or with few rows against the bias)
 * @param accuracyDrop how much of the mean accuracy over cells of label and group a chosen strength may cost
 * @param temperature whether the answers are made less sure or surer first, which needs labels
 * @param attributes how several sensitive attributes are taken
 * @param prior q, one number for each class; empty for the estimator's own: uniform where it removes the class prior, the
 *     retained prior where it is centred
 * @param forbid whether a class may have the prior 0, which forbids it
 * @param hidden units of the hidden layer of patches that have one; 0 to try linear ones only
 * @param ridge l2 penalty of the patch
 * @param heldOut share of the calibration rows that stop and choose the patch, in (0, 1)
 */
public record EraserSettings(Estimator estimator, PatchKind patch, boolean balanced, OptionalDouble strength,
    double accuracyDrop, Temperature.Use temperature, Attributes attributes, Optional<double[]> prior, boolean forbid,
    int hidden, double ridge, double heldOut) {
  /** How several sensitive attributes are taken. */
  public enum Attributes {
    /** Jointly if every cell of label and joint group has 20 rows or more, else additively. */
    AUTO,
    /** Every combination of values is a group. */
    JOINT,
    /** The log rule of a combination is the sum of those of its values; right if they are independent given the label. */
    ADDITIVE
  }

  /** Estimator, patch and strength chosen, temperature where it is needed. */
  public static final EraserSettings DEFAULT = new EraserSettings(Estimator.AUTO, PatchKind.AUTO, false,
      OptionalDouble.empty(), 0.01, Temperature.Use.AUTO, Attributes.AUTO, Optional.empty(), false, 64, 1e-5, 0.2);

  /** Checks the ranges. */
  public EraserSettings {
    if (strength.isPresent() && !(strength.getAsDouble() >= 0)) {
      throw new IllegalArgumentException("strength must be at least 0, got " + strength.getAsDouble());
    }
    if (!(accuracyDrop >= 0) || hidden < 0 || !(ridge >= 0) || !(heldOut > 0 && heldOut < 1)) {
      throw new IllegalArgumentException("eraser settings are out of range: accuracy drop " + accuracyDrop
          + ", hidden units " + hidden + " and ridge " + ridge + " must be at least 0, held-out share " + heldOut
          + " between 0 and 1");
    }
    prior.ifPresent(q -> {
      for (double share : q) {
        if (!(share >= 0 && share <= 1)) {
          throw new IllegalArgumentException("prior must be shares between 0 and 1, got " + share);
        }
      }
    });
  }

  /** With another estimator. */
  public EraserSettings with(Estimator other) {
    return new EraserSettings(other, patch, balanced, strength, accuracyDrop, temperature, attributes, prior, forbid,
        hidden, ridge, heldOut);
  }

  /** With another patch. */
  public EraserSettings with(PatchKind other) {
    return new EraserSettings(estimator, other, balanced, strength, accuracyDrop, temperature, attributes, prior,
        forbid,
        hidden, ridge, heldOut);
  }

  /** With a strength; empty to choose it. */
  public EraserSettings withStrength(OptionalDouble other) {
    return new EraserSettings(estimator, patch, balanced, other, accuracyDrop, temperature, attributes, prior, forbid,
        hidden, ridge, heldOut);
  }

  /** With temperature on, off or as needed. */
  public EraserSettings with(Temperature.Use other) {
    return new EraserSettings(estimator, patch, balanced, strength, accuracyDrop, other, attributes, prior, forbid,
        hidden, ridge, heldOut);
  }

  /** With several attributes taken otherwise. */
  public EraserSettings with(Attributes other) {
    return new EraserSettings(estimator, patch, balanced, strength, accuracyDrop, temperature, other, prior, forbid,
        hidden, ridge, heldOut);
  }

  /** With a prior. */
  public EraserSettings withPrior(double[] q, boolean allowZero) {
    return new EraserSettings(estimator, patch, balanced, strength, accuracyDrop, temperature, attributes,
        Optional.of(q.clone()), allowZero, hidden, ridge, heldOut);
  }

  /** With so many hidden units. */
  public EraserSettings withHidden(int units) {
    return new EraserSettings(estimator, patch, balanced, strength, accuracyDrop, temperature, attributes, prior,
        forbid,
        units, ridge, heldOut);
  }

  /** With a calibration set that is said to be balanced. */
  public EraserSettings withBalanced(boolean other) {
    return new EraserSettings(estimator, patch, other, strength, accuracyDrop, temperature, attributes, prior, forbid,
        hidden, ridge, heldOut);
  }
}
