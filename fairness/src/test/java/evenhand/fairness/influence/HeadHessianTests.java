package evenhand.fairness.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.nn.Linear;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The dense Hessian of a linear head in closed form, and its factor. */
class HeadHessianTests {
  private static final Device CPU = Device.cpu();

  private static Objective objective(int classes, boolean bias, int rows) {
    Rng rng = new Rng(3);
    Linear head = bias ? Linear.of(rng, CPU, 5, classes) : Linear.withoutBias(rng, CPU, 5, classes);
    int[] labels = IntStream.range(0, rows).map(row -> rng.nextInt(Math.max(2, classes))).toArray();
    return Objective.of(head, rng.normal(CPU, rows, 5), labels, 1e-2);
  }

  /** Against one automatic product per parameter; 4,100 rows are more than one chunk. */
  @ParameterizedTest
  @CsvSource({"1,false,33", "1,true,4100", "2,true,67", "3,false,67", "4,true,4100"})
  void theClosedFormIsWhatProductsGive(int classes, boolean bias, int rows) {
    Objective objective = objective(classes, bias, rows);
    double[][] exact = objective.denseHessian();
    int[] twice = IntStream.range(0, 2 * rows).map(row -> row % rows).toArray();
    double[][] estimated = objective.denseHessian(twice);
    double[][] products = Cholesky.dense(objective.hessian(), exact.length);
    double largest = Arrays.stream(products).flatMapToDouble(Arrays::stream).max().orElseThrow();
    for (int i = 0; i < exact.length; i++) {
      assertThat(exact[i]).containsExactly(products[i], within(2e-6 * largest));
      assertThat(estimated[i]).as("on every row twice").containsExactly(exact[i], within(2e-6 * largest));
    }
  }

  /** An objective in which the bias stays has no row for it. */
  @ParameterizedTest
  @CsvSource({"1", "3"})
  void parametersThatStayHaveNoPart(int classes) {
    Objective all = objective(classes, true, 67);
    Objective weight = new Objective(all.model(), List.of(all.parameters().getFirst()), all.x(), all.labels(),
        all.ridge());
    double[][] part = weight.denseHessian();
    assertThat(part).hasNumberOfRows(5 * classes);
    assertThat(part[0]).containsExactly(Arrays.copyOf(all.denseHessian()[0], 5 * classes), within(1e-4));
  }

  /** One factor for two right-hand sides; without a ridge the softmax Hessian is singular and is damped once. */
  @ParameterizedTest
  @CsvSource({"1,1e-2", "3,0"})
  void oneFactorServesManySides(int classes, double ridge) {
    Objective drawn = objective(classes, true, 67);
    Objective objective = new Objective(drawn.model(), drawn.parameters(), drawn.x(), drawn.labels(), ridge);
    double[][] h = objective.denseHessian();
    Cholesky.Factor factor = Cholesky.automatic().factor(h);
    assertThat(factor.damping() > 0).isEqualTo(ridge == 0);
    Rng rng = new Rng(5);
    for (int side = 0; side < 2; side++) {
      double[] b = doubles(rng.normal(CPU, h.length));
      Solution solution = factor.solve(b);
      assertThat(solution.residual()).isLessThan(1e-8);
      assertThat(solution.x()).isEqualTo(Cholesky.automatic().solve(h, b).x());
    }
    assertThat(factor.solve(new double[h.length]).x()).containsOnly(0);
    var iterated = new ConjugateGradient(OptionalDouble.of(factor.damping() + 1), 1e-12, 500);
    double[] b = new double[h.length];
    Arrays.fill(b, 1);
    double[] exact = Cholesky.damped(factor.damping() + 1).solve(h, b).x();
    assertThat(iterated.solve(v -> product(h, v), b).x()).containsExactly(exact, within(1e-8));
  }

  private static double[] doubles(Tensor tensor) {
    float[] values = tensor.toFloats();
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static double[] product(double[][] h, double[] v) {
    return Arrays.stream(h).mapToDouble(row -> Vectors.dot(row, v)).toArray();
  }
}
