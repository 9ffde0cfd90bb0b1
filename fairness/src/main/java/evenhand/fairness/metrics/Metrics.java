package evenhand.fairness.metrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The metrics, one constant each, and their evaluation.
 *
 * <p>Each constant states its formula, its range, its ideal and what it gives for an empty cell. y is the label, yhat
 * the prediction, s the score, g a group; max and min run over the groups in which the rate is defined, and with fewer
 * than two of them a comparison is undetermined. To add a metric, add a constant and name it in {@link
 * #OF_PREDICTIONS}.
 */
public final class Metrics {
  /**
   * {@code P(yhat = y)}.
   *
   * <p>0 to 1, ideal 1. Undetermined without rows.
   */
  public static final PredictionMetric ACCURACY = share("accuracy", "Share of the rows whose prediction is the label.",
      1, Metrics::accuracy);

  /**
   * {@code (P(yhat = 1 | y = 1) + P(yhat = 0 | y = 0)) / 2}.
   *
   * <p>0 to 1, ideal 1. With rows of one label only, the recall of that label; undetermined without rows.
   */
  public static final PredictionMetric BALANCED_ACCURACY = share(
      "balanced_accuracy",
      "Mean over the labels of the share of their rows that is predicted right.",
      1,
      Metrics::balancedAccuracy);

  /**
   * {@code P(s+ > s-) + P(s+ = s-) / 2} for a random row of label 1 and one of label 0.
   *
   * <p>0 to 1, ideal 1. Undetermined without scores, or without rows of one of the labels.
   */
  public static final PredictionMetric ROC_AUC = share(
      "roc_auc",
      "How often a row with label 1 has a higher score than one with label 0, a tie counting one half.",
      1,
      counts -> ranked(counts, true, Ranking::rocArea));

  /**
   * {@code sum_k (recall_k - recall_(k-1)) precision_k} over the distinct scores k from the highest.
   *
   * <p>0 to 1, ideal 1. Undetermined without scores, or without rows of label 1.
   */
  public static final PredictionMetric AVERAGE_PRECISION = share(
      "average_precision",
      "Area under the curve of precision over recall, in steps, as the threshold falls.",
      1,
      counts -> ranked(counts, false, Ranking::averagePrecision));

  /**
   * {@code min_g P(yhat = y | g)}.
   *
   * <p>0 to 1, ideal 1. Groups without rows are left out; undetermined if no group has rows.
   */
  public static final PredictionMetric WORST_GROUP_ACCURACY = share("worst_group_accuracy",
      "The lowest accuracy of a group.", 1, Metrics::worstGroupAccuracy);

  /**
   * {@code max_g P(yhat = 1 | g) - min_g P(yhat = 1 | g)}.
   *
   * <p>0 to 1, ideal 0. Groups without rows are left out.
   */
  public static final PredictionMetric DEMOGRAPHIC_PARITY_DIFFERENCE = share(
      "demographic_parity_difference",
      "Largest difference between two groups of the share of rows predicted 1.",
      0,
      counts -> Gaps.difference(counts, Rate.SELECTION));

  /**
   * {@code min_g P(yhat = 1 | g) / max_g P(yhat = 1 | g)}.
   *
   * <p>0 to 1, ideal 1. Groups without rows are left out; undetermined if no row is predicted 1.
   */
  public static final PredictionMetric DEMOGRAPHIC_PARITY_RATIO = share(
      "demographic_parity_ratio",
      "Smallest ratio between two groups of the share of rows predicted 1.",
      1,
      counts -> Gaps.ratio(counts, Rate.SELECTION));

  /**
   * {@code max_g P(yhat = 1 | y = 1, g) - min_g P(yhat = 1 | y = 1, g)}.
   *
   * <p>0 to 1, ideal 0. Groups without rows of label 1 are left out.
   */
  public static final PredictionMetric EQUAL_OPPORTUNITY_DIFFERENCE = share(
      "equal_opportunity_difference",
      "Largest difference between two groups of the true positive rate.",
      0,
      counts -> Gaps.difference(counts, Rate.TRUE_POSITIVE));

  /**
   * {@code max(TPR gap, FPR gap)}, a gap being {@code max_g - min_g} of {@code P(yhat = 1 | y, g)}.
   *
   * <p>0 to 1, ideal 0. Groups without rows of the label are left out of its gap; undetermined if either gap is.
   */
  public static final PredictionMetric EQUALIZED_ODDS_DIFFERENCE = share(
      "equalized_odds_difference",
      "The larger of the differences between groups of the true and of the false positive rate.",
      0,
      counts -> odds(counts, Math::max));

  /**
   * {@code (TPR gap + FPR gap) / 2}, a gap being {@code max_g - min_g} of {@code P(yhat = 1 | y, g)}.
   *
   * <p>0 to 1, ideal 0. Groups without rows of the label are left out of its gap; undetermined if either gap is.
   */
  public static final PredictionMetric EQUALIZED_ODDS_MEAN = share(
      "equalized_odds_mean",
      "The mean of the differences between groups of the true and of the false positive rate.",
      0,
      counts -> odds(counts, (tpr, fpr) -> (tpr + fpr) / 2));

  /**
   * {@code max_g |P(yhat = 1 | g) - P(yhat = 1)|}.
   *
   * <p>0 to 1, ideal 0. Groups without rows are left out. FairBatch's disparity (Roh et al., ICLR 2021).
   */
  public static final PredictionMetric GROUP_TO_OVERALL_DEMOGRAPHIC_PARITY = share(
      "group_to_overall_demographic_parity",
      "Largest difference between a group and all rows of the share of rows predicted 1.",
      0,
      counts -> Gaps.toOverall(counts, Rate.SELECTION));

  /**
   * {@code max_g |P(yhat = 1 | y = 1, g) - P(yhat = 1 | y = 1)|}.
   *
   * <p>0 to 1, ideal 0. Groups without rows of label 1 are left out. FairBatch's disparity (Roh et al., ICLR 2021).
   */
  public static final PredictionMetric GROUP_TO_OVERALL_EQUAL_OPPORTUNITY = share(
      "group_to_overall_equal_opportunity",
      "Largest difference between a group and all rows of the true positive rate.",
      0,
      counts -> Gaps.toOverall(counts, Rate.TRUE_POSITIVE));

  /**
   * {@code max over y of max_g |P(yhat = 1 | y, g) - P(yhat = 1 | y)|}.
   *
   * <p>0 to 1, ideal 0. Groups without rows of the label are left out of its part; undetermined if either part is.
   * FairBatch's disparity (Roh et al., ICLR 2021).
   */
  public static final PredictionMetric GROUP_TO_OVERALL_EQUALIZED_ODDS = share(
      "group_to_overall_equalized_odds",
      "Largest difference between a group and all rows of the true or the false positive rate.",
      0,
      counts -> Gaps.toOverall(counts, Rate.TRUE_POSITIVE)
          .combine(Gaps.toOverall(counts, Rate.FALSE_POSITIVE), Math::max));

  /**
   * {@code max_g E[s | g] - min_g E[s | g]}.
   *
   * <p>0 to 1 if scores are probabilities, ideal 0. Groups without rows are left out; undetermined without scores. For
   * two groups the gap of Li et al., ICML 2023.
   */
  public static final PredictionMetric SOFT_DEMOGRAPHIC_PARITY_DIFFERENCE = share(
      "soft_demographic_parity_difference",
      "Largest difference between two groups of the mean score.",
      0,
      counts -> Gaps.difference(counts, Rate.SOFT_SELECTION));

  /**
   * {@code sum over y of (max_g E[s | y, g] - min_g E[s | y, g])}.
   *
   * <p>0 to 2 if scores are probabilities, ideal 0. Groups without rows of the label are left out of its part;
   * undetermined if either part is, or without scores. For two groups the gap of Li et al., ICML 2023.
   */
  public static final PredictionMetric SOFT_EQUALIZED_ODDS_SUM = new PredictionMetric(
      "soft_equalized_odds_sum",
      "Sum over the labels of the largest difference between two groups of the mean score.",
      0,
      2,
      0,
      counts -> Gaps.difference(counts, Rate.SOFT_TRUE_POSITIVE)
          .combine(Gaps.difference(counts, Rate.SOFT_FALSE_POSITIVE), Double::sum));

  /** See {@link CounterfactualBias}. */
  public static final CounterfactualBias COUNTERFACTUAL_BIAS = new CounterfactualBias();

  /** See {@link ParameterParity}. */
  public static final ParameterParity PARAMETER_PARITY = new ParameterParity();

  private static final List<PredictionMetric> OF_PREDICTIONS = List.of(
      ACCURACY,
      BALANCED_ACCURACY,
      ROC_AUC,
      AVERAGE_PRECISION,
      WORST_GROUP_ACCURACY,
      DEMOGRAPHIC_PARITY_DIFFERENCE,
      DEMOGRAPHIC_PARITY_RATIO,
      EQUAL_OPPORTUNITY_DIFFERENCE,
      EQUALIZED_ODDS_DIFFERENCE,
      EQUALIZED_ODDS_MEAN,
      GROUP_TO_OVERALL_DEMOGRAPHIC_PARITY,
      GROUP_TO_OVERALL_EQUAL_OPPORTUNITY,
      GROUP_TO_OVERALL_EQUALIZED_ODDS,
      SOFT_DEMOGRAPHIC_PARITY_DIFFERENCE,
      SOFT_EQUALIZED_ODDS_SUM);

  private Metrics() {}

  /** All metrics, in the order in which results list them. */
  public static List<Metric> all() {
    List<Metric> all = new ArrayList<>(OF_PREDICTIONS);
    all.add(COUNTERFACTUAL_BIAS);
    all.add(PARAMETER_PARITY);
    return List.copyOf(all);
  }

  /** The metrics that need predictions alone, in the order in which results list them. */
  public static List<PredictionMetric> ofPredictions() {
    return OF_PREDICTIONS;
  }

  /**
   * The metric of that name.
   *
   * @throws IllegalArgumentException if there is none, listing those there are
   */
  public static Metric named(String name) {
    return all().stream()
        .filter(metric -> metric.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(
                all().stream()
                    .map(Metric::name)
                    .collect(Collectors.joining(", ", "no metric '" + name + "'; there are ", ""))));
  }

  /** Every metric of the predictions by name, with a bootstrap interval, in the order in which results list them. */
  public static Map<String, Measured> evaluate(Predictions predictions, BootstrapOptions options) {
    var rows = new SortedRows(predictions);
    Counts counts = rows.counts();
    List<Measured> values = OF_PREDICTIONS.stream().map(metric -> metric.of(counts)).toList();
    List<Measured> measured = predictions.rows() == 0 ? values
        : Bootstrap.intervals(OF_PREDICTIONS.stream().map(PredictionMetric::formula).toList(), values, rows::resample,
            options);
    var byName = new LinkedHashMap<String, Measured>();
    for (int m = 0; m < OF_PREDICTIONS.size(); m++) {
      byName.put(OF_PREDICTIONS.get(m).name(), measured.get(m));
    }
    return Collections.unmodifiableMap(byName);
  }

  private static PredictionMetric share(
      String name, String description, double ideal, Function<Counts, Measured> formula) {
    return new PredictionMetric(name, description, 0, 1, ideal, formula);
  }

  private static Measured accuracy(Counts counts) {
    var accuracy = Rate.ACCURACY.of(counts.overall());
    return accuracy.isPresent() ? Measured.of(accuracy.getAsDouble()) : Measured.undetermined("no rows");
  }

  private static Measured balancedAccuracy(Counts counts) {
    var recalls = new ArrayList<Double>();
    Rate.TRUE_POSITIVE.of(counts.overall()).ifPresent(recalls::add);
    Rate.FALSE_POSITIVE.of(counts.overall()).ifPresent(rate -> recalls.add(1 - rate));
    return recalls.isEmpty()
        ? Measured.undetermined("no rows")
        : Measured.of(recalls.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
  }

  private static Measured ranked(Counts counts, boolean bothLabels, ToDoubleFunction<Ranking> area) {
    GroupCounts all = counts.overall();
    String words = " (counts: label=0 " + all.negatives() + ", label=1 " + all.positives() + ")";
    if (all.rows() == 0) {
      return Measured.undetermined("no rows");
    }
    if (!counts.hasScores()) {
      return Measured.undetermined("no scores were given");
    }
    if (all.positives() == 0) {
      return Measured.undetermined("no rows with label=1" + words);
    }
    if (bothLabels && all.negatives() == 0) {
      return Measured.undetermined("no rows with label=0" + words);
    }
    return Measured.of(area.applyAsDouble(counts.ranking()));
  }

  private static Measured worstGroupAccuracy(Counts counts) {
    double[] rates = Gaps.rates(counts, Rate.ACCURACY);
    return rates.length == 0
        ? Measured.undetermined("no group has rows (" + counts.inWords(GroupCounts::rows) + ")")
        : Measured.of(Gaps.min(rates));
  }

  /** The gap of the true positive rate and that of the false positive rate, combined. */
  private static Measured odds(Counts counts, DoubleBinaryOperator formula) {
    return Gaps.difference(counts, Rate.TRUE_POSITIVE)
        .combine(Gaps.difference(counts, Rate.FALSE_POSITIVE), formula);
  }
}
