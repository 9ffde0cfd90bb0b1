package evenhand.fairness.metrics;

import java.util.Arrays;

/**
 * {@code (1/N) sum_i |p(x_i) - p(x'_i)|}, with x' the row x but for its sensitive value.
 *
 * <p>0 to 1, ideal 0. Where a row has several counterfactual rows, because its sensitive attribute has more than two
 * levels or there are several attributes, the mean over them stands for the row. Undetermined without rows. The bias of
 * Chen et al., NeurIPS 2023.
 */
public record CounterfactualBias() implements Metric {
  @Override
  public String name() {
    return "counterfactual_bias";
  }

  @Override
  public String description() {
    return "Mean over rows of how far the score moves when the row's sensitive value alone is changed.";
  }

  @Override
  public double lowest() {
    return 0;
  }

  @Override
  public double highest() {
    return 1;
  }

  @Override
  public double ideal() {
    return 0;
  }

  /**
   * The value, with an interval over resampled rows if any are asked for.
   *
   * @param differences {@code |p(x) - p(x')|} of each row; their order makes no difference
   */
  public Measured of(double[] differences, BootstrapOptions options) {
    if (differences.length == 0) {
      return Measured.undetermined("no rows with a known sensitive value");
    }
    double[] sorted = Arrays.stream(differences).sorted().toArray();
    Measured mean = Measured.of(mean(sorted));
    return options.resamples() == 0 ? mean : Bootstrap.ofMean(mean, sorted, options);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
