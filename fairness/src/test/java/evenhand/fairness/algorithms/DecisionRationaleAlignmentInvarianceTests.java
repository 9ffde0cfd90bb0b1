package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Config;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Empty;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Objective;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Rationale;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What does not change the parity score, its derivatives by hand, and the corners of its definition. */
class DecisionRationaleAlignmentInvarianceTests {
  private static final Device CPU = Device.cpu();
  private static final Samples SAMPLES = Rows.of(17, 9, 8, 13).samples(3);
  private static final int[] ALL = IntStream.range(0, SAMPLES.rows()).toArray();

  private static Layer model() {
    return Mlp.of(new Rng(6), CPU, 3, 7, 5, 1);
  }

  private static Objective objective(Layer model, Samples samples, Target target) {
    Tensor x = samples.features(CPU);
    return new Objective(rows -> model.forward(Var.of(x.indexSelect(0, CPU.tensor(rows)))),
        DecisionRationaleAlignment.layers(model, false), target, samples.y(), samples.groups(), new Config(0.3, 0.1),
        CPU);
  }

  private static double[] cosines(Layer model, Samples samples, int... rows) {
    return objective(model, samples, Target.EQUALIZED_ODDS).of(rows).pairs().stream()
        .flatMap(pair -> pair.cosines().stream()).mapToDouble(Var::item).toArray();
  }

  /**
   * W = [[1, -2], [3, .5]], g^a = [[.1, .2], [-.1, .4]], g^b = [[.3, 0], [0, .2]]: the derivative for g^a at fixed W is v^a
   * = 2 u^a W^2 g^a, and that for W at fixed gradients direct^a + direct^b, direct^s = 2 u^s W (g^s)^2, with u^a =
   * (1.46466468, -1.91533074), u^b = (-.6292837, 5.6635533).
   */
  @Test
  void derivativesByHand() {
    Var w = Var.parameter(CPU.tensor(new float[]{1, -2, 3, 0.5f}, 2, 2));
    Var ga = Var.parameter(CPU.tensor(new float[]{0.1f, 0.2f, -0.1f, 0.4f}, 2, 2));
    Var gb = Var.parameter(CPU.tensor(new float[]{0.3f, 0, 0, 0.2f}, 2, 2));
    var objective = new Objective(rows -> w, Map.of("w", w), Target.DEMOGRAPHIC_PARITY, new int[0],
        new Attribute("z", List.of("a", "b"), new int[0]), new Config(0, 1), CPU);
    Rationale a = objective.rationale(w.times(ga).sum());
    Rationale b = objective.rationale(w.times(gb).sum());
    List<Tensor> gradients = Grad.of(objective.cosines(a, b).getFirst(), List.of(w, ga, gb));
    assertThat(gradients.get(0).toFloats()).as("direct").containsExactly(new float[]{0.02929329f - 0.11327107f,
        -0.23434635f, -0.11491984f, -0.30645292f + 0.22654213f}, within(3e-6f));
    assertThat(gradients.get(1).toFloats()).as("v of a").containsExactly(new float[]{0.29293294f, 2.34346349f,
        3.44759533f, -0.38306615f}, within(1e-5f));
    assertThat(gradients.get(2).toFloats()).as("v of b").containsExactly(new float[]{-0.37757022f, 0, 0, 0.56635533f},
        within(3e-6f));
  }

  @Test
  void rowsInAnotherOrderAndRowsOfAGroupTwiceChangeNothing() {
    Layer model = model();
    double[] scores = cosines(model, SAMPLES, ALL);
    assertThat(scores).hasSize(4);
    assertThat(Arrays.stream(scores)).allMatch(score -> score > 0 && score <= 1);
    assertThat(cosines(model, SAMPLES, new Rng(1).permutation(ALL.length))).containsExactly(scores, within(1e-5));
    int[] twice = IntStream.concat(Arrays.stream(ALL),
        Arrays.stream(ALL).filter(row -> SAMPLES.groups().codes()[row] == 1)).toArray();
    assertThat(cosines(model, SAMPLES, twice)).containsExactly(scores, within(1e-5));
  }

  /** Units of the first hidden layer reversed, with the columns of the weight above. */
  @Test
  void theOrderOfUnitsChangesNothing() {
    Layer model = model();
    double[] scores = cosines(model, SAMPLES, ALL);
    Map<String, Var> parameters = model.parameters();
    reverse(parameters.get("fc0.weight").value(), 0);
    reverse(parameters.get("fc0.bias").value(), 0);
    reverse(parameters.get("fc1.weight").value(), 1);
    assertThat(cosines(model, SAMPLES, ALL)).containsExactly(scores, within(1e-5));
    reverse(parameters.get("fc0.weight").value(), 0);
    assertThat(cosines(model, SAMPLES, ALL)[0]).as("only half of it does").isNotCloseTo(scores[0], within(1e-3));
  }

  private static void reverse(Tensor tensor, int axis) {
    tensor.copyFrom(tensor.flip(axis).copy());
  }

  /** A group's loss times any positive number; a group with itself; two groups the other way round. */
  @Test
  void scaleAndOrderOfGroupsChangeNothing() {
    Layer model = model();
    Objective objective = objective(model, SAMPLES, Target.DEMOGRAPHIC_PARITY);
    Var[] losses = new Var[2];
    for (int z = 0; z < 2; z++) {
      int group = z;
      losses[z] = objective.of(Arrays.stream(ALL).filter(row -> SAMPLES.groups().codes()[row] == group).toArray())
          .crossEntropy();
    }
    Rationale a = objective.rationale(losses[0]);
    Rationale b = objective.rationale(losses[1]);
    for (double factor : new double[]{1e-12, 0.37, 1e8}) {
      List<Var> scaled = objective.cosines(objective.rationale(losses[0].times(factor)), b);
      for (int l = 0; l < 2; l++) {
        assertThat(scaled.get(l).item()).isCloseTo(objective.cosines(a, b).get(l).item(), within(1e-5f));
        assertThat(objective.cosines(b, a).get(l).item()).isCloseTo(objective.cosines(a, b).get(l).item(),
            within(1e-6f));
        assertThat(objective.cosines(a, a).get(l).item()).isCloseTo(1, within(1e-6f));
      }
    }
  }

  /** The same rows in both groups: equal means, so that the gap's derivative is 0, and parity 1, where its is 0 too. */
  @Test
  void groupsThatAreAlikePullNowhere() {
    Samples half = Rows.of(9, 0, 8, 0).samples(2);
    int n = half.rows();
    int[] doubled = IntStream.range(0, 2 * n).map(row -> row % n).toArray();
    Samples twins = new Samples(half.select(doubled).x(), half.select(doubled).y(), half.columnNames(),
        half.labelLevels(),
        List.of(new Attribute("z", List.of("a", "b"), IntStream.range(0, 2 * n).map(row -> row / n).toArray())));
    Layer model = model();
    var parts = objective(model, twins, Target.EQUALIZED_ODDS).of(IntStream.range(0, 2 * n).toArray());
    assertThat(parts.gap().item()).isZero();
    List<Var> parameters = List.copyOf(model.parameters().values());
    List<Tensor> whole = Grad.of(parts.loss(), parameters);
    List<Tensor> plain = Grad.of(parts.crossEntropy(), parameters);
    for (int p = 0; p < whole.size(); p++) {
      assertThat(whole.get(p).toFloats()).containsExactly(plain.get(p).toFloats(), within(1e-6f));
    }
  }

  /** So that a random mask, as of dropout, is the same in the gradient and in the derivative through it. */
  @Test
  void eachSubgroupPassesThroughTheNetworkOnce() {
    Layer model = model();
    Tensor x = SAMPLES.features(CPU);
    List<Integer> passes = new ArrayList<>();
    var objective = new Objective(rows -> {
      passes.add(rows.length);
      return model.forward(Var.of(x.indexSelect(0, CPU.tensor(rows))));
    }, DecisionRationaleAlignment.layers(model, false), Target.EQUALIZED_ODDS, SAMPLES.y(), SAMPLES.groups(),
        new Config(0.3, 0.1), CPU);
    Grad.of(objective.of(ALL).loss(), List.copyOf(model.parameters().values()));
    assertThat(passes).containsExactly(17, 9, 8, 13);
  }

  @Test
  void aGroupWithoutRowsOfALabelIsRefusedByName() {
    Samples samples = Rows.of(List.of("a", "b", "c"), new int[]{30, 20, 0}, new int[]{20, 0, 40}).samples(3);
    var method = new DecisionRationaleAlignment();
    Task task = Task.of(samples, Target.EQUALIZED_ODDS, ModelSpec.parse("mlp:5"), TrainingConfig.DEFAULT.withEpochs(2),
        CPU, 1);
    assertThatIllegalArgumentException().isThrownBy(() -> method.fit(task, method.defaults()))
        .withMessage(
            "decision-rationale-alignment: label=0, group=c; label=1, group=b have no training rows to compare;"
                + " merge small groups, choose another target, or leave such pairs out with --set"
                + " decision-rationale-alignment.empty=skip-pair");
    var skipping = new Config(0.3, 0.1, false, Empty.SKIP_PAIR, GapTraining.PLAIN);
    assertThat(method.fit(task, skipping).notes())
        .contains("label=0, group=c has no training rows; its pairs are left out",
            "label=1, group=b has no training rows; its pairs are left out");
    Task parity = Task.of(samples, Target.DEMOGRAPHIC_PARITY, ModelSpec.parse("mlp:5"), task.training(), CPU, 1);
    assertThat(method.fit(parity, method.defaults()).notes()).as("every group has rows").isEmpty();
  }

  /** The public loss is that of the method. */
  @Test
  void lossesForALoopOfOnesOwn() {
    Layer model = model();
    for (Target target : Target.values()) {
      float loss = objective(model, SAMPLES, target).of(ALL).loss().item();
      assertThat(DecisionRationaleAlignment.loss(model, SAMPLES, target, new Config(0.3, 0.1), CPU).of(ALL).item())
          .isCloseTo(loss, within(1e-6f)); // a perceptron's is summed in another order
      var parts = objective(model, SAMPLES, target).of(ALL);
      assertThat(GapRegularization.loss(model, SAMPLES, target, 0.3, CPU).of(ALL).item())
          .isCloseTo(parts.crossEntropy().plus(parts.gap().times(0.3)).item(), within(1e-6f));
    }
  }
}
