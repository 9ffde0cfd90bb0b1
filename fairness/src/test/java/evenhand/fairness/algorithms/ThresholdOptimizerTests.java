package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.algorithms.ThresholdCurve.Mix;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.DataException;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ThresholdOptimizerTests {
  private static final ThresholdOptimizer METHOD = new ThresholdOptimizer();
  private static final double ALL = Double.NEGATIVE_INFINITY;
  private static final double NONE = Double.POSITIVE_INFINITY;

  /** Scored rows of a group: the labels from the highest score to the lowest, scores .9, .8 and so on. */
  private record Scored(double[] scores, int[] y, Attribute groups) {
    static Scored of(String... labelsOfGroups) {
      int[] y = String.join("", labelsOfGroups).chars().map(letter -> letter - '0').toArray();
      double[] scores = new double[y.length];
      int[] codes = new int[y.length];
      int row = 0;
      for (int z = 0; z < labelsOfGroups.length; z++) {
        for (int i = 0; i < labelsOfGroups[z].length(); i++, row++) {
          scores[row] = (9 - i) / 10.0;
          codes[row] = z;
        }
      }
      List<String> names = List.of("a", "b", "c", "d").subList(0, labelsOfGroups.length);
      return new Scored(scores, y, new Attribute("z", names, codes));
    }

    ThresholdOptimizer.Thresholds choose(Target target, boolean randomize) {
      return ThresholdOptimizer.choose(scores, y, groups, target, randomize);
    }

    /** The chance of label 1, averaged over the rows wanted. */
    double rate(Mix mix, IntPredicate rows) {
      return IntStream.range(0, y.length).filter(rows).mapToDouble(row -> chance(mix, scores[row])).average()
          .orElseThrow();
    }

    double rate(Mix mix, int group, int label) {
      return rate(mix, row -> groups.codes()[row] == group && (label < 0 || y[row] == label));
    }

    /** The expected number of rows labelled right. */
    double right(ThresholdOptimizer.Thresholds chosen) {
      return IntStream.range(0, y.length).mapToDouble(row -> {
        double chance = chance(chosen.byGroup().get(groups.levels().get(groups.codes()[row])), scores[row]);
        return y[row] == 1 ? chance : 1 - chance;
      }).sum();
    }
  }

  private static double chance(Mix mix, double score) {
    return IntStream.range(0, mix.weights().size())
        .mapToDouble(i -> score > mix.thresholds().get(i) ? mix.weights().get(i) : 0).sum();
  }

  private static void assertMix(Mix mix, double... thresholdsAndWeights) {
    double[] actual = IntStream.range(0, mix.weights().size()).boxed()
        .flatMapToDouble(i -> Arrays.stream(new double[]{mix.thresholds().get(i), mix.weights().get(i)})).toArray();
    assertThat(actual).hasSameSizeAs(thresholdsAndWeights);
    for (int i = 0; i < actual.length; i++) {
      double expected = thresholdsAndWeights[i];
      assertThat(actual[i] == expected || Math.abs(actual[i] - expected) < 1e-9).as("%s", mix).isTrue();
    }
  }

  /**
   * Right at 0 .. 4 rows selected: a (1100) 2 3 4 3 2, b (1010) 2 3 2 3 2, whose hull at half the rows is 3, between
   * one and three rows. The sum is greatest at half: 7.
   */
  @Test
  void demographicParityByHand() {
    Scored rows = Scored.of("1100", "1010");
    ThresholdOptimizer.Thresholds chosen = rows.choose(Target.DEMOGRAPHIC_PARITY, true);
    assertThat(chosen.x()).isEqualTo(0.5);
    assertMix(chosen.byGroup().get("a"), 0.75, 1);
    assertMix(chosen.byGroup().get("b"), 0.85, 0.5, 0.65, 0.5);
    assertThat(rows.right(chosen)).isCloseTo(7, within(1e-9));
    assertThat(chosen.notes()).containsExactly("25.0 % of the labels are drawn between two thresholds or more");
    ThresholdOptimizer.Thresholds single = rows.choose(Target.DEMOGRAPHIC_PARITY, false);
    assertMix(single.byGroup().get("b"), 0.75, 1);
    assertThat(single.notes()).isEmpty();
  }

  /** Right at true positive rates 0, 1/2, 1: a 2 3 4, b 2 3 3; the sum is greatest at 1. */
  @Test
  void equalOpportunityByHand() {
    Scored rows = Scored.of("1100", "1010");
    ThresholdOptimizer.Thresholds chosen = rows.choose(Target.EQUAL_OPPORTUNITY, true);
    assertThat(chosen.x()).isEqualTo(1);
    assertMix(chosen.byGroup().get("a"), 0.75, 1);
    assertMix(chosen.byGroup().get("b"), 0.65, 1);
    assertMix(chosen.overall(), 0.85, 1); // 11 10 01 00: right at 0, 2 .. 8 rows 4 6 6 6 4, and the first of equals
    assertThat(rows.right(chosen)).isEqualTo(7);
  }

  /**
   * P = N = 5. ROC hulls: a (1001) (0,0) (0,1/2) (1,1); b (0110) (0,0) (1/2,1) (1,1); c (10) (0,0) (0,1) (1,1). The
   * least of them is 2f up to the crossing of a and b at 1/3, then 1/2 + f/2; slopes 5 * 2 - 5 and 5/2 - 5: the best is
   * (1/3, 2/3), on a's and b's hull and inside c's triangle, at a third of each corner.
   */
  @Test
  void equalizedOddsByHand() {
    Scored rows = Scored.of("1001", "0110", "10");
    ThresholdOptimizer.Thresholds chosen = rows.choose(Target.EQUALIZED_ODDS, true);
    assertThat(chosen.x()).isCloseTo(1 / 3.0, within(1e-12));
    assertMix(chosen.byGroup().get("a"), 0.85, 2 / 3.0, ALL, 1 / 3.0);
    assertMix(chosen.byGroup().get("b"), NONE, 1 / 3.0, 0.65, 2 / 3.0);
    assertMix(chosen.byGroup().get("c"), NONE, 1 / 3.0, 0.85, 1 / 3.0, ALL, 1 / 3.0);
    for (int z = 0; z < 3; z++) {
      Mix mix = chosen.byGroup().get(List.of("a", "b", "c").get(z));
      assertThat(rows.rate(mix, z, 0)).isCloseTo(1 / 3.0, within(1e-9));
      assertThat(rows.rate(mix, z, 1)).isCloseTo(2 / 3.0, within(1e-9));
    }
  }

  /** Where the common point is a single threshold's, nothing is drawn, also inside the hull: a at (0, 1/2). */
  @Test
  void aCornerIsReachedWithoutADraw() {
    Scored rows = Scored.of("1100", "1000010000"); // b's hull: (0, 1/2), (1/2, 1)
    ThresholdOptimizer.Thresholds chosen = rows.choose(Target.EQUALIZED_ODDS, true);
    assertThat(chosen.x()).isZero();
    assertMix(chosen.byGroup().get("a"), 0.85, 1);
    assertMix(chosen.byGroup().get("b"), 0.85, 1);
    assertThat(chosen.notes()).isEmpty();
  }

  /** No other common rate on a fine grid labels more rows right, each group taking its best pair of thresholds. */
  @ParameterizedTest
  @EnumSource
  void ratesAreEqualAndNoneIsMoreAccurate(Target target) {
    Rng random = new Rng(7).split("tables");
    for (int table = 0; table < 60; table++) {
      Scored rows = random(random, 2 + table % 3, 33);
      ThresholdOptimizer.Thresholds chosen = rows.choose(target, true);
      int[] labels = target == Target.DEMOGRAPHIC_PARITY ? new int[]{-1}
          : target == Target.EQUAL_OPPORTUNITY ? new int[]{1} : new int[]{0, 1};
      for (int label : labels) {
        double first = rows.rate(chosen.byGroup().get("a"), 0, label);
        for (int z = 1; z < rows.groups.levels().size(); z++) {
          assertThat(rows.rate(chosen.byGroup().get(rows.groups.levels().get(z)), z, label))
              .isCloseTo(first, within(1e-8));
        }
      }
      double right = rows.right(chosen);
      for (int step = 0; step <= 40; step++) {
        assertThat(bestAt(rows, target, step / 40.0)).isLessThanOrEqualTo(right + 1e-6);
      }
    }
  }

  private static Scored random(Rng random, int groups, int each) {
    double[] scores = new double[groups * each];
    int[] y = new int[scores.length];
    int[] codes = new int[scores.length];
    for (int row = 0; row < y.length; row++) {
      codes[row] = row % groups;
      y[row] = row < 2 * groups ? row / groups : random.nextInt(3) / 2; // both labels in every group
      scores[row] = Math.round(8 * (0.2 * y[row] + 0.1 * codes[row] + 0.5 * random.nextDouble())) / 8.0; // with ties
    }
    return new Scored(scores, y, new Attribute("z", List.of("a", "b", "c", "d").subList(0, groups), codes));
  }

  /** The most rows right at a common rate x, by trying all pairs of thresholds in every group. */
  private static double bestAt(Scored rows, Target target, double x) {
    double sum = 0;
    double least = 1;
    for (int z = 0; z < rows.groups.levels().size(); z++) {
      int group = z;
      int[] members = IntStream.range(0, rows.y.length).filter(row -> rows.groups.codes()[row] == group).toArray();
      double best = -1;
      for (int i = -1; i <= 9; i++) {
        for (int j = -1; j <= 9; j++) {
          double[] from = point(rows, target, members, i / 8.0);
          double[] to = point(rows, target, members, j / 8.0);
          if (from[0] <= x && x <= to[0]) {
            double weight = to[0] == from[0] ? 0 : (x - from[0]) / (to[0] - from[0]);
            best = Math.max(best, from[1] + weight * (to[1] - from[1]));
          }
        }
      }
      sum += best;
      least = Math.min(least, best);
    }
    double positives = Arrays.stream(rows.y).sum();
    double negatives = rows.y.length - positives;
    return target == Target.EQUALIZED_ODDS ? positives * least + negatives * (1 - x) : sum;
  }

  private static double[] point(Scored rows, Target target, int[] members, double threshold) {
    double[] selected = new double[2];
    double[] all = new double[2];
    for (int row : members) {
      all[rows.y[row]]++;
      selected[rows.y[row]] += rows.scores[row] > threshold ? 1 : 0;
    }
    double right = selected[1] + all[0] - selected[0];
    return switch (target) {
      case DEMOGRAPHIC_PARITY -> new double[]{(selected[0] + selected[1]) / members.length, right};
      case EQUAL_OPPORTUNITY -> new double[]{selected[1] / all[1], right};
      case EQUALIZED_ODDS -> new double[]{selected[0] / all[0], selected[1] / all[1]};
    };
  }

  @Test
  void drawsFollowTheWeights() {
    Mix mix = new Mix(List.of(0.8, 0.5, 0.2), List.of(0.25, 0.5, 0.25), 3);
    for (double[] each : new double[][]{{0, 0, 0, 1}, {0.24, 0, 0, 1}, {0.25, 0, 1, 1}, {0.74, 0, 1, 1},
        {0.75, 1, 1, 1}, {0.999, 1, 1, 1}}) {
      assertThat(mix.label(0.3, each[0])).as("draw %s", each[0]).isEqualTo((int) each[1]);
      assertThat(mix.label(0.6, each[0])).as("draw %s", each[0]).isEqualTo((int) each[2]);
      assertThat(mix.label(0.9, each[0])).as("draw %s", each[0]).isEqualTo((int) each[3]);
    }
    assertThat(mix.label(0.2, 0.9)).as("not above any").isZero();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"EQUAL_OPPORTUNITY | 1100 | 1010 | 000 | rows with label 1",
      "EQUALIZED_ODDS | 1100 | 1010 | 000 | rows with label 1",
      "EQUALIZED_ODDS | 1100 | 1010 | 11 | rows with label 0",
      "DEMOGRAPHIC_PARITY | 1100 | 1010 | '' | rows"})
  void aGroupThatCannotBeComparedIsNamed(Target target, String a, String b, String c, String missing) {
    ThresholdOptimizer.Thresholds chosen = Scored.of(a, b, c).choose(target, true);
    assertThat(chosen.byGroup()).containsOnlyKeys("a", "b")
        .isEqualTo(Scored.of(a, b).choose(target, true).byGroup());
    assertThat(chosen.notes()).contains(
        "group c has no " + missing + " to choose a threshold on: it is not compared and gets the overall threshold");
  }

  @ParameterizedTest
  @EnumSource
  void withoutTwoGroupsItSaysSo(Target target) {
    for (String[] groups : new String[][]{{"1100"}, {"", "1100"}}) {
      assertThat(Scored.of(groups).choose(target, true).notes())
          .contains("fewer than two groups can be compared: the thresholds are chosen for accuracy alone");
    }
    Attribute unknown = new Attribute("z", List.of("a", "b"), new int[]{-1, -1, -1});
    ThresholdOptimizer.Thresholds chosen = ThresholdOptimizer.choose(new double[]{0.9, 0.5, 0.1}, new int[]{1, 1, 0},
        unknown, target, true);
    assertThat(chosen.byGroup()).isEmpty();
    assertMix(chosen.overall(), 0.3, 1);
  }

  /** Neighbouring doubles have no number between them; equal scores no threshold. */
  @Test
  void thresholdsSeparateTheClosestScores() {
    double low = 0.3;
    double high = Math.nextUp(low);
    Attribute groups = new Attribute("z", List.of("a", "b"), new int[]{0, 0, 0, 1, 1});
    Mix mix = ThresholdOptimizer.choose(new double[]{high, low, low, 0.9, 0.1}, new int[]{1, 0, 0, 1, 0}, groups,
        Target.EQUALIZED_ODDS, true).byGroup().get("a");
    assertThat(mix.label(high, 0.5)).isEqualTo(1);
    assertThat(mix.label(low, 0.5)).isZero();
  }

  private static Task task(Samples rows, Target target) {
    return Task.of(rows, target, new ModelSpec(), new TrainingConfig(15, 50, 0.02, TrainingConfig.Optimizer.ADAM, 0, 1,
        0), Device.cpu(), 1);
  }

  @ParameterizedTest
  @EnumSource
  void scoresAreThoseOfPlainTrainingAndTheGapShrinks(Target target) {
    Samples rows = Rows.of(900, 400, 350, 850).samples(1);
    Task task = task(rows, target);
    Predictor plain = new Erm().fit(task, new Erm().defaults());
    Predictor chosen = METHOD.fit(task, METHOD.defaults());
    assertThat(chosen.scores(rows)).isEqualTo(plain.scores(rows));
    assertThat(gap(rows, plain.labels(rows), target)).isGreaterThan(0.15);
    assertThat(gap(rows, chosen.labels(rows), target)).isLessThan(0.05);
  }

  /** The greatest difference of the target's rates between the two groups. */
  private static double gap(Samples rows, int[] labels, Target target) {
    int[] among = target == Target.DEMOGRAPHIC_PARITY ? new int[]{-1}
        : target == Target.EQUAL_OPPORTUNITY ? new int[]{1} : new int[]{0, 1};
    return Arrays.stream(among).mapToDouble(y -> Math.abs(rate(rows, labels, 0, y) - rate(rows, labels, 1, y))).max()
        .orElseThrow();
  }

  private static double rate(Samples rows, int[] labels, int group, int y) {
    return IntStream.range(0, labels.length)
        .filter(row -> rows.groups().codes()[row] == group && (y < 0 || rows.y()[row] == y))
        .map(row -> labels[row]).average().orElseThrow();
  }

  /** A row's label depends on the row and the seed alone. */
  @Test
  void labelsDoNotDependOnTheRowsCompany() {
    Samples rows = Rows.of(90, 40, 35, 85).samples(2);
    Predictor predictor = METHOD.fit(task(rows, Target.EQUALIZED_ODDS), METHOD.defaults());
    assertThat(predictor.notes()).anyMatch(note -> note.contains("% of the labels are drawn"));
    int[] labels = predictor.labels(rows);
    int[] order = new Rng(3).permutation(rows.rows());
    int[] some = Arrays.copyOf(order, 77);
    assertThat(predictor.labels(rows.select(some)))
        .isEqualTo(Arrays.stream(some).map(row -> labels[row]).toArray());
    assertThat(METHOD.fit(task(rows, Target.EQUALIZED_ODDS), METHOD.defaults()).labels(rows)).isEqualTo(labels);
  }

  @Test
  void unknownGroupsGetTheOverallThresholdAndTheAttributeIsNeeded() {
    Samples rows = Rows.of(90, 40, 35, 85).samples(2);
    Predictor predictor = METHOD.fit(task(rows, Target.DEMOGRAPHIC_PARITY), METHOD.defaults());
    double[] scores = predictor.scores(rows);
    Mix overall = ThresholdOptimizer.choose(scores, rows.y(), rows.groups(), Target.DEMOGRAPHIC_PARITY, true).overall();
    int[] unknown = new int[rows.rows()];
    Arrays.fill(unknown, -1);
    int[] expected = Arrays.stream(scores).mapToInt(score -> overall.label(score, 0)).toArray();
    assertThat(expected).contains(0, 1);
    assertThat(predictor.labels(with(rows, List.of(new Attribute("z", List.of("a", "b"), unknown)))))
        .isEqualTo(expected);
    assertThat(predictor.labels(with(rows, List.of(new Attribute("z", List.of("new", "b"), new int[rows.rows()])))))
        .as("a level that training did not have").isEqualTo(expected);
    assertThatThrownBy(() -> predictor.labels(with(rows, List.of()))).isInstanceOf(DataException.class)
        .hasMessageContaining("no sensitive attribute");
  }

  private static Samples with(Samples rows, List<Attribute> sensitive) {
    return new Samples(rows.x(), rows.y(), rows.columnNames(), rows.labelLevels(), sensitive);
  }

  /** 60 % of 250 rows choose, 100 train: the scores are those of a model of fewer rows. */
  @Test
  void heldOutRowsAreNotTrainedOn() {
    Samples rows = Rows.of(90, 40, 35, 85).samples(2);
    Task task = task(rows, Target.EQUAL_OPPORTUNITY);
    ThresholdOptimizer.Config held = new ThresholdOptimizer.Config(0.6, true);
    int[] training = Arrays.copyOfRange(Fitting.rng(task, "held-out").permutation(250), 150, 250);
    Task fewer = task(rows.select(training), Target.EQUAL_OPPORTUNITY);
    assertThat(METHOD.fit(task, held).scores(rows))
        .isEqualTo(new Erm().fit(fewer, new Erm().defaults()).scores(rows))
        .isNotEqualTo(METHOD.fit(task, METHOD.defaults()).scores(rows));
  }

  @ParameterizedTest
  @CsvSource({"0.001, none to choose thresholds on", "0.999, none to train on"})
  void aShareThatLeavesNothingIsRefused(double share, String reason) {
    Samples rows = Rows.of(90, 40, 35, 85).samples(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> METHOD.fit(task(rows, Target.EQUAL_OPPORTUNITY), new ThresholdOptimizer.Config(share, true)))
        .withMessageContaining("held-out " + share + " of 250 training rows leaves " + reason);
  }

  @ParameterizedTest
  @CsvSource({"-0.1", "1", "7"})
  void settingsOutOfRangeAreRefused(String word) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Configs.with(METHOD.defaults(), "threshold-optimizer", Map.of("held-out", word)))
        .withMessageStartingWith("setting threshold-optimizer.held-out must be in [0, 1), got ");
  }
}
