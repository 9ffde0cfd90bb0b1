package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GapRegularizationTests {
  private static final Device CPU = Device.cpu();
  private static final int[] Y = {0, 0, 1, 1, 1, 0, 1};
  private static final Attribute Z = new Attribute("z", List.of("a", "b"), new int[]{0, 1, 0, 0, 1, 1, -1});
  private static final float[] P = {0.1f, 0.3f, 0.6f, 0.9f, 0.2f, 0.7f, 0.5f};

  private static double gap(Target target, Attribute groups, int... rows) {
    float[] p = new float[rows.length];
    IntStream.range(0, rows.length).forEach(i -> p[i] = P[rows[i]]);
    return GapRegularization.gap(Var.of(CPU.tensor(p, p.length, 1)), target, Y, groups, rows, CPU).item();
  }

  /**
   * Means of a and b: of all rows 1.6/3 and 1.2/3, of label 1 .75 and .2, of label 0 .1 and .5; row 6 is of unknown
   * group.
   */
  @ParameterizedTest
  @CsvSource({"DEMOGRAPHIC_PARITY, 0.1333333", "EQUAL_OPPORTUNITY, 0.55", "EQUALIZED_ODDS, 0.95"})
  void gapsByHand(Target target, double expected) {
    assertThat(gap(target, Z, 0, 1, 2, 3, 4, 5, 6)).isCloseTo(expected, within(1e-6));
    assertThat(gap(target, Z, 6, 4, 2, 0, 5, 3, 1)).as("in another order").isCloseTo(expected, within(1e-6));
  }

  /** Groups c, d and an empty e: .1, .3, .6 and .9, .2, .7 of all rows; a row counts as often as it is drawn. */
  @Test
  void pairsOfSeveralGroupsAreAveraged() {
    Attribute three = new Attribute("z", List.of("c", "d", "e", "f"), new int[]{0, 1, 0, 3, 1, 3, 0});
    double c = (0.1 + 0.6 + 0.5) / 3;
    double d = (0.3 + 0.2) / 2;
    double f = (0.9 + 0.7) / 2;
    assertThat(gap(Target.DEMOGRAPHIC_PARITY, three, 0, 1, 2, 3, 4, 5, 6))
        .isCloseTo((Math.abs(c - d) + Math.abs(c - f) + Math.abs(d - f)) / 3, within(1e-6));
  }

  @ParameterizedTest
  @EnumSource
  void aGroupWithoutRowsInTheBatchAddsNothing(Target target) {
    assertThat(gap(target, Z, 0, 2, 3, 6)).isZero();
    assertThat(gap(target, Z, 6)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void theGradientIsThatOfTheGap(Target target) {
    int[] rows = IntStream.range(0, Y.length).toArray();
    float[] logits = {-1, 0.3f, 0.6f, 2, -0.2f, 0.7f, 0.5f};
    float[] gradient = Grad.of(
        s -> GapRegularization.gap(s.sigmoid(), target, Y, Z, rows, CPU), CPU.tensor(logits, 7, 1)).toFloats();
    for (int i = 0; i < 7; i++) {
      double difference = (value(target, logits, i, 1e-5) - value(target, logits, i, -1e-5)) / 2e-5;
      assertThat(gradient[i]).as("row %d", i).isCloseTo((float) difference, within(1e-5f));
    }
    assertThat(gradient[6]).isZero();
    assertThat(Arrays.equals(gradient, new float[7])).isFalse();
  }

  /** The gap in double precision, with one logit shifted. */
  private static double value(Target target, float[] logits, int shifted, double by) {
    double gap = 0;
    int[][] labels = switch (target) {
      case DEMOGRAPHIC_PARITY -> new int[][]{{0, 1}};
      case EQUAL_OPPORTUNITY -> new int[][]{{1}};
      case EQUALIZED_ODDS -> new int[][]{{0}, {1}};
    };
    for (int[] among : labels) {
      double[] sum = new double[2];
      int[] count = new int[2];
      for (int row = 0; row < 6; row++) {
        if (among.length == 2 || among[0] == Y[row]) {
          sum[Z.codes()[row]] += 1 / (1 + Math.exp(-logits[row] - (row == shifted ? by : 0)));
          count[Z.codes()[row]]++;
        }
      }
      gap += Math.abs(sum[0] / count[0] - sum[1] / count[1]);
    }
    return gap;
  }

  @ParameterizedTest
  @EnumSource
  void withoutWeightItIsPlainTraining(Target target) {
    Samples samples = Rows.of(60, 10, 20, 60).samples(3);
    Task task = Task.of(samples, target, ModelSpec.parse("mlp:6"), TrainingConfig.DEFAULT, CPU, 1);
    double[] plain = new Erm().fit(task, new Erm.Config()).scores(samples);
    var method = new GapRegularization();
    assertThat(method.fit(task, new GapRegularization.Config(0)).scores(samples)).isEqualTo(plain);
    assertThat(method.fit(task, new GapRegularization.Config(1)).scores(samples)).isNotEqualTo(plain);
  }

  @Test
  void moreWeightLeavesASmallerGap() {
    Rows rows = Rows.of(160, 40, 60, 140);
    Samples samples = rows.samples(3);
    var training = new TrainingConfig(40, 100, 0.02, TrainingConfig.Optimizer.ADAM, 0, 1, 0);
    Task task = Task.of(samples, Target.DEMOGRAPHIC_PARITY, new ModelSpec(), training, CPU, 1);
    double[] gaps = {0, 1, 5};
    for (int i = 0; i < gaps.length; i++) {
      double[] scores = new GapRegularization().fit(task, new GapRegularization.Config(gaps[i])).scores(samples);
      double[] sum = new double[2];
      IntStream.range(0, scores.length).forEach(row -> sum[rows.groups().codes()[row]] += scores[row]);
      gaps[i] = Math.abs(sum[0] / 220 - sum[1] / 180);
    }
    assertThat(gaps[1]).isLessThan(gaps[0] / 2);
    assertThat(gaps[2]).isLessThan(gaps[1]);
  }

  @Test
  void aNegativeWeightIsRejected() {
    for (double lambda : new double[]{-1, Double.NaN}) {
      assertThatIllegalArgumentException().isThrownBy(() -> new GapRegularization.Config(lambda))
          .withMessage("setting gap-regularization.lambda must be at least 0, got " + lambda);
    }
  }
}
