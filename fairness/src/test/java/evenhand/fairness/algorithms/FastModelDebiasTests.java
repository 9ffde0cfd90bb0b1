package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Linear;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Counterfactuals;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.influence.Cholesky;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On rows whose label leans on the group z, which is the last input. */
class FastModelDebiasTests {
  private static final Device CPU = Device.cpu(1);
  private static final List<String> COLUMNS = List.of("x1", "x2", "one", "z");
  private static final Counterfactuals FLIP = FastModelDebiasTests::flip;
  private static final TrainingConfig TRAINING = new TrainingConfig(30, 50, 0.01, TrainingConfig.Optimizer.ADAM, 1e-3,
      1, 0);

  private static Samples samples(int rows, long seed) {
    return samples(rows, 1.4, seed);
  }

  private static Samples samples(int rows, double lean, long seed) {
    Rng rng = new Rng(seed).split("rows");
    float[] x = new float[4 * rows];
    int[] y = new int[rows];
    int[] z = new int[rows];
    for (int row = 0; row < rows; row++) {
      z[row] = rng.nextInt(2);
      x[4 * row] = (float) rng.nextGaussian();
      x[4 * row + 1] = (float) rng.nextGaussian();
      x[4 * row + 2] = 1;
      x[4 * row + 3] = z[row];
      double score = 1.5 * x[4 * row] - 0.5 * x[4 * row + 1] + lean * z[row] - 0.6;
      y[row] = rng.nextDouble() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
    }
    return of(x, y, z);
  }

  private static Samples of(float[] x, int[] y, int... z) {
    return new Samples(x, y, COLUMNS, List.of("no", "yes"), List.of(new Attribute("z", List.of("a", "b"), z)));
  }

  private static Pairs flip(Samples rows) {
    float[] x = rows.x().clone();
    IntStream.range(0, rows.rows()).forEach(row -> x[4 * row + 3] = 1 - x[4 * row + 3]);
    return new Pairs(rows, of(x, rows.y(), rows.sensitive().getFirst().shifted(1).codes()));
  }

  private static Task task(Samples train) {
    return Task.of(train, Target.DEMOGRAPHIC_PARITY, new ModelSpec(), TRAINING, CPU, 3);
  }

  private static Task task(Samples train, Pairs pairs) {
    return task(train).with(pairs);
  }

  private static FastModelDebias.Config settings(String... settings) {
    Map<String, String> words = new LinkedHashMap<>();
    for (String setting : settings) {
      words.put(setting.split("=")[0], setting.split("=")[1]);
    }
    return Configs.with(new FastModelDebias().defaults(), "fast-model-debias", words);
  }

  private static Predictor repaired(Task task, String... settings) {
    return new FastModelDebias().fit(task, settings(settings));
  }

  /** A linear model with weights on x1, x2, the constant and z. */
  private static Linear linear(float... w) {
    return new Linear(Var.parameter(CPU.tensor(w, 1, w.length)), Optional.empty());
  }

  private static double[] weights(Layer model) {
    float[] w = model.parameters().get("weight").value().toFloats();
    return IntStream.range(0, w.length).mapToDouble(i -> w[i]).toArray();
  }

  private static double bias(Predictor predictor, Pairs pairs) {
    double[] p = predictor.scores(pairs.factual());
    double[] q = predictor.scores(pairs.counterfactual());
    return IntStream.range(0, p.length).mapToDouble(i -> Math.abs(p[i] - q[i])).average().orElseThrow();
  }

  private static double accuracy(Predictor predictor, Samples rows) {
    int[] labels = predictor.labels(rows);
    return IntStream.range(0, labels.length).filter(i -> labels[i] == rows.y()[i]).count() / (double) labels.length;
  }

  @Test
  void biasOnRowsNeverSeenFallsToNearlyNothing() {
    Pairs test = flip(samples(2000, 7));
    Predictor plain = new Erm().fit(task(samples(1500, 1)), new Erm.Config());
    Predictor repaired = repaired(task(samples(1500, 1), flip(samples(200, 2))));
    assertThat(bias(plain, test)).isGreaterThan(0.15);
    assertThat(bias(repaired, test)).isLessThan(0.002);
    assertThat(accuracy(repaired, test.factual())).isGreaterThan(accuracy(plain, test.factual()) - 0.05);
    assertThat(repaired.notes()).hasSize(3);
    assertThat(repaired.notes().get(0))
        .matches("bias on 100 held-out rows with pairs 0\\.\\d+ \\[.*] before, 0\\.00.*");
    assertThat(repaired.notes().get(1)).contains("difference in selection rates between groups", "another thing");
    assertThat(repaired.notes().get(2)).contains("round(s)", "damping");
  }

  /**
   * One pair, tau 1: {@code H^-1 (grad l(a) - grad l(b))} with {@code grad l = (p - y) x} and {@code H = sum p (1 - p) x
   * x^T + n lambda I}, in double. Group b has the higher share of label 1, so of a pair with label 1 its member is a.
   */
  @Test
  void theStepByHand() {
    Samples train = samples(60, 1);
    Samples one = samples(40, 2).select(new int[]{IntStream.range(0, 40)
        .filter(row -> samples(40, 2).y()[row] == 1).findFirst().orElseThrow()});
    Linear model = linear(0.9f, -0.2f, -0.3f, 0.8f);
    double[] before = weights(model);
    Predictor predictor = repaired(task(train, flip(one)).from(model));
    double[] expected = plus(before, 1, direction(train, before, one, 1));
    assertThat(weights(model)).containsExactly(expected, within(1e-5));
    assertThat(predictor.notes().getFirst()).startsWith("a single row with pairs leaves none to hold out");
  }

  /**
   * A model that has learnt its training rows is flat on them: a searched step takes the curvature of the pairs too. Of 20
   * times the same pair 10 are fitted on, so the step's direction is that of {@code (H + sum over 10 (p (1 - p) x x^T of
   * both members) + n damping I)^-1 sum (grad l(a) - grad l(b))}.
   */
  @Test
  void aSearchedStepKnowsHowThePairsBend() {
    Samples train = samples(60, 1);
    Samples one = samples(40, 2).select(new int[]{IntStream.range(0, 40)
        .filter(row -> samples(40, 2).y()[row] == 1).findFirst().orElseThrow()});
    Linear model = linear(20, 6, -3, 4); // p is nearly 0 or 1 on most rows
    double[] before = weights(model);
    repaired(task(train, flip(one.select(new int[20]))).from(model), "rounds=1", "damping=1e-3", "accuracy-loss=1");
    Samples ten = one.select(new int[10]);
    double[][] h = curvature(train, before, train.rows() * (TRAINING.weightDecay() + 1e-3));
    for (Samples members : List.of(ten, flip(ten).counterfactual())) {
      double[][] more = curvature(members, before, 0);
      IntStream.range(0, 4).forEach(i -> h[i] = plus(h[i], 1, more[i]));
    }
    double[] expected = unit(Cholesky.damped(0).solve(h, gradient(before, ten, 1)).x());
    assertThat(unit(plus(weights(model), -1, before))).containsExactly(expected, within(1e-3));
  }

  private static double[] unit(double[] v) {
    return plus(new double[v.length], 1 / Math.sqrt(Arrays.stream(v).map(x -> x * x).sum()), v);
  }

  private static double[] direction(Samples train, double[] w, Samples pairs, double sign) {
    return Cholesky.damped(0)
        .solve(curvature(train, w, train.rows() * TRAINING.weightDecay()), gradient(w, pairs, sign)).x();
  }

  private static double[][] curvature(Samples rows, double[] w, double ridge) {
    double[][] h = new double[4][4];
    for (int row = 0; row < rows.rows(); row++) {
      double p = sigmoid(rows, row, w);
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
          h[i][j] += p * (1 - p) * rows.x()[4 * row + i] * rows.x()[4 * row + j];
        }
      }
    }
    IntStream.range(0, 4).forEach(i -> h[i][i] += ridge);
    return h;
  }

  private static double[] gradient(double[] w, Samples pairs, double sign) {
    double[] g = new double[4];
    for (int row = 0; row < pairs.rows(); row++) {
      for (int z = 0; z < 2; z++) { // aligned: z = y
        float[] x = Arrays.copyOfRange(pairs.x(), 4 * row, 4 * row + 4);
        x[3] = z;
        double p = sigmoid(of(x, new int[1], z), 0, w);
        for (int i = 0; i < 4; i++) {
          g[i] += (z == pairs.y()[row] ? sign : -sign) * (p - pairs.y()[row]) * x[i];
        }
      }
    }
    return g;
  }

  private static double sigmoid(Samples rows, int row, double[] w) {
    double score = IntStream.range(0, 4).mapToDouble(i -> w[i] * rows.x()[4 * row + i]).sum();
    return 1 / (1 + Math.exp(-score));
  }

  private static double[] plus(double[] a, double factor, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] + factor * b[i]).toArray();
  }

  /** Every training row twice, with the same pairs: H doubles, so the step of length 1 halves. */
  @Test
  void theHessianIsASumOverRows() {
    Samples train = samples(300, 1);
    Samples twice = Samples.concat(List.of(train, train));
    Pairs pairs = flip(samples(80, 2));
    Linear once = linear(0.9f, -0.2f, -0.3f, 0.8f);
    Linear half = linear(0.9f, -0.2f, -0.3f, 0.8f);
    double[] before = weights(once);
    repaired(task(train, pairs).from(once), "tau=1");
    repaired(task(twice, pairs).from(half), "tau=1");
    double[] step = plus(weights(once), -1, before);
    assertThat(Math.abs(step[3])).isGreaterThan(0.05);
    assertThat(plus(weights(half), -1, before)).containsExactly(Arrays.stream(step).map(s -> s / 2).toArray(),
        within(2e-6));
  }

  /** Steps of length 1 and 3 lie on one line: the search alone chooses the length, and it lowers the bias more. */
  @Test
  void theSearchTakesTheBestLength() {
    Pairs pairs = flip(samples(200, 2));
    Pairs test = flip(samples(2000, 7));
    double[] biases = new double[3];
    for (int i = 0; i < 3; i++) {
      biases[i] = bias(repaired(task(samples(1500, 1), pairs), "tau=" + List.of(0, 1, 60).get(i)), test);
    }
    assertThat(biases[0]).isLessThan(0.01).isLessThan(biases[1]);
    assertThat(biases[2]).as("an overshoot, asked for").isGreaterThan(biases[1]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=remove", "mode=replace"})
  void harmfulTrainingRowsAreUnlearned(String mode) {
    Samples train = samples(1500, 1);
    Pairs test = flip(samples(2000, 7));
    Task task = new Task(train, Target.DEMOGRAPHIC_PARITY, new ModelSpec(), TRAINING, CPU, 3, Optional.empty(),
        Optional.of(flip(samples(200, 2))), Optional.of(FLIP), Task.Progress.NONE);
    double before = bias(new Erm().fit(task, new Erm.Config()), test);
    Predictor few = repaired(task, mode, "top-k=20", "tau=1");
    assertThat(bias(few, test)).as("20 rows at length 1").isBetween(0.6 * before, 0.97 * before);
    Predictor many = repaired(task, mode, "top-k=150");
    assertThat(bias(many, test)).isLessThan(0.2 * before);
    assertThat(many.notes()).anyMatch(note -> note.contains("protected column alone") == mode.equals("mode=replace")
        && note.contains("held-out") != mode.equals("mode=replace"));
  }

  /** Hidden layers: the last one moves exactly; two of them by Gauss-Newton and conjugate gradients. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void deepModelsAreRepairedOnTop(int layers) {
    Task task = Task.of(samples(1500, 1), Target.DEMOGRAPHIC_PARITY, ModelSpec.parse("mlp:9,7"), TRAINING, CPU, 3)
        .with(flip(samples(400, 2)));
    Pairs test = flip(samples(2000, 7));
    Layer model = new Fitting(task).train(10, new Fitting(task).shuffled(), Fitting.BatchLoss.CROSS_ENTROPY).model();
    float[] below = model.parameters().get("fc0.weight").value().toFloats();
    Predictor plain = new Fitting(task.from(model)).predictor(List.of());
    double before = bias(plain, test);
    Predictor repaired = repaired(task.from(model), "layers=" + layers);
    assertThat(bias(repaired, test)).isLessThan(0.5 * before);
    assertThat(Arrays.equals(model.parameters().get("fc0.weight").value().toFloats(), below)).isEqualTo(layers < 3);
  }

  /** Scaled logits are part of the head. */
  @Test
  void logitsMayBeScaled() {
    TrainingConfig scaled = new TrainingConfig(30, 50, 0.01, TrainingConfig.Optimizer.ADAM, 1e-3, 2, 0.2);
    Predictor repaired = repaired(task(samples(1500, 1), flip(samples(200, 2))).with(scaled));
    assertThat(bias(repaired, flip(samples(2000, 7)))).isLessThan(0.01);
  }

  /** Three labels, three colours that lean on them: own colour in .9 of the rows. Pairs: own colour and another. */
  @Test
  void manyLabelsAndGroups() {
    Samples train = coloured(1200, 0.9, 1);
    Task task = Task.of(train, Target.EQUALIZED_ODDS, ModelSpec.parse("mlp:12"), TRAINING, CPU, 3);
    Pairs test = recoloured(coloured(900, 1.0 / 3, 7));
    Predictor plain = new Erm().fit(task, new Erm.Config());
    Predictor repaired = repaired(task.with(recoloured(coloured(400, 1.0 / 3, 2))));
    assertThat(trueClassBias(plain, test)).isGreaterThan(0.3);
    assertThat(trueClassBias(repaired, test)).isLessThan(0.6 * trueClassBias(plain, test));
    Samples unbiased = coloured(900, 1.0 / 3, 7);
    assertThat(accuracy(repaired, unbiased)).isGreaterThan(accuracy(plain, unbiased) + 0.02);
    assertThat(repaired.notes()).noneMatch(note -> note.contains("selection rates"));
  }

  private static double trueClassBias(Predictor predictor, Pairs pairs) {
    double[][] p = predictor.probabilities(pairs.factual());
    double[][] q = predictor.probabilities(pairs.counterfactual());
    int[] y = pairs.factual().y();
    return IntStream.range(0, p.length).mapToDouble(i -> Math.abs(p[i][y[i]] - q[i][y[i]])).average().orElseThrow();
  }

  private static Samples coloured(int rows, double own, long seed) {
    Rng rng = new Rng(seed).split("coloured");
    float[] x = new float[5 * rows];
    int[] y = new int[rows];
    int[] z = new int[rows];
    for (int row = 0; row < rows; row++) {
      y[row] = rng.nextInt(3);
      z[row] = rng.nextDouble() < own ? y[row] : (y[row] + 1 + rng.nextInt(2)) % 3;
      x[5 * row] = (float) (rng.nextGaussian() + 1.5 * Math.cos(2.1 * y[row]));
      x[5 * row + 1] = (float) (rng.nextGaussian() + 1.5 * Math.sin(2.1 * y[row]));
      x[5 * row + 2 + z[row]] = 1;
    }
    return coloured(x, y, z);
  }

  private static Samples coloured(float[] x, int[] y, int... z) {
    return new Samples(x, y, List.of("x1", "x2", "red", "green", "blue"), List.of("0", "1", "2"),
        List.of(new Attribute("colour", List.of("red", "green", "blue"), z)));
  }

  /** Each row in its own colour and in the two others: two pairs a unit. */
  private static Pairs recoloured(Samples rows) {
    int[] y = rows.y();
    int[] units = IntStream.range(0, 2 * y.length).map(pair -> pair / 2).toArray();
    Samples own = painted(rows, units, pair -> y[units[pair]]);
    return new Pairs(own, painted(rows, units, pair -> (y[units[pair]] + 1 + pair % 2) % 3), units);
  }

  private static Samples painted(Samples rows, int[] units, IntUnaryOperator colour) {
    Samples chosen = rows.select(units);
    int[] z = IntStream.range(0, units.length).map(colour).toArray();
    for (int pair = 0; pair < units.length; pair++) {
      Arrays.fill(chosen.x(), 5 * pair + 2, 5 * pair + 5, 0);
      chosen.x()[5 * pair + 2 + z[pair]] = 1;
    }
    return coloured(chosen.x(), chosen.y(), z);
  }

  // ---- edges ----

  @Test
  void aModelWithoutBiasStaysAsItIs() {
    Linear model = linear(0.9f, -0.2f, -0.3f, 0.01f);
    double[] before = weights(model);
    Predictor predictor = repaired(task(samples(300, 1), flip(samples(80, 2))).from(model));
    assertThat(weights(model)).isEqualTo(before);
    assertThat(predictor.notes()).singleElement().asString()
        .matches(
            "the model is left as it was trained: its bias on 40 held-out pairs is 0\\.00.*, not above delta 0.02");
  }

  /** With delta 0 a model that ignores z is stopped by B = 0; one whose fitted pairs tie has no gradient. */
  @Test
  void pairsThatTieGiveNoSignal() {
    Linear model = linear(0.9f, -0.2f, -0.3f, 0);
    Predictor none = repaired(task(samples(300, 1), flip(samples(80, 2))).from(model), "delta=0");
    assertThat(none.notes()).singleElement().asString().contains("not above delta 0.0");
    Samples rows = samples(300, 1);
    Samples tied = of(new float[]{0, 0, 1, 0}, new int[]{1}, 0);
    Pairs pairs = new Pairs(tied, of(new float[]{0, 0, 1, 0}, new int[]{1}, 1));
    Predictor single = repaired(task(rows, pairs).from(linear(0.9f, -0.2f, -0.3f, 1)), "delta=0");
    assertThat(single.notes()).anyMatch(note -> note.contains("not above delta"));
  }

  /** Labels are as frequent in either group, or a group has no training rows. */
  @Test
  void pairsWithoutAnAlignedMemberAreLeftOut() {
    Samples all = samples(300, 1);
    Samples groupA = all.select(IntStream.range(0, 300).filter(row -> all.groups().codes()[row] == 0).toArray());
    Linear model = linear(0.9f, -0.2f, -0.3f, 1);
    double[] before = weights(model);
    Predictor predictor = repaired(task(groupA, flip(samples(80, 2))).from(model));
    assertThat(weights(model)).isEqualTo(before);
    assertThat(predictor.notes()).hasSize(2).element(0).asString().startsWith("80 of 80 rows with pairs were left out");
    assertThat(predictor.notes().get(1)).isEqualTo("there are no pairs to measure bias on, so the model is left as it"
        + " was trained");
  }

  @Test
  void orientationIsByWhichGroupHasTheLabelMoreOften() {
    Samples train = of(new float[24], new int[]{1, 1, 0, 1, 0, 0}, 1, 1, 1, 0, 0, 0); // P(1|b) = 2/3, P(1|a) = 1/3
    Samples rows = of(new float[16], new int[]{1, 1, 0, 0}, 0, 1, 0, -1);
    assertThat(BiasPairs.orientation(flip(rows), train)).containsExactly(-1, 1, 1, 0);
    assertThat(BiasPairs.orientation(flip(rows), of(new float[16], new int[]{1, 0, 1, 0}, 0, 0, 1, 1)))
        .as("the same shares").containsOnly(0);
  }

  @Test
  void withoutCounterfactualsRowsAreMatchedIfAsked() {
    Samples train = samples(1500, 1);
    Predictor left = repaired(task(train), "pairs=300");
    assertThat(left.scores(train)).isEqualTo(new Erm().fit(task(train), new Erm.Config()).scores(train));
    assertThat(left.notes().getFirst()).contains("rows have no counterfactual ones; bias=signed pairs rows");
    Predictor predictor = repaired(task(train), "pairs=300", "bias=signed");
    assertThat(predictor.notes().getFirst()).contains("paired with rows of the same label in another group");
    Samples test = samples(2000, 7);
    double plain = soft(new Erm().fit(task(train), new Erm.Config()), test);
    assertThat(soft(predictor, test)).isLessThan(0.5 * plain);
  }

  /** The mean over labels of the difference of mean scores between the groups. */
  private static double soft(Predictor predictor, Samples rows) {
    double[] p = predictor.scores(rows);
    double gap = 0;
    for (int y = 0; y < 2; y++) {
      for (int z = 0; z < 2; z++) {
        int[] cell = {y, z};
        gap += (z == 0 ? -0.5 : 0.5) * IntStream.range(0, p.length)
            .filter(row -> rows.y()[row] == cell[0] && rows.groups().codes()[row] == cell[1])
            .mapToDouble(row -> p[row]).average().orElseThrow();
      }
    }
    return Math.abs(gap);
  }

  /** Without weight decay the copied column makes H singular: damping is raised and told. */
  @Test
  void aSingularHessianIsDamped() {
    Samples rows = samples(400, 1);
    Samples train = copied(rows);
    Pairs pairs = flip(samples(100, 2));
    Pairs wide = new Pairs(copied(pairs.factual()), copied(pairs.counterfactual()));
    TrainingConfig free = new TrainingConfig(30, 50, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0);
    Predictor predictor = repaired(task(train, wide).with(free));
    assertThat(predictor.notes().get(2)).containsPattern("damping 0\\.000|damping \\d").doesNotContain("damping 0\n");
    assertThat(bias(predictor, wide)).isLessThan(0.02);
  }

  private static Samples copied(Samples rows) {
    float[] x = new float[5 * rows.rows()];
    for (int row = 0; row < rows.rows(); row++) {
      System.arraycopy(rows.x(), 4 * row, x, 5 * row, 4);
      x[5 * row + 4] = x[5 * row];
    }
    return new Samples(x, rows.y(), List.of("x1", "x2", "one", "z", "x1 again"), rows.labelLevels(), rows.sensitive());
  }

  @Test
  void whatCannotBeDoneIsRefused() {
    Samples train = samples(300, 1);
    Pairs pairs = flip(samples(80, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> repaired(task(train, pairs.select(new int[0]))))
        .withMessageStartingWith("fast-model-debias: the external pairs are none; give at least one pair");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> repaired(task(train, pairs), "mode=remove", "top-k=300"))
        .withMessageContaining("top 300 of 300 rows");
    assertThatIllegalArgumentException().isThrownBy(() -> repaired(task(train, pairs), "mode=replace"))
        .withMessageContaining("mode=replace needs counterfactual training rows");
    for (String wrong : List.of("top-k=0", "pairs=0", "layers=0", "rounds=0", "tau=-1", "delta=-1", "damping=-1",
        "curvature-rows=-1",
        "accuracy-loss=-1")) {
      assertThatIllegalArgumentException().as(wrong).isThrownBy(() -> settings(wrong))
          .withMessageStartingWith("fast-model-debias settings are out of range");
    }
  }

  /** p of the label 1 is 1/2 and 3/4, of label 0 3/4 and 1/4; the first two pairs are one unit. */
  @Test
  void whatAModelMakesOfPairsByHand() {
    float log3 = (float) Math.log(3);
    BiasPairs pairs = new BiasPairs(CPU.tensor(new float[]{0, log3, -log3}, 3, 1),
        CPU.tensor(new float[]{log3, log3, log3}, 3, 1), new int[]{1, 1, 0}, new int[]{0, 0, 1}, false);
    BiasPairs.State state = pairs.state((x, _) -> x);
    assertThat(state.moved()).containsExactly(new double[]{.125, .5}, within(1e-7));
    assertThat(state.bias()).isCloseTo(.3125, within(1e-7));
    assertThat(state.accuracy()).as("right: no, yes; yes, yes; yes, no").isEqualTo(4 / 6.0);
    assertThat(state.flips()).isEqualTo(2 / 3.0);
    assertThat(state.support()).isCloseTo((.5 + .75 + .75 + .75 + .75 + .25) / 6, within(1e-7));
    assertThat(state.cost()).isCloseTo(.3125 + 2 * (1 - 3.75 / 6), within(1e-7));
    BiasPairs signed = new BiasPairs(pairs.aligned(), pairs.conflicting(), pairs.labels(), pairs.units(), true);
    assertThat(signed.state((x, _) -> x).moved()).containsExactly(new double[]{-.125, .5}, within(1e-7));
    assertThat(signed.measure().of((x, _) -> x).item()).isCloseTo(.25f / 3, within(1e-6f));
    assertThat(pairs.measure().of((x, _) -> x).item()).isCloseTo(.25f, within(1e-6f));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.02})
  void accuracyOnPairsIsNotGivenUp(double loss) {
    String note = repaired(task(samples(1500, 4, 1)), "pairs=300", "bias=signed", "accuracy-loss=" + loss).notes()
        .get(1);
    Matcher matcher = Pattern.compile("their accuracy ([0-9.]+) before, ([0-9.]+) after").matcher(note);
    assertThat(matcher.find()).as(note).isTrue();
    double fall = Double.parseDouble(matcher.group(1)) - Double.parseDouble(matcher.group(2));
    assertThat(fall).isLessThanOrEqualTo(loss + 1e-4);
  }

  /** The curvature of a third of the rows does nearly what that of all does, the same each time. */
  @Test
  void theCurvatureMayBeEstimatedOnSomeRows() {
    Task task = task(samples(1500, 4, 1));
    double[] all = repaired(task, "pairs=300", "bias=signed").scores(task.train());
    double[] some = repaired(task, "pairs=300", "bias=signed", "curvature-rows=500").scores(task.train());
    assertThat(some).isNotEqualTo(all).containsExactly(all, within(0.2));
    assertThat(repaired(task, "pairs=300", "bias=signed", "curvature-rows=500").scores(task.train())).isEqualTo(some);
    assertThat(repaired(task, "pairs=300", "bias=signed", "curvature-rows=9000").scores(task.train())).isEqualTo(all);
  }
}
