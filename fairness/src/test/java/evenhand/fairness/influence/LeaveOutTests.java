package evenhand.fairness.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeaveOutTests {
  private static final Heads HEADS = Heads.logistic(157);
  private static final Objective OBJECTIVE = HEADS.objective();

  private static Influence influence(Measure measure) {
    return Influence.of(OBJECTIVE, measure, Cholesky.automatic());
  }

  /** Slopes of 1: a wrong sign would make them and the correlations negative, a wrong scale 157 or 1/157. */
  @Test
  void trainingAgainConfirmsEveryMeasure() {
    double[] theta = OBJECTIVE.theta();
    for (Measure measure : HEADS.measures()) {
      LeaveOut single = LeaveOut.check(OBJECTIVE, measure, influence(measure), Refit.newton(), 1, 15);
      assertThat(single.rankCorrelation().orElseThrow()).isGreaterThan(0.95);
      assertThat(single.slope().orElseThrow()).isCloseTo(1, within(0.1));
      LeaveOut several = LeaveOut.check(OBJECTIVE, measure, influence(measure), Refit.newton(), 6, 12);
      assertThat(several.rankCorrelation().orElseThrow()).isGreaterThanOrEqualTo(0.9);
      assertThat(several.isTrustworthy()).isTrue();
      assertThat(OBJECTIVE.theta()).as("the model is as before").isEqualTo(theta);
    }
  }

  /**
   * Single rows, 20 most harmful, 20 most helpful, 40 between, each left out and the model trained again: sign and size of
   * the influences, which a wrong sign or a factor would fail.
   */
  @Test
  void singleRowsHaveTheSignAndSizePredicted() {
    Heads heads = Heads.logistic(1500);
    Influence influence = Influence.of(heads.objective(), heads.bias(), Cholesky.damped(0));
    int[] ranking = influence.ranking();
    List<int[]> rows = IntStream.concat(IntStream.concat(IntStream.range(0, 20), IntStream.range(1480, 1500)),
        IntStream.range(0, 40).map(i -> 37 * (i + 1))).mapToObj(rank -> new int[]{ranking[rank]}).toList();
    LeaveOut check = LeaveOut.of(heads.objective(), heads.bias(), influence, Refit.newton(), rows);
    double[] predicted = check.outcomes().stream().mapToDouble(LeaveOut.Outcome::predicted).toArray();
    double[] retrained = check.outcomes().stream().mapToDouble(LeaveOut.Outcome::retrained).toArray();
    assertThat(check.slope().orElseThrow()).isCloseTo(1, within(0.01));
    assertThat(pearson(predicted, retrained)).isGreaterThanOrEqualTo(0.9999);
    assertThat(IntStream.range(0, 80).filter(i -> predicted[i] * retrained[i] > 0).count()).isGreaterThanOrEqualTo(76);
  }

  private static double pearson(double[] a, double[] b) {
    double[] x = Vectors.plus(a, -Arrays.stream(a).average().orElseThrow(), ones(a.length));
    double[] y = Vectors.plus(b, -Arrays.stream(b).average().orElseThrow(), ones(b.length));
    return Vectors.dot(x, y) / (Vectors.norm(x) * Vectors.norm(y));
  }

  private static double[] ones(int n) {
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  void theFirstSetIsTheTop() {
    Influence influence = influence(HEADS.bias());
    LeaveOut check = LeaveOut.check(OBJECTIVE, HEADS.bias(), influence, Refit.newton(), 5, 3);
    LeaveOut.Outcome first = check.outcomes().getFirst();
    assertThat(first.rows()).isEqualTo(influence.top(5));
    assertThat(first.predicted()).isEqualTo(influence.predictedChange(first.rows())).isNegative();
    assertThat(first.retrained()).isNegative();
    int[] ranking = influence.ranking();
    assertThat(check.outcomes().getLast().rows()).isEqualTo(Arrays.copyOfRange(ranking, 152, 157));
    assertThat(check.outcomes().getLast().retrained()).isPositive();
  }

  @Test
  void influencesOfTheWrongSignOrScaleAreFound() {
    Influence right = influence(HEADS.bias());
    for (double factor : new double[]{-1, 157, 1 / 157.0}) {
      var wrong = new Influence(Vectors.times(factor, right.rows()), right.measure(), right.gradient(),
          right.solution(), right.optimality());
      LeaveOut check = LeaveOut.check(OBJECTIVE, HEADS.bias(), wrong, Refit.newton(), 1, 15);
      assertThat(check.slope().orElseThrow() * factor).isCloseTo(1, within(0.1));
      assertThat(check.isTrustworthy()).isEqualTo(factor > 0);
    }
  }

  /** Predicted ranks 1, 2.5, 2.5, 4 less their mean 2.5, retrained 1, 2, 4, 3: 3 / sqrt(4.5 * 5). */
  @Test
  void rankCorrelationByHand() {
    var check = new LeaveOut(List.of(outcome(-1, 0), outcome(2, 1), outcome(2, 7), outcome(5, 6)));
    assertThat(check.rankCorrelation().orElseThrow()).isCloseTo(3 / Math.sqrt(22.5), within(1e-12));
    assertThat(check.slope().orElseThrow()).isCloseTo((2 + 14 + 30) / 34.0, within(1e-12));
    var flat = new LeaveOut(List.of(outcome(0, 1), outcome(0, 2)));
    assertThat(flat.rankCorrelation()).isEmpty();
    assertThat(flat.slope()).isEmpty();
    assertThat(flat.isTrustworthy()).isFalse();
  }

  private static LeaveOut.Outcome outcome(double predicted, double retrained) {
    return new LeaveOut.Outcome(new int[0], predicted, retrained);
  }

  @Test
  void sizesOutOfRangeAreRejected() {
    Influence influence = influence(HEADS.bias());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LeaveOut.check(OBJECTIVE, HEADS.bias(), influence, Refit.newton(), 157, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LeaveOut.check(OBJECTIVE, HEADS.bias(), influence, Refit.newton(), 1, 1))
        .withMessage("leaveOut: 1 sets cannot be correlated; ask for at least 2");
  }

  /** The step of a removal is Newton's first towards the minimum without the rows. */
  @Test
  void aRemovalComesCloseToTrainingAgain() {
    double[] theta = OBJECTIVE.theta();
    int[] rows = influence(HEADS.bias()).top(3);
    double[] step = Unlearning.removal(OBJECTIVE, Cholesky.automatic(), rows).x();
    Refit.newton().fit(OBJECTIVE.without(rows));
    double[] exact = Vectors.plus(OBJECTIVE.theta(), -1, theta);
    OBJECTIVE.moveTo(theta);
    assertThat(Vectors.norm(Vectors.plus(step, -1, exact))).isLessThan(0.2 * Vectors.norm(exact));
  }

  /** Pairs of which the first member agrees with the bias: tau 1 lowers it, the wrong sign raises it. */
  @Test
  void externalPairsLowerTheBias() {
    double[] theta = OBJECTIVE.theta();
    int[] favoured = IntStream.range(0, 60).filter(row -> row % 2 == HEADS.labels()[row]).toArray();
    var index = Heads.CPU.tensor(favoured);
    Solution step = Unlearning.external(OBJECTIVE, Cholesky.automatic(), HEADS.x().indexSelect(0, index),
        HEADS.flipped().indexSelect(0, index), OBJECTIVE.labelsOf(favoured));
    Solution same = Unlearning.replacement(OBJECTIVE, Cholesky.automatic(), HEADS.flipped(), favoured);
    assertThat(step.x()).isEqualTo(same.x());
    double before = Influence.value(OBJECTIVE, HEADS.bias());
    double[] after = new double[2];
    for (int i = 0; i < 2; i++) {
      Unlearning.move(OBJECTIVE, step, i == 0 ? 0.2 : -0.2);
      after[i] = Influence.value(OBJECTIVE, HEADS.bias());
      OBJECTIVE.moveTo(theta);
    }
    assertThat(after[0]).isLessThan(before);
    assertThat(after[1]).isGreaterThan(before);
  }

  /** Every row twice: the sum's Hessian doubles, so the same pairs move theta half as far. */
  @Test
  void stepsAreInSumForm() {
    var x = Tensor.concat(0, List.of(HEADS.x(), HEADS.x()));
    int[] labels = Arrays.copyOf(HEADS.labels(), 314);
    System.arraycopy(HEADS.labels(), 0, labels, 157, 157);
    Objective twice = Objective.of(OBJECTIVE.model(), x, labels, Heads.LAMBDA);
    double[] once = Unlearning.external(OBJECTIVE, Cholesky.automatic(), HEADS.x(), HEADS.flipped(), HEADS.labels())
        .x();
    double[] half = Unlearning.external(twice, Cholesky.automatic(), HEADS.x(), HEADS.flipped(), HEADS.labels()).x();
    assertThat(half).containsExactly(Vectors.times(0.5, once), within(1e-5 * Vectors.norm(once)));
  }
}
