package evenhand.fairness.gradiend;

import evenhand.fairness.algorithms.Help;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * GRADIEND: a feature neuron learned from gradients (Drechsel and Herbold, ICLR 2026, arXiv 2502.01406).
 *
 * <p>A model with weights theta is frozen. For rows whose answer shows a class (a text whose masked word is "she") the
 * gradients of the loss with the right answer, g+, and with that of the opposite class, g-, are taken. One neuron maps
 * one of them, s, to their difference: {@code dec(enc(s)) ~ t}. Its feature h in (-1, 1) is the class; what it decodes
 * at a chosen h is a direction along which {@link Rewrite} changes theta for good.
 *
 * <p>Deviations: the source is g- unless told otherwise (easier than the paper's g+); gradients are divided by their
 * usual length, measured once on {@value #CALIBRATION} batches, the error is summed and the learning rate counts in
 * units of 1/sqrt(n), the size of the first weights, since a rate that suits n = 10^3 is of no use at 10^8; the orientation looks at the signed correlation; training may mix in rows without the feature, whose
 * target is 0. One neuron, tanh.
 *
 * <p>Symbols: W_e, b_e encoder and W_d, b_d decoder ({@link FeatureNeuron}); n coordinates of theta; h feature; label
 * +1 for the first class's right answer, -1 for the second's.
 *
 * <p>Memory, in numbers of 4 bytes a weight: neuron 3, AdamW's means 6, best state of the seed 3, best state of all 3,
 * g+ and g- 2, target 1, theta 1 and what one batch needs; 1 more for a mask.
 *
 * @param provider the model
 * @param data its rows
 * @param <E> a row
 */
public record Gradiend<E>(GradientProvider<E> provider, FeatureData<E> data, Gradiend.Settings settings) {
  private static final int CALIBRATION = 16;
  static final double CONVERGED_CORRELATION = 0.6;
  private static final double CONVERGED_MEAN = 0.5;

  /**
   * Settings of a fit.
   *
   * @param steps training steps
   * @param batch rows behind each pair of gradients
   * @param learningRate AdamW's rate
   * @param epsilon AdamW's epsilon
   * @param weightDecay AdamW's decoupled decay, of all weights
   * @param source what the encoder sees
   * @param target what the decoder is to give
   * @param scaled whether gradients are divided by their usual length, the loss is a sum over n, and the rate counts in
   *     units of 1/sqrt(n); then one rate suits models of any size
   * @param validateEvery steps between validations
   * @param identityEvery after so many steps one with neutral rows and target 0; 0 for none
   * @param before share of coordinates kept before the fit, those of the largest mean gradient; 1 for all
   * @param after share of coordinates kept after the fit, those of the largest decoder weights; 1 for all
   */
  public record Settings(
      @Help("training steps") int steps,
      @Help("rows behind each pair of gradients") int batch,
      @Help("step size of AdamW") double learningRate,
      @Help("epsilon of AdamW") double epsilon,
      @Help("decoupled weight decay of AdamW") double weightDecay,
      @Help("gradients that the encoder sees") Source source,
      @Help("gradients that the decoder is to give") Source target,
      @Help("gradients of length 1, a rate relative to 1/sqrt(n), and a loss summed over n") boolean scaled,
      @Help("steps between validations") int validateEvery,
      @Help("after so many steps one with neutral rows and target 0; 0 for none") int identityEvery,
      @Help("share of coordinates kept before the fit, by mean gradient") double before,
      @Help("share of coordinates kept after the fit, by decoder weight") double after) {
    /** 300 steps of 32 rows, source counterfactual, target difference, gradients and rate scaled. */
    public static final Settings DEFAULT = new Settings(300, 32, 0.2, 1e-8, 1e-2, Source.COUNTERFACTUAL,
        Source.DIFFERENCE, true, 100, 0, 1, 1);

    /** Checks the ranges. */
    public Settings {
      if (steps < 1 || batch < 1 || !(learningRate > 0) || !(epsilon > 0) || !(weightDecay >= 0) || validateEvery < 1
          || identityEvery < 0 || !(before > 0 && before <= 1) || !(after > 0 && after <= 1)) {
        throw new IllegalArgumentException("gradiend settings are out of range: steps " + steps + ", batch " + batch
            + " and validate-every " + validateEvery + " must be at least 1, learning-rate " + learningRate
            + " and epsilon " + epsilon + " above 0, weight-decay " + weightDecay + " and identity-every "
            + identityEvery + " at least 0, before " + before + " and after " + after + " in (0, 1]");
      }
    }

    /** With another source. */
    public Settings withSource(Source other) {
      return new Settings(steps, batch, learningRate, epsilon, weightDecay, other, target, scaled, validateEvery,
          identityEvery, before, after);
    }

    /** With another number of steps, validated every so many. */
    public Settings withSteps(int count, int every) {
      return new Settings(count, batch, learningRate, epsilon, weightDecay, source, target, scaled, every,
          identityEvery, before, after);
    }

    /** With another learning rate. */
    public Settings withRate(double rate) {
      return new Settings(steps, batch, rate, epsilon, weightDecay, source, target, scaled, validateEvery,
          identityEvery, before, after);
    }

    /** With gradients divided by their root mean square, or not. */
    public Settings withScaled(boolean divide) {
      return new Settings(steps, batch, learningRate, epsilon, weightDecay, source, target, divide, validateEvery,
          identityEvery, before, after);
    }

    /** With only a share of the coordinates, before and after the fit. */
    public Settings withShares(double first, double last) {
      return new Settings(steps, batch, learningRate, epsilon, weightDecay, source, target, scaled, validateEvery,
          identityEvery, first, last);
    }

    /** With steps of neutral rows among the others. */
    public Settings withIdentityEvery(int every) {
      return new Settings(steps, batch, learningRate, epsilon, weightDecay, source, target, scaled, validateEvery,
          every, before, after);
    }
  }

  /**
   * One seed's training.
   *
   * @param validation correlation of label and h on the validation rows in its best state; 0 where h is constant
   * @param bestStep number of steps before that state
   * @param losses the training loss at each step
   * @param converged whether the feature was found
   * @param encoder the report on the test rows
   */
  public record SeedReport(long seed, double validation, int bestStep, double[] losses, boolean converged,
      EncoderReport encoder) {}

  /**
   * What came of a fit.
   *
   * @param neuron the best seed's neuron in its best state
   * @param seeds all seeds, in order
   * @param best the place of the best seed among them
   */
  public record Fit(FeatureNeuron neuron, List<SeedReport> seeds, int best) {
    /** The best seed. */
    public SeedReport bestSeed() {
      return seeds.get(best);
    }
  }

  /** Told how far a fit is. */
  @FunctionalInterface
  public interface Progress {
    /** Tells nobody. */
    Progress NONE = (_, _, _) -> {};

    /** So many steps of a seed are done. */
    void step(long seed, int step, int steps);
  }

  /** Theta's size and what is learned of it. */
  private record Plan(List<Shape> shapes, Device device, Optional<List<Tensor>> mask, long n, double scale) {}

  /**
   * Fits one neuron per seed and keeps the best.
   *
   * @throws IllegalArgumentException without seeds
   * @throws ArithmeticException if the loss is no longer finite
   */
  public Fit fit(List<Long> seeds, Progress progress) {
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("gradiend: no seeds given; give at least one");
    }
    Plan plan = plan(seeds.getFirst());
    FeatureNeuron neuron = FeatureNeuron.zeros(plan.shapes(), plan.device());
    FeatureNeuron.Training training = new FeatureNeuron.Training(neuron, plan.n());
    FeatureNeuron own = neuron.copy();
    FeatureNeuron best = neuron.copy();
    List<SeedReport> reports = new ArrayList<>();
    int winner = 0;
    for (long seed : seeds) {
      training.restart();
      neuron.start(plan.n(), plan.scale(), new Rng(seed).split("weights"));
      plan.mask().ifPresent(neuron::restrict);
      reports.add(fit(seed, plan, neuron, training, own, progress));
      int last = reports.size() - 1;
      if (last == 0 || reports.get(last).validation() > reports.get(winner).validation()) {
        winner = last;
        best.copyFrom(own);
      }
    }
    return new Fit(best, reports, winner);
  }

  private Plan plan(long seed) {
    List<Tensor> theta = provider.parameters().values().stream().map(parameter -> parameter.value()).toList();
    List<Shape> shapes = theta.stream().map(Tensor::shape).toList();
    Device device = theta.getFirst().device();
    boolean calibrate = settings.scaled || settings.before < 1;
    if (!calibrate) {
      return new Plan(shapes, device, Optional.empty(), TopK.size(theta), 1);
    }
    try (Scope scope = Scope.open()) {
      Calibration measured = calibration(new Rng(seed).split("calibration"));
      double scale = settings.scaled ? measured.norm() : 1;
      if (settings.before == 1) {
        return new Plan(shapes, device, Optional.empty(), TopK.size(theta), scale);
      }
      long k = TopK.count(theta, settings.before);
      List<Tensor> mask = TopK.mask(measured.mean(), k);
      mask.forEach(scope::keep);
      return new Plan(shapes, device, Optional.of(mask), k, scale);
    }
  }

  private record Calibration(double norm, List<Tensor> mean) {}

  /** Root mean square length of the gradients g+ and g-, and the mean of the classes' opposed differences g+ - g-. */
  private Calibration calibration(Rng rng) {
    double squares = 0;
    List<Tensor> mean = settings.before == 1 ? List.of()
        : provider.parameters().values().stream().map(parameter -> parameter.zeros().value()).toList();
    for (int batch = 0; batch < CALIBRATION; batch++) {
      int label = batch % 2 == 0 ? 1 : -1;
      try (Scope _ = Scope.open()) {
        GradientPair pair = provider.gradients(data.training().rows(label, settings.batch, rng));
        squares += Math.pow(FeatureNeuron.norm(pair.factual()), 2)
            + Math.pow(FeatureNeuron.norm(pair.counterfactual()), 2);
        for (int i = 0; i < mean.size() && settings.before < 1; i++) {
          try (Scope _ = Scope.open()) {
            Tensor difference = pair.factual().get(i).minus(pair.counterfactual().get(i));
            mean.get(i).copyFrom(mean.get(i).plus(difference.times(label / (double) CALIBRATION)));
          }
        }
      }
    }
    return new Calibration(Math.sqrt(squares / (2.0 * CALIBRATION)), mean);
  }

  /** Trains one seed; {@code best} becomes its best state, oriented and pruned. */
  private SeedReport fit(long seed, Plan plan, FeatureNeuron neuron, FeatureNeuron.Training training,
      FeatureNeuron best, Progress progress) {
    Rng rng = new Rng(seed).split("batches");
    double[] losses = new double[settings.steps];
    Validation reached = validate(neuron);
    int bestStep = 0;
    best.copyFrom(neuron);
    for (int step = 1; step <= settings.steps; step++) {
      losses[step - 1] = step(step, plan, training, rng);
      if (step % settings.validateEvery == 0 || step == settings.steps) {
        Validation now = validate(neuron);
        if (Math.abs(now.correlation()) > Math.abs(reached.correlation())) {
          reached = now;
          bestStep = step;
          best.copyFrom(neuron);
        }
      }
      progress.step(seed, step, settings.steps);
    }
    if (reached.correlation() < 0) {
      best.flip();
    }
    prune(best);
    EncoderReport encoder = EncoderReport.of(provider, best, data.test(), data.neutral().test(), settings.source);
    return new SeedReport(seed, Math.abs(reached.correlation()), bestStep, losses,
        bestStep > 0 && reached.converged(), encoder);
  }

  /** One step: rows of one class, the classes in turn in an order that changes, or neutral rows. */
  private double step(int step, Plan plan, FeatureNeuron.Training training, Rng rng) {
    boolean identity = settings.identityEvery > 0 && step % (settings.identityEvery + 1) == 0
        && !data.neutral().training().isEmpty();
    int label = ((step - 1) % 2 == 0) == (rng.split((step - 1) / 2).nextInt(2) == 0) ? 1 : -1;
    Rng draw = rng.split("rows").split(step);
    try (Scope _ = Scope.open()) {
      List<E> rows = identity ? drawn(data.neutral().training(), draw)
          : data.training().rows(label, settings.batch, draw);
      GradientPair pair = provider.gradients(rows);
      GradientPair used = plan.mask().map(pair::masked).orElse(pair);
      double rate = settings.scaled ? settings.learningRate / Math.sqrt(plan.n()) : settings.learningRate;
      FeatureNeuron.Step done = training.step(used, settings.source, settings.target, settings.scaled ? plan.n() : 1,
          new Backend.AdamStep(rate, 0.9, 0.999, settings.epsilon, settings.weightDecay, true));
      if (!Double.isFinite(done.loss())) {
        throw new ArithmeticException("gradiend: the loss is " + done.loss() + " at step " + step
            + "; lower learning-rate, or look for NaN in the model");
      }
      return done.loss();
    }
  }

  private List<E> drawn(List<E> rows, Rng rng) {
    List<E> out = new ArrayList<>();
    for (int i = 0; i < Math.min(settings.batch, rows.size()); i++) {
      out.add(rows.get(rng.nextInt(rows.size())));
    }
    return out;
  }

  /** What the validation rows say: the signed correlation of label and h, 0 where undefined, and the classes' means. */
  private record Validation(double correlation, double first, double second) {
    boolean converged() {
      return Math.abs(correlation) >= CONVERGED_CORRELATION && Math.abs(first) >= CONVERGED_MEAN
          && Math.abs(second) >= CONVERGED_MEAN && first * second < 0;
    }
  }

  private Validation validate(FeatureNeuron neuron) {
    double[] h = EncoderReport.encode(provider, neuron,
        data.validation().stream().map(FeatureData.Labelled::row).toList(), settings.source);
    double[] labels = data.validation().stream().mapToDouble(FeatureData.Labelled::label).toArray();
    return new Validation(Correlation.pearson(labels, h).orElse(0), EncoderReport.mean(labels, h, 1),
        EncoderReport.mean(labels, h, -1));
  }

  private void prune(FeatureNeuron neuron) {
    if (settings.after < 1) {
      List<Tensor> weights = neuron.decoder();
      try (Scope _ = Scope.open()) {
        neuron.restrict(TopK.mask(weights, TopK.count(weights, settings.after)));
      }
    }
  }
}
