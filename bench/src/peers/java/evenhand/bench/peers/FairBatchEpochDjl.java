package evenhand.bench.peers;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import evenhand.bench.BenchData;
import evenhand.bench.FairBatchEpoch;
import evenhand.fairness.algorithms.FairBatchSampler;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The work of FairBatchEpoch with scoring and training by DJL on PyTorch; the sampler is the same Java code. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class FairBatchEpochDjl {
  private Model model;
  private Trainer trainer;
  private NDManager data;
  private NDArray x;
  private NDArray y;
  private FairBatchSampler batches;

  /** Reads the data and draws the weights. */
  @Setup
  public void setUp() {
    Samples rows = BenchData.adult();
    model = Model.newInstance("logistic");
    model.setBlock(Linear.builder().setUnits(1).build());
    trainer = model.newTrainer(new DefaultTrainingConfig(Loss.sigmoidBinaryCrossEntropyLoss()).optOptimizer(
        Optimizer.adam().optLearningRateTracker(Tracker.fixed((float) FairBatchEpoch.RATE)).build()));
    trainer.initialize(new Shape(FairBatchEpoch.BATCH, rows.columns()));
    data = model.getNDManager().newSubManager();
    x = data.create(rows.x(), new Shape(rows.rows(), rows.columns()));
    float[] labels = new float[rows.rows()];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = rows.y()[row];
    }
    y = data.create(labels, new Shape(labels.length, 1));
    batches = FairBatchSampler.of(rows.y(), rows.groups(), FairBatchEpoch.BATCH, Target.EQUAL_OPPORTUNITY, new Rng(2),
        this::logits);
  }

  private Tensor logits() {
    try (NDManager scoring = data.newSubManager()) {
      NDList inputs = new NDList(x);
      NDList output = trainer.evaluate(inputs);
      output.attach(scoring);
      return Tensor.of(output.singletonOrThrow().toFloatArray());
    }
  }

  /** Frees native memory. */
  @TearDown
  public void tearDown() {
    data.close();
    trainer.close();
    model.close();
  }

  /** 43 steps and what comes before them. */
  @Benchmark
  public void epoch() {
    for (int[] rows : batches.epoch()) {
      try (NDManager step = data.newSubManager()) {
        NDArray index = step.create(rows);
        NDArray inputs = x.get(index);
        inputs.attach(step);
        NDArray labels = y.get(index);
        labels.attach(step);
        try (GradientCollector gradients = trainer.newGradientCollector()) {
          NDList output = trainer.forward(new NDList(inputs));
          output.attach(step);
          NDArray loss = trainer.getLoss().evaluate(new NDList(labels), output);
          loss.attach(step);
          gradients.backward(loss);
        }
        trainer.step();
      }
    }
  }
}
