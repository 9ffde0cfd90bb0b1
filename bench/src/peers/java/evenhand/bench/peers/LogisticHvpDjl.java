package evenhand.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The work of LogisticHvp by DJL's operations on PyTorch. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class LogisticHvpDjl {
  /** Rows and features. */
  @Param({"200000x512", "10000x112"})
  public String size;

  private NDManager data;
  private NDArray x;
  private NDArray w;
  private NDArray v;
  private NDArray curvature;

  /** Draws rows and weights. */
  @Setup
  public void setUp() {
    String[] sizes = size.split("x");
    int features = Integer.parseInt(sizes[1]);
    data = NDManager.newBaseManager("PyTorch");
    x = data.randomUniform(0, 1, new Shape(Integer.parseInt(sizes[0]), features));
    w = data.randomNormal(new Shape(features, 1)).mul(0.1f);
    v = data.randomNormal(new Shape(features, 1));
    curvature = curvature(data);
    curvature.attach(data);
  }

  /** Frees native memory. */
  @TearDown
  public void tearDown() {
    data.close();
  }

  private NDArray curvature(NDManager manager) {
    x.attach(manager);
    w.attach(manager);
    NDArray p = Activation.sigmoid(x.matMul(w));
    return p.mul(p.neg().add(1));
  }

  private void product(NDManager step, NDArray c) {
    x.attach(step);
    v.attach(step);
    c.attach(step);
    x.transpose().matMul(x.matMul(v).mul(c));
    for (NDArray kept : new NDArray[]{x, w, v, curvature}) {
      kept.attach(data);
    }
  }

  /** With the curvature of each row kept. */
  @Benchmark
  public void kept() {
    try (NDManager step = data.newSubManager()) {
      product(step, curvature);
    }
  }

  /** With the curvature worked out from w. */
  @Benchmark
  public void product() {
    try (NDManager step = data.newSubManager()) {
      product(step, curvature(step));
    }
  }

  /** The sum of x: each number read once. */
  @Benchmark
  public float read() {
    try (NDManager step = data.newSubManager()) {
      x.attach(step);
      NDArray sum = x.sum();
      x.attach(data);
      return sum.getFloat();
    }
  }
}
