package evenhand.fairness.study;

import evenhand.fairness.algorithms.Configs;
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
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Device;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

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
  /** A method with its settings. */
  public record Arm<C extends Record>(Method<C> method, C settings) {
    /**
     * A method with some of its settings replaced.
     *
     * @throws IllegalArgumentException for an unknown setting or a word that cannot be read
     */
    public static <C extends Record> Arm<C> of(Method<C> method, Map<String, String> settings) {
      return new Arm<>(method, Configs.with(method.defaults(), method.name(), settings));
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

    /** A fit begins. */
    default void begins(String method, long seed) {}

    /** An epoch of it is done. */
    default void epoch(int epoch, int epochs, double loss) {}

    /** It is done and measured. */
    default void ends(StudyResult.Run run) {}
  }

  /** Runs all arms on all seeds. */
  public StudyResult run(Listener listener) {
    List<StudyResult.Run> runs = new ArrayList<>();
    Split first = splits.apply(seeds.getFirst());
    StudyResult.Data data = new StudyResult.Data(card.name(), rows, first.train().columns(), card.label(),
        card.sensitive());
    for (long seed : seeds) {
      Split split = seed == seeds.getFirst() ? first : splits.apply(seed);
      for (Arm<?> arm : arms) {
        StudyResult.Run run = run(arm, split, seed, listener);
        listener.ends(run);
        runs.add(run);
      }
    }
    return new StudyResult(data, target.word(), device.name(), model.toString(), runs);
  }

  private StudyResult.Run run(Arm<?> arm, Split split, long seed, Listener listener) {
    listener.begins(arm.method().name(), seed);
    Split own = arm.prepared(split, seed);
    Task task = Task.of(own.train(), target, model, training, device, seed).with(own.external())
        .with(listener::epoch);
    long start = System.nanoTime();
    Predictor predictor = arm.fit(task);
    long fitted = System.nanoTime();
    Predictions predictions = predictions(predictor, split.test());
    long predicted = System.nanoTime();
    Map<String, Measured> metrics = measure(predictor, predictions, split, seed);
    Map<String, String> settings = new LinkedHashMap<>();
    Configs.words(training).forEach((key, value) -> settings.put("model." + key, value));
    Configs.words(arm.settings()).forEach((key, value) -> settings.put(arm.method().name() + "." + key, value));
    return new StudyResult.Run(arm.method().name(), seed, metrics, (fitted - start) * 1e-9,
        (predicted - fitted) * 1e-9, predictor.notes(), settings);
  }

  /** All metrics, in the order in which results list them. */
  private Map<String, Measured> measure(Predictor predictor, Predictions predictions, Split split, long seed) {
    BootstrapOptions options = new BootstrapOptions(resamples, 0.95, seed);
    Map<String, Measured> metrics = new LinkedHashMap<>(Metrics.evaluate(predictions, options));
    metrics.put(Metrics.COUNTERFACTUAL_BIAS.name(),
        ModelMetrics.counterfactualBias(predictor, split, predictions.score(), options));
    metrics.put(Metrics.PARAMETER_PARITY.name(),
        ModelMetrics.parameterParity(predictor, split.test(), target, device));
    return metrics;
  }

  /** What a predictor says of rows, with their true labels and groups. */
  public static Predictions predictions(Predictor predictor, Samples rows) {
    Attribute groups = rows.groups();
    return new Predictions(rows.y(), predictor.labels(rows), predictor.scores(rows), groups.codes(), groups.levels());
  }
}
