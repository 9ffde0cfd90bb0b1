package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.BackendContract;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import org.junit.jupiter.api.Test;

class CpuBackendTests extends BackendContract {
  @Override
  public Device device() {
    return Device.cpu();
  }

  @Test
  void theNumberOfThreadsDoesNotChangeABit() {
    float[] one = step(1);
    for (int threads = 2; threads <= 5; threads++) {
      assertThat(step(threads)).as("%d threads", threads).containsExactly(one);
    }
  }

  /** Every kind of sum, large enough to be shared out. */
  private static float[] step(int threads) {
    try (Device device = Device.cpu(threads)) {
      Rng rng = new Rng(3);
      Tensor x = rng.normal(device, 517, 301);
      Tensor product = x.matmul(x.transpose()).apply(Unary.SIGMOID);
      Tensor images = rng.normal(device, 8, 5, 33, 31);
      Tensor weight = rng.normal(device, 7, 5, 3, 3);
      Tensor maps = images.conv2d(weight, Conv.of(1, 1));
      int[] bins = new int[517 * 301];
      java.util.Arrays.setAll(bins, i -> i * 31 % 7);
      Tensor binned = device.zeros(7).scatterAdd(0, device.tensor(bins), x.reshape(bins.length));
      return Tensor.concat(0, java.util.List.of(
          product.sum(0), product.sum(1), product.sum().reshape(1), binned, maps.sum(0, 2, 3),
          maps.conv2dInput(weight, Conv.of(1, 1), images.shape()).sum(1, 2, 3),
          images.conv2dWeight(maps, Conv.of(1, 1), weight.shape()).reshape(-1))).toFloats();
    }
  }
}
