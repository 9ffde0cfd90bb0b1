package evenhand.fairness.study;

import evenhand.autograd.nn.Layer;
import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Erm;
import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.ClassPredictions;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.ParityReport;
import evenhand.fairness.metrics.Predictions;
import evenhand.fairness.study.Study.Arm;
import evenhand.fairness.study.Study.Role;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The runs of one seed: one split, and one plainly trained model that repairs start from.
 *
 * <p>Runs may be made on several threads at a time. Split and model are made by the first who asks and let go of after
 * the last run, as they may be large.
 */
final class SeedRuns {
  /** Told after each epoch of an arm. */
  interface Progress {
    void epoch(Arm<?> arm, long seed, int epoch, int epochs, double loss);
  }

  /** A predictor, how long it took to make, and how its training went. */
  private record Fit(Predictor predictor, double seconds, boolean fromPlain, List<Curve> curves) {}

  private final Study study;
  private final long seed;
  private final Optional<Arm<?>> erm;
  private final Progress progress;
  private Optional<Split> split = Optional.empty();
  private Optional<Fit> plain = Optional.empty();
  private String fingerprint = "";
  private int left;

  /** The runs of these arms, so many of which are to be made. */
  SeedRuns(Study study, long seed, List<Arm<?>> arms, Progress progress) {
    this.study = study;
    this.seed = seed;
    this.erm = arms.stream().filter(SeedRuns::isPlain).findFirst();
    this.progress = progress;
    this.left = arms.size();
  }

  /** The seed. */
  long seed() {
    return seed;
  }

  private static boolean isPlain(Arm<?> arm) {
    return arm.method() instanceof Erm && arm.role() == Role.ASKED;
  }

  /** The split, made on the first call. */
  synchronized Split split() {
    if (split.isEmpty()) {
      split = Optional.of(study.data().splits().apply(seed));
    }
    return split.get();
  }

  /** {@link Fingerprint} of the split. */
  synchronized String fingerprint() {
    if (fingerprint.isEmpty()) {
      fingerprint = Fingerprint.of(split());
    }
    return fingerprint;
  }

  /** One arm needs nothing more; after the last one, split and model are let go of. */
  synchronized void done() {
    left--;
    if (left == 0) {
      split = Optional.empty();
      plain = Optional.empty();
    }
  }

  /** Plain training, whose model repairs start from; done once. */
  private synchronized Fit plain() {
    if (plain.isEmpty()) {
      plain = Optional.of(fit(erm.orElseThrow(), Optional.empty()));
    }
    return plain.get();
  }

  /**
   * Does it start from erm's model? A method that repairs does, where the data bring the pairs to repair on; else it
   * holds out training rows, on which its model must not have been trained.
   */
  boolean fromPlain(Arm<?> arm) {
    return erm.isPresent() && arm.method().repairs() && split().external().isPresent();
  }

  /** Trains and measures an arm. */
  StudyResult.Run run(Arm<?> arm) {
    Fit fit = isPlain(arm) ? plain()
        : fit(arm, fromPlain(arm) ? plain().predictor().network() : Optional.empty());
    return measured(arm, fit);
  }

  private Fit fit(Arm<?> arm, Optional<Layer> from) {
    Split own = arm.prepared(split(), seed);
    Task.Progress told = (epoch, epochs, loss) -> progress.epoch(arm, seed, epoch, epochs, loss);
    Task task = Task.of(own.train(), study.target(), study.model(), study.training(), study.device(), seed).with(own);
    Task begun = from.isPresent() ? task.from(copy(from.get(), split().train())) : task;
    if (arm.role() == Role.SWEEP) { // of which there are many
      long start = System.nanoTime();
      Predictor predictor = arm.fit(begun.with(told));
      return new Fit(predictor, (System.nanoTime() - start) * 1e-9, from.isPresent(), List.of());
    }
    TrainingRecorder recorder = new TrainingRecorder(own.train(), study.target(), study.device(), told);
    long start = System.nanoTime();
    Predictor predictor = arm.fit(begun.with(recorder));
    double seconds = (System.nanoTime() - start) * 1e-9 - recorder.seconds();
    return new Fit(predictor, seconds, from.isPresent(),
        Stream.concat(recorder.curves().stream(), predictor.curves().stream()).toList());
  }

  private Layer copy(Layer network, Samples train) {
    Layer copy = study.model().create(new Rng(0), study.device(), train.columns(), train.classes());
    network.parameters().forEach((name, each) -> copy.parameters().get(name).value().copyFrom(each.value()));
    return copy;
  }

  private StudyResult.Run measured(Arm<?> arm, Fit fit) {
    Predictor predictor = fit.predictor();
    Samples test = split().test();
    long fitted = System.nanoTime();
    int[] labels = predictor.labels(test);
    double[] outcomes = ModelMetrics.outcomes(predictor, test);
    long predicted = System.nanoTime();
    Map<String, Measured> metrics = metrics(predictor, labels, outcomes);
    List<String> notes = new ArrayList<>(predictor.notes());
    if (fit.fromPlain()) {
      notes.add("it started from the model that erm trained; its fit seconds are those of the repair alone");
    }
    Optional<ParityReport> parity = arm.role() == Role.SWEEP ? Optional.empty()
        : ModelMetrics.parityReport(predictor, test, study.target(), study.device(), seed);
    return new StudyResult.Run(arm.method().name(), arm.variant(), seed, metrics, fit.seconds(),
        (predicted - fitted) * 1e-9, notes, settings(arm), parity, predictor.trajectory(),
        groups(labels, outcomes), fit.curves(), predictor.before().map(model -> metrics(model, model.labels(test),
            ModelMetrics.outcomes(model, test))).orElse(Map.of()));
  }

  private List<GroupRates> groups(int[] labels, double[] outcomes) {
    Samples test = split().test();
    Attribute groups = test.groups();
    return test.classes() > 2
        ? GroupRates.of(new ClassPredictions(test.y(), labels, test.classes(), groups.codes(), groups.levels()))
        : GroupRates.of(new Predictions(test.y(), labels, outcomes, groups.codes(), groups.levels()));
  }

  /** The settings of an arm in words: those of the data, of training and its own. */
  Map<String, String> settings(Arm<?> arm) {
    Map<String, String> settings = new LinkedHashMap<>();
    new TreeMap<>(study.data().card().defaults()).forEach((key, value) -> {
      if (key.startsWith("data.")) { // what the data were made with
        settings.put(key, value);
      }
    });
    Configs.words(study.training()).forEach((key, value) -> settings.put("model." + key, value));
    Configs.words(arm.settings()).forEach((key, value) -> settings.put(arm.method().name() + "." + key, value));
    return settings;
  }

  /** All metrics, in the order in which results list them. */
  private Map<String, Measured> metrics(Predictor predictor, int[] labels, double[] outcomes) {
    BootstrapOptions options = new BootstrapOptions(study.resamples(), 0.95, seed);
    Samples test = split().test();
    Attribute groups = test.groups();
    Map<String, Measured> metrics = new LinkedHashMap<>(test.classes() > 2
        ? ClassMetrics.evaluate(
            new ClassPredictions(test.y(), labels, test.classes(), groups.codes(), groups.levels()), options)
        : Metrics.evaluate(new Predictions(test.y(), labels, outcomes, groups.codes(), groups.levels()), options));
    metrics.put(Metrics.COUNTERFACTUAL_BIAS.name(),
        ModelMetrics.counterfactualBias(predictor, split(), outcomes, options));
    metrics.put(Metrics.PARAMETER_PARITY.name(),
        ModelMetrics.parameterParity(predictor, test, study.target(), study.device()));
    return metrics;
  }
}
