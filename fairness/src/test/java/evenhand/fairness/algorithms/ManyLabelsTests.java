package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Methods on more than two labels. */
class ManyLabelsTests {
  private static final Samples SAMPLES = samples(360);

  /** Label c lies around the unit vector e_c; the group's colour, in the last two inputs, tells most labels too. */
  private static Samples samples(int rows) {
    Rng random = new Rng(5);
    float[] x = new float[5 * rows];
    int[] y = new int[rows];
    int[] z = new int[rows];
    for (int row = 0; row < rows; row++) {
      y[row] = random.nextInt(3);
      z[row] = random.nextInt(5) == 0 ? random.nextInt(2) : y[row] % 2;
      for (int column = 0; column < 5; column++) {
        float centre = column == y[row] || column == 3 + z[row] ? 1 : 0;
        x[5 * row + column] = centre + (float) (0.3 * random.nextGaussian());
      }
    }
    return new Samples(x, y, List.of("a", "b", "c", "d", "e"), List.of("0", "1", "2"),
        List.of(new Attribute("z", List.of("p", "q"), z)));
  }

  static List<Method<?>> methods() {
    return Methods.all();
  }

  private static Task task(String model) {
    return Task.of(SAMPLES, Target.EQUALIZED_ODDS, ModelSpec.parse(model), new TrainingConfig(20, 50, 0.01,
        TrainingConfig.Optimizer.ADAM, 0, 1, 0), Device.cpu(1), 1);
  }

  /** A method learns any number of labels, or says why not. */
  @ParameterizedTest
  @MethodSource("methods")
  void aMethodLearnsThemOrSaysThatItCannot(Method<?> method) {
    Optional<String> reason = method.unsuitable(SAMPLES);
    if (reason.isPresent()) {
      assertThat(reason.get()).contains("3");
      return;
    }
    Predictor predictor = fit(method, task("mlp:9"));
    double[][] probabilities = predictor.probabilities(SAMPLES);
    int[] labels = predictor.labels(SAMPLES);
    int right = 0;
    for (int row = 0; row < SAMPLES.rows(); row++) {
      double[] own = probabilities[row];
      assertThat(own).hasSize(3);
      assertThat(Arrays.stream(own).sum()).isCloseTo(1, within(1e-9));
      assertThat(own[labels[row]]).isEqualTo(Arrays.stream(own).max().orElseThrow());
      right += labels[row] == SAMPLES.y()[row] ? 1 : 0;
    }
    assertThat(right).isGreaterThan(9 * SAMPLES.rows() / 10);
    assertThat(predictor.scores(SAMPLES)).isEqualTo(Arrays.stream(probabilities).mapToDouble(p -> p[1]).toArray());
    assertThat(fit(method, task("mlp:9").with(Task.Progress.NONE)).probabilities(SAMPLES))
        .isDeepEqualTo(probabilities);
  }

  private static <C extends Record> Predictor fit(Method<C> method, Task task) {
    return method.fit(task, method.defaults());
  }

  @Test
  void theseLearnAnyNumberOfLabels() {
    assertThat(Methods.all().stream().filter(method -> method.unsuitable(SAMPLES).isEmpty()).map(Method::name))
        .contains("erm", "reweighing", "group-dro").doesNotContain("fairbatch", "threshold-optimizer");
    Samples two = Rows.of(3, 3, 3, 3).samples(1);
    assertThat(Methods.all()).allMatch(method -> method.unsuitable(two).isEmpty());
  }

  /** Logits 0, ln 2, ln 5 have softmax 1/8, 2/8, 5/8. */
  @Test
  void lossesAreMinusLogSoftmax() {
    Device device = Device.cpu(1);
    Tensor logits = device.tensor(new float[]{0, (float) Math.log(2), (float) Math.log(5), 7, 7, 7}, 2, 3);
    Var losses = Fitting.losses(Var.of(logits), Var.of(device.tensor(new int[]{2, 0}, 2)));
    assertThat(losses.shape().dims()).containsExactly(2, 1);
    assertThat(losses.value().toFloats()).containsExactly(
        new float[]{(float) Math.log(8 / 5.0), (float) Math.log(3)}, within(1e-6f));
  }

  /** Cells (0,a) 2, (1,b) 1, (2,a) 1 of 4 rows: w(0,a) = 2 * 3 / (4 * 2), w(1,b) = 1 * 1 / 4, w(2,a) = 1 * 3 / 4. */
  @Test
  void reweighingByHand() {
    Attribute z = new Attribute("z", List.of("a", "b"), new int[]{0, 1, 0, 0});
    assertThat(Reweighing.weights(new int[]{0, 1, 2, 0}, 3, z)).containsExactly(0.75f, 0.25f, 0.75f, 0.75f);
  }

  /** Six cells of three labels; the heaviest is named with its label. */
  @Test
  void groupDroHasACellForEachLabelAndGroup() {
    Attribute z = new Attribute("z", List.of("a", "b"), new int[]{0, 1, 0, 1, 0, 1});
    GroupDro.Weights weights = new GroupDro.Weights(new int[]{0, 0, 1, 1, 2, 2}, 3, z,
        new GroupDro.Config(1, GroupDro.By.CELL, 0));
    weights.next(new float[]{0, 0, 0, 0, 0, (float) Math.log(5)}, IntStream.range(0, 6).toArray());
    assertThat(weights.q()).containsExactly(new double[]{.1, .1, .1, .1, .1, .5}, within(1e-7));
    assertThat(weights.note())
        .isEqualTo("at the end the heaviest of 6 groups was label=2, group=b, with weight 0.50 of 1");
  }

  @Test
  void aPredictorOfOneProbabilityRefusesMoreLabels() {
    Predictor one = rows -> new double[rows.rows()];
    assertThatIllegalStateException().isThrownBy(() -> one.labels(SAMPLES)).withMessageContaining("3 labels");
    Samples two = Rows.of(1, 1, 1, 1).samples(1);
    assertThat(one.probabilities(two)).isDeepEqualTo(new double[][]{{1, 0}, {1, 0}, {1, 0}, {1, 0}});
  }
}
