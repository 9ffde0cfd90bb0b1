package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.GradCheck;
import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NormsTests {
  private final Device device = Device.reference();
  private final Rng rng = new Rng(7);

  private Var row(float... values) {
    return Var.of(device.tensor(values, 1, values.length));
  }

  @Test
  void layerNormByHand() {
    // mean 2, biased variance 2/3
    float unit = (float) (1 / Math.sqrt(2.0 / 3));
    Var y = Norms.layerNorm(row(1, 2, 3), 1, Optional.empty(), Optional.empty(), 0);
    assertThat(y.value().toFloats()).containsExactly(new float[]{-unit, 0, unit}, within(1e-6f));
    assertThatThrownBy(() -> Norms.layerNorm(row(1), 3, Optional.empty(), Optional.empty(), 0))
        .hasMessageContaining("last 3 axes");
  }

  @Test
  void groupNormOfOneGroupIsLayerNorm() {
    Var x = Var.of(rng.normal(device, 2, 6, 5));
    Var whole = Norms.layerNorm(x, 2, Optional.empty(), Optional.empty(), 1e-5);
    assertThat(Norms.groupNorm(x, 1, Optional.empty(), Optional.empty(), 1e-5).value().toFloats())
        .containsExactly(whole.value().toFloats(), within(1e-6f));
    assertThatThrownBy(() -> Norms.groupNorm(x, 4, Optional.empty(), Optional.empty(), 1e-5))
        .hasMessageContaining("6 channels").hasMessageContaining("4 groups");
  }

  @Test
  void rmsNormByHand() {
    Var y = Norms.rmsNorm(row(3, 4), Optional.empty(), 0); // root of the mean square is 5 / sqrt 2
    float unit = (float) (Math.sqrt(2) / 5);
    assertThat(y.value().toFloats()).containsExactly(new float[]{3 * unit, 4 * unit}, within(1e-6f));
  }

  @Test
  void batchNormUpdatesRunningStatisticsInTrainingOnly() {
    BatchNorm layer = BatchNorm.of(device, 1);
    Var x = Var.of(device.tensor(new float[]{1, 3, 5, 7}, 4, 1)); // mean 4, unbiased variance 20/3
    layer.forward(x, Phase.EVALUATE);
    assertThat(layer.buffers().get("running_mean").toFloats()).containsExactly(0);
    Var y = layer.forward(x, Phase.TRAIN);
    assertThat(layer.buffers().get("running_mean").toFloats()[0]).isCloseTo(0.4f, within(1e-6f));
    assertThat(layer.buffers().get("running_var").toFloats()[0]).isCloseTo(0.9f + 2f / 3, within(1e-6f));
    float unit = (float) (1 / Math.sqrt(5 + 1e-5)); // by the biased variance, 5
    assertThat(y.value().toFloats()).containsExactly(new float[]{-3 * unit, -unit, unit, 3 * unit}, within(1e-5f));
    double sd = Math.sqrt(0.9 + 2.0 / 3 + 1e-5);
    assertThat(layer.forward(x).value().toFloats()[0]).isCloseTo((float) ((1 - 0.4) / sd), within(1e-5f));
  }

  @Test
  void oneValuePerChannelHasNoVariance() {
    BatchNorm layer = BatchNorm.of(device, 2);
    assertThatThrownBy(() -> layer.forward(row(1, 2), Phase.TRAIN)).hasMessageContaining("batchNorm: shape [1, 2]");
    assertThat(layer.forward(row(1, 2)).value().toFloats()).containsExactly(new float[]{1, 2}, within(1e-4f));
  }

  @Test
  void vectorNorms() {
    Var x = row(3, 0, -4);
    assertThat(Norms.vectorNorm(x, 0, 1).item()).isEqualTo(2);
    assertThat(Norms.vectorNorm(x, 1, 1).item()).isEqualTo(7);
    assertThat(Norms.vectorNorm(x, 2, 1).item()).isEqualTo(5);
    assertThat(Norms.vectorNorm(x, 3, 1).item()).isCloseTo((float) Math.cbrt(27 + 64), within(1e-5f));
    assertThat(Norms.vectorNorm(x, 0.5, 1).item())
        .isCloseTo((float) Math.pow(Math.sqrt(3) + 2, 2), within(1e-5f));
    assertThat(Norms.vectorNorm(x, Double.POSITIVE_INFINITY, 1).item()).isEqualTo(4);
    assertThat(Norms.vectorNorm(x, Double.NEGATIVE_INFINITY, 1).item()).isZero();
  }

  @Test
  void normsOfZeroHaveDerivativesZero() {
    Tensor zero = device.zeros(1, 3);
    for (double p : new double[]{0.5, 1, 2, 3}) {
      assertThat(Grad.of(v -> Norms.vectorNorm(v, p, 1).sum(), zero).toFloats()).as("p %s", p).containsOnly(0);
      assertThat(Grad.hvp(v -> Norms.vectorNorm(v, p, 1).sum(), zero, device.ones(1, 3)).toFloats())
          .as("p %s", p).containsOnly(0);
    }
  }

  @Test
  void normalizeAndCosine() {
    assertThat(Norms.normalize(row(3, 4), 2, 1, 1e-12).value().toFloats())
        .containsExactly(new float[]{0.6f, 0.8f}, within(1e-6f));
    assertThat(Norms.normalize(row(0, 0), 2, 1, 1e-12).value().toFloats()).containsExactly(0, 0);
    assertThat(Norms.cosineSimilarity(row(1, 0), row(5, 0), 1, 1e-8).item()).isEqualTo(1);
    assertThat(Norms.cosineSimilarity(row(0.1f, 0), row(1, 0), 1, 0.5).item()).isCloseTo(0.2f, within(1e-6f)); // / eps
  }

  @Test
  void derivativesToSecondOrder() {
    Tensor x = rng.normal(device, 3, 4, 5);
    Tensor weight = rng.normal(device, 4);
    Tensor bias = rng.normal(device, 4);
    GradCheck.check(in -> Norms.batchNorm(in.get(0), new Norms.BatchOptions(Optional.of(in.get(1)),
        Optional.of(in.get(2)), Optional.empty(), 0.1, 1e-5), Phase.TRAIN), x, weight, bias);
    GradCheck.check(in -> Norms.groupNorm(in.get(0), 2, Optional.of(in.get(1)), Optional.of(in.get(2)), 1e-5),
        x, weight, bias);
    GradCheck.check(in -> Norms.layerNorm(in.get(0), 2, Optional.empty(), Optional.empty(), 1e-5), x);
    GradCheck.check(in -> Norms.rmsNorm(in.get(0), Optional.empty(), 1e-5), x);
    GradCheck.check(in -> Norms.normalize(in.get(0), 2, 1, 1e-12), x);
    GradCheck.check(in -> Norms.normalize(in.get(0), 3, 1, 1e-12), x);
    GradCheck.check(in -> Norms.cosineSimilarity(in.get(0), in.get(1), 1, 1e-8), x, rng.normal(device, 4, 5));
  }
}
