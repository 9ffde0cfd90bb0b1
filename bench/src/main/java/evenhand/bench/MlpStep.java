package evenhand.bench;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.Optimizer;
import evenhand.tensor.Binary;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One training step of an MLP 100-128-64-1 with relu, cross-entropy and Adam; operations are steps. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class MlpStep {
  /** Rows per step. */
  @Param({"100", "1024"})
  public int batch;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private Layer model;
  private Var x;
  private Var y;
  private List<Var> parameters;
  private Optimizer optimizer;

  /** Draws data and weights. */
  @Setup
  public void setUp() {
    Rng rng = new Rng(1);
    device = Device.cpu(threads);
    model = Mlp.of(rng, device, 100, 128, 64, 1);
    x = Var.of(rng.normal(device, batch, 100));
    y = Var.of(rng.uniform(device, batch, 1).apply(Binary.GT, device.scalar(0.5)));
    parameters = List.copyOf(model.parameters().values());
    optimizer = new Adam(parameters, Adam.Settings.defaults());
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** Forward, backward, update. */
  @Benchmark
  public Tensor step() {
    try (Scope scope = Scope.open()) {
      Var loss = Losses.binaryCrossEntropyWithLogits(model.forward(x, Phase.TRAIN), y);
      optimizer.step(Grad.of(loss, parameters));
      return scope.keep(loss.value());
    }
  }
}
