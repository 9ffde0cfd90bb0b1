package evenhand.fairness.algorithms;

import evenhand.autograd.nn.Layer;
import evenhand.fairness.data.Samples;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a method gives back: something that scores rows. */
public interface Predictor {
  /** The probability of label 1 for each row. */
  double[] scores(Samples rows);

  /**
   * The probability of each label for each row, {@code [rows][classes]}.
   *
   * @throws IllegalStateException if there are more than two labels and the predictor knows of label 1 alone
   */
  default double[][] probabilities(Samples rows) {
    if (rows.classes() > 2) {
      throw new IllegalStateException("the predictor gives the probability of one label only, and the rows have "
          + rows.classes() + " labels; it has to override probabilities");
    }
    return Arrays.stream(scores(rows)).mapToObj(score -> new double[]{1 - score, score}).toArray(double[][]::new);
  }

  /**
   * The predicted label of each row, unless the method says otherwise: 1 where the score exceeds one half; with more
   * than two labels the most probable one, the first of several.
   */
  default int[] labels(Samples rows) {
    if (rows.classes() > 2) {
      return Arrays.stream(probabilities(rows)).mapToInt(Predictor::mostProbable).toArray();
    }
    double[] scores = scores(rows);
    int[] labels = new int[scores.length];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = scores[row] > 0.5 ? 1 : 0;
    }
    return labels;
  }

  /** The label of the greatest probability, the first of several. */
  static int mostProbable(double... values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** What a reader of the results should know about this run: warnings, corner solutions. */
  default List<String> notes() {
    return List.of();
  }

  /** How the training went on held-out rows; empty if it was not watched. */
  default Optional<Trajectory> trajectory() {
    return Optional.empty();
  }

  /** What the method recorded of itself while training, beside what any training records. */
  default List<Curve> curves() {
    return List.of();
  }

  /** The model that the method corrects, if that is one of its own making. */
  default Optional<Predictor> before() {
    return Optional.empty();
  }

  /** The network behind the scores, from inputs {@code [rows, columns]} to logits; empty if there is none. */
  default Optional<Layer> network() {
    return Optional.empty();
  }
}
