/**
 * What a prediction is worth, for all rows and between groups.
 *
 * <p>The map, in reading order:
 *
 * <ul>
 *   <li>{@link evenhand.fairness.metrics.Predictions}: labels, predictions, scores and groups of the rows measured;
 *   <li>{@link evenhand.fairness.metrics.Counts}: all that a metric reads of them, as sums that can be merged: one
 *       {@link evenhand.fairness.metrics.GroupCounts} per group and the {@link evenhand.fairness.metrics.Ranking} of
 *       the scores;
 *   <li>{@link evenhand.fairness.metrics.Rate}: a share of the rows of one group, and {@link
 *       evenhand.fairness.metrics.Gaps}: how far a rate differs between groups;
 *   <li>{@link evenhand.fairness.metrics.Metrics}: the metrics by name, one constant each, made of the above; {@link
 *       evenhand.fairness.metrics.Metrics#evaluate} measures all of them with bootstrap intervals;
 *   <li>{@link evenhand.fairness.metrics.Measured}: a number, or the reason why there is none.
 * </ul>
 *
 * <p>With more than two labels {@link evenhand.fairness.metrics.ClassPredictions} and {@link
 * evenhand.fairness.metrics.ClassCounts} take their places, and {@link evenhand.fairness.metrics.ClassMetrics} says
 * which metrics there are then.
 *
 * <p>{@link evenhand.fairness.metrics.Metric} is what a report needs to know of any metric. Those of predictions are
 * {@link evenhand.fairness.metrics.PredictionMetric}; {@link evenhand.fairness.metrics.CounterfactualBias} needs rows
 * that differ from those measured, and {@link evenhand.fairness.metrics.ParameterParity} the network itself; {@link
 * evenhand.fairness.metrics.ParityReporter} looks at the same layer by layer and unit by unit.
 *
 * <p>A rate without rows to divide by is undefined. It is left out of comparisons between groups, and a comparison
 * with fewer than two groups left is undetermined, with the counts as the reason: never 0, which would read as no gap.
 */
package evenhand.fairness.metrics;
