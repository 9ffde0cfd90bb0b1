package evenhand.fairness.metrics;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Percentile intervals: n rows are drawn from the n rows with replacement, again and again, and measured.
 *
 * <p>All metrics are measured on the same draws. Row indices are drawn and counted, rather than cells from a
 * multinomial law: the laws are the same, but with rows the scores are resampled too, exactly and in one pass, at some
 * 0.1 ms for 8,600 rows.
 *
 * <p>A percentile interval isn't corrected for bias. A gap is never negative, so that of groups which hardly differ is
 * larger in most resamples than in the data, and its interval may lie above its value.
 */
public final class Bootstrap {
  private Bootstrap() {}

  /** The values with intervals; a value stays without one if it is undetermined in more than half of the resamples. */
  public static <C> List<Measured> intervals(List<Function<C, Measured>> formulas, List<Measured> values,
      Function<Rng, C> resample, BootstrapOptions options) {
    var root = new Rng(options.seed());
    double[][] drawn = new double[formulas.size()][options.resamples()]; // NaN: undetermined
    IntStream.range(0, options.resamples())
        .parallel() // resample i depends on the seed and i alone, so the number of threads makes no difference
        .forEach(
            i -> {
              C counts = resample.apply(root.split(i));
              for (int m = 0; m < drawn.length; m++) {
                drawn[m][i] = formulas.get(m).apply(counts).value().orElse(Double.NaN);
              }
            });
    return IntStream.range(0, drawn.length)
        .mapToObj(m -> withInterval(values.get(m), drawn[m], options.level()))
        .toList();
  }

  /**
   * The mean of values, one per row, with its interval if one is asked for.
   *
   * @param none why there is no mean where there are no rows
   */
  public static Measured mean(double[] values, String none, BootstrapOptions options) {
    if (values.length == 0) {
      return Measured.undetermined(none);
    }
    Measured mean = Measured.of(Arrays.stream(values).average().orElseThrow());
    return options.resamples() == 0 ? mean : ofMean(mean, values, options);
  }

  /** The mean of the values, one per row, with its interval. */
  static Measured ofMean(Measured mean, double[] values, BootstrapOptions options) {
    var root = new Rng(options.seed());
    double[] drawn = new double[options.resamples()];
    IntStream.range(0, drawn.length)
        .parallel()
        .forEach(
            i -> {
              Rng rng = root.split(i);
              double sum = 0;
              for (int draw = 0; draw < values.length; draw++) {
                sum += values[rng.nextInt(values.length)];
              }
              drawn[i] = sum / values.length;
            });
    return withInterval(mean, drawn, options.level());
  }

  /** With the interval of the drawn values, NaN where undetermined; without one if that is more than half of them. */
  static Measured withInterval(Measured measured, double[] drawn, double level) {
    double[] defined = Arrays.stream(drawn).filter(v -> !Double.isNaN(v)).sorted().toArray();
    if (measured.value().isEmpty() || defined.length == 0 || 2 * defined.length < drawn.length) {
      return measured;
    }
    double tail = (1 - level) / 2;
    return measured.withInterval(quantile(defined, tail), quantile(defined, 1 - tail));
  }

  /** The value at position q (n - 1) of the sorted values, between neighbours by linear interpolation. */
  private static double quantile(double[] sorted, double q) {
    double position = q * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
