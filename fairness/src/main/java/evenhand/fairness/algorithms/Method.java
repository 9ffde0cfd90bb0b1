package evenhand.fairness.algorithms;

import evenhand.fairness.data.Samples;
import java.util.List;
import java.util.Optional;

/**
 * A way to get a predictor with a smaller gap between groups, or a baseline to compare with.
 *
 * <p>Methods that act before, in or after training look alike: a {@link Task} goes in, a {@link Predictor} comes out.
 * Found by {@link java.util.ServiceLoader}; adding one takes a class, a line of {@code provides} in the module
 * descriptor and one in the service file.
 *
 * @param <C> the record of its settings, each component with {@link Help}
 */
public interface Method<C extends Record> {
  /** Name on the command line and in results. */
  String name();

  /** What it does, in one sentence. */
  String summary();

  /** The paper it follows, or the empty string. */
  String paper();

  /** Its settings with their defaults. */
  C defaults();

  /** Its strength, which {@code study --sweep} goes through; empty for a method without one. */
  default Optional<Strength> strength() {
    return Optional.empty();
  }

  /** What {@code study --ablations} compares it with; none for a method of one part. */
  default List<Ablation> ablations() {
    return List.of();
  }

  /**
   * How many training rows to hold out and to give as pairs in {@link Task#external}; 0 unless it repairs on pairs.
   *
   * <p>They are held out of this method's training rows alone: all others train on every training row.
   */
  default int heldOut(C settings) {
    return 0;
  }

  /** Whether it repairs a trained model ({@link Task#trained}), and so can start from one that plain training made. */
  default boolean repairs() {
    return false;
  }

  /**
   * Why the method cannot be used on such data, as a clause: {@code it needs two labels, and these data have 10}; empty
   * if it can.
   */
  default Optional<String> unsuitable(Samples train) {
    return train.classes() > 2
        ? Optional.of("it needs two labels, and these data have " + train.classes())
        : Optional.empty();
  }

  /**
   * Trains or adapts a predictor.
   *
   * @throws IllegalArgumentException if the settings or the training data do not allow it, naming what to change
   */
  Predictor fit(Task task, C settings);
}
