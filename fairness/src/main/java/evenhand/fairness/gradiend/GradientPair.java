package evenhand.fairness.gradiend;

import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradients of the same rows for the right word (g+) and for the word of the opposite class (g-).
 *
 * @param factual g+, one tensor per parameter
 * @param counterfactual g-, in the same order
 */
public record GradientPair(List<Tensor> factual, List<Tensor> counterfactual) {
  /**
   * The tensors of a source; a difference is formed in memory of its own, so that no gradient is ever written into.
   *
   * <p>Training an encoder on g+ while the target g+ - g- is formed in g+'s memory would feed it the difference.
   */
  public List<Tensor> of(Source source) {
    return switch (source) {
      case FACTUAL -> factual;
      case COUNTERFACTUAL -> counterfactual;
      case DIFFERENCE -> {
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < factual.size(); i++) {
          out.add(factual.get(i).minus(counterfactual.get(i)));
        }
        yield out;
      }
    };
  }

  /** Both exchanged: what the other word's gradients would be. */
  public GradientPair swapped() {
    return new GradientPair(counterfactual, factual);
  }
}
