package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Phase;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Config;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Empty;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Objective;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Parts;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Rationale;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.ParameterParity;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DecisionRationaleAlignmentTests {
  private static final Device CPU = Device.cpu();
  private static final TrainingConfig TRAINING = TrainingConfig.DEFAULT.withEpochs(4);
  private static final DecisionRationaleAlignment METHOD = new DecisionRationaleAlignment();

  private static Task task(Samples samples, Target target, String model) {
    return Task.of(samples, target, ModelSpec.parse(model), TRAINING, CPU, 1);
  }

  private static Config config(double lambda, double beta) {
    return new Config(lambda, beta, false, Empty.SKIP_PAIR, GapTraining.PLAIN);
  }

  private static Config withHead(double lambda, double beta) {
    return new Config(lambda, beta, true, Empty.REFUSE, GapTraining.PLAIN);
  }

  private static Objective objective(Layer model, Samples samples, Target target, Config config) {
    Tensor x = samples.features(CPU);
    return new Objective(rows -> model.forward(Var.of(x.indexSelect(0, CPU.tensor(rows)))),
        DecisionRationaleAlignment.layers(model, config.includeHead()), target, samples.y(), samples.groups(), config,
        CPU);
  }

  private static int[] all(Samples samples) {
    return IntStream.range(0, samples.rows()).toArray();
  }

  /** One layer W, and a loss whose gradient for W is g. */
  private static Rationale rationale(Var w, float... g) {
    var objective = new Objective(rows -> w, Map.of("w", w), Target.DEMOGRAPHIC_PARITY, new int[0],
        new Attribute("z", List.of("a", "b"), new int[0]), config(0, 1), CPU);
    return objective.rationale(w.times(Var.of(CPU.tensor(g, w.shape().dims()))).sum());
  }

  /** I^a = (.17, .13), I^b = (.09, .01), cosine .8566; the first row's by hand: (1 * .1)^2 + (-2 * .2)^2 = .17. */
  @Test
  void influencesAndParityByHand() {
    Var w = Var.parameter(CPU.tensor(new float[]{1, -2, 3, 0.5f}, 2, 2));
    var objective = new Objective(rows -> w, Map.of("w", w), Target.DEMOGRAPHIC_PARITY, new int[0],
        new Attribute("z", List.of("a", "b"), new int[0]), config(0, 1), CPU);
    Rationale a = rationale(w, 0.1f, 0.2f, -0.1f, 0.4f);
    Rationale b = rationale(w, 0.3f, 0, 0, 0.2f);
    assertThat(a.scales()[0]).isEqualTo(0.4f);
    assertThat(a.influences().getFirst().times(0.16).value().toFloats()).containsExactly(new float[]{0.17f, 0.13f},
        within(1e-7f));
    assertThat(b.influences().getFirst().times(0.09).value().toFloats()).containsExactly(new float[]{0.09f, 0.01f},
        within(1e-7f));
    assertThat(objective.cosines(a, b).getFirst().item()).isCloseTo(0.8565809721f, within(1e-6f));
    // a group's loss may be as small as it likes: squares of these products are no float32
    Rationale small = rationale(w, 0.1e-25f, 0.2e-25f, -0.1e-25f, 0.4e-25f);
    assertThat(objective.cosines(small, b).getFirst().item()).isCloseTo(0.8565809721f, within(1e-6f));
  }

  /** Central differences of the loss in double precision, over all weights and biases. */
  @ParameterizedTest
  @CsvSource({"DEMOGRAPHIC_PARITY, 3", "EQUAL_OPPORTUNITY, 3", "EQUALIZED_ODDS, 3", "DEMOGRAPHIC_PARITY, 2",
      "EQUALIZED_ODDS, 2"})
  void theGradientIsThatOfTheLoss(Target target, int groups) {
    int[] sizes = {3, 6, 5, 1};
    Samples samples = Rows.of(List.of("a", "b", "c").subList(0, groups), Arrays.copyOf(new int[]{7, 9, 5}, groups),
        Arrays.copyOf(new int[]{8, 6, 5}, groups)).samples(4);
    Layer model = Mlp.of(new Rng(0), CPU, Layers.tanh(), sizes);
    Rng random = new Rng(5);
    model.parameters().forEach((name, parameter) -> parameter.value()
        .copyFrom(random.normal(CPU, parameter.shape().dims()).times(name.endsWith("bias") ? 0.1 : 0.7)));
    Parts parts = objective(model, samples, target, config(0.4, 0.3)).of(all(samples));
    var reference = new TanhReference(sizes, samples, target, 0.4, 0.3);
    double[][] point = model.parameters().values().stream().map(p -> doubles(p.value())).toArray(double[][]::new);
    assertThat(parts.loss().item()).isCloseTo((float) reference.loss(point), within(1e-5f));

    assertThat(AlignmentGradient.fits(model)).isTrue();
    Var fused = DecisionRationaleAlignment.loss(model, samples, target, config(0.4, 0.3), CPU).of(all(samples));
    assertThat(fused.item()).isCloseTo((float) reference.loss(point), within(1e-5f));
    List<Tensor> gradient = Grad.of(parts.loss(), List.copyOf(model.parameters().values()));
    List<Tensor> withoutGraph = Grad.of(fused, List.copyOf(model.parameters().values()));
    List<Tensor> unaligned = Grad.of(parts.crossEntropy().plus(parts.gap().times(0.4)),
        List.copyOf(model.parameters().values()));
    for (int p = 0; p < point.length; p++) {
      double[] differences = new double[point[p].length];
      for (int i = 0; i < differences.length; i++) {
        double at = point[p][i];
        point[p][i] = at + 1e-5;
        double above = reference.loss(point);
        point[p][i] = at - 1e-5;
        differences[i] = (above - reference.loss(point)) / 2e-5;
        point[p][i] = at;
      }
      double scale = Arrays.stream(differences).map(Math::abs).max().orElseThrow();
      assertThat(doubles(gradient.get(p))).as("parameter %d", p).containsExactly(differences, within(1e-4 * scale));
      assertThat(doubles(withoutGraph.get(p))).as("parameter %d, R-operator", p)
          .containsExactly(differences, within(1e-4 * scale));
      if (p < 4) { // the hidden layers
        assertThat(Math.abs(doubles(unaligned.get(p))[0] - differences[0])).as("the score's part is seen")
            .isGreaterThan(1e-4 * scale);
      }
    }
  }

  private static double[] doubles(Tensor tensor) {
    float[] floats = tensor.toFloats();
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }

  /** The formulas of the header written out in double precision for a tanh network. */
  private record TanhReference(int[] sizes, Samples samples, Target target, double lambda, double beta) {
    double loss(double[][] point) {
      double[] p = new double[samples.rows()];
      for (int row = 0; row < p.length; row++) {
        p[row] = 1 / (1 + Math.exp(-activations(point, row)[sizes.length - 1][0]));
      }
      double loss = 0;
      for (int row = 0; row < p.length; row++) {
        loss -= Math.log(samples.y()[row] == 1 ? p[row] : 1 - p[row]) / p.length;
      }
      int[] labels = switch (target) {
        case DEMOGRAPHIC_PARITY -> new int[]{-1};
        case EQUAL_OPPORTUNITY -> new int[]{1};
        case EQUALIZED_ODDS -> new int[]{0, 1};
      };
      int groups = samples.groups().levels().size();
      int pairs = groups * (groups - 1) / 2;
      for (int label : labels) {
        for (int a = 0; a < groups; a++) {
          for (int b = a + 1; b < groups; b++) {
            int[] ofA = rows(label, a);
            int[] ofB = rows(label, b);
            double gap = Math.abs(Arrays.stream(ofA).mapToDouble(row -> p[row]).average().orElseThrow()
                - Arrays.stream(ofB).mapToDouble(row -> p[row]).average().orElseThrow());
            loss += (lambda * gap - beta * parity(influence(point, ofA, p), influence(point, ofB, p))) / pairs;
          }
        }
      }
      return loss;
    }

    private int[] rows(int label, int group) {
      return IntStream.range(0, samples.rows()).filter(row -> samples.groups().codes()[row] == group
          && (label < 0 || samples.y()[row] == label)).toArray();
    }

    /** h_0 = x, h_i = tanh(W_i h_{i-1} + b_i), the last without tanh. */
    private double[][] activations(double[][] point, int row) {
      double[][] h = new double[sizes.length][];
      h[0] = IntStream.range(0, sizes[0]).mapToDouble(c -> samples.x()[row * sizes[0] + c]).toArray();
      for (int l = 0; l + 1 < sizes.length; l++) {
        h[l + 1] = new double[sizes[l + 1]];
        for (int k = 0; k < h[l + 1].length; k++) {
          double z = point[2 * l + 1][k];
          for (int j = 0; j < sizes[l]; j++) {
            z += point[2 * l][k * sizes[l] + j] * h[l][j];
          }
          h[l + 1][k] = l + 2 < sizes.length ? Math.tanh(z) : z;
        }
      }
      return h;
    }

    /** I of the hidden layers, by backpropagation. */
    private double[][] influence(double[][] point, int[] rows, double[] p) {
      double[][] gradient = new double[sizes.length - 1][];
      Arrays.setAll(gradient, l -> new double[sizes[l] * sizes[l + 1]]);
      for (int row : rows) {
        double[][] h = activations(point, row);
        double[] delta = {(p[row] - samples.y()[row]) / rows.length};
        for (int l = gradient.length - 1; l >= 0; l--) {
          double[] below = new double[sizes[l]];
          for (int k = 0; k < delta.length; k++) {
            for (int j = 0; j < below.length; j++) {
              gradient[l][k * sizes[l] + j] += delta[k] * h[l][j];
              below[j] += delta[k] * point[2 * l][k * sizes[l] + j] * (1 - h[l][j] * h[l][j]);
            }
          }
          delta = below;
        }
      }
      double[][] influence = new double[gradient.length - 1][];
      for (int l = 0; l < influence.length; l++) {
        influence[l] = new double[sizes[l + 1]];
        for (int i = 0; i < gradient[l].length; i++) {
          influence[l][i / sizes[l]] += Math.pow(point[2 * l][i] * gradient[l][i], 2);
        }
      }
      return influence;
    }

    private static double parity(double[][] a, double[][] b) {
      double sum = 0;
      for (int l = 0; l < a.length; l++) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int k = 0; k < a[l].length; k++) {
          ab += a[l][k] * b[l][k];
          aa += a[l][k] * a[l][k];
          bb += b[l][k] * b[l][k];
        }
        sum += ab / Math.sqrt(aa * bb);
      }
      return sum;
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutBetaItIsGapRegularisation(Target target) {
    Samples samples = Rows.of(60, 10, 20, 60).samples(3);
    Task task = task(samples, target, "mlp:8,6");
    double[] gap = new GapRegularization().fit(task, new GapRegularization.Config(0.7)).scores(samples);
    Predictor predictor = METHOD.fit(task, config(0.7, 0));
    assertThat(predictor.scores(samples)).isEqualTo(gap);
    assertThat(predictor.notes()).isEmpty();
    assertThat(METHOD.fit(task, config(0.7, 0.1)).scores(samples)).isNotEqualTo(gap);
    // a weight that float32 does not see, through the path that computes the score
    assertThat(METHOD.fit(task, config(0.7, 1e-30)).scores(samples)).containsExactly(gap, within(1e-4));
  }

  @Test
  void logisticRegressionHasNothingToAlign() {
    Samples samples = Rows.of(60, 10, 20, 60).samples(3);
    Task task = task(samples, Target.EQUALIZED_ODDS, "logistic");
    for (Config config : List.of(config(0.7, 0.1), withHead(0.7, 0.1))) {
      Predictor predictor = METHOD.fit(task, config);
      assertThat(predictor.scores(samples))
          .isEqualTo(new GapRegularization().fit(task, new GapRegularization.Config(0.7)).scores(samples));
      assertThat(predictor.notes()).singleElement().asString()
          .startsWith("model logistic has no layer with more than one unit");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theScoreIsTheMetricAndGrows(Target target) {
    Samples samples = Rows.of(110, 40, 40, 110).samples(3);
    Task task = task(samples, target, "mlp:16,12").with(TrainingConfig.DEFAULT.withEpochs(60));
    double[] parity = new double[2];
    for (int i = 0; i < 2; i++) {
      Fitting model = new Fitting(task);
      METHOD.fit(task.from(model.model()), config(1, i * 0.3));
      Parts parts = objective(model.model(), samples, target, config(1, 1)).of(all(samples));
      parity[i] = parts.pairs().stream().flatMap(pair -> pair.cosines().stream()).mapToDouble(Var::item).average()
          .orElseThrow();
      assertThat(metric(model.model(), samples, target)).isCloseTo(parity[i], within(1e-5));
    }
    assertThat(1 - parity[1]).as("with beta, from %s", parity[0]).isLessThan((1 - parity[0]) / 2);
  }

  private static double metric(Layer model, Samples samples, Target target) {
    int[] labels = switch (target) {
      case DEMOGRAPHIC_PARITY -> new int[]{-1};
      case EQUAL_OPPORTUNITY -> new int[]{1};
      case EQUALIZED_ODDS -> new int[]{0, 1};
    };
    return Metrics.PARAMETER_PARITY.of(model, samples.features(CPU), samples.labels(CPU), Arrays.stream(labels)
        .mapToObj(label -> {
          Map<String, int[]> members = new LinkedHashMap<>();
          for (int g = 0; g < samples.groups().levels().size(); g++) {
            int group = g;
            members.put(samples.groups().levels().get(g), Arrays.stream(all(samples))
                .filter(row -> samples.groups().codes()[row] == group && (label < 0 || samples.y()[row] == label))
                .toArray());
          }
          return new ParameterParity.Subgroups("rows", members);
        }).toList()).value().orElseThrow();
  }

  /** All units of the first layer off for ever: no weight of it or after it has a gradient. */
  @Test
  void aDeadLayerCountsAsZeroAndIsNamed() {
    Samples samples = Rows.of(60, 10, 20, 60).samples(3);
    Task task = task(samples, Target.DEMOGRAPHIC_PARITY, "mlp:5,4");
    Layer model = new Fitting(task).model();
    model.parameters().get("fc0.bias").value().copyFrom(CPU.full(-1e6, model.parameters().get("fc0.bias").shape()));
    Parts parts = objective(model, samples, task.target(), config(0.3, 0.1)).of(all(samples));
    assertThat(parts.pairs().getFirst().cosines()).extracting(Var::item).containsExactly(0f, 0f);
    assertThat(parts.loss().item()).isEqualTo(parts.crossEntropy().plus(parts.gap().times(0.3)).item());
    for (Tensor gradient : Grad.of(parts.loss(), List.copyOf(model.parameters().values()))) {
      assertThat(doubles(gradient)).satisfies(g -> assertThat(Arrays.stream(g)).allMatch(Double::isFinite));
    }
    Predictor predictor = METHOD.fit(task.from(model), config(0.3, 0.1));
    assertThat(Arrays.stream(predictor.scores(samples))).allMatch(Double::isFinite);
    assertThat(predictor.notes()).containsExactly( // 4 epochs of one batch, one pair
        "4 of 4 comparisons in fc0.weight counted as 0, since the layer had no influence"
            + " on a subgroup's loss",
        "4 of 4 comparisons in fc1.weight counted as 0, since the layer had no influence"
            + " on a subgroup's loss");
  }

  @ParameterizedTest
  @EnumSource
  void aGroupWithoutRowsInABatchIsLeftOut(Target target) {
    Samples samples = Rows.of(9, 7, 8, 6).samples(3);
    Layer model = new Fitting(task(samples, target, "mlp:5").with(new TrainingConfig(1, 5, 1e-3,
        TrainingConfig.Optimizer.ADAM, 0, 1, 0))).model();
    Objective objective = objective(model, samples, target, config(0.3, 0.1));
    int[] onlyA = Arrays.stream(all(samples)).filter(row -> samples.groups().codes()[row] == 0).toArray();
    Parts parts = objective.of(onlyA);
    assertThat(parts.rationales()).isEmpty();
    assertThat(parts.pairs()).isEmpty();
    assertThat(parts.loss().item()).isEqualTo(parts.crossEntropy().item()).isFinite();
    objective.of(all(samples));
    assertThat(objective.notes()).containsExactly("in 1 of 2 steps a subgroup had no rows"
        + " in the batch and its pairs were left out; raise model.batch or set rows-per-group");
  }

  /** Of three groups one is missing: the pair that is left counts whole, as in the gap. */
  @Test
  void severalGroupsAreAveragedOverPairs() {
    Samples samples = Rows.of(List.of("a", "b", "c"), new int[]{9, 7, 8, 3}, new int[]{6, 5, 7, 3}).samples(3);
    Layer model = Mlp.of(new Rng(2), CPU, 3, 6, 5, 1);
    Objective objective = objective(model, samples, Target.DEMOGRAPHIC_PARITY, config(0, 1));
    Parts three = objective.of(all(samples));
    assertThat(three.pairs()).extracting(pair -> 10 * pair.of().a() + pair.of().b()).containsExactly(1, 2, 12);
    double sum = three.pairs().stream().flatMap(pair -> pair.cosines().stream()).mapToDouble(Var::item).sum();
    assertThat(three.loss().item()).isCloseTo((float) (three.crossEntropy().item() - sum / 3), within(1e-6f));
    Parts two = objective.of(Arrays.stream(all(samples)).filter(row -> samples.groups().codes()[row] != 1).toArray());
    assertThat(two.pairs()).singleElement().satisfies(pair -> {
      assertThat(List.of(pair.of().a(), pair.of().b())).containsExactly(0, 2);
      double whole = pair.cosines().stream().mapToDouble(Var::item).sum();
      assertThat(two.loss().item()).isCloseTo((float) (two.crossEntropy().item() - whole), within(1e-6f));
    });
  }

  @Test
  void subgroupsWithoutTrainingRowsAreNamed() {
    Samples samples = Rows.of(List.of("a", "b", "c"), new int[]{30, 20, 0}, new int[]{20, 1, 40}).samples(3);
    assertThat(METHOD.fit(task(samples, Target.EQUALIZED_ODDS, "mlp:5"), config(0.3, 0.1)).notes()).contains(
        "label=0, group=c has no training rows; its pairs are left out",
        "label=1, group=b has one training row, which stands for the subgroup")
        .hasSize(3).last().asString().contains("in 4 of 4 steps a subgroup had no rows");
    assertThat(METHOD.fit(task(samples, Target.DEMOGRAPHIC_PARITY, "mlp:5"), config(0.3, 0.1)).notes()).isEmpty();
  }

  /** The score of a layer with one unit is always 1, so counting it changes no gradient. */
  @Test
  void theHeadChangesTheLossOnly() {
    Samples samples = Rows.of(60, 30, 20, 60).samples(3);
    Task task = task(samples, Target.EQUALIZED_ODDS, "mlp:8");
    assertThat(METHOD.fit(task, withHead(0.3, 0.1)).scores(samples))
        .isEqualTo(METHOD.fit(task, config(0.3, 0.1)).scores(samples));
    Layer model = new Fitting(task).model();
    float with = objective(model, samples, task.target(), withHead(0.3, 0.1)).of(all(samples)).loss().item();
    float without = objective(model, samples, task.target(), config(0.3, 0.1)).of(all(samples)).loss().item();
    assertThat(with).isCloseTo(without - 0.2f, within(1e-6f)); // two pairs
  }

  /** Cells of 30, 10, 5 and 15 rows, 2 and 1 of unknown group; 8 of each subgroup. */
  @ParameterizedTest
  @EnumSource
  void batchesMayHoldSoManyRowsOfEachSubgroup(Target target) {
    Rows rows = Rows.of(List.of("a", "b"), new int[]{30, 10, 2}, new int[]{5, 15, 1});
    SubgroupBatches batches = SubgroupBatches.of(rows.cells(), target, 8, 0, new Rng(3));
    boolean labels = target != Target.DEMOGRAPHIC_PARITY;
    int seen = 0;
    for (int[] batch : batches.epoch()) {
      int[][] counts = rows.count(batch);
      assertThat(counts[0][2] + counts[1][2]).isZero();
      assertThat(counts[0][0] + counts[1][0]).isEqualTo(labels ? 16 : 8);
      assertThat(counts[0][1] + counts[1][1]).isEqualTo(labels ? 16 : 8);
      assertThat(Arrays.stream(batch).distinct().count()).isEqualTo(labels ? 29 : 16); // 5 of 8 from the smallest cell
      if (labels) {
        assertThat(counts[1]).startsWith(8, 8);
      }
      seen++;
    }
    assertThat(seen).isEqualTo(labels ? 1 : 3); // of 63 rows
    Samples samples = rows.samples(2);
    Task task = task(samples, target, "mlp:5").with(TRAINING);
    Config config = new Config(0.3, 0.1, false, Empty.REFUSE, new GapTraining(8, 0, 0, 3, 0.95));
    Task small = task.with(new TrainingConfig(4, 32, 1e-3, TrainingConfig.Optimizer.ADAM, 0, 1, 0));
    double[] scores = METHOD.fit(small, config).scores(samples);
    assertThat(METHOD.fit(small, config).scores(samples)).isEqualTo(scores);
    assertThat(METHOD.fit(small, config(0.3, 0.1)).scores(samples)).isNotEqualTo(scores);
  }

  @Test
  void rowsPerGroupNeedGroups() {
    Rows rows = Rows.of(List.of("a"), new int[]{0, 30}, new int[]{0, 20});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SubgroupBatches.of(rows.cells(), Target.EQUALIZED_ODDS, 8, 0, new Rng(3)))
        .withMessage("batches by subgroup: no training row has a known group, so there is nothing to draw from; set"
            + " rows-per-group to 0");
  }

  @Test
  void runningStatisticsAreRefused() {
    Samples samples = Rows.of(60, 10, 20, 60).samples(3);
    Task task = task(samples, Target.EQUALIZED_ODDS, "mlp:5");
    Layer plain = new Fitting(task).model();
    Layer withStatistics = new Layer() {
      @Override
      public Var forward(Var x, Phase phase) {
        return plain.forward(x, phase);
      }

      @Override
      public Map<String, Var> parameters() {
        return plain.parameters();
      }

      @Override
      public Map<String, Tensor> buffers() {
        return Map.of("norm.running_mean", CPU.scalar(0));
      }
    };
    assertThatIllegalArgumentException().isThrownBy(() -> METHOD.fit(task.from(withStatistics), config(0.3, 0.1)))
        .withMessageStartingWith("decision-rationale-alignment: the model keeps running statistics"
            + " [norm.running_mean]");
  }

  @Test
  void settingsOutOfRangeAreRejected() {
    for (double[] values : new double[][]{{-1, 0}, {Double.NaN, 0}, {0, -1}, {0, Double.NaN}}) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Config(values[0], values[1]))
          .withMessageStartingWith("decision-rationale-alignment settings are out of range: lambda " + values[0]);
    }
  }
}
