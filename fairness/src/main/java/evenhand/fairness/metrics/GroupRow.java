package evenhand.fairness.metrics;

import java.util.OptionalDouble;

/**
 * The rates of one group; a rate without rows to divide by is empty.
 *
 * @param group its name
 * @param count its rows
 * @param selectionRate P(prediction = 1)
 * @param tpr P(prediction = 1 | label = 1)
 * @param fpr P(prediction = 1 | label = 0)
 * @param ppv P(label = 1 | prediction = 1)
 */
public record GroupRow(
    String group,
    long count,
    OptionalDouble selectionRate,
    OptionalDouble tpr,
    OptionalDouble fpr,
    OptionalDouble ppv) {
  static GroupRow of(String name, GroupCounts counts) {
    return new GroupRow(
        name,
        counts.rows(),
        Rate.SELECTION.of(counts),
        Rate.TRUE_POSITIVE.of(counts),
        Rate.FALSE_POSITIVE.of(counts),
        Rate.POSITIVE_PREDICTIVE_VALUE.of(counts));
  }
}
