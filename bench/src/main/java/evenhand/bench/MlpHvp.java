package evenhand.bench;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.models.MlpHessian;
import evenhand.autograd.models.MlpHessian.LogitLoss;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
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

/** One product with the Hessian of an MLP 100-128-64-1 with relu and cross-entropy; operations are products. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class MlpHvp {
  /** Rows. */
  @Param({"100", "1024"})
  public int batch;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private Layer model;
  private Tensor x;
  private Tensor y;
  private List<Var> parameters;
  private List<Tensor> direction;
  private MlpHessian known;

  /** Draws data, weights and a direction. */
  @Setup
  public void setUp() {
    Rng rng = new Rng(1);
    device = Device.cpu(threads);
    model = Mlp.of(rng, device, 100, 128, 64, 1);
    x = rng.normal(device, batch, 100);
    y = rng.uniform(device, batch, 1).apply(Binary.GT, device.scalar(0.5));
    parameters = List.copyOf(model.parameters().values());
    direction = parameters.stream().map(parameter -> rng.normal(device, parameter.shape().dims())).toList();
    known = at();
  }

  private MlpHessian at() {
    return MlpHessian.of(model, x, logits -> LogitLoss.binaryCrossEntropy(logits, y, 1.0 / batch));
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** By the R-operator, at parameters that have just moved: everything from the start. */
  @Benchmark
  public Tensor product() {
    try (Scope scope = Scope.open()) {
      return scope.keep(at().product(direction).getFirst());
    }
  }

  /** By the R-operator, a further product at the same parameters, as in conjugate gradient. */
  @Benchmark
  public Tensor kept() {
    try (Scope scope = Scope.open()) {
      return scope.keep(known.product(direction).getFirst());
    }
  }

  /** By double backward. */
  @Benchmark
  public Tensor graph() {
    try (Scope scope = Scope.open()) {
      Var loss = Losses.binaryCrossEntropyWithLogits(model.forward(Var.of(x)), Var.of(y));
      return scope.keep(Grad.hvp(loss, parameters, direction).getFirst());
    }
  }

  /** The gradient alone, for the ratio. */
  @Benchmark
  public Tensor gradient() {
    try (Scope scope = Scope.open()) {
      Var loss = Losses.binaryCrossEntropyWithLogits(model.forward(Var.of(x)), Var.of(y));
      return scope.keep(Grad.of(loss, parameters).getFirst());
    }
  }
}
