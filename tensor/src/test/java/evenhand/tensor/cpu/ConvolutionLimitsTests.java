package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.Numbers.REFERENCE;
import static evenhand.tensor.cpu.Numbers.assertClose;
import static evenhand.tensor.cpu.Numbers.normal;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions whose operands are small and whose indices or working memory would be beyond 2^31. */
class ConvolutionLimitsTests {
  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
  }

  /** 256 * 256 taps seen by 183 * 183 pixels are 2,194,735,104 numbers, of one pixel of input. */
  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void columnsBeyondAnArrayAreRefused(Device device) {
    Conv conv = Conv.of(2, 310);
    Tensor x = device.ones(1, 1, 1, 1);
    Tensor weight = device.ones(1, 1, 256, 256);
    Tensor out = device.ones(1, 1, 183, 183);
    String message = "need 2194735104 working numbers for an image, more than 2^31 - 2^16; cut the image into parts";
    assertRefused(() -> x.conv2d(weight, conv), message);
    assertRefused(() -> out.conv2dInput(weight, conv, x.shape()), message);
    assertRefused(() -> x.conv2dWeight(out, conv, weight.shape()), message);
  }

  /** Stride 1, which needs a band of 8200 channels as wide as the padded image, 2^18 and more. */
  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void bandsBeyondAnArrayAreRefused(Device device) {
    Tensor x = device.ones(1, 8200, 1, 1);
    assertRefused(() -> x.conv2d(device.ones(1, 8200, 1, 1), new Conv(1, 1, 0, 1 << 18, 1, 1, 1)),
        "need 4299169800 working numbers");
  }

  @Test
  void paddedSizesBeyondAnIndexAreRefused() {
    Conv conv = new Conv(1 << 30, 1, 1 << 30, 0, 1, 1, 1);
    for (Device device : new Device[]{REFERENCE, Device.cpu()}) {
      assertRefused(() -> device.ones(1, 1, 5, 5).conv2d(device.ones(1, 1, 3, 3), conv),
          "conv2d: input [1, 1, 5, 5] with padding [1073741824, 0] has more than 2^31 - 1 rows or columns; pad less");
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void theLargestStrideSeesTheFirstWindowAlone(Device device) {
    Conv conv = Conv.of(Integer.MAX_VALUE, 2);
    Tensor x = normal(1, 2, 3, 5, 5);
    Tensor weight = normal(2, 4, 3, 3, 3);
    Tensor expected = x.conv2d(weight, conv);
    Tensor near = device.tensor(x.toFloats(), 2, 3, 5, 5);
    Tensor kernel = device.tensor(weight.toFloats(), 4, 3, 3, 3);
    Tensor out = near.conv2d(kernel, conv);
    assertClose(out, expected, 1e-5);
    assertClose(out.conv2dInput(kernel, conv, x.shape()), expected.conv2dInput(weight, conv, x.shape()), 1e-5);
    assertClose(near.conv2dWeight(out, conv, weight.shape()), x.conv2dWeight(expected, conv, weight.shape()), 1e-5);
  }
}
