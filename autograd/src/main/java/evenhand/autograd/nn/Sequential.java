package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Layers applied one after the other; none at all is the identity.
 *
 * <pre>{@code
 * Layer net = Sequential.empty().with("fc1", Linear.of(rng, device, 20, 64)).with(Layers.relu())
 *     .with("fc2", Linear.of(rng, device, 64, 1));     // parameters fc1.weight, fc1.bias, fc2.weight, fc2.bias
 * }</pre>
 */
public final class Sequential implements Layer {
  private record Part(String name, Layer layer) {}

  private final List<Part> parts;

  private Sequential(List<Part> parts) {
    this.parts = List.copyOf(parts);
    parameters(); // finds names that occur twice
  }

  /** The identity. */
  public static Sequential empty() {
    return new Sequential(List.of());
  }

  /** Layers named by their position, {@code 0, 1, ..}, as in PyTorch. */
  public static Sequential of(Layer... layers) {
    List<Part> parts = new ArrayList<>();
    for (Layer layer : layers) {
      parts.add(new Part(Integer.toString(parts.size()), layer));
    }
    return new Sequential(parts);
  }

  /**
   * This followed by a layer whose parameters are called {@code name.weight} and so on.
   *
   * @throws IllegalArgumentException if a parameter of that name is there already
   */
  public Sequential with(String name, Layer layer) {
    List<Part> longer = new ArrayList<>(parts);
    longer.add(new Part(name, layer));
    return new Sequential(longer);
  }

  /** This followed by a layer without parameters, or one whose parameters keep their names. */
  public Sequential with(Layer layer) {
    return with("", layer);
  }

  /** The layers in order. */
  public List<Layer> layers() {
    return parts.stream().map(Part::layer).toList();
  }

  @Override
  public Var forward(Var x, Phase phase) {
    Var out = x;
    for (Part part : parts) {
      out = part.layer.forward(out, phase);
    }
    return out;
  }

  @Override
  public Map<String, Var> parameters() {
    Named<Var> named = new Named<>();
    parts.forEach(part -> named.add(part.name, part.layer.parameters()));
    return named.map();
  }

  @Override
  public Map<String, Tensor> buffers() {
    Named<Tensor> named = new Named<>();
    parts.forEach(part -> named.add(part.name, part.layer.buffers()));
    return named.map();
  }
}
