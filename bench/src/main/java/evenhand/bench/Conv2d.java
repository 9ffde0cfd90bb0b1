package evenhand.bench;

import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Convolution and its derivatives into arrays that are there; see {@link Limits#fma}. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class Conv2d {
  /** {@code images x channels x outputs x image's side x kernel's side x padding}; then LeNet's two layers. */
  @Param({"32x64x64x32x3x1", "64x1x6x28x5x2", "64x6x16x14x5x0"})
  public String size;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private Conv conv;
  private Tensor x;
  private Tensor weight;
  private Tensor dOut;
  private Tensor out;
  private Tensor dx;
  private Tensor dWeight;

  /** Draws images and weights. */
  @Setup
  public void setUp() {
    int[] sizes = Arrays.stream(size.split("x")).mapToInt(Integer::parseInt).toArray();
    Rng rng = new Rng(1);
    device = Device.cpu(threads);
    conv = Conv.of(1, sizes[5]);
    x = rng.normal(device, sizes[0], sizes[1], sizes[3], sizes[3]);
    weight = rng.normal(device, sizes[2], sizes[1], sizes[4], sizes[4]);
    out = device.empty(DType.FLOAT32, conv.outShape(x.shape(), weight.shape()));
    dOut = rng.normal(device, out.shape().dims());
    dx = device.empty(DType.FLOAT32, x.shape());
    dWeight = device.empty(DType.FLOAT32, weight.shape());
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  private double flopsOfOne() {
    return 2e-9 * out.size() * weight.size() / weight.shape().dim(0);
  }

  /** The convolution. */
  @Benchmark
  public Tensor forward(Flops flops) {
    device.backend().conv2d(conv, x, weight, out);
    flops.gflop += flopsOfOne();
    return out;
  }

  /** The derivative of the input alone. */
  @Benchmark
  public Tensor input(Flops flops) {
    device.backend().conv2dInput(conv, dOut, weight, dx);
    flops.gflop += flopsOfOne();
    return dx;
  }

  /** The derivative of the weight alone. */
  @Benchmark
  public Tensor weight(Flops flops) {
    device.backend().conv2dWeight(conv, x, dOut, dWeight);
    flops.gflop += flopsOfOne();
    return dWeight;
  }

  /** The convolution and both derivatives. */
  @Benchmark
  public Tensor forwardAndBackward(Flops flops) {
    device.backend().conv2d(conv, x, weight, out);
    device.backend().conv2dInput(conv, dOut, weight, dx);
    device.backend().conv2dWeight(conv, x, dOut, dWeight);
    flops.gflop += 3 * flopsOfOne();
    return dWeight;
  }
}
