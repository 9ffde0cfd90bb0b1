package evenhand.fairness.study;

import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Method;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Device;
import java.util.List;
import java.util.Map;

/**
 * Trains each method on each seed's split, and measures it on the split's test rows.
 *
 * @param data on what
 * @param arms what is compared, in this order
 * @param target what is to be alike across groups
 * @param model which model is trained
 * @param training how it is trained
 * @param device where
 * @param seeds the seeds, one run of every arm each
 * @param resamples bootstrap resamples behind each interval
 */
public record Study(StudyData data, List<Arm<?>> arms, Target target, ModelSpec model, TrainingConfig training,
    Device device, List<Long> seeds, int resamples) {
  /** Why an arm is there. */
  public enum Role {
    /** The method as it was asked for. */
    ASKED,
    /** The method at another strength, for the trade-off. */
    SWEEP,
    /** The method without a part. */
    ABLATION
  }

  /**
   * A method with its settings.
   *
   * @param role why it is there
   * @param variant what is different from the method as it was asked for, {@code alpha=0.01}; the empty string for that
   * @param optional is it left out, rather than an error, where it cannot be used on the data?
   */
  public record Arm<C extends Record>(Method<C> method, C settings, Role role, String variant, boolean optional) {
    /**
     * A method with some of its settings replaced.
     *
     * @throws IllegalArgumentException for an unknown setting or a word that cannot be read
     */
    public static <C extends Record> Arm<C> of(Method<C> method, Map<String, String> settings) {
      return new Arm<>(method, Configs.with(method.defaults(), method.name(), settings), Role.ASKED, "", false);
    }

    /** The same, left out where it cannot be used. */
    public Arm<C> orLeftOut() {
      return new Arm<>(method, settings, role, variant, true);
    }

    /** The method at the other strengths; none if it has no strength. */
    public List<Arm<C>> sweep() {
      return method.strength().map(strength -> sweep(strength.key(), strength.grid())).orElse(List.of());
    }

    /**
     * The method with a setting at each of these values, without the one that it has already.
     *
     * @throws IllegalArgumentException for an unknown setting or a word that cannot be read
     */
    public List<Arm<C>> sweep(String key, List<String> grid) {
      return grid.stream().map(value -> with(Role.SWEEP, key + "=" + value, Map.of(key, value)))
          .filter(arm -> !arm.settings.equals(settings)).toList();
    }

    /** The method without its parts, one at a time. */
    public List<Arm<C>> ablations() {
      return method.ablations().stream().map(part -> with(Role.ABLATION, part.name(), part.settings()))
          .filter(arm -> !arm.settings.equals(settings)).toList();
    }

    private Arm<C> with(Role other, String name, Map<String, String> words) {
      return new Arm<>(method, Configs.with(settings, method.name(), words), other, name, optional);
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

  /** Told how far a study is, by one thread at a time. */
  public interface Listener {
    /** Tells nobody. */
    Listener NONE = new Listener() {};

    /** A method cannot be used on the data; it is told before the first fit. */
    default void leavesOut(String method) {}

    /** A fit begins. */
    default void begins(Arm<?> arm, long seed) {}

    /** An epoch of it is done. */
    default void epoch(Arm<?> arm, long seed, int epoch, int epochs, double loss) {}

    /** It is done and measured. */
    default void ends(StudyResult.Run run) {}

    /** It was done before and is taken over. */
    default void finds(StudyResult.Run run) {}
  }

  /**
   * Runs all arms on all seeds, one after the other.
   *
   * @throws IllegalArgumentException if an arm that is not optional cannot be used on the data, with the reason
   */
  public StudyResult run(Listener listener) {
    return run(listener, 1, RunStore.NONE);
  }

  /**
   * Runs all arms on all seeds.
   *
   * @param jobs how many runs at a time at most, at least 1; fewer where memory is short. Results do not depend on it,
   *     but for seconds
   * @param store takes the runs in, and has those that need not be done again
   * @throws IllegalArgumentException if an arm that is not optional cannot be used on the data, with the reason
   */
  public StudyResult run(Listener listener, int jobs, RunStore store) {
    return new StudyRunner(this, listener, jobs, store).result();
  }

  /** What a predictor says of rows with two labels, with their true labels and groups. */
  public static Predictions predictions(Predictor predictor, Samples rows) {
    Attribute groups = rows.groups();
    return new Predictions(rows.y(), predictor.labels(rows), predictor.scores(rows), groups.codes(), groups.levels());
  }
}
