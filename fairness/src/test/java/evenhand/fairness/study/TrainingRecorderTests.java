package evenhand.fairness.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.FairBatch;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is recorded of a training, and that recording changes nothing. */
class TrainingRecorderTests {
  private static final Dataset SYNTHETIC = Datasets.load("synthetic", 0);
  private static final Samples TRAIN = SYNTHETIC.split(0.3, 5).train();

  private static Task task(int epochs) {
    return Task.of(TRAIN, Target.EQUAL_OPPORTUNITY, new ModelSpec(5, 3),
        new TrainingConfig(epochs, 100, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0), Device.cpu(), 7);
  }

  private static TrainingRecorder recorder() {
    return new TrainingRecorder(TRAIN, Target.EQUAL_OPPORTUNITY, Device.cpu(), Task.Progress.NONE);
  }

  @Test
  void lossGapAndParityAreRecordedAndNothingChanges() {
    FairBatch method = new FairBatch();
    Predictor plain = method.fit(task(7), method.defaults());
    TrainingRecorder recorder = recorder();
    Predictor recorded = method.fit(task(7).with(recorder), method.defaults());
    assertThat(recorded.scores(TRAIN)).containsExactly(plain.scores(TRAIN));
    assertThat(recorder.curves()).extracting(Curve::quantity).containsExactly(TrainingRecorder.LOSS,
        TrainingRecorder.GAP, TrainingRecorder.PARITY, TrainingRecorder.PARITY);
    assertThat(recorder.curves()).allSatisfy(curve -> {
      assertThat(curve.x()).containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
      assertThat(curve.y()).allSatisfy(y -> assertThat(y).isBetween(0.0, 1.0));
    });
    assertThat(recorder.seconds()).isPositive();
  }

  /** 2,100 training rows, of which 2,000 are kept: the gap must be about that of all. */
  @Test
  void theGapIsThatOfTheModelAtTheEnd() {
    TrainingRecorder recorder = recorder();
    FairBatch method = new FairBatch();
    double[] scores = method.fit(task(3).with(recorder), method.defaults()).scores(TRAIN);
    double[] sums = new double[2];
    int[] counts = new int[2];
    for (int row = 0; row < scores.length; row++) {
      if (TRAIN.y()[row] == 1) {
        sums[TRAIN.groups().codes()[row]] += scores[row];
        counts[TRAIN.groups().codes()[row]]++;
      }
    }
    Curve gap = recorder.curves().get(1);
    assertThat(gap.y().getLast()).isCloseTo(Math.abs(sums[0] / counts[0] - sums[1] / counts[1]), within(0.02));
  }

  @Test
  void sharesOfEachLabelAddUpToOne() {
    FairBatch method = new FairBatch();
    List<Curve> shares = method.fit(task(4), method.defaults()).curves();
    assertThat(shares).extracting(Curve::line).containsExactly("0", "1", "0", "1");
    for (int epoch = 0; epoch < 4; epoch++) {
      for (int label : new int[]{0, 2}) {
        assertThat(shares.get(label).y().get(epoch) + shares.get(label + 1).y().get(epoch)).isCloseTo(1, within(1e-9));
      }
    }
  }

  @Test
  void longTrainingsAreRecordedNowAndThenAndSecondOnesAfterTheFirst() {
    TrainingRecorder recorder = recorder();
    FairBatch method = new FairBatch();
    method.fit(task(80).with(recorder), method.defaults());
    method.fit(task(2).with(recorder), method.defaults());
    assertThat(recorder.curves().get(0).x()).hasSize(82).endsWith(80.0, 81.0, 82.0);
    assertThat(recorder.curves().get(1).x()).hasSize(43).startsWith(1.0, 2.0, 4.0).endsWith(80.0, 81.0, 82.0);
  }
}
