package evenhand.fairness.metrics;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Rows in a fixed order, by cell (group, label, prediction) and then by score, ready to be counted and resampled.
 *
 * <p>The order depends on the set of rows alone, so neither the sums nor the resamples depend on the order in which the
 * rows were given. Sorted once; counting a resample is then one pass.
 */
final class SortedRows {
  private final List<String> groups;
  private final int[] start; // [cells + 1]: the rows of cell c are start[c] .. start[c + 1] - 1
  private final double[] score; // [rows], or empty
  private final double[] distinct; // all distinct scores, descending
  private final int[] rank; // [rows], or empty: the row's score is distinct[rank]

  SortedRows(Predictions p) {
    groups = p.groups();
    start = new int[4 * (groups.size() + 1) + 1];
    for (int row = 0; row < p.rows(); row++) {
      start[cell(p, row) + 1]++;
    }
    Arrays.parallelPrefix(start, Integer::sum);
    score = new double[p.score().length];
    int[] next = start.clone();
    for (int row = 0; row < score.length; row++) {
      score[next[cell(p, row)]++] = p.score()[row] + 0.0; // -0.0 becomes 0.0: the same score
    }
    if (p.hasScores()) {
      for (int cell = 0; cell + 1 < start.length; cell++) {
        Arrays.sort(score, start[cell], start[cell + 1]);
      }
    }
    double[] ascending = DoubleStream.of(score).sorted().distinct().toArray();
    int last = ascending.length - 1;
    distinct = new double[ascending.length];
    Arrays.setAll(distinct, k -> ascending[last - k]);
    rank = new int[score.length];
    Arrays.setAll(rank, row -> last - Arrays.binarySearch(ascending, score[row]));
  }

  /** Group-major, -1 first; then label; then prediction. */
  private static int cell(Predictions p, int row) {
    return 4 * (p.group()[row] + 1) + 2 * p.y()[row] + p.yhat()[row];
  }

  private int rows() {
    return start[start.length - 1];
  }

  /** The sums over all rows. */
  Counts counts() {
    int[] once = new int[rows()];
    Arrays.fill(once, 1);
    return counts(once);
  }

  /** The sums over as many rows as there are, drawn with replacement. */
  Counts resample(Rng rng) {
    int rows = rows();
    int[] times = new int[rows];
    for (int draw = 0; draw < rows; draw++) {
      times[rng.nextInt(rows)]++;
    }
    return counts(times);
  }

  private Counts counts(int[] times) {
    long[] inCell = new long[start.length - 1];
    double[] scores = new double[start.length - 1];
    long[][] atRank = new long[2][distinct.length]; // by label
    for (int cell = 0; cell < inCell.length; cell++) {
      for (int row = start[cell]; row < start[cell + 1]; row++) {
        inCell[cell] += times[row];
      }
      if (score.length > 0) {
        long[] label = atRank[cell >> 1 & 1];
        for (int row = start[cell]; row < start[cell + 1]; row++) {
          scores[cell] += times[row] * score[row];
          label[rank[row]] += times[row];
        }
      }
    }
    var byGroup = new ArrayList<GroupCounts>();
    for (int g = 0; g < groups.size(); g++) {
      byGroup.add(sums(inCell, scores, 4 * (g + 1)));
    }
    return new Counts(groups, byGroup, sums(inCell, scores, 0), new Ranking(distinct, atRank[1], atRank[0]));
  }

  /** The sums of the four cells that begin at one: (label, prediction) = (0, 0), (0, 1), (1, 0), (1, 1). */
  private static GroupCounts sums(long[] n, double[] scores, int at) {
    return new GroupCounts(
        n[at] + n[at + 1] + n[at + 2] + n[at + 3],
        n[at + 2] + n[at + 3],
        n[at + 1] + n[at + 3],
        n[at + 3],
        scores[at + 2] + scores[at + 3],
        scores[at] + scores[at + 1]);
  }
}
