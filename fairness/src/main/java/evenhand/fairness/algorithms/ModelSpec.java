package evenhand.fairness.algorithms;

import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A model by name: {@code logistic} or {@code mlp:64,64}; it has one logit for two labels, else one for each label.
 *
 * @param hidden sizes of the hidden layers; none for logistic regression
 */
public record ModelSpec(int... hidden) {
  /** Checks the sizes. */
  public ModelSpec {
    if (Arrays.stream(hidden).anyMatch(size -> size < 1)) {
      throw new IllegalArgumentException("model mlp: hidden sizes must be at least 1, got " + Arrays.toString(hidden));
    }
    hidden = hidden.clone();
  }

  /**
   * The model of a name.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static ModelSpec parse(String word) {
    if (word.equals("logistic")) {
      return new ModelSpec();
    }
    if (word.matches("mlp:\\d{1,6}(,\\d{1,6})*")) {
      return new ModelSpec(Arrays.stream(word.substring("mlp:".length()).split(",")).mapToInt(Integer::parseInt)
          .toArray());
    }
    throw new IllegalArgumentException(
        "model " + word + " is unknown; give logistic, or mlp:64,64 with the sizes of the"
            + " hidden layers");
  }

  /** Sizes of the hidden layers; a copy. */
  @Override
  public int[] hidden() {
    return hidden.clone();
  }

  /** A new model with one logit. */
  public Layer create(Rng rng, Device device, int inputs) {
    return create(rng, device, inputs, 2);
  }

  /** A new model with relu between its layers, and a logit for each class; one logit for two classes. */
  public Layer create(Rng rng, Device device, int inputs, int classes) {
    int[] sizes = new int[hidden.length + 2];
    sizes[0] = inputs;
    System.arraycopy(hidden, 0, sizes, 1, hidden.length);
    sizes[sizes.length - 1] = classes > 2 ? classes : 1;
    return Mlp.of(rng, device, sizes);
  }

  /** The same sizes in the same order. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ModelSpec spec && Arrays.equals(hidden, spec.hidden);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hidden);
  }

  /** The name. */
  @Override
  public String toString() {
    return hidden.length == 0 ? "logistic"
        : Arrays.stream(hidden).mapToObj(Integer::toString).collect(Collectors.joining(",", "mlp:", ""));
  }
}
