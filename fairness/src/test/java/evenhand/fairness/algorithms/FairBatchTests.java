package evenhand.fairness.algorithms;

import static evenhand.fairness.algorithms.Rows.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.study.Study;
import evenhand.tensor.Device;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The method as a whole: training, fine-tuning, and its published behaviour. */
class FairBatchTests {
  private static final Device CPU = Device.cpu();
  private static final FairBatch METHOD = new FairBatch();
  private static final Samples SAMPLES = Rows.of(90, 40, 35, 85).samples(1);

  private static Task task(Samples samples, int epochs) {
    return Task.of(samples, Target.EQUAL_OPPORTUNITY, new ModelSpec(), TrainingConfig.DEFAULT.withEpochs(epochs), CPU,
        1);
  }

  /**
   * With the model's weights handed on, and optimizers begun anew, pretraining is plain training and then the method.
   */
  @Test
  void pretrainingIsPlainTrainingFirst() {
    Task task = task(SAMPLES, 4);
    Fitting plain = new Fitting(task);
    plain.train(3, plain.shuffled("pretrain"), Fitting.BatchLoss.CROSS_ENTROPY);
    double[] tuned = METHOD.fit(task.from(plain.model()), METHOD.defaults()).scores(SAMPLES);
    assertThat(METHOD.fit(task, settings("pretrain=3")).scores(SAMPLES)).isEqualTo(tuned)
        .isNotEqualTo(METHOD.fit(task, METHOD.defaults()).scores(SAMPLES));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alpha=0.1", "replacement=yes", "shares=whole-batch", "exact-batch=yes", "pretrain=1"})
  void settingsChangeWhatIsTrained(String setting) {
    Samples samples = Rows.of(91, 37, 33, 83).samples(1);
    Task task = task(samples, 8);
    assertThat(METHOD.fit(task, settings(setting)).scores(samples))
        .isNotEqualTo(METHOD.fit(task, METHOD.defaults()).scores(samples));
  }

  @Test
  void theReaderIsToldOfCornersAndSmallCells() {
    Predictor predictor = METHOD.fit(task(Rows.of(90, 1, 35, 85).samples(1), 10), settings("alpha=0.2"));
    assertThat(predictor.notes())
        .anyMatch(note -> note.startsWith("label=0, group=b has one training row"))
        .anyMatch(note -> note.matches("a share was at its limit in \\d+ of 10 epochs: .*"));
    assertThat(METHOD.fit(task(SAMPLES, 2), METHOD.defaults()).notes()).isEmpty();
  }

  @Test
  void crossedAttributesAreEvened() {
    int[] other = new int[SAMPLES.rows()];
    for (int row = 0; row < other.length; row++) {
      other[row] = row % 3;
    }
    Samples crossed = new Samples(SAMPLES.x(), SAMPLES.y(), SAMPLES.columnNames(), SAMPLES.labelLevels(),
        List.of(SAMPLES.groups(), new Attribute("other", List.of("p", "q", "r"), other)));
    Fitting fitting = new Fitting(task(crossed, 5));
    FairBatchSampler sampler = FairBatch.sampler(task(crossed, 5), settings("alpha=0.02"), fitting);
    fitting.train(5, sampler, Fitting.BatchLoss.CROSS_ENTROPY);
    assertThat(sampler.trajectory()).hasSize(5).allSatisfy(epoch -> {
      assertThat(epoch.moved().orElseThrow()).matches("label=1, group=[ab],[pqr]");
      assertThat(epoch.losses()[1]).hasSize(6);
    });
  }

  @Test
  void aTargetThatCannotBeComparedIsRefusedBeforeTraining() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> METHOD.fit(task(Rows.of(90, 40, 125, 0).samples(1), 1), METHOD.defaults()))
        .withMessageContaining("label=1, group=b have no training rows");
  }

  /**
   * The published setting on the synthetic law: from .125 (sd .024 over samples) the disparity falls by more than a
   * factor of 3, at an accuracy of .855. The bounds for the mean of 10 samples, accuracy +-.015 and disparity +-.01,
   * are kept by these 3; the law, not the published sample, is drawn from.
   */
  @Test
  void equalOpportunityOnTheSyntheticLaw() {
    var training = new TrainingConfig(300, 100, 0.0005, TrainingConfig.Optimizer.ADAM, 0, 2, 0.2);
    double[] plain = new double[2];
    double[] adapted = new double[2];
    for (long seed = 0; seed < 3; seed++) {
      Split split = Datasets.load("synthetic", seed).split(1.0 / 3, seed);
      Task task = Task.of(split.train(), Target.EQUAL_OPPORTUNITY, new ModelSpec(), training, CPU, seed);
      add(plain, new Erm().fit(task, new Erm.Config()), split.test());
      add(adapted, METHOD.fit(task, METHOD.defaults()), split.test());
    }
    assertThat(plain[0]).as("accuracy of plain training").isCloseTo(0.873, within(0.015));
    assertThat(plain[1]).as("disparity of plain training").isCloseTo(0.125, within(0.03));
    assertThat(adapted[0]).as("accuracy").isCloseTo(0.855, within(0.015));
    assertThat(adapted[1]).as("disparity").isLessThan(plain[1] / 3).isCloseTo(0.014, within(0.01));
  }

  private static void add(double[] sums, Predictor predictor, Samples test) {
    Map<String, Measured> metrics = Metrics.evaluate(Study.predictions(predictor, test), BootstrapOptions.none());
    sums[0] += metrics.get("accuracy").value().orElseThrow() / 3;
    sums[1] += metrics.get("group_to_overall_equal_opportunity").value().orElseThrow() / 3;
  }
}
