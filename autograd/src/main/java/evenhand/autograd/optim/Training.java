package evenhand.autograd.optim;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Phase;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * The training loop: batch, loss, gradient, step.
 *
 * <pre>{@code
 * var loss = Training.supervised(model, x, y, Losses::binaryCrossEntropyWithLogits);
 * var training = new Training(loss, parameters, new Adam(parameters, Adam.Settings.defaults()),
 *     new ShuffledBatches(rows, 100, rng.split("batches"), false));
 * double[] losses = training.run(20, (epoch, mean) -> IO.println(epoch + ": " + mean));
 * }</pre>
 *
 * @param loss the loss of a batch
 * @param parameters what is trained, in the optimizer's order
 * @param batches which rows each batch holds
 */
public record Training(RowLoss loss, List<Var> parameters, Optimizer optimizer, BatchSampler batches) {
  /** The loss of a batch. */
  @FunctionalInterface
  public interface RowLoss {
    /** A scalar loss of the rows of these numbers, to be differentiated for the parameters. */
    Var of(int[] rows);
  }

  /** A loss of predictions, such as {@code Losses::crossEntropy}. */
  @FunctionalInterface
  public interface LossFunction {
    /** A scalar. */
    Var of(Var output, Var target);
  }

  /** Told about each epoch. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called after an epoch.
     *
     * @param epoch from 1
     * @param loss mean of its batches' losses, each taken before its step
     */
    void epoch(int epoch, double loss);
  }

  /** The loss of a model on rows of a table of inputs and one of targets, both with rows along axis 0. */
  public static RowLoss supervised(Layer model, Tensor inputs, Tensor targets, LossFunction loss) {
    if (inputs.shape().dim(0) != targets.shape().dim(0)) {
      throw new IllegalArgumentException("training: inputs " + inputs.shape() + " and targets " + targets.shape()
          + " differ in rows (axis 0); give one target for each row");
    }
    return rows -> {
      Tensor chosen = inputs.device().tensor(rows);
      Var output = model.forward(Var.of(inputs.indexSelect(0, chosen)), Phase.TRAIN);
      return loss.of(output, Var.of(targets.indexSelect(0, chosen)));
    };
  }

  /** Runs without a listener. */
  public double[] run(int epochs) {
    return run(epochs, (epoch, mean) -> {});
  }

  /**
   * Runs so many epochs and returns the mean loss of each.
   *
   * <p>Losses stay on the device until the end of their epoch, so that no step waits for one.
   *
   * @throws ArithmeticException if a loss was not finite or exploded (beyond 10^6 times the first), naming epoch, batch,
   *     step and where it began; or if a parameter is not finite in the end; the parameters are of no use then
   * @throws CancellationException if the thread was interrupted, before the next step; it stays interrupted
   */
  public double[] run(int epochs, Listener listener) {
    double[] means = new double[epochs];
    LossWatch watch = new LossWatch();
    for (int epoch = 1; epoch <= epochs; epoch++) {
      try (Scope _ = Scope.open()) {
        List<Tensor> losses = new ArrayList<>();
        for (int[] rows : batches.epoch()) {
          stopIfInterrupted("training: interrupted in epoch " + epoch + " of " + epochs);
          losses.add(step(rows));
        }
        means[epoch - 1] = mean(epoch, losses, watch);
      }
      listener.epoch(epoch, means[epoch - 1]);
    }
    requireFiniteParameters();
    return means;
  }

  /**
   * For loops that can be cancelled: does nothing unless this thread was interrupted.
   *
   * @param message what is told then
   * @throws CancellationException if it was; it stays interrupted
   */
  public static void stopIfInterrupted(String message) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException(message);
    }
  }

  private Tensor step(int[] rows) {
    try (Scope scope = Scope.open()) {
      Var value = loss.of(rows);
      optimizer.step(Grad.of(value, parameters));
      return scope.keep(value.value());
    }
  }

  /** The last step's loss was taken before it, so only its result can tell that it went wrong. */
  private void requireFiniteParameters() {
    try (Scope _ = Scope.open()) {
      for (int i = 0; i < parameters.size(); i++) {
        Tensor value = parameters.get(i).value();
        if (value.minus(value).sum().item() != 0) { // x - x is 0, or NaN if x is not finite
          throw new ArithmeticException("training: parameter " + (i + 1) + " of " + parameters.size() + ", shape "
              + value.shape()
              + ", is not finite after the last step; lower the learning rate or standardise the inputs");
        }
      }
    }
  }

  private static double mean(int epoch, List<Tensor> losses, LossWatch watch) {
    if (losses.isEmpty()) {
      throw new IllegalArgumentException(
          "training: epoch " + epoch + " has no batches; the sampler must give at least one");
    }
    float[] values = Tensor.concat(0, losses.stream().map(loss -> loss.reshape(1)).toList()).toFloats();
    double sum = 0;
    for (int batch = 0; batch < values.length; batch++) {
      watch.take(values[batch], epoch, batch + 1, values.length);
      sum += values[batch];
    }
    return sum / values.length;
  }
}
