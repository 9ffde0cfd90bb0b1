package evenhand.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The work of MlpHvp by PyTorch's double backward, which DJL reaches only by its native layer.
 *
 * <p>The second sweep adds to the stored gradients, so parameters are copied afresh each time; the copies are a small
 * part of the work. A gradient that has a graph holds on to its parameter and the other way round, which PyTorch never
 * frees: native memory grows by about 1.5 MB a product of 1024 rows, so keep runs short.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class MlpHvpDjl {
  private static final List<Shape> SHAPES = List.of(new Shape(128, 100), new Shape(128), new Shape(64, 128),
      new Shape(64), new Shape(1, 64), new Shape(1));

  /** Rows. */
  @Param({"100", "1024"})
  public int batch;

  private NDManager data;
  private NDArray x;
  private NDArray y;
  private List<NDArray> weights;
  private List<NDArray> direction;

  /** Draws data, weights and a direction. */
  @Setup
  public void setUp() {
    data = NDManager.newBaseManager("PyTorch");
    JniUtils.setGradMode(true); // of this thread, which JMH runs the benchmark on too
    x = data.randomNormal(new Shape(batch, 100));
    y = data.randomUniform(0, 1, new Shape(batch, 1)).gt(0.5f).toType(DataType.FLOAT32, false);
    weights = SHAPES.stream().map(shape -> data.randomNormal(shape).mul(0.1f)).toList();
    direction = SHAPES.stream().map(data::randomNormal).toList();
  }

  /** Frees native memory. */
  @TearDown
  public void tearDown() {
    data.close();
  }

  /** Forward, backward with a graph, and backward through that. */
  @Benchmark
  public void product() {
    try (NDManager step = data.newSubManager()) {
      List<NDArray> parameters = weights.stream().map(weight -> {
        NDArray copy = weight.duplicate();
        copy.attach(step);
        copy.setRequiresGradient(true);
        return copy;
      }).toList();
      x.attach(step);
      y.attach(step);
      direction.forEach(v -> v.attach(step));
      NDArray hidden = x;
      for (int l = 0; l < 6; l += 2) {
        NDArray z = hidden.matMul(parameters.get(l).transpose()).add(parameters.get(l + 1));
        hidden = l < 4 ? Activation.relu(z) : z;
      }
      NDArray loss = Activation.softPlus(hidden).sub(y.mul(hidden)).mean();
      sweep(loss, step, true);
      NDArray dot = IntStream.range(0, 6)
          .mapToObj(i -> parameters.get(i).getGradient().mul(direction.get(i)).sum()).reduce(NDArray::add).orElseThrow();
      sweep(dot, step, false);
      x.attach(data);
      y.attach(data);
      direction.forEach(v -> v.attach(data));
    }
  }

  private static void sweep(NDArray scalar, NDManager step, boolean graph) {
    JniUtils.backward((PtNDArray) scalar, (PtNDArray) step.ones(scalar.getShape()), graph, graph);
  }
}
