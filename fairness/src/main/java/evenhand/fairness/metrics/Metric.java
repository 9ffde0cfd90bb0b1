package evenhand.fairness.metrics;

/**
 * What a report needs to know of a number: its name, meaning, range and ideal.
 *
 * <p>How it is measured is left to the kinds of metric, as they need different things: {@link PredictionMetric} needs
 * predictions alone; one that looks into a model, or at counterfactual rows, is a kind of its own and gives a {@link
 * Measured} as well.
 */
public interface Metric {
  /** The name in results, in lower case with underscores. */
  String name();

  /** What it says, in one sentence. */
  String description();

  /** The lowest possible value. */
  double lowest();

  /** The highest possible value. */
  double highest();

  /** The best possible value. */
  double ideal();
}
