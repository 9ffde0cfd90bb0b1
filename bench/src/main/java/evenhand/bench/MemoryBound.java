package evenhand.bench;

import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Passes over arrays far beyond the caches; see {@link Limits#read} and {@link Limits#copy}. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class MemoryBound {
  /** Numbers. */
  @Param({"16000000", "100000000"})
  public int size;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private Tensor x;
  private Tensor y;
  private Tensor none;

  /** Draws numbers. */
  @Setup
  public void setUp() {
    device = Device.cpu(threads);
    x = new Rng(1).uniform(device, size);
    y = device.zeros(size);
    none = device.empty(DType.FLOAT32, Shape.of(0));
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** The sum. */
  @Benchmark
  public float sum(Traffic traffic) {
    traffic.gigabyte += 4e-9 * size;
    try (Scope _ = Scope.open()) {
      return x.sum().item();
    }
  }

  /** {@code y -= a x}, as a step of gradient descent. */
  @Benchmark
  public Tensor axpy(Traffic traffic) {
    device.backend().sgd(y, x, none, 1e-3, 0, 0, true);
    traffic.gigabyte += 12e-9 * size;
    return y;
  }

  /** {@code y = x}. */
  @Benchmark
  public Tensor copy(Traffic traffic) {
    y.copyFrom(x);
    traffic.gigabyte += 8e-9 * size;
    return y;
  }
}
