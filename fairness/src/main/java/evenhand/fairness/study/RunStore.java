package evenhand.fairness.study;

import java.util.Map;
import java.util.Optional;

/** Where finished runs of a study are kept, so that an interrupted one can be continued. */
public interface RunStore {
  /** Keeps nothing. */
  RunStore NONE = new RunStore() {};

  /**
   * A study begins.
   *
   * @param words what all its runs share: data, model, training, device, version
   * @throws IllegalStateException if runs are to be taken over and are of another study, with what differs
   */
  default void begin(Map<String, String> words) {}

  /**
   * The run of a method that is there.
   *
   * @param words what the run depends on besides: its method, variant, seed, data and settings
   */
  default Optional<StudyResult.Run> find(Map<String, String> words) {
    return Optional.empty();
  }

  /** Keeps a run under its words. */
  default void keep(Map<String, String> words, StudyResult.Run run) {}
}
