package evenhand.fairness.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The metrics of {@link Metrics} that have a meaning for more than two labels, and what they are then.
 *
 * <p>y is the label, yhat the prediction, g a group, c a label. Groups without rows of a label are left out of its
 * comparison, which is undetermined with fewer than two groups; a comparison over labels is undetermined if that of one
 * label is. For two labels each is the number of the same name in {@link Metrics}. All others need two labels and are
 * undetermined.
 *
 * <ul>
 *   <li>{@code accuracy}: {@code P(yhat = y)}.
 *   <li>{@code balanced_accuracy}: mean over the labels c with rows of {@code P(yhat = c | y = c)}.
 *   <li>{@code worst_group_accuracy}: {@code min_g P(yhat = y | g)}.
 *   <li>{@code equalized_odds_difference}: max over c of the range over g of {@code P(yhat = c | y = c, g)}.
 *   <li>{@code equalized_odds_mean}: mean over c of the range over g of {@code P(yhat = c | y = c, g)}.
 *   <li>{@code group_to_overall_equalized_odds}: max over c and g of
 *       {@code |P(yhat = c | y = c, g) - P(yhat = c | y = c)|}.
 * </ul>
 */
public final class ClassMetrics {
  /** A metric of several labels: what it says, and its formula. */
  private record ClassMetric(String description, Function<ClassCounts, Measured> formula) {}

  private static final Map<String, ClassMetric> BY_NAME = Map.of(
      Metrics.ACCURACY.name(),
      new ClassMetric(Metrics.ACCURACY.description(), counts -> Metrics.ACCURACY.of(counts.rightness())),
      Metrics.BALANCED_ACCURACY.name(),
      new ClassMetric(Metrics.BALANCED_ACCURACY.description(), ClassMetrics::balancedAccuracy),
      Metrics.WORST_GROUP_ACCURACY.name(),
      new ClassMetric(Metrics.WORST_GROUP_ACCURACY.description(),
          counts -> Metrics.WORST_GROUP_ACCURACY.of(counts.rightness())),
      Metrics.EQUALIZED_ODDS_DIFFERENCE.name(),
      new ClassMetric("Largest difference between two groups, over all labels, of the share of a label's rows that is"
          + " predicted right.", counts -> overLabels(counts, Gaps::difference, Math::max, 1)),
      Metrics.EQUALIZED_ODDS_MEAN.name(),
      new ClassMetric("Mean over the labels of the largest difference between two groups of the share of the label's"
          + " rows that is predicted right.",
          counts -> overLabels(counts, Gaps::difference, Double::sum, counts.classes())),
      Metrics.GROUP_TO_OVERALL_EQUALIZED_ODDS.name(),
      new ClassMetric("Largest difference between a group and all rows, over all labels, of the share of a label's rows"
          + " that is predicted right.", counts -> overLabels(counts, Gaps::toOverall, Math::max, 1)));

  /** A comparison of groups by a rate. */
  private interface Gap {
    Measured of(Counts counts, Rate rate);
  }

  private ClassMetrics() {}

  /** What the metric of a name says for so many labels, in one sentence. */
  public static String description(String name, int classes) {
    return classes > 2 && BY_NAME.containsKey(name) ? BY_NAME.get(name).description()
        : Metrics.named(name).description();
  }

  /** {@link Metrics#evaluate} for any number of labels: the same names in the same order, with intervals. */
  public static Map<String, Measured> evaluate(ClassPredictions predictions, BootstrapOptions options) {
    ClassCounts counts = ClassCounts.of(predictions);
    List<String> known = Metrics.ofPredictions().stream().map(Metric::name).filter(BY_NAME::containsKey).toList();
    List<Function<ClassCounts, Measured>> formulas = known.stream().map(name -> BY_NAME.get(name).formula()).toList();
    List<Measured> values = formulas.stream().map(formula -> formula.apply(counts)).toList();
    List<Measured> measured = counts.rows() == 0 ? values
        : Bootstrap.intervals(formulas, values, counts::resample, options);
    Map<String, Measured> byName = new LinkedHashMap<>();
    for (PredictionMetric metric : Metrics.ofPredictions()) {
      int at = known.indexOf(metric.name());
      byName.put(metric.name(), at >= 0 ? measured.get(at) : needsTwoLabels(predictions.classes()));
    }
    return Collections.unmodifiableMap(byName);
  }

  /** What a metric that is defined for two labels only gives for more. */
  public static Measured needsTwoLabels(int classes) {
    return Measured.undetermined("it is defined for two labels, and there are " + classes);
  }

  private static Measured balancedAccuracy(ClassCounts counts) {
    OptionalDouble mean = IntStream.range(0, counts.classes())
        .mapToObj(label -> Rate.TRUE_POSITIVE.of(counts.against(label).overall()))
        .filter(OptionalDouble::isPresent).mapToDouble(OptionalDouble::getAsDouble).average();
    return mean.isPresent() ? Measured.of(mean.getAsDouble()) : Measured.undetermined("no rows");
  }

  /** A gap of the share predicted right, of each label's rows, combined over the labels and divided. */
  private static Measured overLabels(ClassCounts counts, Gap gap, DoubleBinaryOperator formula, int divisor) {
    Measured all = Measured.of(0);
    for (int label = 0; label < counts.classes(); label++) {
      Measured own = gap.of(counts.against(label), Rate.TRUE_POSITIVE);
      if (!own.isDetermined()) {
        return Measured.undetermined("for label number " + label + ", taken as 1: " + own.undetermined());
      }
      all = all.combine(own, formula);
    }
    return all.combine(Measured.of(divisor), (sum, count) -> sum / count);
  }
}
