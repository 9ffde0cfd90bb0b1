package evenhand.fairness.metrics;

import java.util.Arrays;

/**
 * How many rows of each label have which score, from the highest score to the lowest.
 *
 * <p>Its size is the number of distinct scores, the least from which the area under a curve can be computed exactly.
 * The arrays are not copied: do not change them.
 *
 * @param scores distinct scores, descending; empty if there are none
 * @param positives rows with label 1 at each score; 0 is possible
 * @param negatives rows with label 0 at each score; 0 is possible
 */
public record Ranking(double[] scores, long[] positives, long[] negatives) {
  /** No rows. */
  public static final Ranking NONE = new Ranking(new double[0], new long[0], new long[0]);

  /** The ranking of the rows of both. */
  public Ranking merge(Ranking other) {
    int most = scores.length + other.scores.length;
    var merged = new Ranking(new double[most], new long[most], new long[most]);
    int size = 0;
    int left = 0;
    int right = 0;
    while (left < scores.length || right < other.scores.length) {
      boolean takeLeft = right == other.scores.length || left < scores.length && scores[left] >= other.scores[right];
      boolean takeRight = left == scores.length || right < other.scores.length && other.scores[right] >= scores[left];
      if (takeLeft) {
        merged.add(size, this, left++);
      }
      if (takeRight) {
        merged.add(size, other, right++);
      }
      size++;
    }
    return new Ranking(
        Arrays.copyOf(merged.scores, size),
        Arrays.copyOf(merged.positives, size),
        Arrays.copyOf(merged.negatives, size));
  }

  private void add(int to, Ranking other, int from) {
    scores[to] = other.scores[from];
    positives[to] += other.positives[from];
    negatives[to] += other.negatives[from];
  }

  /**
   * Area under the ROC curve: P(score of a positive > score of a negative) + P(equal) / 2.
   *
   * <p>NaN unless both labels have rows.
   */
  double rocArea() {
    long above = 0; // positives with a higher score
    long all = 0;
    long twice = 0; // twice the pairs in the right order, so that a tie, one half, is a whole number
    for (int k = 0; k < scores.length; k++) {
      twice += negatives[k] * (2 * above + positives[k]);
      above += positives[k];
      all += negatives[k];
    }
    return twice / (2.0 * above * all);
  }

  /**
   * Average precision: sum over distinct scores, from the highest, of (step of recall) * precision.
   *
   * <p>NaN if no row has label 1.
   */
  double averagePrecision() {
    long selected = 0;
    long found = 0;
    double sum = 0;
    for (int k = 0; k < scores.length; k++) {
      found += positives[k];
      selected += positives[k] + negatives[k];
      if (positives[k] > 0) {
        sum += positives[k] * ((double) found / selected);
      }
    }
    return sum / found;
  }
}
