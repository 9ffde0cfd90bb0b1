package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FairMixupTests {
  private static final Device CPU = Device.cpu();
  private static final FairMixup METHOD = new FairMixup();

  private static FairMixup.Config config(double lambda) {
    return new FairMixup.Config(lambda, GapTraining.PLAIN);
  }

  /**
   * Of sigmoid(w x) with w = (1, -2), a = (1, 0), (2, 1), b = (0, 1), (0, 0), t = .25: x_mix = (.25, .75), (.5, .25) with z
   * = -1.25, 0, and w (a - b) = 3, 0; R = |p'(-1.25) 3 + p'(0) 0| / 2 with p' = p (1 - p).
   */
  @Test
  void ofALogisticModelByHand() {
    Var w = Var.parameter(CPU.tensor(new float[]{1, -2}, 2, 1));
    Var a = Var.of(CPU.tensor(new float[]{1, 0, 2, 1}, 2, 2));
    Var b = Var.of(CPU.tensor(new float[]{0, 1, 0, 0}, 2, 2));
    double p = 1 / (1 + Math.exp(1.25));
    double slope = p * (1 - p);
    Var change = FairMixup.change(x -> x.matmul(w).sigmoid(), a, b, 0.25);
    assertThat((double) change.item()).isCloseTo(1.5 * slope, within(1e-6));
    // dR/dw = 1/2 sum of p'' x_mix (w d) + p' d: p'' (-1.25) (.25, .75) 3 + p' (1, -1), and p'(0) (2, 1)
    double bend = slope * (1 - 2 * p);
    float[] gradient = Grad.of(change, List.of(w)).getFirst().toFloats();
    assertThat((double) gradient[0]).isCloseTo((bend * 0.75 + slope + 0.5) / 2, within(1e-6));
    assertThat((double) gradient[1]).isCloseTo((bend * 2.25 - slope + 0.25) / 2, within(1e-6));
  }

  /** R against the difference of the mean probability along the path, its gradient against differences of that. */
  @ParameterizedTest
  @CsvSource({"0.3", "0.9", "0"})
  void ofANetworkByDifferences(double t) {
    int[] sizes = {3, 6, 5, 1};
    Layer model = Mlp.of(new Rng(2), CPU, (x, phase) -> x.tanh(), sizes);
    List<Var> parameters = List.copyOf(model.parameters().values());
    Tensor a = new Rng(3).normal(CPU, 8, 3);
    Tensor b = new Rng(4).normal(CPU, 8, 3).plus(CPU.scalar(0.8));
    double[][] point = parameters.stream().map(p -> doubles(p.value())).toArray(double[][]::new);
    Var change = FairMixup.change(x -> model.forward(x).sigmoid(), Var.of(a), Var.of(b), t);
    assertThat((double) change.item()).isCloseTo(change(sizes, point, doubles(a), doubles(b), t), within(1e-6));
    List<Tensor> gradient = Grad.of(change, parameters);
    for (int p = 0; p < point.length; p++) {
      double[] differences = new double[point[p].length];
      for (int i = 0; i < differences.length; i++) {
        double at = point[p][i];
        point[p][i] = at + 1e-4;
        double above = change(sizes, point, doubles(a), doubles(b), t);
        point[p][i] = at - 1e-4;
        differences[i] = (above - change(sizes, point, doubles(a), doubles(b), t)) / 2e-4;
        point[p][i] = at;
      }
      double scale = Arrays.stream(differences).map(Math::abs).max().orElseThrow();
      assertThat(doubles(gradient.get(p))).as("parameter %d", p)
          .containsExactly(differences, within(1e-4 * Math.max(scale, 1e-3)));
    }
  }

  private static double[] doubles(Tensor tensor) {
    float[] floats = tensor.toFloats();
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }

  /** |d/dt mean f(t a + (1 - t) b)| by a central difference in double precision. */
  private static double change(int[] sizes, double[][] point, double[] a, double[] b, double t) {
    double h = 1e-4;
    return Math.abs(mean(sizes, point, a, b, t + h) - mean(sizes, point, a, b, t - h)) / (2 * h);
  }

  private static double mean(int[] sizes, double[][] point, double[] a, double[] b, double t) {
    double sum = 0;
    int rows = a.length / sizes[0];
    for (int row = 0; row < rows; row++) {
      double[] h = new double[sizes[0]];
      for (int c = 0; c < h.length; c++) {
        h[c] = t * a[row * h.length + c] + (1 - t) * b[row * h.length + c];
      }
      for (int l = 0; l + 1 < sizes.length; l++) {
        double[] below = h;
        double[] weight = point[2 * l];
        h = point[2 * l + 1].clone();
        for (int k = 0; k < h.length; k++) {
          for (int j = 0; j < below.length; j++) {
            h[k] += weight[k * below.length + j] * below[j];
          }
          h[k] = l + 2 < sizes.length ? Math.tanh(h[k]) : h[k];
        }
      }
      sum += 1 / (1 + Math.exp(-h[0]));
    }
    return sum / rows;
  }

  @ParameterizedTest
  @EnumSource
  void withoutWeightItIsPlainTraining(Target target) {
    Samples samples = Rows.of(60, 10, 20, 60).samples(3);
    Task task = Task.of(samples, target, ModelSpec.parse("mlp:6"), TrainingConfig.DEFAULT, CPU, 1);
    double[] plain = new Erm().fit(task, new Erm.Config()).scores(samples);
    assertThat(METHOD.fit(task, config(0)).scores(samples)).isEqualTo(plain);
    assertThat(METHOD.fit(task, config(1)).scores(samples)).isNotEqualTo(plain);
  }

  /** On the synthetic law, new rows. */
  @ParameterizedTest
  @EnumSource
  void theGapFallsOnTheSyntheticLaw(Target target) {
    Dataset data = Datasets.load("synthetic", 1);
    Split split = data.split(1.0 / 3, 1);
    var training = new TrainingConfig(30, 100, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0);
    Task task = Task.of(split.train(), target, ModelSpec.parse("mlp:8"), training, CPU, 1);
    double[] gaps = new double[3];
    for (int i = 0; i < 3; i++) {
      gaps[i] = Rows.softGap(METHOD.fit(task, config(3 * i)), split.test(), target);
    }
    assertThat(gaps[1]).as("from %s", Arrays.toString(gaps)).isLessThan(0.7 * gaps[0]);
    assertThat(gaps[2]).as("from %s", Arrays.toString(gaps)).isLessThan(0.5 * gaps[0]);
  }

  @Test
  void aPairWithoutRowsIsLeftOutAndCounted() {
    Samples samples = Rows.of(List.of("a", "b", "c"), new int[]{30, 20, 0}, new int[]{20, 1, 40}).samples(3);
    Task task = Task.of(samples, Target.EQUALIZED_ODDS, new ModelSpec(), TrainingConfig.DEFAULT.withEpochs(4), CPU, 1);
    assertThat(METHOD.fit(task, config(1)).notes()).singleElement().asString()
        .startsWith("in 4 of 4 steps a pair of groups had no rows in the batch and was left out");
    assertThat(METHOD.fit(task.on(Rows.of(60, 30, 20, 60).samples(1)), config(1)).notes()).isEmpty();
  }

  @Test
  void aNegativeWeightIsRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> config(-1))
        .withMessage("setting fair-mixup.lambda must be at least 0, got -1.0");
  }
}
