package evenhand.fairness.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Attribute;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InfluenceTests {
  private static final Heads LOGISTIC = Heads.logistic(157);

  static List<Heads> heads() {
    return List.of(LOGISTIC, Heads.softmax(101));
  }

  private static Tensor row(Tensor x, int row) {
    return x.slice(0, row, row + 1);
  }

  /** Every row's influence against its own gradient and solve. */
  @ParameterizedTest
  @MethodSource("heads")
  void oneSolveGivesWhatOneSolvePerRowWould(Heads heads) {
    Objective objective = heads.objective();
    Influence influence = Influence.of(objective, heads.bias(), Cholesky.automatic());
    double[][] hessian = objective.denseHessian();
    double largest = Arrays.stream(influence.rows()).map(Math::abs).max().orElseThrow();
    for (int row : new int[]{0, 1, 50, 100}) {
      double[] gradient = objective.gradient(row(heads.x(), row), heads.labels()[row]);
      double[] moved = Cholesky.automatic().solve(hessian, gradient).x();
      assertThat(influence.rows()[row]).as("row %d", row)
          .isCloseTo(-Vectors.dot(influence.gradient(), moved), within(1e-4 * largest));
    }
    assertThat(influence.optimality()).isLessThan(1e-6);
  }

  @Test
  void solversThatNeverBuildTheHessianAgree() {
    double[] exact = Influence.of(LOGISTIC.objective(), LOGISTIC.bias(), Cholesky.automatic()).rows();
    double largest = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
    for (InverseHessian solver : List.of(ConjugateGradient.automatic(), Lissa.automatic())) {
      Influence influence = Influence.of(LOGISTIC.objective(), LOGISTIC.bias(), solver);
      assertThat(influence.solution().verdict()).as(solver.name()).isEqualTo(Solution.Verdict.CONVERGED);
      assertThat(influence.rows()).as(solver.name()).containsExactly(exact, within(1e-3 * largest));
    }
  }

  /** The logistic Hessian by hand: {@code sum of p (1 - p) x x^T + lambda rows I}. */
  @Test
  void theHessianIsTheSumOverRows() {
    float[] x = LOGISTIC.x().toFloats();
    double[] theta = LOGISTIC.objective().theta();
    int n = theta.length;
    double[][] expected = new double[n][n];
    for (int row = 0; row < LOGISTIC.labels().length; row++) {
      double score = 0;
      for (int i = 0; i < n; i++) {
        score += theta[i] * x[row * n + i];
      }
      double p = 1 / (1 + Math.exp(-score));
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          expected[i][j] += p * (1 - p) * x[row * n + i] * x[row * n + j];
        }
      }
    }
    double[][] got = LOGISTIC.objective().denseHessian();
    for (int i = 0; i < n; i++) {
      expected[i][i] += Heads.LAMBDA * LOGISTIC.labels().length;
      assertThat(got[i]).containsExactly(expected[i], within(1e-4));
    }
  }

  @ParameterizedTest
  @MethodSource("heads")
  void gaussNewtonIsTheHessianOfALinearHead(Heads heads) {
    double[] v = new double[heads.objective().theta().length];
    Arrays.setAll(v, i -> Math.sin(i + 1));
    double[] hv = heads.objective().hessian().apply(v);
    assertThat(heads.objective().gaussNewton().apply(v)).containsExactly(hv, within(1e-4 * Vectors.norm(hv)));
  }

  /** A Hessian-vector product against the difference of gradients, and an indefinite Hessian beside Gauss-Newton. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void deepModels(int outputs) {
    Heads heads = Heads.deep(67, outputs);
    Objective objective = heads.objective();
    double[] theta = objective.theta();
    double[] v = new double[theta.length];
    Arrays.setAll(v, i -> Math.cos(3 * i));
    double[] hv = objective.hessian().apply(v);
    objective.moveTo(Vectors.plus(theta, 1e-2, v));
    double[] ahead = objective.gradient();
    objective.moveTo(Vectors.plus(theta, -1e-2, v));
    double[] difference = Vectors.times(50, Vectors.plus(ahead, -1, objective.gradient()));
    objective.moveTo(theta);
    assertThat(hv).containsExactly(difference, within(2e-3 * Vectors.norm(hv)));

    var sharp = new Objective(objective.model(), objective.parameters(), heads.x(), heads.labels(), 1e-3);
    assertThatExceptionOfType(SolverException.class)
        .isThrownBy(() -> Influence.of(sharp, heads.bias(), Cholesky.damped(0)))
        .withMessageContaining("use the Gauss-Newton product");
    Influence influence = Influence.of(sharp, heads.bias(), Cholesky.automatic(), sharp.gaussNewton());
    assertThat(influence.rows()).hasSize(67).doesNotContain(Double.NaN);
    assertThat(influence.optimality()).as("an untrained model is told").isGreaterThan(1e-3);
  }

  /** Softmax without a ridge: a constant added to all classes changes nothing, so the Hessian is singular. */
  @Test
  void aSingularHessianIsNamedOrDamped() {
    Heads heads = Heads.softmax(67);
    var free = new Objective(heads.objective().model(), heads.objective().parameters(), heads.x(), heads.labels(), 0);
    assertThatExceptionOfType(SolverException.class)
        .isThrownBy(() -> Influence.of(free, heads.bias(), Cholesky.damped(0)))
        .withMessageContaining("raise damping (now 0.0)");
    Influence damped = Influence.of(free, heads.bias(), Cholesky.automatic());
    assertThat(damped.solution().damping()).isPositive();
    assertThat(damped.solution().verdict()).isEqualTo(Solution.Verdict.CONVERGED);
  }

  /** Central differences of each measure along the gradient itself. */
  @ParameterizedTest
  @MethodSource("heads")
  void gradientsOfTheMeasures(Heads heads) {
    Objective objective = heads.objective();
    double[] theta = objective.theta();
    for (Measure measure : heads.measures()) {
      double[] gradient = objective.gradient(measure.of(objective.model()));
      double length = Vectors.norm(gradient);
      double h = 1e-2;
      objective.moveTo(Vectors.plus(theta, h / length, gradient));
      double ahead = Influence.value(objective, measure);
      objective.moveTo(Vectors.plus(theta, -h / length, gradient));
      double behind = Influence.value(objective, measure);
      objective.moveTo(theta);
      assertThat((ahead - behind) / (2 * h)).isCloseTo(length, within(2e-3 * length + 1e-5));
    }
  }

  /** Scores 0, 1, 2, 3 of groups a, b, a, b with labels 0, 1, 1, 1. */
  @Test
  void measuresByHand() {
    Tensor x = Heads.CPU.tensor(new float[]{0, 1, 2, 3}, 4, 1);
    Attribute groups = new Attribute("z", List.of("a", "b"), new int[]{0, 1, 0, 1});
    double[] p = IntStream.range(0, 4).mapToDouble(s -> 1 / (1 + Math.exp(-s))).toArray();
    double parity = Math.abs(p[0] + p[2] - p[1] - p[3]) / 2;
    double opportunity = Math.abs(p[2] - (p[1] + p[3]) / 2);
    Tensor other = Heads.CPU.tensor(new float[]{1, 1, 0, 3}, 4, 1);
    double bias = (p[1] - p[0] + p[2] - p[0]) / 4;
    int[] y = {0, 1, 1, 1};
    assertThat(Measure.demographicParity(x, groups).of((s, _) -> s).item()).isCloseTo((float) parity, within(1e-6f));
    assertThat(Measure.equalOpportunity(x, y, groups).of((s, _) -> s).item())
        .isCloseTo((float) opportunity, within(1e-6f));
    assertThat(Measure.counterfactualBias(x, other, y).of((s, _) -> s).item())
        .isCloseTo((float) bias, within(1e-6f));
    assertThat(Measure.meanLoss(x, y).of((s, _) -> s).item())
        .isCloseTo((float) (-(Math.log(1 - p[0]) + Math.log(p[1]) + Math.log(p[2]) + Math.log(p[3])) / 4),
            within(1e-6f));
  }

  @Test
  void aGroupWithoutRowsIsNamed() {
    Tensor x = Heads.CPU.tensor(new float[]{0, 1, 2}, 3, 1);
    Attribute groups = new Attribute("sex", List.of("F", "M"), new int[]{0, 1, 1});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Measure.equalOpportunity(x, new int[]{0, 1, 1}, groups))
        .withMessage("equalOpportunity: no rows with label 1 in group sex=F; the gap is undetermined "
            + "(counts: [0, 2] of [F, M])");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Measure.demographicParity(x, new Attribute("sex", List.of("F", "M"), new int[]{1, -1, 1})))
        .withMessageStartingWith("demographicParity: no rows in group sex=F");
  }

  @Test
  void noBiasGivesNoInfluence() {
    Measure none = Measure.counterfactualBias(LOGISTIC.x(), LOGISTIC.x(), LOGISTIC.labels());
    Influence influence = Influence.of(LOGISTIC.objective(), none, ConjugateGradient.automatic());
    assertThat(influence.rows()).containsOnly(0);
    assertThat(influence.solution().iterations()).isZero();
  }

  @Test
  void rankingBreaksTiesByRow() {
    var influence = new Influence(new double[]{1, 3, -2, 3}, 0, new double[0],
        new Solution(new double[0], 0, 0, 0, Solution.Verdict.CONVERGED), 0);
    assertThat(influence.top(3)).containsExactly(1, 3, 0);
    assertThat(influence.predictedChange(1, 2)).isEqualTo(-1);
    for (int k : new int[]{0, 4}) {
      assertThatIllegalArgumentException().isThrownBy(() -> influence.top(k))
          .withMessage("influence: top " + k + " of 4 rows; ask for at least one and fewer than all");
    }
  }

  @Test
  void inputsThatDoNotFitAreRejected() {
    Objective objective = LOGISTIC.objective();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Objective.of(objective.model(), objective.x(), new int[3], 0))
        .withMessageContaining("one label for each");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Objective.of((x, _) -> x, objective.x(), LOGISTIC.labels(), 0))
        .withMessageContaining("no parameters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> objective.without(IntStream.range(0, 157).toArray()))
        .withMessage("influence: no row is left of 157; leave out fewer");
    assertThatIllegalArgumentException().isThrownBy(() -> objective.without(3, 157))
        .withMessage("influence: there is no row 157 of 157; rows count from 0");
  }
}
