package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The gradient of a slice is the cotangent placed where it was cut from, along any axis. */
class SliceGradientTests {
  private final Tensor x = Device.cpu().tensor(new float[]{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2);

  @Test
  void firstAxis() {
    assertThat(Grad.of(v -> v.slice(0, 1, 2).square().sum(), x).toFloats()).containsExactly(0, 0, 0, 0, 10, 12, 14, 16);
  }

  @Test
  void middleAxis() {
    assertThat(Grad.of(v -> v.slice(1, 0, 1).square().sum(), x).toFloats()).containsExactly(2, 4, 0, 0, 10, 12, 0, 0);
  }

  @Test
  void lastAxisAndItsHessian() {
    assertThat(Grad.of(v -> v.slice(2, 1, 2).square().sum(), x).toFloats()).containsExactly(0, 4, 0, 8, 0, 12, 0, 16);
    assertThat(Grad.hvp(v -> v.slice(2, 1, 2).square().sum(), x, x).toFloats())
        .containsExactly(0, 4, 0, 8, 0, 12, 0, 16);
  }
}
