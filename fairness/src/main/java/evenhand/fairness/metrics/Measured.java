package evenhand.fairness.metrics;

import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;

/**
 * A number, or the reason why there is none.
 *
 * @param value the number; empty if it is undetermined
 * @param low lower end of its interval; empty if there is none
 * @param high upper end of its interval; empty if there is none
 * @param undetermined why there is no number, with counts; the empty string if there is one
 */
public record Measured(OptionalDouble value, OptionalDouble low, OptionalDouble high, String undetermined) {
  /**
   * Checks that there is either a number or a reason, and both ends of the interval or neither.
   *
   * @throws IllegalArgumentException if not
   */
  public Measured {
    if (value.isPresent() != undetermined.isEmpty()) {
      throw new IllegalArgumentException(
          "Measured: either a value or a reason is needed, got " + value + " and '" + undetermined + "'");
    }
    if (low.isPresent() != high.isPresent() || low.isPresent() && value.isEmpty()) {
      throw new IllegalArgumentException(
          "Measured: an interval has both ends and a value, got " + value + ", " + low + ", " + high);
    }
    if (value.isPresent() && Double.isNaN(value.getAsDouble())) {
      throw new IllegalArgumentException("Measured: the value is NaN; give a reason instead");
    }
  }

  /** A number without an interval. */
  public static Measured of(double value) {
    return new Measured(OptionalDouble.of(value), OptionalDouble.empty(), OptionalDouble.empty(), "");
  }

  /** No number, and why. */
  public static Measured undetermined(String reason) {
    return new Measured(OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(), reason);
  }

  /** The same number with an interval. */
  public Measured withInterval(double from, double to) {
    return new Measured(value, OptionalDouble.of(from), OptionalDouble.of(to), undetermined);
  }

  /** Whether there is a number. */
  public boolean isDetermined() {
    return value.isPresent();
  }

  /** A number made of two, without interval; undetermined if either is, for the first one's reason. */
  Measured combine(Measured other, DoubleBinaryOperator formula) {
    if (value.isEmpty()) {
      return this;
    }
    return other.value.isEmpty()
        ? other
        : of(formula.applyAsDouble(value.getAsDouble(), other.value.getAsDouble()));
  }
}
