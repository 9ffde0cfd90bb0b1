package evenhand.fairness.metrics;

import java.util.List;

/**
 * What is measured where there are more than two labels; {@link Predictions} is its like for two.
 *
 * <p>The arrays are not copied: do not change them afterwards.
 *
 * @param y true labels, in {@code 0 .. classes - 1}
 * @param yhat predicted labels, in the same range
 * @param classes number of labels, at least 2
 * @param group index into {@code groups}, or -1 where it is unknown: such a row counts overall, but in no group
 * @param groups names of the groups, all different; a group may have no rows
 */
public record ClassPredictions(int[] y, int[] yhat, int classes, int[] group, List<String> groups) {
  /**
   * Checks lengths, labels and groups.
   *
   * @throws IllegalArgumentException naming the row that is wrong
   */
  public ClassPredictions {
    groups = List.copyOf(groups);
    Predictions.checkLength("predicted labels", yhat.length, y.length);
    Predictions.checkLabels("label", y, classes);
    Predictions.checkLabels("predicted label", yhat, classes);
    Predictions.checkGroups(group, groups, y.length);
  }
}
