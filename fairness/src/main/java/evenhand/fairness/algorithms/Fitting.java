package evenhand.fairness.algorithms;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.AdamW;
import evenhand.autograd.optim.BatchSampler;
import evenhand.autograd.optim.Optimizer;
import evenhand.autograd.optim.Sgd;
import evenhand.autograd.optim.ShuffledBatches;
import evenhand.autograd.optim.Training;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A model in training on a task: the loop that in-training methods share. */
public final class Fitting {
  /** The loss of a batch. */
  public interface BatchLoss {
    /** Plain training: mean cross-entropy, logistic for two labels and softmax for more. */
    BatchLoss CROSS_ENTROPY = (logits, labels, rows) -> losses(logits, labels).mean();

    /**
     * A scalar to go down.
     *
     * @param logits {@code [batch, 1]} for two labels, else {@code [batch, classes]}; scaled
     * @param labels {@code [batch, 1]}, each 0 or 1, for two labels, else int32 {@code [batch]}
     * @param rows which training rows these are
     */
    Var of(Var logits, Var labels, int[] rows);
  }

  private final Task task;
  private final Optional<Tensor> features; // of all rows, if they are dense
  private final Tensor labels;
  private final Layer model;

  /**
   * A new model (or the task's trained one) and the training rows on the task's device.
   *
   * @throws IllegalArgumentException if a batch is larger than the training data
   */
  public Fitting(Task task) {
    if (task.training().batch() > task.train().rows()) {
      throw new IllegalArgumentException("model.batch " + task.training().batch() + " is more than the "
          + task.train().rows() + " training rows; lower it with --set model.batch=N");
    }
    this.task = task;
    this.features = task.train().areDense()
        ? Optional.of(task.train().features(task.device()))
        : Optional.empty();
    this.labels = task.train().labels(task.device());
    this.model = task.trained().orElseGet(() -> create(task));
  }

  private static Layer create(Task task) {
    Rng rng = rng(task, "weights");
    Layer model = task.model().create(rng, task.device(), task.train().columns(), task.train().classes());
    double scale = task.training().initialScale();
    if (scale > 0) {
      model.parameters().forEach((name, parameter) -> parameter.value().copyFrom(name.endsWith("bias")
          ? parameter.zeros().value()
          : rng.normal(task.device(), parameter.shape().dims()).times(scale)));
    }
    return model;
  }

  /** The cross-entropy of each row of a batch, {@code [batch, 1]}; logits and labels as {@link BatchLoss} has them. */
  static Var losses(Var logits, Var labels) {
    if (logits.shape().dim(1) == 1) {
      return Losses.binaryCrossEntropyWithLogits(logits, labels,
          Losses.BinaryOptions.defaults().withReduction(Losses.Reduction.NONE));
    }
    return Losses.crossEntropy(logits, labels, Losses.ClassOptions.defaults().withReduction(Losses.Reduction.NONE))
        .reshape(-1, 1);
  }

  /** A stream of random numbers for one purpose. */
  public static Rng rng(Task task, String purpose) {
    return new Rng(task.seed()).split(purpose);
  }

  /** Every row once an epoch, in random order; a last short batch is left out. */
  public BatchSampler shuffled(String purpose) {
    return new ShuffledBatches(task.train().rows(), batch(), rng(task, purpose), true);
  }

  /** {@link #shuffled(String)} on the stream {@code batches}. */
  public BatchSampler shuffled() {
    return shuffled("batches");
  }

  /** The logits of these training rows, scaled, in the training phase: {@code [rows, 1]}, or {@code [rows, classes]}. */
  public Var forward(int[] rows) {
    return forward(inputs(rows));
  }

  /** The logits of inputs {@code [rows, columns]}, scaled, in the training phase. */
  Var forward(Var inputs) {
    return scaled(model.forward(inputs, Phase.TRAIN));
  }

  /** The inputs of these training rows: {@code [rows, columns]}. */
  Var inputs(int[] rows) {
    return Var.of(features.isPresent()
        ? features.get().indexSelect(0, task.device().tensor(rows))
        : task.train().features(task.device(), rows));
  }

  /** Rows per step. */
  public int batch() {
    return task.training().batch();
  }

  /** The logits of all training rows, scaled, in evaluation mode and without a graph: as {@link #forward}. */
  public Tensor logits() {
    return features.isPresent() ? Evaluation.outputs(network(), features.get())
        : Evaluation.outputs(network(), task.train(), task.device());
  }

  private Var scaled(Var logits) {
    double scale = task.training().logitScale();
    return scale == 1 ? logits : logits.times(scale);
  }

  /**
   * Trains for so many epochs.
   *
   * @throws ArithmeticException if the loss explodes or is no longer finite, naming epoch, batch and where it began
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public Fitting train(int epochs, BatchSampler sampler, BatchLoss loss) {
    return train(epochs, sampler, rowLoss(loss));
  }

  /** The loss of a batch as one that runs the model by itself. */
  Training.RowLoss rowLoss(BatchLoss loss) {
    return rows -> loss.of(forward(rows), Var.of(labels.indexSelect(0, task.device().tensor(rows))), rows);
  }

  /** {@link #train(int, BatchSampler, BatchLoss)} on a loss that runs the model by itself, by {@link #forward}. */
  public Fitting train(int epochs, BatchSampler sampler, Training.RowLoss loss) {
    return train(epochs, sampler, loss, UnaryOperator.identity(), (epoch, mean) -> {});
  }

  /**
   * {@link #train(int, BatchSampler, Training.RowLoss)} with more said.
   *
   * @param optimizer given the usual one, gives the one to use: a place to change gradients
   * @param after told about each epoch before anybody else
   */
  Fitting train(int epochs, BatchSampler sampler, Training.RowLoss loss, UnaryOperator<Optimizer> optimizer,
      Training.Listener after) {
    List<Var> parameters = List.copyOf(model.parameters().values());
    new Training(loss, parameters, optimizer.apply(optimizer(parameters)), sampler).run(epochs, (epoch, mean) -> {
      after.epoch(epoch, mean);
      task.progress().epoch(epoch, epochs, mean, network());
    });
    return this;
  }

  /** The optimizer of the task's settings, for these parameters. */
  Optimizer optimizer(List<Var> parameters) {
    TrainingConfig config = task.training();
    Adam.Settings adam = Adam.Settings.defaults().withRate(config.learningRate())
        .withWeightDecay(config.weightDecay());
    return switch (config.optimizer()) {
      case ADAM -> new Adam(parameters, adam);
      case ADAMW -> new AdamW(parameters, adam);
      case SGD -> new Sgd(parameters, Sgd.Settings.defaults().withRate(config.learningRate()).withMomentum(0.9)
          .withWeightDecay(config.weightDecay()));
    };
  }

  /** The model being trained. */
  public Layer model() {
    return model;
  }

  /** The model with its logits scaled. */
  Layer network() {
    return new Layer() {
      @Override
      public Var forward(Var x, Phase phase) {
        return scaled(model.forward(x, phase));
      }

      @Override
      public Map<String, Var> parameters() {
        return model.parameters();
      }

      @Override
      public Map<String, Tensor> buffers() {
        return model.buffers();
      }
    };
  }

  /** The probability of each label for each row, of logits {@code [rows, 1]} or {@code [rows, classes]}. */
  static double[][] softmax(Tensor logits, int rows) {
    float[] values = logits.toFloats();
    double[][] out = new double[rows][];
    int width = rows == 0 ? 0 : values.length / rows;
    Arrays.setAll(out, row -> softmax(values, row * width, width));
    return out;
  }

  /** Of each label: by the logistic function of one logit, or the softmax of several. */
  private static double[] softmax(float[] logits, int from, int width) {
    if (width == 1) {
      double positive = 1 / (1 + Math.exp(-logits[from]));
      return new double[]{1 - positive, positive};
    }
    double[] out = new double[width];
    double greatest = Double.NEGATIVE_INFINITY;
    for (int label = 0; label < width; label++) {
      greatest = Math.max(greatest, logits[from + label]);
    }
    double sum = 0;
    for (int label = 0; label < width; label++) {
      out[label] = Math.exp(logits[from + label] - greatest); // the greatest is 1, so nothing overflows
      sum += out[label];
    }
    for (int label = 0; label < width; label++) {
      out[label] /= sum;
    }
    return out;
  }

  /** The model as it is now, as a predictor with notes for the reader. */
  public Predictor predictor(List<String> notes) {
    return predictor(notes, Optional.empty());
  }

  /** {@link #predictor(List)} with how the training went. */
  Predictor predictor(List<String> notes, Optional<Trajectory> trajectory) {
    return predictor(notes, trajectory, List.of());
  }

  /** {@link #predictor(List)} with what the method recorded of itself. */
  Predictor predictor(List<String> notes, List<Curve> curves) {
    return predictor(notes, Optional.empty(), curves);
  }

  private Predictor predictor(List<String> notes, Optional<Trajectory> trajectory, List<Curve> curves) {
    Layer network = network();
    return new Predictor() {
      @Override
      public double[] scores(Samples rows) {
        return Arrays.stream(probabilities(rows)).mapToDouble(each -> each[1]).toArray();
      }

      @Override
      public double[][] probabilities(Samples rows) {
        try (Scope _ = Scope.open()) {
          return softmax(Evaluation.outputs(network, rows, task.device()), rows.rows());
        }
      }

      @Override
      public List<String> notes() {
        return notes;
      }

      @Override
      public Optional<Layer> network() {
        return Optional.of(network);
      }

      @Override
      public Optional<Trajectory> trajectory() {
        return trajectory;
      }

      @Override
      public List<Curve> curves() {
        return curves;
      }
    };
  }
}
