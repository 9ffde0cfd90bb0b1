package evenhand.fairness.algorithms;

import evenhand.autograd.nn.Layer;
import evenhand.fairness.data.Counterfactuals;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.tensor.Device;
import java.util.Optional;

/**
 * What a method is given.
 *
 * @param train the rows to learn from; their last groups are those to compare
 * @param target what is to be alike across groups
 * @param model which model to train
 * @param training how to train it
 * @param device where to train it
 * @param seed of all randomness; the same seed gives the same predictor, bit for bit
 * @param trained a model to start from instead of a new one (fine-tuning); it is changed
 * @param external pairs of rows and counterfactual rows to repair on, outside the training rows; empty unless {@link
 *     Method#heldOut} asks for some, or the data bring them
 * @param counterfactuals makes counterfactual rows of any rows; empty where nothing can
 * @param progress told after each epoch
 */
public record Task(Samples train, Target target, ModelSpec model, TrainingConfig training, Device device, long seed,
    Optional<Layer> trained, Optional<Pairs> external, Optional<Counterfactuals> counterfactuals,
    Progress progress) {
  /** Told how far a fit is. */
  public interface Progress {
    /** Tells nobody. */
    Progress NONE = (epoch, epochs, loss) -> {};

    /** An epoch is done; {@code loss} is its mean loss. */
    void epoch(int epoch, int epochs, double loss);

    /** The same with the network as it is then, from inputs to logits; only to be looked at. */
    default void epoch(int epoch, int epochs, double loss, Layer network) {
      epoch(epoch, epochs, loss);
    }
  }

  /** A task with a new model and nobody to tell. */
  public static Task of(Samples train, Target target, ModelSpec model, TrainingConfig training, Device device,
      long seed) {
    return new Task(train, target, model, training, device, seed, Optional.empty(), Optional.empty(),
        Optional.empty(), Progress.NONE);
  }

  /** This task told to somebody. */
  public Task with(Progress listener) {
    return new Task(train, target, model, training, device, seed, trained, external, counterfactuals, listener);
  }

  /** This task starting from a trained model. */
  public Task from(Layer model) {
    return new Task(train, target, this.model, training, device, seed, Optional.of(model), external, counterfactuals,
        progress);
  }

  /** This task on other training rows. */
  public Task on(Samples rows) {
    return new Task(rows, target, model, training, device, seed, trained, external, counterfactuals, progress);
  }

  /** This task with other training settings. */
  public Task with(TrainingConfig config) {
    return new Task(train, target, model, config, device, seed, trained, external, counterfactuals, progress);
  }

  /** This task with the split's pairs to repair on and its maker of counterfactual rows. */
  public Task with(Split split) {
    return new Task(train, target, model, training, device, seed, trained, split.external(), split.counterfactuals(),
        progress);
  }

  /** This task with pairs to repair on. */
  public Task with(Pairs pairs) {
    return new Task(train, target, model, training, device, seed, trained, Optional.of(pairs), counterfactuals,
        progress);
  }
}
