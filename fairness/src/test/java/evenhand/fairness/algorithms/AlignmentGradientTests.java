package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Sequential;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Config;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Empty;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Objective;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gradient by the R-operator against the one through the graph of a gradient, which defines it. */
class AlignmentGradientTests {
  /** Two groups or three, and rows of unknown group. */
  private static Samples samples(int groups) {
    return groups == 2 ? Rows.of(List.of("a", "b"), new int[]{9, 7, 2}, new int[]{8, 6, 1}).samples(4)
        : Rows.of(List.of("a", "b", "c"), new int[]{9, 7, 5, 2}, new int[]{8, 6, 7, 1}).samples(4);
  }

  private static Layer model(String kind, Device device) {
    Rng rng = new Rng(2);
    return switch (kind) {
      case "relu" -> Mlp.of(rng, device, 3, 13, 6, 1);
      case "tanh" -> Mlp.of(rng, device, Layers.tanh(), 3, 7, 5, 1);
      default -> Sequential.of(Linear.withoutBias(rng, device, 3, 9), Layers.relu(), Linear.of(rng, device, 9, 1),
          Linear.of(rng, device, 1, 6), Layers.tanh(), Linear.withoutBias(rng, device, 6, 1));
    };
  }

  private static Objective objective(Layer model, Samples samples, Target target, boolean head, Device device) {
    Tensor x = samples.features(device);
    return new Objective(rows -> model.forward(Var.of(x.indexSelect(0, device.tensor(rows)))),
        DecisionRationaleAlignment.layers(model, head), target, samples.y(), samples.groups(),
        new Config(0.4, 0.3, head, Empty.SKIP_PAIR, GapTraining.PLAIN), device);
  }

  /** The loss, then the gradient for all parameters. */
  private static double[] flat(Var loss, Layer model) {
    return DoubleStream.concat(DoubleStream.of(loss.item()),
        Grad.of(loss, List.copyOf(model.parameters().values())).stream().flatMapToDouble(tensor -> {
          float[] values = tensor.toFloats();
          return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
        })).toArray();
  }

  private static void compare(Layer model, Samples samples, Target target, boolean head, Device device, int... rows) {
    Objective expected = objective(model, samples, target, head, device);
    Objective used = objective(model, samples, target, head, device);
    Tensor x = samples.features(device);
    double[] byGraph = flat(expected.of(rows).loss(), model);
    double[] got = flat(new AlignmentGradient(model, batch -> x.indexSelect(0, device.tensor(batch)), used).of(rows),
        model);
    double scale = Arrays.stream(byGraph).skip(1).map(Math::abs).max().orElseThrow();
    assertThat(got[0]).isCloseTo(byGraph[0], within(1e-5));
    assertThat(got).containsExactly(byGraph, within(3e-5 * Math.max(scale, 1))); // the graph's cosines are of float32
    assertThat(used.notes()).isEqualTo(expected.notes());
  }

  @ParameterizedTest
  @CsvSource({"relu, 2, false", "relu, 3, true", "tanh, 2, true", "tanh, 3, false", "mixed, 2, false",
      "mixed, 3, true"})
  void lossAndGradientAreThoseOfTheGraph(String kind, int groups, boolean head) {
    Samples samples = samples(groups);
    int[] all = IntStream.range(0, samples.rows()).toArray();
    for (Device device : List.of(Device.reference(), Device.cpu())) {
      for (Target target : Target.values()) {
        Layer model = model(kind, device);
        compare(model, samples, target, head, device, all);
        // one group missing of its label or altogether, one row of a subgroup, all rows of one subgroup
        compare(model, samples, target, head, device,
            Arrays.stream(all).filter(row -> samples.groups().codes()[row] != 1).toArray());
        compare(model, samples, target, head, device,
            Arrays.stream(all).filter(row -> samples.groups().codes()[row] != 0 || samples.y()[row] == 1).toArray());
        compare(model, samples, target, head, device, 0, samples.rows() - 1);
        compare(model, samples, target, head, device, 0, 1, 2);
      }
    }
  }

  /** All units off for ever: no influence on any loss, and nothing but the last bias that moves it. */
  @Test
  void aDeadLayerPullsNowhere() {
    Samples samples = samples(2);
    Device device = Device.cpu();
    Layer model = model("relu", device);
    model.parameters().get("fc0.bias").value().copyFrom(device.full(-1e6, model.parameters().get("fc0.bias").shape()));
    compare(model, samples, Target.EQUALIZED_ODDS, false, device, IntStream.range(0, samples.rows()).toArray());
  }

  /**
   * Logits of about 60 on the right side: losses of 1e-26, whose influences no float32 can hold.
   *
   * <p>Of label 1 alone: the graph's slope for label 0 is {@code 1 - s(-z)}, which is 0 there.
   */
  @Test
  void vanishingLossesKeepTheirDirection() {
    Device device = Device.cpu();
    Samples samples = samples(2);
    float[] x = new float[3 * samples.rows()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (samples.y()[i / 3] == 1 ? 1 : -1) * (0.7f + i * 7 % 11 / 60f);
    }
    Samples apart = new Samples(x, samples.y(), samples.columnNames(), samples.labelLevels(),
        List.of(samples.groups()));
    Layer model = Mlp.of(new Rng(2), device, 3, 6, 1);
    float[] up = new float[18];
    for (int i = 0; i < up.length; i++) {
      up[i] = (i / 3 % 2 == 0 ? 1 : -1) * (1 + i % 5 / 4f);
    }
    model.parameters().get("fc0.weight").value().copyFrom(device.tensor(up, 6, 3));
    model.parameters().get("fc1.weight").value()
        .copyFrom(device.tensor(new float[]{6, -5, 7, -6, 5, -7}, 1, 6));
    int[] all = IntStream.range(0, apart.rows()).toArray();
    Objective objective = objective(model, apart, Target.EQUAL_OPPORTUNITY, false, device);
    assertThat(objective.of(all).crossEntropy().item()).isBetween(Float.MIN_NORMAL, 1e-20f);
    compare(model, apart, Target.EQUAL_OPPORTUNITY, false, device, all);
    assertThat(objective.notes()).isEmpty();
  }

  @Test
  void aSecondDerivativeIsRefused() {
    Samples samples = samples(2);
    Device device = Device.cpu();
    Layer model = model("relu", device);
    List<Var> parameters = List.copyOf(model.parameters().values());
    Var loss = DecisionRationaleAlignment.loss(model, samples, Target.DEMOGRAPHIC_PARITY, new Config(0.3, 0.1), device)
        .of(new int[]{0, 1, 10, 11, 20});
    List<Var> gradient = Grad.graph(loss, parameters);
    assertThatThrownBy(() -> Grad.of(gradient.getFirst().sum(), parameters))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("gradient of decision-rationale-alignment: has no derivative");
  }
}
