package evenhand.fairness.algorithms;

import static evenhand.fairness.algorithms.Rows.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.LogisticRegression;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.BatchSampler;
import evenhand.autograd.optim.ShuffledBatches;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rows the batches hold, and what the sampler says of them. */
class FairBatchSamplerTests {
  private static final Rows SHIPPED = Rows.of(726, 256, 392, 626);
  private static final Device CPU = Device.cpu();

  /** A sampler whose model gives every row of a cell the same logit; more for a higher loss of positives. */
  private static FairBatchSampler sampler(Rows rows, int batch, Target target, double[][] logits, String... settings) {
    float[] scores = new float[rows.y().length];
    for (int row = 0; row < scores.length; row++) {
      int z = rows.groups().codes()[row];
      scores[row] = z < 0 ? 0 : (float) logits[rows.y()[row]][z];
    }
    return new FairBatchSampler(rows.y(), rows.groups(), batch, target, settings(settings), new Rng(7),
        () -> CPU.tensor(scores, scores.length, 1));
  }

  private static final double[][] LEVEL = {{0, 0}, {0, 0}};
  private static final double[][] B_IS_WORSE = {{0, 0}, {1, -1}};

  @Test
  void anEpochOfTheShippedSample() {
    FairBatchSampler sampler = sampler(SHIPPED, 100, Target.EQUAL_OPPORTUNITY, LEVEL);
    List<int[]> batches = sampler.epoch();
    assertThat(sampler.batchesPerEpoch()).isEqualTo(20);
    assertThat(batches).hasSize(20)
        .allSatisfy(batch -> assertThat(SHIPPED.count(batch)).isDeepEqualTo(new int[][]{{36, 13, 0}, {20, 31, 0}}));
  }

  /** Logits -1 for b and 1 for a; L_{1,b} = ln(1 + e), L_{0,a} = ln 2. */
  @Test
  void theLossesAreThoseOfTheModel() {
    FairBatchSampler odds = sampler(Rows.of(3, 5, 2, 6), 8, Target.EQUALIZED_ODDS, new double[][]{{0, 0.5}, {1, -1}});
    odds.epoch();
    double[][] losses = odds.trajectory().getFirst().losses();
    assertThat(losses[0][0]).isCloseTo(Math.log(2), within(1e-6));
    assertThat(losses[0][1]).isCloseTo(Math.log1p(Math.exp(0.5)), within(1e-6));
    assertThat(losses[1][0]).isCloseTo(Math.log1p(Math.exp(-1)), within(1e-6));
    assertThat(losses[1][1]).isCloseTo(Math.log1p(Math.exp(1)), within(1e-6));
  }

  /** Against target 1 for every row, and divided by the group: a has 5 rows, b 11. */
  @Test
  void theLossesOfDemographicParityAreAgainstOneAndByGroup() {
    FairBatchSampler parity = sampler(Rows.of(3, 5, 2, 6), 8, Target.DEMOGRAPHIC_PARITY,
        new double[][]{{0, 0.5}, {1, -1}});
    parity.epoch();
    double[][] losses = parity.trajectory().getFirst().losses();
    assertThat(losses[0][0]).isCloseTo(3 * Math.log(2) / 5, within(1e-6));
    assertThat(losses[0][1]).isCloseTo(5 * Math.log1p(Math.exp(-0.5)) / 11, within(1e-6));
    assertThat(losses[1][0]).isCloseTo(2 * Math.log1p(Math.exp(-1)) / 5, within(1e-6));
    assertThat(losses[1][1]).isCloseTo(6 * Math.log1p(Math.exp(1)) / 11, within(1e-6));
  }

  @Test
  void logarithmsAreCutAtMinusOneHundred() {
    FairBatchSampler sampler = sampler(Rows.of(3, 5, 2, 6), 8, Target.EQUALIZED_ODDS,
        new double[][]{{1e30, 50}, {-300, 3e38}});
    sampler.epoch();
    assertThat(sampler.trajectory().getFirst().losses()[0]).containsExactly(new double[]{100, 50}, within(1e-4));
    assertThat(sampler.trajectory().getFirst().losses()[1]).containsExactly(new double[]{100, 0}, within(1e-4));
  }

  /** Cell (1, b) of 7 rows, 3 per batch: (p0 p1 p2), (p3 p4 p5), (p6 p0 p1), (p2 p3 p4). */
  @Test
  void theCursorGoesRoundThePermutation() {
    Rows rows = Rows.of(14, 14, 21, 7);
    FairBatchSampler sampler = sampler(rows, 12, Target.EQUAL_OPPORTUNITY, B_IS_WORSE, "alpha=0.25");
    List<int[]> batches = sampler.epoch();
    assertThat(batches).hasSize(4);
    List<Set<Integer>> drawn = batches.stream().map(batch -> cell(rows, batch, 1, 1)).toList();
    assertThat(drawn).allSatisfy(cell -> assertThat(cell).hasSize(3));
    Set<Integer> all = new HashSet<>(drawn.get(0));
    all.addAll(drawn.get(1));
    assertThat(all).as("p0 .. p5").hasSize(6);
    assertThat(shared(drawn.get(2), drawn.get(0))).as("p0, p1").hasSize(2);
    assertThat(shared(drawn.get(2), drawn.get(1))).isEmpty();
    Set<Integer> p2 = new HashSet<>(drawn.get(0));
    p2.removeAll(drawn.get(2));
    assertThat(drawn.get(3)).as("p2, p3, p4").containsAll(p2);
    assertThat(shared(drawn.get(3), drawn.get(1))).hasSize(2);
    assertThat(sampler.trajectory().getFirst().repeats()).isZero();
  }

  private static Set<Integer> cell(Rows rows, int[] batch, int y, int z) {
    Set<Integer> chosen = new HashSet<>();
    for (int row : batch) {
      if (rows.y()[row] == y && rows.groups().codes()[row] == z) {
        chosen.add(row);
      }
    }
    return chosen;
  }

  private static Set<Integer> shared(Set<Integer> left, Set<Integer> right) {
    Set<Integer> both = new HashSet<>(left);
    both.retainAll(right);
    return both;
  }

  @Test
  void everyEpochIsShuffledAnew() {
    FairBatchSampler sampler = sampler(SHIPPED, 100, Target.EQUAL_OPPORTUNITY, LEVEL);
    assertThat(sampler.epoch().getFirst()).isNotEqualTo(sampler.epoch().getFirst());
    assertThat(Arrays.stream(sampler.epoch().getFirst()).limit(36)).as("cells are mixed within a batch")
        .anyMatch(row -> SHIPPED.y()[row] == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"replacement=no", "replacement=yes"})
  void theSameSeedGivesTheSameBatches(String replacement) {
    Function<Long, List<List<Integer>>> batches = seed -> {
      var sampler = new FairBatchSampler(SHIPPED.y(), SHIPPED.groups(), 100, Target.EQUALIZED_ODDS,
          settings(replacement), new Rng(seed), () -> CPU.zeros(2000));
      List<List<Integer>> all = new ArrayList<>();
      for (int epoch = 0; epoch < 3; epoch++) {
        sampler.epoch().forEach(batch -> all.add(Arrays.stream(batch).boxed().toList()));
      }
      return all;
    };
    assertThat(batches.apply(1L)).isEqualTo(batches.apply(1L)).isNotEqualTo(batches.apply(2L));
  }

  @Test
  void withReplacementBatchesHoldDistinctRowsIndependently() {
    Rows rows = Rows.of(10, 10, 10, 10);
    FairBatchSampler sampler = sampler(rows, 20, Target.EQUAL_OPPORTUNITY, LEVEL, "replacement=yes");
    int[] times = new int[40];
    boolean overlapping = false;
    for (int epoch = 0; epoch < 1000; epoch++) {
      List<int[]> batches = sampler.epoch();
      for (int[] batch : batches) {
        assertThat(batch).hasSize(20).doesNotHaveDuplicates();
        Arrays.stream(batch).forEach(row -> times[row]++);
      }
      overlapping |= !shared(cell(rows, batches.get(0), 0, 0), cell(rows, batches.get(1), 0, 0)).isEmpty();
    }
    assertThat(overlapping).isTrue();
    // Each row is in half of the 2,000 batches: 1,000 with a standard deviation of 22.4.
    assertThat(times).satisfies(all -> assertThat(Arrays.stream(all)).allMatch(count -> Math.abs(count - 1000) < 100));
  }

  /** Of 60 + 60 positives and negatives, 4 and 1 are in group b, and the shares go to 0.5. */
  @ParameterizedTest
  @ValueSource(strings = {"replacement=no", "replacement=yes"})
  void cellsSmallerThanTheirShareRepeatAndAreCounted(String replacement) {
    Rows rows = Rows.of(59, 1, 56, 4);
    FairBatchSampler sampler = sampler(rows, 40, Target.EQUAL_OPPORTUNITY, B_IS_WORSE, "alpha=0.45", replacement);
    sampler.epoch();
    List<int[]> batches = sampler.epoch(); // the share of (1, b) is 4/60 + 0.9
    assertThat(batches).hasSize(3).allSatisfy(batch -> {
      assertThat(rows.count(batch)[1]).containsExactly(1, 19, 0);
      assertThat(cell(rows, batch, 1, 1)).as("all four rows").hasSize(4);
    });
    assertThat(sampler.trajectory().get(1).repeats()).isEqualTo(3 * (19 - 4));
    assertThat(sampler.notes()).anyMatch(note -> note.startsWith("label=0, group=b has one training row"))
        .anyMatch(note -> note.startsWith("small cells were drawn 63 times more")); // 3 * (10 - 4) in epoch 1
  }

  @Test
  void aCellOfOneRowGivesThatRow() {
    Rows rows = Rows.of(5, 5, 9, 1);
    FairBatchSampler sampler = sampler(rows, 10, Target.EQUAL_OPPORTUNITY, B_IS_WORSE, "alpha=0.3");
    for (int[] batch : sampler.epoch()) {
      assertThat(Arrays.stream(batch).filter(row -> row == 19)).hasSize(2);
    }
    assertThat(sampler.trajectory().getFirst().repeats()).isEqualTo(2);
  }

  @Test
  void aShareOfZeroLeavesItsCellOut() {
    FairBatchSampler sampler = sampler(SHIPPED, 100, Target.EQUAL_OPPORTUNITY, B_IS_WORSE, "alpha=1");
    assertThat(sampler.epoch()).allSatisfy(batch -> assertThat(SHIPPED.count(batch)[1]).containsExactly(0, 51, 0));
    assertThat(sampler.trajectory().getFirst().shares()[1]).containsExactly(0, 1);
    assertThat(sampler.notes()).containsExactly("a share was at its limit in 1 of 1 epochs: the gap could not be closed"
        + " further by sampling; a share-floor keeps every group in the batches");
  }

  @ParameterizedTest
  @CsvSource({"2000, 1", "1999, 1", "1000, 2", "667, 2", "666, 3"})
  void anEpochHasSoManyFullBatches(int batch, int batches) {
    assertThat(sampler(SHIPPED, batch, Target.EQUALIZED_ODDS, LEVEL).epoch()).hasSize(batches)
        .allSatisfy(rows -> assertThat(rows.length).isBetween(batch - 2, batch + 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 2001})
  void aBatchLargerThanTheDataIsRejected(int batch) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampler(SHIPPED, batch, Target.EQUALIZED_ODDS, LEVEL))
        .withMessage("fairbatch: batch " + batch + " must be between 1 and the number of training rows, 2000; lower"
            + " model.batch");
  }

  /** Half a row of each cell rounds to none. */
  @Test
  void aBatchOfNoRowsIsRejected() {
    FairBatchSampler sampler = sampler(Rows.of(5, 5, 5, 5), 2, Target.EQUALIZED_ODDS, LEVEL);
    assertThatIllegalArgumentException().isThrownBy(sampler::epoch)
        .withMessage("fairbatch: a batch of 2 leaves every cell less than half a row; raise model.batch or set"
            + " exact-batch=yes");
    assertThat(sampler(Rows.of(5, 5, 5, 5), 2, Target.EQUALIZED_ODDS, LEVEL, "exact-batch=yes").epoch())
        .hasSize(10).allSatisfy(batch -> assertThat(batch).hasSize(2));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aScoreThatIsNotFiniteStopsWithEpochAndRow(float score) {
    float[] scores = new float[2000];
    FairBatchSampler sampler = FairBatchSampler.of(SHIPPED.y(), SHIPPED.groups(), 100, Target.EQUAL_OPPORTUNITY,
        new Rng(1), () -> CPU.tensor(scores, 2000));
    sampler.epoch();
    scores[1234] = score;
    assertThatIllegalStateException().isThrownBy(sampler::epoch)
        .withMessage("fairbatch: the score of training row 1234 is " + score + " before epoch 2; lower"
            + " model.learning-rate or check the inputs");
    assertThat(sampler.trajectory()).hasSize(1);
  }

  @Test
  void scoresOfOtherRowsAreRejected() {
    FairBatchSampler sampler = FairBatchSampler.of(SHIPPED.y(), SHIPPED.groups(), 100, Target.EQUAL_OPPORTUNITY,
        new Rng(1), () -> CPU.zeros(100, 1));
    assertThatIllegalArgumentException().isThrownBy(sampler::epoch)
        .withMessageContaining("scored 100 rows, the training data has 2000");
  }

  @Test
  void labelsAndGroupsThatDoNotFitAreRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FairBatchSampler.of(new int[]{0, 1, 2}, new Attribute("z", List.of("a", "b"), new int[3]), 1,
            Target.EQUAL_OPPORTUNITY, new Rng(1), () -> CPU.zeros(3)))
        .withMessage("cells: label 2 of row 2 is not in 0 .. 1; number the labels from 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FairBatchSampler.of(new int[]{0, 1, 1}, new Attribute("z", List.of("a", "b"), new int[2]), 1,
            Target.EQUAL_OPPORTUNITY, new Rng(1), () -> CPU.zeros(3)))
        .withMessage("cells: attribute z has 2 rows, the labels have 3; give the groups of the same rows");
  }

  /** A third of each label's rows are of unknown group: they stay a third of its quota and do not change its losses. */
  @ParameterizedTest
  @EnumSource
  void rowsOfUnknownGroupAreDrawnInProportionAndNotCompared(Target target) {
    Rows rows = Rows.of(List.of("a", "b"), new int[]{30, 30, 30}, new int[]{30, 30, 30});
    float[] scores = new float[180];
    for (int row = 0; row < 180; row++) {
      scores[row] = rows.groups().codes()[row] < 0 ? 30 : 0;
    }
    var sampler = new FairBatchSampler(rows.y(), rows.groups(), 60, target, settings("alpha=0.1"), new Rng(2),
        () -> CPU.tensor(scores, 180));
    assertThat(sampler.epoch()).hasSize(3)
        .allSatisfy(batch -> assertThat(rows.count(batch)).isDeepEqualTo(new int[][]{{10, 10, 10}, {10, 10, 10}}));
    double expected = target == Target.DEMOGRAPHIC_PARITY ? Math.log(2) / 2 : Math.log(2);
    assertThat(sampler.trajectory().getFirst().losses()[1])
        .containsExactly(new double[]{expected, expected, Double.NaN}, within(1e-6));
  }

  /** Sex crossed with race; (1; f, y) does worst, (1; m, x) best. */
  @Test
  void crossedAttributesAreGroups() {
    int[] y = new int[80];
    int[] sex = new int[80];
    int[] race = new int[80];
    float[] scores = new float[80];
    for (int row = 0; row < 80; row++) {
      y[row] = row % 2;
      sex[row] = row / 2 % 2;
      race[row] = row / 4 % 2;
      scores[row] = sex[row] - race[row];
    }
    Attribute groups = Attribute.cross(List.of(new Attribute("sex", List.of("f", "m"), sex),
        new Attribute("race", List.of("x", "y"), race)));
    var sampler = new FairBatchSampler(y, groups, 40, Target.EQUAL_OPPORTUNITY, settings("alpha=0.05"), new Rng(2),
        () -> CPU.tensor(scores, 80, 1));
    int[][] counts = new Rows(y, groups).count(sampler.epoch().getFirst());
    assertThat(sampler.trajectory().getFirst().moved()).contains("label=1, group=f,y");
    assertThat(counts).isDeepEqualTo(new int[][]{{5, 5, 5, 5, 0}, {5, 6, 4, 5, 0}});
  }

  /**
   * At fixed shares the mean gradient of 10,000 batches is the sum over cells of share times mean gradient, the share
   * being n_{y,z} / n. The loss is logistic regression's at fixed weights: the gradient of a row is (p - y) x.
   */
  @Test
  void withReplacementTheGradientIsUnbiased() {
    Rows rows = Rows.of(40, 13, 24, 36);
    float[] x = rows.samples(9).x();
    double[] w = {0.7, -0.4, 0.3};
    double[][] gradients = new double[113][3];
    for (int row = 0; row < 113; row++) {
      double score = w[0] * x[3 * row] + w[1] * x[3 * row + 1] + w[2] * x[3 * row + 2];
      double slope = 1 / (1 + Math.exp(-score)) - rows.y()[row];
      for (int j = 0; j < 3; j++) {
        gradients[row][j] = slope * x[3 * row + j];
      }
    }
    FairBatchSampler sampler = sampler(rows, 20, Target.EQUAL_OPPORTUNITY, B_IS_WORSE, "replacement=yes", "alpha=0.2");
    sampler.epoch();
    sampler.epoch(); // the share of (1, b) is 1 from here on: 11 rows, none of (1, a)
    double[] sum = new double[3];
    double[] squares = new double[3];
    for (int epoch = 0; epoch < 2000; epoch++) {
      for (int[] batch : sampler.epoch()) {
        for (int j = 0; j < 3; j++) {
          int at = j;
          double mean = Arrays.stream(batch).mapToDouble(row -> gradients[row][at]).average().orElseThrow();
          sum[j] += mean;
          squares[j] += mean * mean;
        }
      }
    }
    int[][] sizes = sampler.trajectory().getLast().sizes();
    assertThat(sizes).isDeepEqualTo(new int[][]{{7, 2}, {0, 11}});
    int[][] counts = {{40, 13}, {24, 36}};
    for (int j = 0; j < 3; j++) {
      double expected = 0;
      for (int row = 0; row < 113; row++) {
        int y = rows.y()[row];
        int z = rows.groups().codes()[row];
        expected += sizes[y][z] / 20.0 / counts[y][z] * gradients[row][j];
      }
      double mean = sum[j] / 10_000;
      double error = Math.sqrt((squares[j] / 10_000 - mean * mean) / 10_000);
      assertThat(mean).isCloseTo(expected, within(4 * error));
      assertThat(error).isBetween(1e-6, 0.01);
    }
  }

  /** A training loop of one's own; where its batches come from is its one argument. */
  private static double loop(Samples samples, Function<Function<Tensor, Tensor>, BatchSampler> sampler) {
    Tensor x = samples.features(CPU);
    Tensor y = samples.labels(CPU);
    var model = LogisticRegression.of(new Rng(3), CPU, 3);
    var parameters = List.copyOf(model.parameters().values());
    var adam = new Adam(parameters, Adam.Settings.defaults().withRate(0.02));
    BatchSampler batches = sampler.apply(inputs -> Grad.without(() -> model.forward(Var.of(inputs))).value());
    for (int epoch = 0; epoch < 150; epoch++) {
      for (int[] rows : batches.epoch()) {
        Tensor index = CPU.tensor(rows);
        Var loss = Losses.binaryCrossEntropyWithLogits(model.forward(Var.of(x.indexSelect(0, index))),
            Var.of(y.indexSelect(0, index)));
        adam.step(Grad.of(loss, parameters));
      }
    }
    float[] logits = model.forward(Var.of(x)).value().toFloats();
    double[] loss = new double[2];
    int[] count = new int[2];
    int[] group = samples.groups().codes();
    for (int row = 0; row < logits.length; row++) {
      if (samples.y()[row] == 1) {
        loss[group[row]] += Math.log1p(Math.exp(-logits[row]));
        count[group[row]]++;
      }
    }
    return Math.abs(loss[0] / count[0] - loss[1] / count[1]);
  }

  @Test
  void aLoopOfOnesOwnChangesInOneLine() {
    Samples samples = Rows.of(200, 50, 75, 175).samples(11);
    var rng = new Rng(5);
    double plain = loop(samples, model -> new ShuffledBatches(samples.rows(), 100, rng, true));
    Tensor x = samples.features(CPU);
    double adapted = loop(samples, model -> FairBatchSampler.of(samples.y(), samples.groups(), 100,
        Target.EQUAL_OPPORTUNITY, rng, () -> model.apply(x)));
    assertThat(plain).isGreaterThan(0.2);
    assertThat(adapted).isLessThan(plain / 3);
  }
}
