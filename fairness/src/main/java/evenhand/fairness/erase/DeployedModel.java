package evenhand.fairness.erase;

import evenhand.fairness.data.Inputs;
import java.util.Arrays;
import java.util.function.Function;

/**
 * A model that is in use and can only be asked: rows in, a number for each class out.
 *
 * <p>Anything that answers so will do: a network of ours, {@link OnnxModel}, a remote service. Nothing else of it is
 * ever touched.
 */
@FunctionalInterface
public interface DeployedModel {
  /** The logits of each row, {@code [rows][classes]}; a constant added to a row makes no difference. */
  double[][] logits(Inputs rows);

  /**
   * A model that answers with probabilities.
   *
   * <p>Its logits are their logarithms, of at least 1e-12.
   */
  static DeployedModel ofProbabilities(Function<Inputs, double[][]> model) {
    return rows -> Answers.logarithms(model.apply(rows));
  }

  /**
   * A model that does not answer alike each time, asked so many times about each row; its logits are the mean of its
   * log-probabilities.
   */
  static DeployedModel averaged(DeployedModel model, int times) {
    if (times < 1) {
      throw new IllegalArgumentException("deployed model: it must be asked once at least, got " + times + " times");
    }
    return rows -> {
      double[][] sum = Calibration.answers(model, rows).logProbabilities(1);
      for (int i = 1; i < times; i++) {
        double[][] next = Calibration.answers(model, rows).logProbabilities(1);
        for (int row = 0; row < sum.length; row++) {
          Logs.add(sum[row], 1, next[row]);
        }
      }
      return Arrays.stream(sum).map(row -> Logs.times(1.0 / times, row)).toArray(double[][]::new);
    };
  }
}
