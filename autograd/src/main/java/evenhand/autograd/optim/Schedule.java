package evenhand.autograd.optim;

/** The learning rate at each step. */
@FunctionalInterface
public interface Schedule {
  /**
   * The rate of a step.
   *
   * @param step from 0
   */
  double rate(int step);

  /** Always the same. */
  static Schedule constant(double rate) {
    return step -> rate;
  }

  /** From {@code rate} down to 0 over so many steps, along half a cosine; 0 after them. */
  static Schedule cosine(double rate, int steps) {
    return step -> step >= steps ? 0 : rate * (1 + Math.cos(Math.PI * step / steps)) / 2;
  }

  /** Multiplied by a factor after every so many steps. */
  static Schedule decay(double rate, double factor, int every) {
    return step -> rate * Math.pow(factor, step / every);
  }

  /** This after a linear rise from 0 over so many steps; its own count of steps starts with the training's. */
  default Schedule withWarmup(int steps) {
    return step -> step < steps ? rate(step) * (step + 1) / (steps + 1) : rate(step);
  }
}
