package evenhand.autograd.optim;

import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;
import java.util.List;

/**
 * Adam (Kingma and Ba, ICLR 2015), PyTorch's update; t counts from 1:
 *
 * <pre>
 *  g += weightDecay w
 *  m  = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g^2
 *  w -= rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 */
public final class Adam implements Optimizer {
  /**
   * Settings of {@link Adam} and {@link AdamW}.
   *
   * @param rate learning rate
   * @param beta1 share of the old mean of gradients
   * @param beta2 share of the old mean of their squares
   * @param epsilon keeps the divisor from 0
   * @param weightDecay multiple of the parameter added to its gradient, or for AdamW taken off it
   */
  public record Settings(Schedule rate, double beta1, double beta2, double epsilon, double weightDecay) {
    /** Rate 0.001, betas 0.9 and 0.999, epsilon 1e-8, no weight decay: PyTorch's defaults. */
    public static Settings defaults() {
      return new Settings(Schedule.constant(1e-3), 0.9, 0.999, 1e-8, 0);
    }

    /** With another learning rate. */
    public Settings withRate(double other) {
      return withRate(Schedule.constant(other));
    }

    /** With a learning rate that varies. */
    public Settings withRate(Schedule other) {
      return new Settings(other, beta1, beta2, epsilon, weightDecay);
    }

    /** With other shares of the old means. */
    public Settings withBetas(double first, double second) {
      return new Settings(rate, first, second, epsilon, weightDecay);
    }

    /** With another epsilon. */
    public Settings withEpsilon(double other) {
      return new Settings(rate, beta1, beta2, other, weightDecay);
    }

    /** With weight decay. */
    public Settings withWeightDecay(double other) {
      return new Settings(rate, beta1, beta2, epsilon, other);
    }
  }

  private final List<Var> parameters;
  private final Settings settings;
  private final boolean decoupled;
  private final List<Tensor> means;
  private final List<Tensor> squares;
  private int steps;

  /** An optimizer of these parameters. */
  public Adam(List<Var> parameters, Settings settings) {
    this(parameters, settings, false);
  }

  Adam(List<Var> parameters, Settings settings, boolean decoupled) {
    this.parameters = List.copyOf(parameters);
    this.settings = settings;
    this.decoupled = decoupled;
    this.means = parameters.stream().map(parameter -> parameter.zeros().value()).toList();
    this.squares = parameters.stream().map(parameter -> parameter.zeros().value()).toList();
  }

  @Override
  public void step(List<Tensor> gradients) {
    Optimizer.requireMatch(decoupled ? "adamw" : "adam", parameters, gradients);
    var now = new Backend.AdamStep(settings.rate.rate(steps), settings.beta1, settings.beta2, settings.epsilon,
        settings.weightDecay, decoupled);
    steps++;
    for (int i = 0; i < gradients.size(); i++) {
      Tensor parameter = parameters.get(i).value();
      parameter.device().backend().adam(parameter, gradients.get(i), means.get(i), squares.get(i), now, steps);
    }
  }
}
