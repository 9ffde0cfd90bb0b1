package evenhand.fairness.metrics;

import java.util.HashSet;
import java.util.List;

/**
 * What is measured: one entry per row of true labels, predicted labels, scores and groups.
 *
 * <p>The arrays are not copied: do not change them afterwards.
 *
 * @param y true labels, 0 or 1
 * @param yhat predicted labels, 0 or 1
 * @param score probability of label 1, or any finite number that ranks rows; empty if there are none
 * @param group index into {@code groups}, or -1 where it is unknown: such a row counts overall, but in no group
 * @param groups names of the groups, all different; a group may have no rows
 */
public record Predictions(int[] y, int[] yhat, double[] score, int[] group, List<String> groups) {
  /**
   * Checks lengths, labels, scores and groups.
   *
   * @throws IllegalArgumentException naming the row that is wrong
   */
  public Predictions {
    groups = List.copyOf(groups);
    checkLength("predicted labels", yhat.length, y.length);
    if (score.length > 0) {
      checkLength("scores", score.length, y.length);
    }
    checkLabels("label", y, 2);
    checkLabels("predicted label", yhat, 2);
    for (int row = 0; row < score.length; row++) {
      if (!Double.isFinite(score[row])) {
        throw new IllegalArgumentException(
            "Predictions: score " + score[row] + " at row " + row + "; scores must be finite numbers");
      }
    }
    checkGroups(group, groups, y.length);
  }

  /** The number of rows. */
  public int rows() {
    return y.length;
  }

  /** Whether the rows have scores. */
  public boolean hasScores() {
    return score.length > 0;
  }

  static void checkGroups(int[] group, List<String> groups, int rows) {
    if (new HashSet<>(groups).size() != groups.size()) {
      throw new IllegalArgumentException("Predictions: two groups have the same name, " + groups);
    }
    checkLength("groups", group.length, rows);
    for (int row = 0; row < group.length; row++) {
      if (group[row] < -1 || group[row] >= groups.size()) {
        throw new IllegalArgumentException(
            "Predictions: group " + group[row] + " at row " + row + "; there are groups 0 to " + (groups.size() - 1)
                + ", and -1 for unknown");
      }
    }
  }

  static void checkLength(String what, int got, int rows) {
    if (got != rows) {
      throw new IllegalArgumentException("Predictions: " + got + " " + what + " for " + rows + " true labels");
    }
  }

  static void checkLabels(String what, int[] labels, int classes) {
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] < 0 || labels[row] >= classes) {
        throw new IllegalArgumentException("Predictions: " + what + " " + labels[row] + " at row " + row
            + "; it must be " + (classes == 2 ? "0 or 1" : "in 0 .. " + (classes - 1)));
      }
    }
  }
}
