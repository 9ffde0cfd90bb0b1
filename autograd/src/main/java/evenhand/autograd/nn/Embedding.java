package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A table of vectors looked up by int32 ids: {@code [..] -> [.., width]}.
 *
 * @param weight [entries, width]
 */
public record Embedding(Var weight) implements Layer {
  /** Standard normal entries, PyTorch's default. */
  public static Embedding of(Rng rng, Device device, int entries, int width) {
    return new Embedding(Var.parameter(Init.normal(rng, device, 0, 1, entries, width)));
  }

  @Override
  public Var forward(Var ids, Phase phase) {
    int[] dims = Arrays.copyOf(ids.shape().dims(), ids.shape().rank() + 1);
    dims[dims.length - 1] = weight.shape().dim(1);
    return weight.indexSelect(0, ids.reshape(ids.shape().size())).reshape(Shape.of(dims));
  }

  @Override
  public Map<String, Var> parameters() {
    return Linear.parameters(weight, Optional.empty());
  }
}
