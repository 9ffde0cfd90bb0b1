package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InitTests {
  private final Device device = Device.cpu();
  private final Rng rng = new Rng(17);

  /** Mean 0 and variance as given, each within four standard errors; nothing beyond the bound. */
  private static void agrees(Tensor tensor, double variance, double bound) {
    float[] values = tensor.toFloats();
    double n = values.length;
    double mean = IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum() / n;
    double square = IntStream.range(0, values.length).mapToDouble(i -> values[i] * values[i]).sum() / n;
    assertThat(mean).isCloseTo(0, within(4 * Math.sqrt(variance / n)));
    assertThat(square).isCloseTo(variance, within(4 * variance * Math.sqrt(2 / n)));
    assertThat(IntStream.range(0, values.length).mapToDouble(i -> Math.abs(values[i])).max().orElseThrow())
        .isLessThanOrEqualTo(bound);
  }

  @Test
  void laws() {
    double far = Double.POSITIVE_INFINITY;
    agrees(Init.uniform(rng, device, -2, 2, 80, 50), 4.0 / 3, 2); // (high - low)^2 / 12
    agrees(Init.normal(rng, device, 0, 3, 80, 50), 9, far);
    agrees(Init.xavierUniform(rng, device, 80, 50), 2.0 / 130, Math.sqrt(6.0 / 130) + 1e-6);
    agrees(Init.xavierNormal(rng, device, 80, 50), 2.0 / 130, far);
    agrees(Init.kaimingUniform(rng, device, 20, 10, 5, 4), 2.0 / 200, Math.sqrt(6.0 / 200) + 1e-6);
    agrees(Init.kaimingNormal(rng, device, 20, 10, 5, 4), 2.0 / 200, far);
    assertThat(Init.constant(device, 0.5, 2, 2).toFloats()).containsOnly(0.5f);
    assertThatThrownBy(() -> Init.xavierUniform(rng, device, 5)).hasMessageContaining("xavierUniform: shape [5]");
  }

  @Test
  void layersStartWithinOneOverRootFanIn() {
    agrees(Linear.of(rng, device, 49, 80).weight().value(), 1.0 / 49 / 3, 1.0 / 7 + 1e-6);
    agrees(Conv2d.of(rng, device, 4, 100, 3, Conv.UNIT).weight().value(), 1.0 / 36 / 3,
        1.0 / 6 + 1e-6);
    agrees(Linear.of(rng, device, 4, 3000).bias().orElseThrow().value(), 1.0 / 4 / 3, 0.5 + 1e-6);
  }

  @Test
  void sameSeedSameNumbers() {
    float[] first = Linear.of(new Rng(1), device, 5, 7).weight().value().toFloats();
    assertThat(Linear.of(new Rng(1), device, 5, 7).weight().value().toFloats()).containsExactly(first);
    assertThat(Linear.of(new Rng(2), device, 5, 7).weight().value().toFloats()).isNotEqualTo(first);
  }
}
