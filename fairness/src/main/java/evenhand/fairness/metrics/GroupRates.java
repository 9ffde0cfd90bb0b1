package evenhand.fairness.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The rates of one group, each with Wilson's 95% interval.
 *
 * @param group its name
 * @param rows how many it has
 * @param rates by name, in order: {@code accuracy}, and for two labels {@code selection_rate}, {@code tpr}, {@code fpr}
 *     and {@code ppv}; undetermined where there is no row to divide by
 */
public record GroupRates(String group, long rows, Map<String, Measured> rates) {
  private static final double Z = 1.959963984540054; // Phi^-1(.975)
  private static final Map<String, Rate> OF_TWO_LABELS = new LinkedHashMap<>();

  static {
    OF_TWO_LABELS.put("accuracy", Rate.ACCURACY);
    OF_TWO_LABELS.put("selection_rate", Rate.SELECTION);
    OF_TWO_LABELS.put("tpr", Rate.TRUE_POSITIVE);
    OF_TWO_LABELS.put("fpr", Rate.FALSE_POSITIVE);
    OF_TWO_LABELS.put("ppv", Rate.POSITIVE_PREDICTIVE_VALUE);
  }

  /** Of each group, in their order. */
  public static List<GroupRates> of(Predictions predictions) {
    return of(Counts.of(predictions), OF_TWO_LABELS);
  }

  /** Of each group, in their order: the share predicted right. */
  public static List<GroupRates> of(ClassPredictions predictions) {
    return of(ClassCounts.of(predictions).rightness(), Map.of("accuracy", Rate.ACCURACY));
  }

  private static List<GroupRates> of(Counts counts, Map<String, Rate> rates) {
    List<GroupRates> groups = new ArrayList<>();
    IntStream.range(0, counts.groups().size()).forEach(g -> {
      GroupCounts own = counts.byGroup().get(g);
      Map<String, Measured> values = new LinkedHashMap<>();
      rates.forEach((name, rate) -> values.put(name, measured(rate, own)));
      groups.add(new GroupRates(counts.groups().get(g), own.rows(), values));
    });
    return groups;
  }

  private static Measured measured(Rate rate, GroupCounts group) {
    long n = rate.rows(group);
    return n == 0 ? Measured.undetermined("no " + rate.over()) : wilson(rate.of(group).orElseThrow(), n);
  }

  /**
   * A share of n rows with Wilson's interval, {@code (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)}.
   *
   * <p>Wilson, J. Am. Stat. Assoc. 22 (1927).
   */
  static Measured wilson(double p, long n) {
    double centre = p + Z * Z / (2 * n);
    double half = Z * Math.sqrt(p * (1 - p) / n + Z * Z / (4.0 * n * n));
    double scale = 1 + Z * Z / n;
    return Measured.of(p).withInterval(Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale));
  }
}
