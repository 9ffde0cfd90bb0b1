package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.Counts;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Device;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GapTrainingTests {
  private static final Samples SAMPLES = Rows.of(110, 40, 40, 110).samples(3);

  private static Task task(Target target, int epochs) {
    return Task.of(SAMPLES, target, ModelSpec.parse("mlp:9,7"),
        new TrainingConfig(epochs, 50, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0), Device.cpu(), 1);
  }

  private static Predictor gap(Task task, double lambda, GapTraining batches) {
    return new GapRegularization().fit(task, new GapRegularization.Config(lambda, batches));
  }

  /** The chosen epoch's model is the one that as many epochs leave, and no other. */
  @ParameterizedTest
  @EnumSource
  void theChosenEpochsModelIsKept(Target target) {
    Predictor predictor = gap(task(target, 12), 2, new GapTraining(0, 0, 0.25, 2, 0.9));
    Trajectory trajectory = predictor.trajectory().orElseThrow();
    assertThat(trajectory.epochs()).hasSize(12);
    assertThat(trajectory.chosen()).isBetween(3, 11); // else this test would say little
    assertThat(predictor.notes()).singleElement().asString()
        .startsWith("epoch " + trajectory.chosen() + " of 12 was kept for its gap");
    double[] kept = predictor.scores(SAMPLES);
    for (int epochs : new int[]{trajectory.chosen() - 1, trajectory.chosen(), 12}) {
      double[] last = gap(task(target, epochs), 2, new GapTraining(0, 0, 0.25, 12, 0)).scores(SAMPLES);
      assertThat(Arrays.equals(last, kept)).as("%d epochs", epochs).isEqualTo(epochs == trajectory.chosen());
    }
  }

  @Test
  void heldOutRowsAreNotTrainedOnAndEveryEpochIsMeasuredOnThem() {
    Trajectory trajectory = gap(task(Target.DEMOGRAPHIC_PARITY, 5), 0.5, new GapTraining(0, 0, 0.2, 3, 0.95))
        .trajectory().orElseThrow();
    assertThat(trajectory.layers()).containsExactly("fc0.weight", "fc1.weight");
    assertThat(trajectory.epochs()).extracting(Trajectory.Epoch::number).containsExactly(1, 2, 3, 4, 5);
    assertThat(trajectory.epochs()).allSatisfy(epoch -> {
      assertThat(epoch.loss()).isPositive();
      assertThat(epoch.averagePrecision().value().orElseThrow()).isBetween(0.5, 1.0);
      assertThat(epoch.softGap().value().orElseThrow()).isBetween(0.0, 1.0);
      assertThat(epoch.parity()).hasSize(2).allMatch(Measured::isDetermined);
    });
    // 300 rows of which 60 are held out: an epoch of 50 rows a batch has 4 steps instead of 6
    assertThat(gap(task(Target.DEMOGRAPHIC_PARITY, 5), 0.5, GapTraining.PLAIN).trajectory()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void withoutBetaAlignmentIsGapRegularisationHoweverItTrains(Target target) {
    for (GapTraining batches : List.of(new GapTraining(0, 0, 0.25, 1, 0.9), new GapTraining(11, 0, 0, 3, 0.95),
        new GapTraining(11, 3, 0.25, 1, 0.9))) {
      double[] gap = gap(task(target, 4), 0.7, batches).scores(SAMPLES);
      var config = new DecisionRationaleAlignment.Config(0.7, 0, false, DecisionRationaleAlignment.Empty.REFUSE,
          batches);
      assertThat(new DecisionRationaleAlignment().fit(task(target, 4), config).scores(SAMPLES)).isEqualTo(gap);
      var aligned = new DecisionRationaleAlignment.Config(0.7, 0.1, false, DecisionRationaleAlignment.Empty.REFUSE,
          batches);
      assertThat(new DecisionRationaleAlignment().fit(task(target, 4), aligned).scores(SAMPLES)).isNotEqualTo(gap);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutLambdaItIsPlainTrainingOnTheSameBatches(Target target) {
    Task task = task(target, 3);
    Fitting plain = new Fitting(task);
    plain.train(3, SubgroupBatches.of(CellIndex.of(SAMPLES.y(), 2, SAMPLES.groups()), target, 11, 0,
        Fitting.rng(task, "batches")), Fitting.BatchLoss.CROSS_ENTROPY);
    assertThat(gap(task, 0, new GapTraining(11, 0, 0, 3, 0.95)).scores(SAMPLES))
        .isEqualTo(plain.predictor(List.of()).scores(SAMPLES));
  }

  @Test
  void stepsAreCounted() {
    Rows rows = Rows.of(110, 40, 40, 110);
    SubgroupBatches seven = SubgroupBatches.of(rows.cells(), Target.EQUALIZED_ODDS, 5, 7, new evenhand.tensor.Rng(1));
    assertThat(seven.epoch()).hasSize(7).allSatisfy(batch -> assertThat(batch).hasSize(20));
  }

  /** One group constant at .5 in all rows: no epoch tells rows apart. */
  @Test
  void aNearlyConstantPredictorIsNoted() {
    Task still = task(Target.DEMOGRAPHIC_PARITY, 4).with(
        new TrainingConfig(4, 50, 1e-30, TrainingConfig.Optimizer.SGD, 0, 1, 1e-4));
    assertThat(gap(still, 0.5, new GapTraining(0, 0, 0.2, 1, 0.5)).notes()).hasSize(2).last().asString()
        .startsWith("the probabilities of the held-out rows hardly differ");
  }

  /**
   * Groups a, b, c with scores .1 .3 | .5 | .9 of label 0, .6 | .2 .4 | none of label 1: means of all rows 1/3, 1.1/3 and
   * .9, of label 0 .2, .5, .9, of label 1 .6, .3. A row of unknown group counts nowhere.
   */
  @Test
  void softGapsByHand() {
    int[] y = {0, 0, 1, 0, 1, 1, 0, 1};
    double[] scores = {0.1, 0.3, 0.6, 0.5, 0.2, 0.4, 0.9, 0.77};
    int[] z = {0, 0, 0, 1, 1, 1, 2, -1};
    Counts counts = Counts.of(new Predictions(y, new int[8], scores, z, List.of("a", "b", "c")));
    assertThat(EpochWatch.softGap(counts, Target.DEMOGRAPHIC_PARITY).value().orElseThrow())
        .isCloseTo((0.1 / 3 + 1.7 / 3 + 1.6 / 3) / 3, within(1e-12));
    assertThat(EpochWatch.softGap(counts, Target.EQUAL_OPPORTUNITY).value().orElseThrow())
        .isCloseTo(0.3, within(1e-12));
    assertThat(EpochWatch.softGap(counts, Target.EQUALIZED_ODDS).value().orElseThrow())
        .isCloseTo(0.3 + (0.3 + 0.7 + 0.4) / 3, within(1e-12));
    Counts two = Counts.of(new Predictions(y, new int[8], scores, Arrays.stream(z).map(c -> c > 1 ? -1 : c).toArray(),
        List.of("a", "b")));
    assertThat(EpochWatch.softGap(two, Target.EQUALIZED_ODDS).value())
        .isEqualTo(Metrics.SOFT_EQUALIZED_ODDS_SUM.of(two).value());
    int[] onlyNegatives = IntStream.range(0, 8).map(row -> 0).toArray();
    assertThat(EpochWatch.softGap(Counts.of(new Predictions(onlyNegatives, new int[8], scores, z, List.of("a", "b",
        "c"))), Target.EQUALIZED_ODDS).undetermined()).as("not 0, which would read as no gap")
        .isEqualTo("fewer than two groups have rows with label=1 among those measured");
  }

  @Test
  void aTargetThatHeldOutRowsDoNotDetermineKeepsTheLastEpoch() {
    Attribute one = new Attribute("z", List.of("a", "b"), new int[SAMPLES.rows()]);
    Samples alone = new Samples(SAMPLES.x(), SAMPLES.y(), SAMPLES.columnNames(), SAMPLES.labelLevels(), List.of(one));
    Predictor predictor = gap(task(Target.DEMOGRAPHIC_PARITY, 4).on(alone), 1, new GapTraining(0, 0, 0.2, 1, 0.9));
    assertThat(predictor.trajectory().orElseThrow().chosen()).isEqualTo(4);
    assertThat(predictor.notes()).singleElement().asString().endsWith("fewer than two groups have rows among those"
        + " measured");
  }

  @Test
  void settingsOutOfRangeAreRejected() {
    for (double[] v : new double[][]{{-1, 0, 0, 0, 0}, {0, -1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, -0.1, 0, 0},
        {0, 0, 0, -1, 0}, {0, 0, 0, 0, 1.1}, {0, 0, Double.NaN, 0, 0}}) {
      assertThatIllegalArgumentException().isThrownBy(() -> new GapTraining((int) v[0], (int) v[1], v[2], (int) v[3],
          v[4])).withMessageStartingWith("settings of batches and epochs are out of range: rows-per-group ");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new GapTraining(0, 5, 0, 3, 0.9))
        .withMessage("setting steps 5 counts batches by subgroup; set rows-per-group");
  }
}
