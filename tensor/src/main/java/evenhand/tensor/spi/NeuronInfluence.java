package evenhand.tensor.spi;

import evenhand.tensor.Tensor;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/**
 * How much each neuron of a layer weighs in the loss of each group, see {@link GroupStatistics#neuronInfluence}.
 *
 * @param groups one vector per group, a number of at least 0 for each unit
 */
public record NeuronInfluence(List<double[]> groups) {
  /** Keeps the list as it is. */
  public NeuronInfluence {
    groups = List.copyOf(groups);
  }

  /** Checks what {@link GroupStatistics#neuronInfluence} is given. */
  public static void requireShapes(Tensor weight, List<Tensor> gradients) {
    for (int a = 0; a < gradients.size(); a++) {
      if (weight.shape().rank() == 0 || !gradients.get(a).shape().equals(weight.shape())) {
        throw new IllegalArgumentException("neuronInfluence: weight " + weight + " and gradient " + gradients.get(a)
            + " of group " + a + " differ, or have no axis of units; give gradients for this very weight");
      }
    }
  }

  /** The cosine of two groups' influences, in [0, 1]; empty where one is zero throughout or not finite. */
  public OptionalDouble cosine(int a, int b) {
    return cosine(groups.get(a), groups.get(b));
  }

  /**
   * {@code <a, b> / (|a| |b|)} of two vectors without negative numbers; empty if one is zero or not finite.
   *
   * <p>Three sums in one pass. Each vector is divided by its largest number first, which leaves the cosine as it is;
   * products of tiny influences would underflow.
   */
  public static OptionalDouble cosine(double[] left, double[] right) {
    double ofLeft = DoubleStream.of(left).max().orElse(0);
    double ofRight = DoubleStream.of(right).max().orElse(0);
    if (!(ofLeft > 0 && ofRight > 0 && Double.isFinite(ofLeft) && Double.isFinite(ofRight))) {
      return OptionalDouble.empty();
    }
    double both = 0;
    double square = 0;
    double other = 0;
    for (int k = 0; k < left.length; k++) {
      double x = left[k] / ofLeft;
      double y = right[k] / ofRight;
      both += x * y;
      square += x * x;
      other += y * y;
    }
    return OptionalDouble.of(Math.min(1, both / Math.sqrt(square * other)));
  }
}
