package evenhand.fairness.algorithms;

/**
 * How a model is trained; settings {@code model.*} on the command line, shared by all methods.
 *
 * @param epochs passes over the training rows, at least 1
 * @param batch rows per step, at least 1
 * @param learningRate step size of the optimizer, above 0
 * @param optimizer which update is used
 * @param weightDecay pull of the weights towards 0, at least 0
 * @param logitScale the probability is {@code sigmoid(logitScale * score)}
 * @param initialScale standard deviation of the first weights; 0 takes the usual uniform law
 */
public record TrainingConfig(
    @Help("passes over the training rows") int epochs,
    @Help("rows per step") int batch,
    @Help("step size of the optimizer") double learningRate,
    @Help("which update is used") Optimizer optimizer,
    @Help("pull of the weights towards 0; decoupled with adamw") double weightDecay,
    @Help("the probability is sigmoid(logit-scale * score)") double logitScale,
    @Help("standard deviation of the first weights; 0 takes the usual uniform law") double initialScale) {
  /** The optimizers to choose from. */
  public enum Optimizer {
    /** Adam. */
    ADAM,
    /** Adam with decoupled weight decay. */
    ADAMW,
    /** Stochastic gradient descent with momentum 0.9. */
    SGD
  }

  /** 20 epochs of Adam at 0.001, batches of 100. */
  public static final TrainingConfig DEFAULT = new TrainingConfig(20, 100, 1e-3, Optimizer.ADAM, 0, 1, 0);

  /** Checks the ranges. */
  public TrainingConfig {
    if (epochs < 1 || batch < 1 || !(learningRate > 0) || !(weightDecay >= 0) || !(logitScale > 0)
        || !(initialScale >= 0)) {
      throw new IllegalArgumentException("model settings are out of range: epochs " + epochs + " and batch " + batch
          + " must be at least 1, learning-rate " + learningRate + " and logit-scale " + logitScale
          + " above 0, weight-decay " + weightDecay + " and initial-scale " + initialScale + " at least 0");
    }
  }

  /** This with another number of epochs. */
  public TrainingConfig withEpochs(int count) {
    return new TrainingConfig(count, batch, learningRate, optimizer, weightDecay, logitScale, initialScale);
  }
}
