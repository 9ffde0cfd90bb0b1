package evenhand.bench;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.Training;
import evenhand.fairness.algorithms.FairBatchSampler;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One epoch of FairBatch on all rows of Adult: score, move a share, draw, and train logistic regression. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class FairBatchEpoch {
  /** Rows per step, as published for Adult. */
  public static final int BATCH = 1000;
  /** Step size of Adam. */
  public static final double RATE = 2e-3;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private Training training;

  /** Reads the data and draws the weights. */
  @Setup
  public void setUp() {
    Samples rows = BenchData.adult();
    device = Device.cpu(threads);
    Tensor x = rows.features(device);
    Layer model = Mlp.of(new Rng(1), device, rows.columns(), 1);
    List<Var> parameters = List.copyOf(model.parameters().values());
    var batches = FairBatchSampler.of(rows.y(), rows.groups(), BATCH, Target.EQUAL_OPPORTUNITY, new Rng(2),
        () -> Grad.without(() -> model.forward(Var.of(x), Phase.EVALUATE)).value());
    training = new Training(
        Training.supervised(model, x, rows.labels(device), Losses::binaryCrossEntropyWithLogits), parameters,
        new Adam(parameters, Adam.Settings.defaults().withRate(RATE)), batches);
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** 43 steps and what comes before them. */
  @Benchmark
  public double[] epoch() {
    return training.run(1);
  }
}
