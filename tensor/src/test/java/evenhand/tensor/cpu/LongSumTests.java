package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The stated bound of a sum of n float32 numbers: {@code |error| <= (544 + 2 log2 n) 2^-24 sum|x|}, to first order.
 *
 * <p>A number takes part in at most 512 additions within its piece of 4096 (8 running sums or more), and in those of the
 * partial sums after it, and each addition errs by 2^-24 of its result at most. One float added after the other could err
 * by n 2^-24.
 */
class LongSumTests {
  private static final int LENGTH = (1 << 24) + 12_345; // beyond it, adding 1 to a float changes nothing

  static Stream<Device> devices() {
    return Numbers.devices();
  }

  private static void assertWithinBound(String what, Device device, float[] x) {
    double exact = 0;
    double magnitude = 0;
    double lost = 0; // Kahan, since 2^24 doubles of both signs cancel
    for (float value : x) {
      double next = value - lost;
      double sum = exact + next;
      lost = sum - exact - next;
      exact = sum;
      magnitude += Math.abs(value);
    }
    double bound = (544 + 2 * Math.log(x.length) / Math.log(2)) * 0x1p-24 * magnitude;
    Tensor flat = device.tensor(x);
    assertThat(Math.abs(flat.sum().item() - exact)).as("%s, as a row", what).isLessThanOrEqualTo(bound);
    assertThat(Math.abs(flat.reshape(x.length, 1).sum(0).item() - exact)).as("%s, as a column", what)
        .isLessThanOrEqualTo(bound);
  }

  @ParameterizedTest
  @MethodSource("devices")
  void longSumsStayWithinTheirBound(Device device) {
    float[] ones = new float[LENGTH];
    Arrays.fill(ones, 1);
    assertWithinBound("ones", device, ones);
    float[] tenths = new float[LENGTH];
    Arrays.fill(tenths, 0.1f);
    assertWithinBound("tenths", device, tenths);
    float[] signs = new Rng(7).normal(device, LENGTH).toFloats();
    assertWithinBound("of both signs", device, signs);
    signs[0] = 3e7f; // one large number, which partial sums must not drown in
    signs[LENGTH - 1] = -3e7f;
    assertWithinBound("with two large numbers", device, signs);
    for (int i = 0; i < LENGTH; i++) {
      signs[i] = Float.MIN_VALUE * (1 + i % 7); // denormals add up exactly while they fit
    }
    assertWithinBound("denormals", device, signs);
  }
}
