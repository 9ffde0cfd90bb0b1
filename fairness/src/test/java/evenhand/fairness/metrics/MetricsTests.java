package evenhand.fairness.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsTests {
  private static final double EXACT = 1e-14;

  /**
   * Ten rows, (label, prediction, score):
   *
   * <pre>
   * M: (1,1,.9) (1,1,.8) (1,0,.4) (0,1,.6) (0,0,.3) (0,0,.1)   selected 3/6, TPR 2/3, FPR 1/3, PPV 2/3, accuracy 4/6
   * F: (1,1,.7) (1,0,.4) (0,0,.2) (0,0,.4)                     selected 1/4, TPR 1/2, FPR 0/2, PPV 1/1, accuracy 3/4
   * all:                                                       selected 4/10, TPR 3/5, FPR 1/5, accuracy 7/10
   * </pre>
   */
  private static final Predictions TEN = new Predictions(
      new int[]{1, 1, 1, 0, 0, 0, 1, 1, 0, 0},
      new int[]{1, 1, 0, 1, 0, 0, 1, 0, 0, 0},
      new double[]{.9, .8, .4, .6, .3, .1, .7, .4, .2, .4},
      new int[]{0, 0, 0, 0, 0, 0, 1, 1, 1, 1},
      List.of("sex=M", "sex=F"));

  @ParameterizedTest
  @CsvSource({
      "accuracy, .7",
      "balanced_accuracy, .7", // (3/5 + 4/5) / 2
      "roc_auc, .88", // of 25 pairs: 5 + 5 + 5 + 2 * 3.5 (the two at .4 beat three and tie with one)
      "average_precision, .8857142857142857", // 1/5 + 1/5 + 1/5 + 2/5 * 5/7
      "worst_group_accuracy, .6666666666666667",
      "demographic_parity_difference, .25", // 1/2 - 1/4
      "demographic_parity_ratio, .5", // 1/4 : 1/2
      "equal_opportunity_difference, .1666666666666667", // 2/3 - 1/2
      "equalized_odds_difference, .3333333333333333", // max(1/6, 1/3)
      "equalized_odds_mean, .25", // (1/6 + 1/3) / 2
      "group_to_overall_demographic_parity, .15", // max(|1/2 - 4/10|, |1/4 - 4/10|)
      "group_to_overall_equal_opportunity, .1", // max(|2/3 - 3/5|, |1/2 - 3/5|)
      "group_to_overall_equalized_odds, .2", // max(.1, |1/3 - 1/5|, |0 - 1/5|)
      "soft_demographic_parity_difference, .0916666666666667", // 3.1/6 - 1.7/4
      "soft_equalized_odds_sum, .1833333333333333", // (2.1/3 - 1.1/2) + (1.0/3 - .6/2)
  })
  void tenRowsByHand(String name, double expected) {
    Measured measured = Metrics.evaluate(TEN, BootstrapOptions.none()).get(name);
    assertThat(measured.value().orElseThrow()).isCloseTo(expected, within(EXACT));
    assertThat(measured.undetermined()).isEmpty();
    assertThat(measured.low()).isEmpty();
  }

  @Test
  void namesAreThoseOfTheResultsAndInTheirOrder() {
    assertThat(Metrics.evaluate(TEN, BootstrapOptions.none()).keySet())
        .containsExactly(
            "accuracy",
            "balanced_accuracy",
            "roc_auc",
            "average_precision",
            "worst_group_accuracy",
            "demographic_parity_difference",
            "demographic_parity_ratio",
            "equal_opportunity_difference",
            "equalized_odds_difference",
            "equalized_odds_mean",
            "group_to_overall_demographic_parity",
            "group_to_overall_equal_opportunity",
            "group_to_overall_equalized_odds",
            "soft_demographic_parity_difference",
            "soft_equalized_odds_sum");
    assertThat(Metrics.all()).extracting(Metric::name).hasSize(17).endsWith("counterfactual_bias", "parameter_parity");
    assertThat(Metrics.all()).allSatisfy(metric -> assertThat(Metrics.named(metric.name())).isSameAs(metric));
    assertThatThrownBy(() -> Metrics.named("fairness"))
        .hasMessageStartingWith("no metric 'fairness'; there are accuracy, balanced_accuracy, ");
  }

  @Test
  void everyMetricReachesItsIdealWhenPredictionsAreLabels() {
    // Both groups have half of their rows positive, scores equal labels.
    int[] y = {0, 1, 0, 1};
    var perfect = new Predictions(y, y, new double[]{0, 1, 0, 1}, new int[]{0, 0, 1, 1}, List.of("a", "b"));
    for (Metric metric : Metrics.ofPredictions()) {
      Measured measured = Metrics.evaluate(perfect, BootstrapOptions.none()).get(metric.name());
      assertThat(measured.value()).as(metric.name()).hasValue(metric.ideal());
    }
  }

  @Test
  void groupsListTheirRates() {
    assertThat(GroupRates.of(TEN)).extracting(GroupRates::group).containsExactly("sex=M", "sex=F");
    assertThat(GroupRates.of(TEN)).extracting(GroupRates::rows).containsExactly(6L, 4L);
    List<String> names = List.of("selection_rate", "tpr", "fpr", "ppv");
    assertThat(names).extracting(name -> GroupRates.of(TEN).get(0).rates().get(name).value())
        .containsExactly(some(.5), some(2 / 3.0), some(1 / 3.0), some(2 / 3.0));
    assertThat(names).extracting(name -> GroupRates.of(TEN).get(1).rates().get(name).value())
        .containsExactly(some(.25), some(.5), some(0), some(1));
    var empty = new Predictions(new int[0], new int[0], new double[0], new int[0], List.of("a"));
    assertThat(GroupRates.of(empty)).singleElement().satisfies(group -> assertThat(group.rates().values())
        .hasSize(5).noneMatch(Measured::isDetermined).extracting(Measured::undetermined)
        .contains("no rows", "no rows with label=1"));
  }

  @Test
  void wilsonsIntervalOfAShare() {
    // p = 1/2, n = 4, z^2 = 3.8415: (.98018 +- 1.95996 sqrt(.0625 + .060023)) / 1.960365 = .5 +- .349957
    Measured half = GroupRates.wilson(.5, 4);
    assertThat(half.low().getAsDouble()).isCloseTo(.150043, within(1e-5));
    assertThat(half.high().getAsDouble()).isCloseTo(.849957, within(1e-5));
    // p = 0: from 0 to z^2 / (n + z^2)
    Measured zero = GroupRates.wilson(0, 10);
    assertThat(zero.low()).hasValue(0);
    assertThat(zero.high().getAsDouble()).isCloseTo(3.841459 / 13.841459, within(1e-6));
  }

  @Test
  void ofSeveralLabelsAGroupHasItsAccuracy() {
    var three = new ClassPredictions(new int[]{0, 1, 2, 2}, new int[]{0, 1, 1, 2}, 3, new int[]{0, 0, 1, 1},
        List.of("a", "b"));
    assertThat(GroupRates.of(three)).extracting(group -> group.rates().get("accuracy").value())
        .containsExactly(some(1), some(.5));
  }

  @Test
  void aGapBetweenThreeGroupsIsOfTheMostDistant() {
    // Selected: a 1/2, b 0/2, c 2/2, all 3/6.
    var three = new Predictions(
        new int[6],
        new int[]{1, 0, 0, 0, 1, 1},
        new double[0],
        new int[]{0, 0, 1, 1, 2, 2},
        List.of("a", "b", "c"));
    assertThat(Metrics.DEMOGRAPHIC_PARITY_DIFFERENCE.of(three).value()).hasValue(1);
    assertThat(Metrics.DEMOGRAPHIC_PARITY_RATIO.of(three).value()).hasValue(0);
    assertThat(Metrics.GROUP_TO_OVERALL_DEMOGRAPHIC_PARITY.of(three).value()).hasValue(.5);
  }

  @Test
  void rowsOfUnknownGroupCountOverallOnly() {
    // a 1/1, b 0/1 selected; with the two unknown rows selected too, overall 3/4.
    var unknown = new Predictions(
        new int[4], new int[]{1, 0, 1, 1}, new double[0], new int[]{0, 1, -1, -1}, List.of("a", "b"));
    assertThat(Metrics.ACCURACY.of(unknown).value()).hasValue(.25);
    assertThat(Metrics.DEMOGRAPHIC_PARITY_DIFFERENCE.of(unknown).value()).hasValue(1);
    assertThat(Metrics.GROUP_TO_OVERALL_DEMOGRAPHIC_PARITY.of(unknown).value()).hasValue(.75);
    assertThat(GroupRates.of(unknown)).extracting(GroupRates::rows).containsExactly(1L, 1L);
  }

  @Test
  void anUndefinedValueHasAReasonWithCounts() {
    // No row of F has label 1; M has one of each label.
    var p = new Predictions(
        new int[]{1, 0, 0}, new int[]{0, 0, 0}, new double[0], new int[]{0, 0, 1}, List.of("sex=M", "sex=F"));
    Map<String, Measured> measured = Metrics.evaluate(p, BootstrapOptions.none());
    String reason = "no rows with label=1 in group sex=F (counts: sex=M 1, sex=F 0)";
    for (String name : List.of(
        "equal_opportunity_difference",
        "equalized_odds_difference",
        "equalized_odds_mean",
        "group_to_overall_equal_opportunity",
        "group_to_overall_equalized_odds")) {
      assertThat(measured.get(name)).as(name).isEqualTo(Measured.undetermined(reason));
    }
    assertThat(measured.get("demographic_parity_difference")).isEqualTo(Measured.of(0));
    assertThat(measured.get("demographic_parity_ratio"))
        .isEqualTo(
            Measured.undetermined("the rate is 0 in every group, so there is no ratio (counts: sex=M 2, sex=F 1)"));
    for (String name : List.of(
        "roc_auc", "average_precision", "soft_demographic_parity_difference", "soft_equalized_odds_sum")) {
      assertThat(measured.get(name)).as(name).isEqualTo(Measured.undetermined("no scores were given"));
    }
  }

  @Test
  void aSingleLabelLeavesTheAreaUndetermined() {
    var negatives = new Predictions(new int[2], new int[2], new double[2], new int[2], List.of("a"));
    assertThat(Metrics.ROC_AUC.of(negatives).undetermined())
        .isEqualTo("no rows with label=1 (counts: label=0 2, label=1 0)");
    assertThat(Metrics.AVERAGE_PRECISION.of(negatives).isDetermined()).isFalse();
    assertThat(Metrics.BALANCED_ACCURACY.of(negatives).value()).hasValue(1); // the recall of label 0
    assertThat(Metrics.DEMOGRAPHIC_PARITY_DIFFERENCE.of(negatives).undetermined())
        .isEqualTo("a comparison needs two groups (counts: a 2)");
    int[] ones = {1, 1};
    var positives = new Predictions(ones, ones, new double[2], new int[2], List.of("a"));
    assertThat(Metrics.ROC_AUC.of(positives).undetermined())
        .isEqualTo("no rows with label=0 (counts: label=0 0, label=1 2)");
    assertThat(Metrics.AVERAGE_PRECISION.of(positives).value()).hasValue(1);
  }

  @Test
  void reasonsNameSomeOfTheGroupsOnlyWhereThereAreMany() {
    List<String> names = IntStream.range(0, 15).mapToObj(g -> "g" + g).toList();
    var p = new Predictions(new int[1], new int[1], new double[0], new int[1], names);
    assertThat(Metrics.DEMOGRAPHIC_PARITY_DIFFERENCE.of(p).undetermined())
        .startsWith("no rows in group g1 and 13 more (counts: g0 1, g1 0, ")
        .endsWith(", g11 0, 3 more)");
    var none = new Predictions(new int[1], new int[1], new double[0], new int[]{-1}, List.of());
    assertThat(Metrics.DEMOGRAPHIC_PARITY_DIFFERENCE.of(none).undetermined())
        .isEqualTo("a comparison needs two groups (there are no groups)");
    assertThat(Metrics.WORST_GROUP_ACCURACY.of(none).undetermined())
        .isEqualTo("no group has rows (there are no groups)");
  }

  @Test
  void noRowsLeaveEverythingUndetermined() {
    var none = new Predictions(new int[0], new int[0], new double[0], new int[0], List.of("a", "b"));
    assertThat(Metrics.evaluate(none, BootstrapOptions.defaults(1)).values())
        .allSatisfy(measured -> assertThat(measured.undetermined()).isNotEmpty());
  }

  @Test
  void intervalsAreThoseOfAKnownLaw() {
    // Accuracy of n = 1000 rows, 800 right: resamples are binomial(1000, .8) / 1000, sd .01265, so 95% is .8 +- .0248.
    int n = 1000;
    int[] yhat = new int[n];
    Arrays.fill(yhat, 0, 200, 1);
    var p = new Predictions(new int[n], yhat, new double[0], new int[n], List.of("a"));
    Measured accuracy = Metrics.evaluate(p, new BootstrapOptions(4000, .95, 7)).get("accuracy");
    assertThat(accuracy.low().orElseThrow()).isCloseTo(.8 - .0248, within(.003));
    assertThat(accuracy.high().orElseThrow()).isCloseTo(.8 + .0248, within(.003));
  }

  @Test
  void tiedScoresHaveAnAreaOfOneHalfInEveryResample() {
    // Every pair ties, so each resample with both labels has area exactly one half.
    var p = new Predictions(new int[]{0, 0, 1, 1}, new int[4], new double[4], new int[]{0, 0, 1, 1}, List.of("a", "b"));
    Measured area = Metrics.evaluate(p, BootstrapOptions.defaults(3)).get("roc_auc");
    assertThat(area).isEqualTo(Measured.of(.5).withInterval(.5, .5));
  }

  @Test
  void anIntervalIsAbsentIfMostResamplesAreUndetermined() {
    // Ten rows, one of label 1 in each group.
    int[] y = {1, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    int[] group = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
    var p = new Predictions(y, y, new double[0], group, List.of("M", "F"));
    // Both rows with label 1 are drawn with probability 1 - 2 * .9^10 + .8^10 = .41: absent.
    Map<String, Measured> measured = Metrics.evaluate(p, BootstrapOptions.defaults(5));
    assertThat(measured.get("equal_opportunity_difference")).isEqualTo(Measured.of(0));
    // Some row is selected with probability 1 - .8^10 = .89: the ratio has an interval.
    assertThat(measured.get("demographic_parity_ratio").low()).isPresent();
  }

  @Test
  void sameSeedSameBitsForAnyNumberOfThreads() throws Exception {
    Predictions p = random(500, 3, new Rng(11));
    var options = new BootstrapOptions(200, .9, 42);
    Map<String, Measured> here = Metrics.evaluate(p, options);
    for (int threads : new int[]{1, 4}) {
      try (var pool = new ForkJoinPool(threads)) { // parallel streams run in the pool that starts them
        assertThat(pool.submit(() -> Metrics.evaluate(p, options)).get()).isEqualTo(here);
      }
    }
    assertThat(Metrics.evaluate(p, new BootstrapOptions(200, .9, 43))).isNotEqualTo(here);
  }

  @Test
  void aThousandResamplesTakeLittleTime() {
    Predictions p = random(8600, 2, new Rng(1));
    Rng rng = new Rng(2);
    Arrays.setAll(p.score(), row -> rng.nextDouble()); // all different, which takes longest
    Metrics.evaluate(p, BootstrapOptions.defaults(1)); // warm up
    long start = System.nanoTime();
    Metrics.evaluate(p, BootstrapOptions.defaults(2));
    // Well under 1 s on two cores; the bound leaves room for a busy machine.
    assertThat((System.nanoTime() - start) * 1e-9).isLessThan(3);
  }

  @Test
  void badPredictionsAreRefused() {
    int[] two = {0, 1};
    double[] none = {};
    assertThatThrownBy(() -> new Predictions(two, new int[3], none, two, List.of("a", "b")))
        .hasMessage("Predictions: 3 predicted labels for 2 true labels");
    assertThatThrownBy(() -> new Predictions(two, two, new double[1], two, List.of("a", "b")))
        .hasMessage("Predictions: 1 scores for 2 true labels");
    assertThatThrownBy(() -> new Predictions(new int[]{0, 2}, two, none, two, List.of("a", "b")))
        .hasMessage("Predictions: label 2 at row 1; it must be 0 or 1");
    assertThatThrownBy(() -> new Predictions(two, two, new double[]{0, Double.NaN}, two, List.of("a", "b")))
        .hasMessage("Predictions: score NaN at row 1; scores must be finite numbers");
    assertThatThrownBy(() -> new Predictions(two, two, none, new int[]{0, 2}, List.of("a", "b")))
        .hasMessage("Predictions: group 2 at row 1; there are groups 0 to 1, and -1 for unknown");
    assertThatThrownBy(() -> new Predictions(two, two, none, two, List.of("a", "a")))
        .hasMessage("Predictions: two groups have the same name, [a, a]");
  }

  @Test
  void countsOfOtherGroupsDoNotMerge() {
    Counts ten = Counts.of(TEN);
    var other = new Counts(List.of("x"), List.of(GroupCounts.NONE), GroupCounts.NONE, Ranking.NONE);
    assertThatThrownBy(() -> ten.merge(other))
        .hasMessage("Counts.merge: groups differ, left [sex=M, sex=F], right [x]");
    var unscored = Counts.of(new Predictions(TEN.y(), TEN.yhat(), new double[0], TEN.group(), TEN.groups()));
    assertThatThrownBy(() -> ten.merge(unscored)).hasMessageContaining("only one of the parts has scores");
  }

  /** Rows with fair labels, predictions and groups, and scores in 64ths. */
  static Predictions random(int rows, int groups, Rng rng) {
    int[] y = new int[rows];
    int[] yhat = new int[rows];
    double[] score = new double[rows];
    int[] group = new int[rows];
    for (int row = 0; row < rows; row++) {
      y[row] = rng.nextInt(2);
      yhat[row] = rng.nextInt(2);
      score[row] = rng.nextInt(65) / 64.0;
      group[row] = rng.nextInt(groups);
    }
    return new Predictions(y, yhat, score, group, List.of("a", "b", "c", "d", "e").subList(0, groups));
  }

  private static OptionalDouble some(double value) {
    return OptionalDouble.of(value);
  }
}
