package evenhand.fairness.study;

import evenhand.autograd.nn.Layer;
import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Erm;
import evenhand.fairness.algorithms.Method;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Card;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.ClassPredictions;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * Trains each method on each seed's split, and measures it on the split's test rows.
 *
 * @param card what the data are
 * @param rows number of all rows
 * @param splits the split of a seed; generated data are generated anew for each
 * @param arms what is compared, in this order
 * @param target what is to be alike across groups
 * @param model which model is trained
 * @param training how it is trained
 * @param device where
 * @param seeds the seeds, one run of every arm each
 * @param resamples bootstrap resamples behind each interval
 */
public record Study(Card card, int rows, LongFunction<Split> splits, List<Arm<?>> arms, Target target, ModelSpec model,
    TrainingConfig training, Device device, List<Long> seeds, int resamples) {
  /**
   * A method with its settings.
   *
   * @param optional is it left out, rather than an error, where it cannot be used on the data?
   */
  public record Arm<C extends Record>(Method<C> method, C settings, boolean optional) {
    /**
     * A method with some of its settings replaced.
     *
     * @throws IllegalArgumentException for an unknown setting or a word that cannot be read
     */
    public static <C extends Record> Arm<C> of(Method<C> method, Map<String, String> settings) {
      return new Arm<>(method, Configs.with(method.defaults(), method.name(), settings), false);
    }

    /** The same, left out where it cannot be used. */
    public Arm<C> orLeftOut() {
      return new Arm<>(method, settings, true);
    }

    Predictor fit(Task task) {
      return method.fit(task, settings);
    }

    /** The split with external pairs, if the method wants some. */
    Split prepared(Split split, long seed) {
      int rows = method.heldOut(settings);
      return rows == 0 ? split : split.withExternal(rows, seed);
    }
  }

  /** Told how far a study is. */
  public interface Listener {
    /** Tells nobody. */
    Listener NONE = new Listener() {};

    /** A method cannot be used on the data; it is told before the first fit. */
    default void leavesOut(String method) {}

    /** A fit begins. */
    default void begins(String method, long seed) {}

    /** An epoch of it is done. */
    default void epoch(int epoch, int epochs, double loss) {}

    /** It is done and measured. */
    default void ends(StudyResult.Run run) {}
  }

  /**
   * Runs all arms on all seeds.
   *
   * @throws IllegalArgumentException if an arm that is not optional cannot be used on the data, with the reason
   */
  public StudyResult run(Listener listener) {
    List<StudyResult.Run> runs = new ArrayList<>();
    Map<String, String> leftOut = new LinkedHashMap<>();
    Optional<StudyResult.Data> data = Optional.empty();
    for (long seed : seeds) {
      Split split = splits.apply(seed); // one at a time, as it may be large
      if (data.isEmpty()) {
        data = Optional.of(new StudyResult.Data(card.name(), rows, split.train().columns(), card.label(),
            card.positive(), split.train().classes(), card.sensitive()));
        leftOut = leftOut(split, listener);
      }
      Optional<Layer> plain = Optional.empty();
      for (Arm<?> arm : arms) {
        if (!leftOut.containsKey(arm.method().name())) {
          Fit fit = fit(arm, split, plain, seed, listener);
          plain = arm.method() instanceof Erm ? fit.predictor().network() : plain;
          StudyResult.Run run = run(arm, fit, split, seed);
          listener.ends(run);
          runs.add(run);
        }
      }
    }
    return new StudyResult(data.orElseThrow(), target.word(), device.name(), model.toString(), leftOut.entrySet()
        .stream().map(entry -> entry.getKey() + " was left out: " + entry.getValue()).toList(), runs);
  }

  /** The methods that cannot be used on the data, with reasons. */
  private Map<String, String> leftOut(Split split, Listener listener) {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (Arm<?> arm : arms) {
      String method = arm.method().name();
      arm.method().unsuitable(split.train()).ifPresent(reason -> {
        if (!arm.optional()) {
          throw new IllegalArgumentException("method " + method + " cannot be used on " + card.name() + ": " + reason
              + "; leave it out of --methods");
        }
        reasons.put(method, reason);
        listener.leavesOut(method);
      });
    }
    return reasons;
  }

  /** A predictor, how long it took to make, and how its training went. */
  private record Fit(Predictor predictor, double seconds, boolean fromPlain, List<Curve> curves) {}

  /**
   * A method that repairs starts from a copy of the model of plain training where the data bring the pairs to repair on;
   * else it holds out training rows, on which its model must not have been trained.
   */
  private Fit fit(Arm<?> arm, Split split, Optional<Layer> plain, long seed, Listener listener) {
    listener.begins(arm.method().name(), seed);
    Split own = arm.prepared(split, seed);
    TrainingRecorder recorder = new TrainingRecorder(own.train(), target, device, listener::epoch);
    Task task = Task.of(own.train(), target, model, training, device, seed).with(own).with(recorder);
    boolean fromPlain = plain.isPresent() && arm.method().repairs() && split.external().isPresent();
    Task begun = fromPlain ? task.from(copy(plain.orElseThrow(), split.train())) : task;
    long start = System.nanoTime();
    Predictor predictor = arm.fit(begun);
    double seconds = (System.nanoTime() - start) * 1e-9 - recorder.seconds();
    return new Fit(predictor, seconds, fromPlain,
        Stream.concat(recorder.curves().stream(), predictor.curves().stream()).toList());
  }

  private Layer copy(Layer network, Samples train) {
    Layer copy = model.create(new Rng(0), device, train.columns(), train.classes());
    network.parameters().forEach((name, each) -> copy.parameters().get(name).value().copyFrom(each.value()));
    return copy;
  }

  private StudyResult.Run run(Arm<?> arm, Fit fit, Split split, long seed) {
    Predictor predictor = fit.predictor();
    long fitted = System.nanoTime();
    int[] labels = predictor.labels(split.test());
    double[] outcomes = ModelMetrics.outcomes(predictor, split.test());
    long predicted = System.nanoTime();
    Map<String, Measured> metrics = measure(predictor, labels, outcomes, split, seed);
    Map<String, String> settings = new LinkedHashMap<>();
    card.defaults().forEach((key, value) -> {
      if (key.startsWith("data.")) { // what the data were made with
        settings.put(key, value);
      }
    });
    Configs.words(training).forEach((key, value) -> settings.put("model." + key, value));
    Configs.words(arm.settings()).forEach((key, value) -> settings.put(arm.method().name() + "." + key, value));
    List<String> notes = new ArrayList<>(predictor.notes());
    if (fit.fromPlain()) {
      notes.add("it started from the model that erm trained; its fit seconds are those of the repair alone");
    }
    return new StudyResult.Run(arm.method().name(), seed, metrics, fit.seconds(), (predicted - fitted) * 1e-9, notes,
        settings, ModelMetrics.parityReport(predictor, split.test(), target, device, seed), predictor.trajectory(),
        groups(split.test(), labels, outcomes), fit.curves(),
        predictor.before().map(model -> measure(model, model.labels(split.test()),
            ModelMetrics.outcomes(model, split.test()), split, seed)).orElse(Map.of()));
  }

  private static List<GroupRates> groups(Samples test, int[] labels, double[] outcomes) {
    Attribute groups = test.groups();
    return test.classes() > 2
        ? GroupRates.of(new ClassPredictions(test.y(), labels, test.classes(), groups.codes(), groups.levels()))
        : GroupRates.of(new Predictions(test.y(), labels, outcomes, groups.codes(), groups.levels()));
  }

  /** All metrics, in the order in which results list them. */
  private Map<String, Measured> measure(Predictor predictor, int[] labels, double[] outcomes, Split split, long seed) {
    BootstrapOptions options = new BootstrapOptions(resamples, 0.95, seed);
    Samples test = split.test();
    Attribute groups = test.groups();
    Map<String, Measured> metrics = new LinkedHashMap<>(test.classes() > 2
        ? ClassMetrics.evaluate(
            new ClassPredictions(test.y(), labels, test.classes(), groups.codes(), groups.levels()), options)
        : Metrics.evaluate(new Predictions(test.y(), labels, outcomes, groups.codes(), groups.levels()), options));
    metrics.put(Metrics.COUNTERFACTUAL_BIAS.name(),
        ModelMetrics.counterfactualBias(predictor, split, outcomes, options));
    metrics.put(Metrics.PARAMETER_PARITY.name(),
        ModelMetrics.parameterParity(predictor, test, target, device));
    return metrics;
  }

  /** What a predictor says of rows with two labels, with their true labels and groups. */
  public static Predictions predictions(Predictor predictor, Samples rows) {
    Attribute groups = rows.groups();
    return new Predictions(rows.y(), predictor.labels(rows), predictor.scores(rows), groups.codes(), groups.levels());
  }
}
