package evenhand.fairness.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InverseHessianTests {
  private static final double[] B = {1, -2, 3, 0.5, -1, 2, 0.25};

  static List<InverseHessian> automatic() {
    return List.of(Cholesky.automatic(), ConjugateGradient.automatic(), Lissa.automatic());
  }

  static List<InverseHessian> undamped() {
    return List.of(Cholesky.damped(0), ConjugateGradient.damped(0), Lissa.damped(0));
  }

  private static UnaryOperator<double[]> diagonal(double... d) {
    return v -> {
      double[] product = v.clone();
      Arrays.setAll(product, i -> d[i] * v[i]);
      return product;
    };
  }

  /** Q diag(d) Q with the reflection Q = I - 2 u u^T / u.u, so the eigenvalues are d and no axis is special. */
  private static UnaryOperator<double[]> rotated(double... d) {
    double[] u = new double[d.length];
    Rng rng = new Rng(5);
    Arrays.setAll(u, i -> rng.nextGaussian());
    UnaryOperator<double[]> q = v -> Vectors.plus(v, -2 * Vectors.dot(u, v) / Vectors.dot(u, u), u);
    return v -> q.apply(diagonal(d).apply(q.apply(v)));
  }

  private static final UnaryOperator<double[]> POSITIVE = rotated(0.2, 0.5, 1, 2, 3, 7, 11);

  @Test
  void choleskyByHand() {
    // [[4, 2], [2, 3]] x = [2, 5]: determinant 8, x = [(3*2 - 2*5) / 8, (4*5 - 2*2) / 8] = [-.5, 2]
    Solution solution = Cholesky.damped(0).solve(new double[][]{{4, 2}, {2, 3}}, new double[]{2, 5});
    assertThat(solution.x()).containsExactly(new double[]{-0.5, 2}, within(1e-15));
    assertThat(solution.verdict()).isEqualTo(Solution.Verdict.CONVERGED);
    // with damping 1: [[5, 2], [2, 4]], determinant 16, x = [(4*2 - 2*5) / 16, (5*5 - 2*2) / 16]
    assertThat(Cholesky.damped(1).solve(new double[][]{{4, 2}, {2, 3}}, new double[]{2, 5}).x())
        .containsExactly(new double[]{-0.125, 1.3125}, within(1e-15));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void allSolversAgree(double damping) {
    double[] exact = Cholesky.damped(damping).solve(POSITIVE, B).x();
    var tight = List.of(new ConjugateGradient(OptionalDouble.of(damping), 1e-10, 100),
        new Lissa(OptionalDouble.of(damping), OptionalDouble.empty(), 1e-10, 5000));
    for (InverseHessian solver : tight) {
      Solution solution = solver.solve(POSITIVE, B);
      assertThat(solution.x()).as(solver.name()).containsExactly(exact, within(1e-8));
      assertThat(solution.verdict()).isEqualTo(Solution.Verdict.CONVERGED);
      assertThat(solution.residual()).isLessThanOrEqualTo(1e-10);
      assertThat(solution.damping()).isEqualTo(damping);
    }
    // seven eigenvalues: conjugate gradient ends in seven steps
    assertThat(tight.getFirst().solve(POSITIVE, B).iterations()).isEqualTo(7);
  }

  @ParameterizedTest
  @MethodSource("automatic")
  void aPositiveHessianIsNotDamped(InverseHessian solver) {
    Solution solution = solver.solve(POSITIVE, B);
    assertThat(solution.damping()).isZero();
    assertThat(solution.verdict()).isEqualTo(Solution.Verdict.CONVERGED);
    double[] error = Vectors.plus(POSITIVE.apply(solution.x()), -1, B);
    assertThat(solution.residual()).isCloseTo(Vectors.norm(error) / Vectors.norm(B), within(1e-12));
  }

  /** An x of another sign or scale is told by its residual: 2 and 1/2 where it should be 0. */
  @Test
  void wrongAnswersDoNotConverge() {
    double[] x = Cholesky.damped(0).solve(POSITIVE, B).x();
    assertThatExceptionOfType(SolverException.class).isThrownBy(
        () -> Answers.checked(Cholesky.damped(0), POSITIVE, B, 0, Vectors.times(-1, x), 1))
        .withMessage("cholesky: residual 2.00 after 1 iterations; raise damping (now 0.0)");
    assertThat(Answers.checked(Cholesky.damped(0), POSITIVE, B, 0, Vectors.times(0.5, x), 1).verdict())
        .isEqualTo(Solution.Verdict.STALLED);
  }

  @ParameterizedTest
  @MethodSource("automatic")
  void nothingToSolve(InverseHessian solver) {
    Solution solution = solver.solve(POSITIVE, new double[7]);
    assertThat(solution.x()).containsOnly(0);
    assertThat(solution.verdict()).isEqualTo(Solution.Verdict.CONVERGED);
  }

  @Test
  void aSingularHessianIsNamed() {
    UnaryOperator<double[]> singular = diagonal(0, 0.5, 1, 2, 3, 7, 11);
    assertThatExceptionOfType(SolverException.class).isThrownBy(() -> Cholesky.damped(0).solve(singular, B))
        .withMessage("cholesky: the Hessian is singular at parameter 0 (pivot 0.00, largest diagonal 11.0); "
            + "raise damping (now 0.0)")
        .satisfies(e -> assertThat(e.verdict()).isEqualTo(Solution.Verdict.DIVERGED));
    double[] alongZero = {1, 0, 0, 0, 0, 0, 0};
    assertThatExceptionOfType(SolverException.class)
        .isThrownBy(() -> ConjugateGradient.damped(0).solve(singular, alongZero))
        .withMessage(
            "conjugateGradient: curvature is zero (the Hessian is singular) at step 1; raise damping (now 0.0)");
    // the component along the zero stays as residual: |b_0| / |b|
    Solution stalled = Lissa.damped(0).solve(singular, B);
    assertThat(stalled.verdict()).isEqualTo(Solution.Verdict.STALLED);
    assertThat(stalled.residual()).isCloseTo(1 / Vectors.norm(B), within(1e-6));
  }

  @Test
  void negativeCurvatureIsNamed() {
    UnaryOperator<double[]> saddle = rotated(-1, 0.5, 1, 2, 3, 7, 11);
    assertThatExceptionOfType(SolverException.class).isThrownBy(() -> ConjugateGradient.damped(1e-4).solve(saddle, B))
        .withMessageMatching("conjugateGradient: curvature is negative at step [1-7]; raise damping \\(now 1.0E-4\\) "
            + "or use the Gauss-Newton product");
    assertThatExceptionOfType(SolverException.class).isThrownBy(() -> Cholesky.damped(1e-4).solve(saddle, B))
        .withMessageMatching("cholesky: curvature is negative at parameter \\d .*Gauss-Newton product");
    assertThatExceptionOfType(SolverException.class).isThrownBy(() -> Lissa.damped(1e-4).solve(saddle, B))
        .withMessageMatching("lissa: diverged at step \\d+, residual .*raise scale .*or damping \\(now 1.0E-4\\)");
  }

  /** -.5 needs a damping above .5; 11e-6 raised tenfold first exceeds it at 1.1. */
  @ParameterizedTest
  @MethodSource("automatic")
  void dampingIsRaisedUntilItIsEnough(InverseHessian solver) {
    UnaryOperator<double[]> saddle = rotated(-0.5, 0.5, 1, 2, 3, 7, 11);
    Solution solution = solver.solve(saddle, B);
    assertThat(solution.damping()).isCloseTo(1.1, within(0.06));
    assertThat(solution.verdict()).isEqualTo(Solution.Verdict.CONVERGED);
    assertThat(Vectors.norm(Vectors.plus(Vectors.plus(saddle.apply(solution.x()), solution.damping(), solution.x()),
        -1, B))).isLessThan(1e-3);
  }

  @ParameterizedTest
  @MethodSource("automatic")
  void whatNoDampingMendsIsRefused(InverseHessian solver) {
    assertThatExceptionOfType(SolverException.class)
        .isThrownBy(() -> solver.solve(rotated(-11, -7, -3, -2, -1, -1, -1), B))
        .withMessageContaining("Gauss-Newton product");
  }

  /** Half the largest eigenvalue, 5.5, is the border. */
  @Test
  void lissaConvergesAboveHalfTheLargestEigenvalueOnly() {
    Lissa lissa = Lissa.damped(0);
    assertThat(lissa.withScale(6).solve(POSITIVE, B).verdict()).isEqualTo(Solution.Verdict.CONVERGED);
    assertThatExceptionOfType(SolverException.class).isThrownBy(() -> lissa.withScale(5).solve(POSITIVE, B))
        .withMessageMatching("lissa: diverged at step \\d+, residual .* raise scale \\(now 5.000\\) above half the "
            + "largest eigenvalue, or damping \\(now 0.0\\)");
  }

  @Test
  void tooFewStepsAreStalled() {
    var conjugate = new ConjugateGradient(OptionalDouble.of(0), 1e-10, 3).solve(POSITIVE, B);
    var lissa = new Lissa(OptionalDouble.of(0), OptionalDouble.empty(), 1e-10, 3).solve(POSITIVE, B);
    for (Solution solution : List.of(conjugate, lissa)) {
      assertThat(solution.verdict()).isEqualTo(Solution.Verdict.STALLED);
      assertThat(solution.iterations()).isEqualTo(3);
      assertThat(solution.residual()).isBetween(1e-10, 1.0);
    }
  }

  @ParameterizedTest
  @MethodSource("undamped")
  void infiniteProductsAreRefused(InverseHessian solver) {
    var calls = new AtomicInteger();
    UnaryOperator<double[]> broken = v -> Vectors.times(calls.incrementAndGet() > 2 ? Double.NaN : 1, v);
    assertThatExceptionOfType(SolverException.class).isThrownBy(() -> {
      Solution solution = solver.solve(v -> broken.apply(POSITIVE.apply(v)), B);
      assertThat(solution.x()).isEmpty();
    });
    assertThatExceptionOfType(SolverException.class)
        .isThrownBy(() -> solver.solve(POSITIVE, Vectors.times(Double.NaN, B)))
        .withMessage(solver.name() + ": the right-hand side is not finite; is the model?");
  }

  @Test
  void theLargestCurvatureHasItsSign() {
    assertThat(Damping.largestCurvature(POSITIVE, 7)).isCloseTo(11, within(0.1));
    assertThat(Damping.largestCurvature(rotated(-9, 1, 2, 3, 4, 1, 1), 7)).isCloseTo(-9, within(0.1));
    assertThat(Damping.largestCurvature(diagonal(0, 0), 2)).isZero();
  }

  @Test
  void settingsOutOfRangeAreRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> ConjugateGradient.damped(-1))
        .withMessage("conjugateGradient: damping must be at least 0, got -1.0");
    assertThatIllegalArgumentException().isThrownBy(() -> new Cholesky(OptionalDouble.empty(), 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Lissa.automatic().withScale(0))
        .withMessage("lissa: scale must be above 0, got 0.0");
    assertThatIllegalArgumentException().isThrownBy(() -> Cholesky.automatic().solve(v -> v, new double[5000]))
        .withMessageContaining("5000 parameters are too many");
  }
}
