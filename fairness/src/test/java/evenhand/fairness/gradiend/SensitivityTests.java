package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SensitivityTests {
  private record Linear(Var theta, float... gradient) implements GradientProvider<Integer> {
    @Override
    public Map<String, Var> parameters() {
      return Map.of("theta", theta);
    }

    @Override
    public LossPair losses(List<Integer> rows) {
      Var loss = theta.times(Var.of(Tensor.of(gradient))).sum();
      return new LossPair(loss, loss);
    }
  }

  private static FeatureNeuron neuron() {
    return FeatureNeuron.decoding(List.of(Tensor.of(new float[]{5, 3})), List.of(Tensor.of(new float[]{10, -1})), 1);
  }

  /** Gradient (2, 0): F = (4, 0), over its mean (2, 0), with a share of 1/2 the divisor is (2.5, 0.5). */
  @Test
  void theDecoderIsDividedBySquaredGradients() {
    FeatureNeuron neuron = neuron();
    Sensitivity.spare(neuron, new Linear(Var.parameter(Tensor.of(new float[2])), 2, 0), List.of(1), .5, new Rng(1));
    assertThat(neuron.decoder().getFirst().toFloats()).containsExactly(new float[]{2, 6}, within(1e-5f));
    assertThat(neuron.decoderBias().getFirst().toFloats()).containsExactly(new float[]{4, -2}, within(1e-5f));
  }

  @Test
  void rowsThatTellNothingChangeNothing() {
    FeatureNeuron neuron = neuron();
    Sensitivity.spare(neuron, new Linear(Var.parameter(Tensor.of(new float[2])), 0, 0), List.of(1), .5, new Rng(1));
    assertThat(neuron.decoder().getFirst().toFloats()).containsExactly(5, 3);
  }
}
