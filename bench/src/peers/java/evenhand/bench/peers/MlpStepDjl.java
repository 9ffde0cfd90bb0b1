package evenhand.bench.peers;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The work of MlpStep by DJL on PyTorch; its threads are set for the whole process. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class MlpStepDjl {
  /** Rows per step. */
  @Param({"100", "1024"})
  public int batch;

  private Model model;
  private Trainer trainer;
  private NDManager data;
  private NDArray x;
  private NDArray y;

  /** Draws data and weights. */
  @Setup
  public void setUp() {
    model = Model.newInstance("mlp");
    model.setBlock(new SequentialBlock()
        .add(Linear.builder().setUnits(128).build()).add(Activation::relu)
        .add(Linear.builder().setUnits(64).build()).add(Activation::relu)
        .add(Linear.builder().setUnits(1).build()));
    trainer = model.newTrainer(new DefaultTrainingConfig(Loss.sigmoidBinaryCrossEntropyLoss())
        .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build()));
    trainer.initialize(new Shape(batch, 100));
    data = model.getNDManager().newSubManager();
    x = data.randomNormal(new Shape(batch, 100));
    y = data.randomUniform(0, 1, new Shape(batch, 1)).gt(0.5f).toType(DataType.FLOAT32, false);
  }

  /** Frees native memory. */
  @TearDown
  public void tearDown() {
    data.close();
    trainer.close();
    model.close();
  }

  /** Forward, backward, update. */
  @Benchmark
  public void step() {
    try (NDManager step = data.newSubManager()) {
      NDList inputs = new NDList(x);
      inputs.attach(step);
      try (GradientCollector gradients = trainer.newGradientCollector()) {
        NDList output = trainer.forward(inputs);
        output.attach(step);
        NDArray loss = trainer.getLoss().evaluate(new NDList(y), output);
        loss.attach(step);
        gradients.backward(loss);
      }
      trainer.step();
      x.attach(data);
    }
  }
}
