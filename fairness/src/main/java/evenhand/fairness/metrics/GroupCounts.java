package evenhand.fairness.metrics;

/**
 * Sums over the rows of one group.
 *
 * @param rows the number of rows, n
 * @param positives rows with label 1
 * @param selected rows with prediction 1
 * @param truePositives rows with label 1 and prediction 1
 * @param positiveScores sum of the scores over rows with label 1; 0 without scores
 * @param negativeScores sum of the scores over rows with label 0; 0 without scores
 */
public record GroupCounts(
    long rows, long positives, long selected, long truePositives, double positiveScores, double negativeScores) {
  /** No rows. */
  public static final GroupCounts NONE = new GroupCounts(0, 0, 0, 0, 0, 0);

  /** The sums over the rows of both. */
  public GroupCounts merge(GroupCounts other) {
    return new GroupCounts(
        rows + other.rows,
        positives + other.positives,
        selected + other.selected,
        truePositives + other.truePositives,
        positiveScores + other.positiveScores,
        negativeScores + other.negativeScores);
  }

  /** Rows with label 0. */
  public long negatives() {
    return rows - positives;
  }

  /** Rows with label 0 and prediction 1. */
  public long falsePositives() {
    return selected - truePositives;
  }

  /** Rows whose prediction is their label. */
  public long correct() {
    return truePositives + negatives() - falsePositives();
  }
}
