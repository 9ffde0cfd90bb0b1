package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.GradCheck;
import evenhand.autograd.Var;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConvolutionsTests {
  private final Device device = Device.reference();
  private final Rng rng = new Rng(13);

  @Test
  void linearOfAnyRank() {
    Var weight = Var.of(device.tensor(new float[]{1, 2, 3, 4, 5, 6}, 2, 3));
    Optional<Var> bias = Optional.of(Var.of(device.tensor(new float[]{10, 20})));
    Var x = Var.of(device.tensor(new float[]{1, 0, -1}));
    assertThat(Convolutions.linear(x, weight, bias).value().toFloats()).containsExactly(8, 18); // 1-3+10, 4-6+20
    assertThat(Convolutions.linear(x.reshape(1, 1, 3), weight, bias).shape().dims()).containsExactly(1, 1, 2);
    assertThat(Convolutions.linear(Var.of(device.zeros(0, 4, 3)), weight, bias).shape().dims())
        .containsExactly(0, 4, 2);
    Var noInputs = Convolutions.linear(Var.of(device.zeros(2, 1, 0)), Var.of(device.zeros(2, 0)), bias);
    assertThat(noInputs.shape().dims()).containsExactly(2, 1, 2);
    assertThat(noInputs.value().toFloats()).containsExactly(10, 20, 10, 20);
    assertThatThrownBy(() -> Convolutions.linear(Var.of(device.zeros(2, 2)), weight, bias))
        .hasMessageContaining("linear: input [2, 2] and weight [2, 3]");
  }

  @Test
  void evenKernelOfSamePaddingReachesBelowAndRight() {
    Var x = Var.of(device.tensor(new float[]{1, 2, 3}, 1, 1, 3));
    Var weight = Var.of(device.tensor(new float[]{1, 10}, 1, 1, 1, 2));
    assertThat(Convolutions.conv2dSame(x, weight, Optional.empty(), Conv.UNIT).value().toFloats())
        .containsExactly(21, 32, 3);
    assertThatThrownBy(() -> Convolutions.conv2dSame(x, weight, Optional.empty(), Conv.of(2, 0)))
        .hasMessageContaining("strides must be 1");
  }

  @Test
  void oneByOneConvolutionIsLinearInTheChannels() {
    Tensor x = rng.normal(device, 2, 3, 4, 5);
    Conv2d layer = Conv2d.of(rng, device, 3, 2, 1, Conv.UNIT);
    float[] expected = Convolutions.linear(Var.of(x).permute(0, 2, 3, 1), layer.weight().reshape(2, 3), layer.bias())
        .permute(0, 3, 1, 2).value().toFloats();
    assertThat(layer.forward(Var.of(x)).value().toFloats()).containsExactly(expected, within(1e-5f));
  }

  @Test
  void derivativesToSecondOrder() {
    Tensor weight = rng.normal(device, 4, 1, 2, 3);
    Tensor bias = rng.normal(device, 4);
    Conv conv = new Conv(2, 1, 1, 0, 1, 2, 2);
    GradCheck.check(in -> Convolutions.conv2d(in.get(0), in.get(1), Optional.of(in.get(2)), conv).square(),
        rng.normal(device, 1, 2, 5, 6), weight, bias);
    GradCheck.check(in -> Convolutions.conv2dSame(in.get(0), in.get(1), Optional.empty(),
        new Conv(1, 1, 0, 0, 1, 1, 2)).square(), rng.normal(device, 2, 3, 4), weight);
    GradCheck.check(in -> Convolutions.linear(in.get(0), in.get(1), Optional.of(in.get(2))).square(),
        rng.normal(device, 2, 1, 3), rng.normal(device, 4, 3), bias);
  }
}
