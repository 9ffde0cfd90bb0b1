package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.BackendContract;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.GradientEncoder;
import evenhand.tensor.spi.HessianProducts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
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

  @Test
  void theNumberOfThreadsDoesNotChangeABitOfFusedWork() {
    double[] one = fused(1);
    for (int threads = 2; threads <= 5; threads++) {
      assertThat(fused(threads)).as("%d threads", threads).isEqualTo(one);
    }
  }

  /** Products of heads and a layer, an encoder's step and influences, large enough to be shared out. */
  private static double[] fused(int threads) {
    try (Device device = Device.cpu(threads)) {
      Rng rng = new Rng(5);
      Backend backend = device.backend();
      List<Tensor> results = new ArrayList<>();
      Tensor x = rng.normal(device, 5003, 70);
      results.add(device.zeros(71));
      backend.logisticHvp(x, rng.normal(device, 71), rng.normal(device, 71), results.getLast());
      results.add(device.zeros(5, 70));
      backend.softmaxHvp(x, rng.normal(device, 5, 70), rng.normal(device, 5, 70), results.getLast());
      var layer = new HessianProducts.RLayer(rng.normal(device, 50, 70), rng.normal(device, 50),
          rng.normal(device, 50, 70), rng.normal(device, 50), HessianProducts.Activation.TANH);
      Tensor h = device.zeros(5003, 50);
      Tensor rh = device.zeros(5003, 50);
      backend.rForward(layer, x, Optional.of(x), false, h, rh);
      var product = new HessianProducts.Slopes(device.zeros(50, 70), device.zeros(50));
      var below = new HessianProducts.Below(HessianProducts.Activation.RELU, device.zeros(5003, 70),
          device.zeros(5003, 70), false);
      backend.rBackward(layer, x, Optional.of(x), h, rh, Optional.empty(), product, Optional.of(below));
      results.addAll(List.of(product.weight(), product.bias(), below.d(), below.rd()));
      var weights = GradientEncoder.Trained.of(List.of(rng.normal(device, 300, 400), rng.normal(device, 401)));
      var biases = GradientEncoder.Trained.of(List.of(rng.normal(device, 300, 400), rng.normal(device, 401)));
      var signal = GradientEncoder.Signal.of(List.of(rng.normal(device, 300, 400), rng.normal(device, 401)));
      double encoded = backend.encode(weights.values(), signal);
      var decoded = backend.decoderStep(weights, biases, signal, 0.3, 1,
          new Backend.AdamStep(0.01, 0.9, 0.999, 1e-8, 0, true), 1);
      results.addAll(weights.values());
      var influence = backend.neuronInfluence(weights.values().getFirst(), List.of(signal.plus().getFirst()));
      DoubleStream sums = DoubleStream.concat(DoubleStream.of(encoded, decoded.loss(), decoded.slope()),
          DoubleStream.of(influence.groups().getFirst()));
      DoubleStream numbers = results.stream().flatMapToDouble(result -> doubles(result.toFloats()));
      return DoubleStream.concat(sums, numbers).toArray();
    }
  }

  private static DoubleStream doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
  }
}
