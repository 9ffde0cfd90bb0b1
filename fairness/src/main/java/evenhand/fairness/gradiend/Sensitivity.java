package evenhand.fairness.gradiend;

import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.List;

/**
 * How much the loss of rows without the feature depends on each weight, so that a rewrite can spare what they need.
 *
 * <pre>
 *  F_i = mean over rows of (d loss / d theta_i)^2          (the diagonal of the empirical Fisher information)
 *  direction_i &lt;- direction_i / (F_i / mean(F) + share)
 * </pre>
 *
 * <p>Of all moves with the same first effect on the feature, that along {@code direction / F} raises the second-order
 * approximation of the rows' loss least. Weights that only texts with the feature use, such as the embeddings of names and
 * pronouns, look free to it, and a loss on rows without the feature does not see what happens to them: off unless asked for. The share, above 0, bounds the quotient where F is small. Not in the paper.
 */
final class Sensitivity {
  private static final int ROWS = 300;

  private Sensitivity() {}

  /**
   * Divides a neuron's decoder, W_d and b_d.
   *
   * @param rows without the feature, at least one
   * @param share of the mean of F that is added to it
   */
  static <E> void spare(FeatureNeuron neuron, GradientProvider<E> provider, List<E> rows, double share, Rng rng) {
    List<Tensor> squares = provider.parameters().values().stream().map(parameter -> parameter.zeros().value()).toList();
    for (int row = 0; row < ROWS; row++) {
      try (Scope _ = Scope.open()) {
        List<Tensor> gradients = provider.gradients(List.of(rows.get(rng.nextInt(rows.size()))), Source.FACTUAL);
        for (int i = 0; i < squares.size(); i++) {
          squares.get(i).copyFrom(squares.get(i).plus(gradients.get(i).times(gradients.get(i))));
        }
      }
    }
    double mean = 0;
    for (Tensor square : squares) {
      try (Scope _ = Scope.open()) {
        mean += square.sum().item() / (double) TopK.size(squares);
      }
    }
    if (!(mean > 0)) {
      return; // the rows tell nothing
    }
    for (int i = 0; i < squares.size(); i++) {
      for (List<Tensor> weights : List.of(neuron.decoder(), neuron.decoderBias())) {
        try (Scope _ = Scope.open()) {
          Tensor divisor = squares.get(i).times(1 / mean).plus(squares.get(i).device().scalar(share));
          weights.get(i).copyFrom(weights.get(i).div(divisor));
        }
      }
    }
  }
}
