package evenhand.fairness.metrics;

import java.util.function.Function;

/**
 * A metric of predictions, a function of their counts alone.
 *
 * @param name the name in results
 * @param description what it says, in one sentence
 * @param lowest the lowest possible value
 * @param highest the highest possible value
 * @param ideal the best possible value
 * @param formula the value without interval
 */
public record PredictionMetric(
    String name, String description, double lowest, double highest, double ideal, Function<Counts, Measured> formula)
    implements
      Metric {
  /** The value without interval, or the reason why there is none. */
  public Measured of(Counts counts) {
    return formula.apply(counts);
  }

  /** The value without interval, or the reason why there is none. */
  public Measured of(Predictions predictions) {
    return of(Counts.of(predictions));
  }
}
