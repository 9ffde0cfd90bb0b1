package evenhand.fairness.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Hessian by the device's fused products equals that through the graph. */
class FusedHessianTests {
  private static final Device CPU = Device.cpu();
  private static final int ROWS = 101;

  static Stream<Layer> models() {
    Rng rng = new Rng(4);
    return Stream.of(Linear.of(rng, CPU, 6, 1), Linear.withoutBias(rng, CPU, 6, 1), Linear.of(rng, CPU, 6, 3),
        Linear.withoutBias(rng, CPU, 6, 3), Mlp.of(rng, CPU, 6, 8, 5, 1), Mlp.of(rng, CPU, Layers.tanh(), 6, 8, 3));
  }

  private static Objective objective(Layer model) {
    Tensor x = new Rng(5).normal(CPU, ROWS, 6);
    return Objective.of(model, x, IntStream.range(0, ROWS).map(i -> i % 2).toArray(), 0.1);
  }

  private static double[] direction(int size) {
    Rng rng = new Rng(6);
    double[] v = new double[size];
    Arrays.setAll(v, i -> 1e6 * rng.nextGaussian());
    return v;
  }

  @ParameterizedTest
  @MethodSource("models")
  void equalsThatOfTheGraph(Layer model) {
    Objective objective = objective(model);
    double[] v = direction(objective.theta().length);
    double[] expected = objective.hessianOfGraph().apply(v);
    double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(objective.hessian().apply(v)).containsExactly(expected, within(1e-5 * scale));
  }

  /** Of the last layer's weight alone the fused products know nothing. */
  @Test
  void someOfTheParametersTakeTheGraph() {
    Layer model = models().toList().get(4);
    Objective all = objective(model);
    Objective one = new Objective(model, List.of(model.parameters().get("fc2.weight")), all.x(), all.labels(), 0.5);
    double[] v = direction(5);
    double[] padded = new double[all.theta().length];
    int start = padded.length - 6; // before the last bias
    System.arraycopy(v, 0, padded, start, 5);
    double[] within = all.hessian().apply(padded);
    double[] expected = Arrays.copyOfRange(within, start, start + 5);
    double ridge = 0.5 - 0.1 * ROWS; // J's ridge is another
    Arrays.setAll(expected, i -> expected[i] + ridge * v[i]);
    double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(one.hessian().apply(v)).containsExactly(expected, within(1e-5 * scale));
  }
}
