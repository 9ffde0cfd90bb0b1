package evenhand.fairness.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Metrics of more than two labels. */
class ClassMetricsTests {
  /**
   * Of group a, label 0: 3 of 4 right, label 1: 1 of 2, label 2: 1 of 1; of group b 1 of 2, 2 of 2, 0 of 1; of unknown
   * group one row of label 2, right.
   */
  private static final ClassPredictions BY_HAND = new ClassPredictions(
      new int[]{0, 0, 0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 2},
      new int[]{0, 0, 0, 2, 1, 0, 2, 0, 1, 1, 1, 0, 2}, 3,
      new int[]{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, -1}, List.of("a", "b"));

  private static Map<String, Measured> measured(ClassPredictions predictions) {
    return ClassMetrics.evaluate(predictions, BootstrapOptions.none());
  }

  private static double value(Map<String, Measured> metrics, String name) {
    return metrics.get(name).value().orElseThrow();
  }

  @Test
  void byHand() {
    Map<String, Measured> metrics = measured(BY_HAND);
    assertThat(value(metrics, "accuracy")).isEqualTo(9 / 13.0);
    // recalls 4/6, 3/4, 2/3
    assertThat(value(metrics, "balanced_accuracy")).isCloseTo((4 / 6.0 + 3 / 4.0 + 2 / 3.0) / 3, within(1e-12));
    assertThat(value(metrics, "worst_group_accuracy")).isEqualTo(3 / 5.0); // a has 5 of 7
    // ranges: label 0 3/4 - 1/2, label 1 1 - 1/2, label 2 1 - 0
    assertThat(value(metrics, "equalized_odds_difference")).isEqualTo(1);
    assertThat(value(metrics, "equalized_odds_mean")).isCloseTo((0.25 + 0.5 + 1) / 3, within(1e-12));
    // to all rows: label 0 2/3 - 1/2, label 1 3/4 - 1/2, label 2 2/3 - 0
    assertThat(value(metrics, "group_to_overall_equalized_odds")).isCloseTo(2 / 3.0, within(1e-12));
  }

  @Test
  void whatNeedsTwoLabelsSaysSo() {
    Map<String, Measured> metrics = measured(BY_HAND);
    assertThat(metrics.keySet()).containsExactlyElementsOf(
        Metrics.ofPredictions().stream().map(Metric::name).toList());
    for (String name : List.of("roc_auc", "average_precision", "demographic_parity_difference",
        "demographic_parity_ratio", "equal_opportunity_difference", "soft_equalized_odds_sum")) {
      assertThat(metrics.get(name).undetermined()).isEqualTo("it is defined for two labels, and there are 3");
    }
  }

  private static ClassPredictions random(long seed, int rows, int classes) {
    Rng random = new Rng(seed);
    int[] y = IntStream.range(0, rows).map(_ -> random.nextInt(classes)).toArray();
    int[] yhat = IntStream.range(0, rows).map(row -> random.nextInt(3) == 0 ? random.nextInt(classes) : y[row])
        .toArray();
    int[] group = IntStream.range(0, rows).map(_ -> random.nextInt(4) - 1).toArray();
    return new ClassPredictions(y, yhat, classes, group, List.of("a", "b", "c"));
  }

  @Test
  void forTwoLabelsItIsTheMetricOfThatName() {
    for (int seed = 0; seed < 20; seed++) {
      ClassPredictions p = random(seed, 57, 2);
      Map<String, Measured> binary = Metrics.evaluate(
          new Predictions(p.y(), p.yhat(), new double[0], p.group(), p.groups()), BootstrapOptions.none());
      measured(p).forEach((name, own) -> own.value().ifPresent(value -> assertThat(value).as(name)
          .isCloseTo(binary.get(name).value().orElseThrow(), within(1e-12))));
    }
  }

  @Test
  void aLabelWithoutRowsInAGroupIsNamed() {
    ClassPredictions p = new ClassPredictions(new int[]{0, 1, 2, 0, 1}, new int[]{0, 1, 2, 0, 1}, 3,
        new int[]{0, 0, 0, 1, 1}, List.of("a", "b"));
    assertThat(measured(p).get("equalized_odds_difference").undetermined())
        .isEqualTo("for label number 2, taken as 1: no rows with label=1 in group b (counts: a 1, b 0)");
    assertThat(value(measured(p), "worst_group_accuracy")).isEqualTo(1);
  }

  @Test
  void withoutRowsNothingIsDetermined() {
    ClassPredictions none = new ClassPredictions(new int[0], new int[0], 3, new int[0], List.of("a", "b"));
    assertThat(ClassMetrics.evaluate(none, BootstrapOptions.defaults(1)).values()).noneMatch(Measured::isDetermined);
  }

  @Test
  void partsMergeIntoTheWhole() {
    ClassPredictions all = random(3, 101, 5);
    ClassCounts merged = ClassCounts.of(part(all, 0, 40)).merge(ClassCounts.of(part(all, 40, 101)));
    assertThat(merged.cells()).isEqualTo(ClassCounts.of(all).cells());
    assertThatIllegalArgumentException().isThrownBy(() -> merged.merge(ClassCounts.of(random(3, 9, 4))))
        .withMessageContaining("left 5 labels").withMessageContaining("right 4 labels");
  }

  private static ClassPredictions part(ClassPredictions p, int from, int to) {
    return new ClassPredictions(Arrays.copyOfRange(p.y(), from, to), Arrays.copyOfRange(p.yhat(), from, to),
        p.classes(), Arrays.copyOfRange(p.group(), from, to), p.groups());
  }

  /** The normal approximation of the accuracy's interval is 1.96 sqrt(p (1 - p) / n) to each side. */
  @Test
  void intervalsAreThoseOfResampledRowsInAnyOrder() {
    ClassPredictions p = random(4, 1000, 10);
    Map<String, Measured> metrics = ClassMetrics.evaluate(p, BootstrapOptions.defaults(7));
    double accuracy = value(metrics, "accuracy");
    double half = 1.96 * Math.sqrt(accuracy * (1 - accuracy) / 1000);
    Measured measured = metrics.get("accuracy");
    assertThat(measured.low().orElseThrow()).isCloseTo(accuracy - half, within(0.15 * half));
    assertThat(measured.high().orElseThrow()).isCloseTo(accuracy + half, within(0.15 * half));
    int[] turned = IntStream.range(0, 1000).map(row -> 999 - row).toArray();
    ClassPredictions reversed = new ClassPredictions(at(p.y(), turned), at(p.yhat(), turned), 10,
        at(p.group(), turned), p.groups());
    assertThat(ClassMetrics.evaluate(reversed, BootstrapOptions.defaults(7))).isEqualTo(metrics);
  }

  private static int[] at(int[] values, int[] rows) {
    return Arrays.stream(rows).map(row -> values[row]).toArray();
  }

  @Test
  void descriptionsAreThoseOfTheNumberOfLabels() {
    assertThat(ClassMetrics.description("equalized_odds_difference", 2))
        .isEqualTo(Metrics.EQUALIZED_ODDS_DIFFERENCE.description());
    assertThat(ClassMetrics.description("equalized_odds_difference", 10)).contains("over all labels");
    assertThat(ClassMetrics.description("roc_auc", 10)).isEqualTo(Metrics.ROC_AUC.description());
  }

  @Test
  void labelsOutOfRangeAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClassPredictions(new int[]{0, 3}, new int[]{0, 0}, 3, new int[2], List.of("a")))
        .withMessage("Predictions: label 3 at row 1; it must be in 0 .. 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClassPredictions(new int[]{0, 2}, new int[]{0}, 3, new int[2], List.of("a")))
        .withMessage("Predictions: 1 predicted labels for 2 true labels");
  }
}
