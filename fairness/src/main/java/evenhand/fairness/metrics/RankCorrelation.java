package evenhand.fairness.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Spearman's rank correlation: the correlation of the ranks, tied values sharing their mean rank; -1 to 1. */
public final class RankCorrelation {
  private RankCorrelation() {}

  /**
   * Of two lists of numbers, pair by pair; empty if either is the same for all pairs.
   *
   * @throws IllegalArgumentException if their lengths differ
   */
  public static OptionalDouble of(double[] a, double[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException("rank correlation: " + a.length + " numbers against " + b.length
          + "; give as many of both");
    }
    double[] left = centredRanks(a);
    double[] right = centredRanks(b);
    double lengths = Math.sqrt(dot(left, left) * dot(right, right));
    return lengths == 0 ? OptionalDouble.empty() : OptionalDouble.of(dot(left, right) / lengths);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Ranks less their mean. */
  private static double[] centredRanks(double[] values) {
    int n = values.length;
    int[] order = IntStream.range(0, n).boxed().sorted(Comparator.comparingDouble(i -> values[i]))
        .mapToInt(i -> i).toArray();
    double[] ranks = new double[n];
    for (int from = 0, to; from < n; from = to) {
      to = from + 1;
      while (to < n && values[order[to]] == values[order[from]]) {
        to++;
      }
      double rank = (from + to - n) / 2.0;
      Arrays.stream(order, from, to).forEach(i -> ranks[i] = rank);
    }
    return ranks;
  }
}
