package evenhand.fairness.algorithms;

import evenhand.autograd.nn.Layer;
import evenhand.fairness.data.Samples;
import java.util.List;
import java.util.Optional;

/** What a method gives back: something that scores rows. */
public interface Predictor {
  /** The probability of label 1 for each row. */
  double[] scores(Samples rows);

  /** The predicted label of each row: 1 where the score exceeds one half, unless the method says otherwise. */
  default int[] labels(Samples rows) {
    double[] scores = scores(rows);
    int[] labels = new int[scores.length];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = scores[row] > 0.5 ? 1 : 0;
    }
    return labels;
  }

  /** What a reader of the results should know about this run: warnings, corner solutions. */
  default List<String> notes() {
    return List.of();
  }

  /** The network behind the scores, from inputs {@code [rows, columns]} to logits; empty if there is none. */
  default Optional<Layer> network() {
    return Optional.empty();
  }
}
