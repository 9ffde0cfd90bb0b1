package evenhand.bench;

import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Matrix products {@code [m, k] x [k, n]} into an array that is there; see {@link Limits#fma}. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class MatrixProduct {
  /** {@code m x k x n}: squares, then an MLP's layer and gradients, a digit's first layer. */
  @Param({"256x256x256", "512x512x512", "1024x1024x1024", "2048x2048x2048", "100x128x64", "1024x100x128",
      "256x2352x100"})
  public String size;

  /** N: as it lies, T: the transpose of what lies there; left and right operand. */
  @Param({"NN", "NT", "TN", "TT"})
  public String transposes;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private Tensor left;
  private Tensor right;
  private Tensor out;

  /** Draws the operands. */
  @Setup
  public void setUp() {
    String[] sizes = size.split("x");
    Rng rng = new Rng(1);
    device = Device.cpu(threads);
    int m = Integer.parseInt(sizes[0]);
    int k = Integer.parseInt(sizes[1]);
    int n = Integer.parseInt(sizes[2]);
    left = transposes.charAt(0) == 'N' ? rng.normal(device, m, k) : rng.normal(device, k, m).transpose();
    right = transposes.charAt(1) == 'N' ? rng.normal(device, k, n) : rng.normal(device, n, k).transpose();
    out = device.empty(DType.FLOAT32, Shape.of(m, n));
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** The product. */
  @Benchmark
  public Tensor multiply(Flops flops) {
    device.backend().matmul(left, right, out);
    flops.gflop += 2e-9 * out.size() * left.shape().dim(1);
    return out;
  }
}
