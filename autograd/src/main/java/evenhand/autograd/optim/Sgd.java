package evenhand.autograd.optim;

import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import java.util.List;

/**
 * Stochastic gradient descent with momentum, PyTorch's update:
 *
 * <pre>
 *  g += weightDecay w
 *  m  = g at the first step, then momentum m + (1 - dampening) g
 *  w -= rate m;   nesterov: w -= rate (g + momentum m)
 * </pre>
 */
public final class Sgd implements Optimizer {
  /**
   * Settings of {@link Sgd}.
   *
   * @param rate learning rate
   * @param momentum share of the last step that is kept, in [0, 1)
   * @param dampening share of the gradient that momentum leaves out
   * @param weightDecay multiple of the parameter added to its gradient
   * @param nesterov look ahead along the momentum; needs momentum and no dampening
   */
  public record Settings(Schedule rate, double momentum, double dampening, double weightDecay, boolean nesterov) {
    /** Checks that nesterov has momentum. */
    public Settings {
      if (nesterov && (momentum <= 0 || dampening != 0)) {
        throw new IllegalArgumentException("sgd: nesterov needs momentum above 0 and dampening 0, got momentum "
            + momentum + ", dampening " + dampening);
      }
    }

    /** Rate 0.001, nothing else: PyTorch's defaults. */
    public static Settings defaults() {
      return new Settings(Schedule.constant(1e-3), 0, 0, 0, false);
    }

    /** With another learning rate. */
    public Settings withRate(double other) {
      return withRate(Schedule.constant(other));
    }

    /** With a learning rate that varies. */
    public Settings withRate(Schedule other) {
      return new Settings(other, momentum, dampening, weightDecay, nesterov);
    }

    /** With momentum. */
    public Settings withMomentum(double other) {
      return new Settings(rate, other, dampening, weightDecay, nesterov);
    }

    /** With dampening of the momentum. */
    public Settings withDampening(double other) {
      return new Settings(rate, momentum, other, weightDecay, nesterov);
    }

    /** With weight decay. */
    public Settings withWeightDecay(double other) {
      return new Settings(rate, momentum, dampening, other, nesterov);
    }

    /** With or without Nesterov's momentum; set the momentum first. */
    public Settings withNesterov(boolean on) {
      return new Settings(rate, momentum, dampening, weightDecay, on);
    }
  }

  private final List<Var> parameters;
  private final Settings settings;
  private final List<Tensor> momenta;
  private int steps;

  /** An optimizer of these parameters. */
  public Sgd(List<Var> parameters, Settings settings) {
    this.parameters = List.copyOf(parameters);
    this.settings = settings;
    this.momenta = parameters.stream().map(parameter -> parameter.zeros().value()).toList();
  }

  @Override
  public void step(List<Tensor> gradients) {
    Optimizer.requireMatch("sgd", parameters, gradients);
    double rate = settings.rate.rate(steps);
    for (int i = 0; i < gradients.size(); i++) {
      Tensor parameter = parameters.get(i).value();
      if (settings.nesterov || settings.dampening != 0 && settings.momentum != 0) {
        general(parameter, gradients.get(i), momenta.get(i), rate);
      } else {
        parameter.device().backend().sgd(parameter, gradients.get(i), momenta.get(i), rate, settings.momentum,
            settings.weightDecay, steps == 0);
      }
    }
    steps++;
  }

  /** The update with dampening or nesterov, which devices have no kernel for. */
  private void general(Tensor parameter, Tensor gradient, Tensor momentum, double rate) {
    Tensor g = gradient.plus(parameter.times(settings.weightDecay));
    momentum.copyFrom(steps == 0 ? g : momentum.times(settings.momentum).plus(g.times(1 - settings.dampening)));
    Tensor direction = settings.nesterov ? g.plus(momentum.times(settings.momentum)) : momentum;
    parameter.copyFrom(parameter.minus(direction.times(rate)));
  }
}
