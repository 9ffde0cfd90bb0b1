package evenhand.fairness.study;

import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.ParityReport;
import evenhand.fairness.metrics.ParityReporter;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The metrics that predictions alone do not give, on a split's test rows. */
final class ModelMetrics {
  private ModelMetrics() {}

  /** p(x) of each row, the probability that a flip is to leave as it is: of label 1, or of the true one of several. */
  static double[] outcomes(Predictor predictor, Samples rows) {
    if (rows.classes() <= 2) {
      return predictor.scores(rows);
    }
    double[][] probabilities = predictor.probabilities(rows);
    return IntStream.range(0, rows.rows()).mapToDouble(row -> probabilities[row][rows.y()[row]]).toArray();
  }

  /**
   * The mean over rows of |p(x) - p(x')|, on the split's test pairs if it brings some.
   *
   * <p>Else each sensitive column that is an input is changed in turn, to each of its other levels, and the mean over
   * these levels and columns stands for the row.
   *
   * @param outcomes p(x) of the test rows, by {@link #outcomes}
   */
  static Measured counterfactualBias(Predictor predictor, Split split, double[] outcomes, BootstrapOptions options) {
    if (split.testPairs().isPresent()) {
      return counterfactualBias(predictor, split.testPairs().get(), options);
    }
    List<Attribute> inputs = split.test().sensitive().stream()
        .filter(attribute -> split.encoder().isPresent() && split.encoder().get().uses(attribute.name())).toList();
    if (inputs.isEmpty()) {
      return Measured.undetermined("the sensitive columns are not inputs of the model, so a counterfactual row is the"
          + " same row");
    }
    double[] moved = new double[outcomes.length]; // summed over columns
    int[] columns = new int[outcomes.length]; // in which the row's value is known
    for (Attribute attribute : inputs) {
      int others = attribute.levels().size() - 1;
      for (int by = 1; by <= others; by++) { // each other level once
        double[] counterfactual = outcomes(predictor,
            split.encoder().get().with(split.test(), attribute.shifted(by)));
        for (int row = 0; row < outcomes.length; row++) {
          moved[row] += Math.abs(outcomes[row] - counterfactual[row]) / others; // an unknown value has not changed: 0
        }
      }
      for (int row = 0; row < columns.length; row++) {
        columns[row] += attribute.codes()[row] >= 0 ? 1 : 0;
      }
    }
    return Metrics.COUNTERFACTUAL_BIAS.of(IntStream.range(0, outcomes.length).filter(row -> columns[row] > 0)
        .mapToDouble(row -> moved[row] / columns[row]).toArray(), options);
  }

  /** The mean over units of the mean of |p(x) - p(x')| over a unit's pairs. */
  private static Measured counterfactualBias(Predictor predictor, Pairs pairs, BootstrapOptions options) {
    double[] factual = outcomes(predictor, pairs.factual());
    double[] counterfactual = outcomes(predictor, pairs.counterfactual());
    double[] moved = new double[pairs.unitCount()];
    int[] counts = new int[moved.length];
    for (int pair = 0; pair < pairs.size(); pair++) {
      moved[pairs.units()[pair]] += Math.abs(factual[pair] - counterfactual[pair]);
      counts[pairs.units()[pair]]++;
    }
    Arrays.setAll(moved, unit -> moved[unit] / counts[unit]);
    return Metrics.COUNTERFACTUAL_BIAS.of(moved, options);
  }

  /** The parity between the groups that the target compares. */
  static Measured parameterParity(Predictor predictor, Samples rows, Target target, Device device) {
    if (rows.classes() > 2) {
      return ClassMetrics.needsTwoLabels(rows.classes());
    }
    if (predictor.network().isEmpty()) {
      return Measured.undetermined("the predictor is not a network");
    }
    try (Scope _ = Scope.open()) {
      return Metrics.PARAMETER_PARITY.of(predictor.network().get(), rows.features(device), rows.labels(device),
          target.subgroups(rows.y(), rows.groups()));
    }
  }

  /** The same in detail; empty where there are no units to compare. */
  static Optional<ParityReport> parityReport(Predictor predictor, Samples rows, Target target, Device device,
      long seed) {
    if (rows.classes() > 2 || predictor.network().isEmpty()) {
      return Optional.empty();
    }
    try (Scope _ = Scope.open()) {
      ParityReport report = ParityReporter.report(predictor.network().get(), rows.features(device),
          rows.labels(device), target.subgroups(rows.y(), rows.groups()), ParityReport.Options.defaults(seed));
      return Optional.of(report).filter(made -> !made.pairs().isEmpty());
    }
  }
}
