package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeanDifferenceTests {
  /** Loss theta . c with c constant for a label and answer: the gradients are the c themselves. */
  private record Constant(Var theta) implements GradientProvider<Integer> {
    private static final Map<Integer, float[]> RIGHT = Map.of(1, new float[]{1, 2, 0}, -1, new float[]{0, 2, 4});
    private static final Map<Integer, float[]> OPPOSITE = Map.of(1, new float[]{0, 0, 2}, -1, new float[]{3, 0, 0});

    @Override
    public Map<String, Var> parameters() {
      return Map.of("theta", theta);
    }

    @Override
    public LossPair losses(List<Integer> rows) {
      int label = rows.getFirst();
      return new LossPair(loss(RIGHT.get(label)), loss(OPPOSITE.get(label)));
    }

    private Var loss(float[] c) {
      return theta.times(Var.of(Tensor.of(c))).sum();
    }
  }

  /**
   * g+ - g- is (1, 2, -2) for the first class and (-3, 2, 4) for the second: W_d = (2, 0, -3), b_d = (-1, 2, 1). The
   * source g- is (0, 0, 2) or (3, 0, 0), so that h is +-tanh 1.5.
   */
  @Test
  void meansByHand() {
    Constant provider = new Constant(Var.parameter(Device.cpu().zeros(3)));
    List<FeatureData.Labelled<Integer>> rows = List.of(new FeatureData.Labelled<>(1, 1),
        new FeatureData.Labelled<>(-1, -1), new FeatureData.Labelled<>(1, 1));
    FeatureData<Integer> data = new FeatureData<>(List.of("a", "b"), (label, _, _) -> List.of(label), rows, rows,
        new FeatureData.Neutral<>(List.of(), List.of()));
    Gradiend.Fit fit = new MeanDifference<>(provider, data, Gradiend.Settings.DEFAULT.withSteps(7, 7)).fit(0,
        Gradiend.Progress.NONE);
    assertThat(fit.neuron().decoder().getFirst().toFloats()).containsExactly(new float[]{2, 0, -3}, within(1e-6f));
    assertThat(fit.neuron().decoderBias().getFirst().toFloats()).containsExactly(new float[]{-1, 2, 1}, within(1e-6f));
    assertThat(fit.neuron().encode(provider.gradients(List.of(1)).counterfactual())).isCloseTo(Math.tanh(1.5),
        within(1e-6));
    assertThat(fit.neuron().encode(provider.gradients(List.of(-1)).counterfactual())).isCloseTo(-Math.tanh(1.5),
        within(1e-6));
    assertThat(fit.bestSeed().converged()).isTrue();
    assertThat(fit.bestSeed().encoder().pearson().orElseThrow()).isCloseTo(1, within(1e-6));
  }
}
