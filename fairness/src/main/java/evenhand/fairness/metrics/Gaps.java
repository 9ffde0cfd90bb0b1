package evenhand.fairness.metrics;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * How far a rate differs between groups.
 *
 * <p>Groups in which the rate is undefined are left out; with fewer than two left there is nothing to compare, and the
 * gap is undetermined.
 */
public final class Gaps {
  private Gaps() {}

  /** {@code max_g r_g - min_g r_g}, the largest difference between two groups. */
  public static Measured difference(Counts counts, Rate rate) {
    return compare(counts, rate, rates -> Measured.of(max(rates) - min(rates)));
  }

  /** {@code min_g r_g / max_g r_g}; undetermined also if the rate is 0 in every group. */
  public static Measured ratio(Counts counts, Rate rate) {
    return compare(
        counts,
        rate,
        rates -> max(rates) == 0
            ? Measured.undetermined(
                "the rate is 0 in every group, so there is no ratio (" + counts.inWords(rate::rows) + ")")
            : Measured.of(min(rates) / max(rates)));
  }

  /**
   * {@code max_g |r_g - r|}, with r the rate over all rows, those of unknown group too.
   *
   * <p>For two groups and no unknown rows this is {@code max(q_0, q_1) * |r_1 - r_0|}, q_g being group g's share of the
   * rows that the rate is taken over: always smaller than {@link #difference}, and small where one group is rare.
   */
  public static Measured toOverall(Counts counts, Rate rate) {
    return compare(
        counts,
        rate,
        rates -> {
          double all = rate.of(counts.overall()).orElseThrow(); // two groups have rows
          return Measured.of(DoubleStream.of(rates).map(r -> Math.abs(r - all)).max().orElseThrow());
        });
  }

  private static Measured compare(Counts counts, Rate rate, Function<double[], Measured> formula) {
    if (rate.needsScores() && !counts.hasScores()) {
      return Measured.undetermined("no scores were given");
    }
    double[] rates = rates(counts, rate);
    return rates.length < 2 ? Measured.undetermined(tooFew(counts, rate)) : formula.apply(rates);
  }

  /** The rate of each group in which it is defined. */
  static double[] rates(Counts counts, Rate rate) {
    return counts.byGroup().stream()
        .map(rate::of)
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .toArray();
  }

  private static String tooFew(Counts counts, Rate rate) {
    List<String> empty = IntStream.range(0, counts.groups().size())
        .filter(g -> rate.rows(counts.byGroup().get(g)) == 0)
        .mapToObj(counts.groups()::get)
        .toList();
    String words = " (" + counts.inWords(rate::rows) + ")";
    if (empty.isEmpty()) {
      return "a comparison needs two groups" + words;
    }
    String others = empty.size() > 1 ? " and " + (empty.size() - 1) + " more" : "";
    return "no " + rate.over() + " in group " + empty.getFirst() + others + words;
  }

  private static double max(double[] values) {
    return DoubleStream.of(values).max().orElseThrow();
  }

  static double min(double[] values) {
    return DoubleStream.of(values).min().orElseThrow();
  }
}
