package evenhand.fairness.erase;

import java.util.function.Function;

/**
 * A model that is in use and can only be asked: rows in, a number for each class out.
 *
 * <p>Anything that answers so will do: a network of ours, ONNX, a remote service. Nothing else of it is
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
}
