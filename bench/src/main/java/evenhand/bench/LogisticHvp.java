package evenhand.bench;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.HessianProducts;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Products with the Hessian of logistic regression, {@code sum s (1 - s) (x.v) x}, beside the reading of x alone.
 *
 * <p>A product's rate over that of {@code read} is the share of the read bandwidth.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class LogisticHvp {
  /** Rows and features. */
  @Param({"200000x512", "10000x112"})
  public String size;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private Tensor x;
  private Tensor w;
  private Tensor v;
  private Tensor out;
  private Tensor curvature;

  /** Draws rows and weights. */
  @Setup
  public void setUp() {
    String[] sizes = size.split("x");
    int features = Integer.parseInt(sizes[1]);
    Rng rng = new Rng(1);
    device = Device.cpu(threads);
    x = rng.uniform(device, Integer.parseInt(sizes[0]), features);
    w = rng.normal(device, features).times(0.1);
    v = rng.normal(device, features);
    out = device.zeros(features);
    curvature = HessianProducts.logisticCurvature(x, w);
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** With the curvature of each row kept, as in conjugate gradient. */
  @Benchmark
  public Tensor kept() {
    device.backend().logisticHvpKept(x, curvature, v, out);
    return out;
  }

  /** With the curvature worked out from w. */
  @Benchmark
  public Tensor product() {
    device.backend().logisticHvp(x, w, v, out);
    return out;
  }

  /** The sum of x: each number read once. */
  @Benchmark
  public float read() {
    try (Scope _ = Scope.open()) {
      return x.sum().item();
    }
  }
}
