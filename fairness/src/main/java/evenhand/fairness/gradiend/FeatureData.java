package evenhand.fairness.gradiend;

import evenhand.tensor.Rng;
import java.util.List;

/**
 * Rows with a feature of two classes, split so that what is measured was not trained on.
 *
 * @param classes names of the two classes; the first has label +1, the second -1
 * @param training draws training rows of one class
 * @param validation rows by which a training state is chosen
 * @param test rows that the encoder report is about
 * @param neutral rows without the feature, whose right answer is also the opposite one; may be empty
 * @param <E> a row
 */
public record FeatureData<E>(List<String> classes, Draw<E> training, List<Labelled<E>> validation,
    List<Labelled<E>> test, Neutral<E> neutral) {
  /** Checks that there are two classes and rows of both to measure on. */
  public FeatureData {
    if (classes.size() != 2) {
      throw new IllegalArgumentException("gradiend: a feature has two classes, got " + classes
          + "; learn one feature per pair");
    }
    requireBoth("validation", validation, classes);
    requireBoth("test", test, classes);
  }

  /** A row of class +1 or -1. */
  public record Labelled<E>(E row, int label) {}

  /**
   * Rows without the feature.
   *
   * @param training for training steps whose target is 0
   * @param test for the encoder report
   */
  public record Neutral<E>(List<E> training, List<E> test) {}

  /** Draws training rows. */
  @FunctionalInterface
  public interface Draw<E> {
    /**
     * Rows of one class.
     *
     * @param label +1 or -1
     */
    List<E> rows(int label, int count, Rng rng);
  }

  private static <E> void requireBoth(String part, List<Labelled<E>> rows, List<String> classes) {
    for (int label = 1; label >= -1; label -= 2) {
      int wanted = label;
      if (rows.stream().noneMatch(row -> row.label() == wanted)) {
        throw new IllegalArgumentException("gradiend: the " + part + " rows have none of class '"
            + classes.get(label > 0 ? 0 : 1) + "'; give rows of both classes");
      }
    }
  }
}
