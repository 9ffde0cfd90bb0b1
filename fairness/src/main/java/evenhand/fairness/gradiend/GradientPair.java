package evenhand.fairness.gradiend;

import evenhand.tensor.Tensor;
import evenhand.tensor.spi.GradientEncoder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The gradients of the same rows for the right word (g+) and for the word of the opposite class (g-).
 *
 * @param factual g+, one tensor per parameter
 * @param counterfactual g-, in the same order
 */
public record GradientPair(List<Tensor> factual, List<Tensor> counterfactual) {
  /**
   * What a source is: views of both gradients, from which a difference is formed as it is read, so that no gradient is
   * ever written into.
   *
   * <p>Training an encoder on g+ while the target g+ - g- is formed in g+'s memory would feed it the difference.
   */
  public GradientEncoder.Signal of(Source source) {
    return switch (source) {
      case FACTUAL -> GradientEncoder.Signal.of(factual);
      case COUNTERFACTUAL -> GradientEncoder.Signal.of(counterfactual);
      case DIFFERENCE -> GradientEncoder.Signal.difference(factual, counterfactual);
    };
  }

  /** Both with all coordinates 0 where a mask of zeros and ones is. */
  GradientPair masked(List<Tensor> mask) {
    return new GradientPair(times(factual, mask), times(counterfactual, mask));
  }

  private static List<Tensor> times(List<Tensor> gradients, List<Tensor> mask) {
    return IntStream.range(0, mask.size()).mapToObj(i -> gradients.get(i).times(mask.get(i))).toList();
  }
}
