package evenhand.fairness.influence;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.nn.Sequential;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model cut in two: layers below that stay and make features once, and the layers on top that may move.
 *
 * <p>The layers on top are the model's own, so what moves them moves the model. Only the parts of {@link Sequential}
 * are known; any other model is on top as a whole.
 *
 * @param below frozen, in evaluation mode
 * @param top logits from features
 */
public record TopLayers(Layer below, Layer top) {
  private static final int CHUNK = 4096; // rows at a time, to bound the memory of what lies between

  /**
   * The last layers with parameters, as many as asked for, and what lies behind and between them.
   *
   * @param count at least 1; a model with no more layers is on top as a whole
   * @param scale a factor of the logits
   */
  public static TopLayers of(Layer model, int count, double scale) {
    if (count < 1) {
      throw new IllegalArgumentException("topLayers: " + count + " layers were asked for; give at least 1");
    }
    List<Layer> parts = parts(model).toList();
    int from = parts.size();
    for (int left = count; from > 0 && left > 0;) {
      left -= parts.get(--from).parameters().isEmpty() ? 0 : 1;
    }
    if (parts.subList(0, from).stream().allMatch(part -> part.parameters().isEmpty() && part.buffers().isEmpty())) {
      from = 0;
    }
    List<Layer> above = parts.subList(from, parts.size());
    Layer top = above.size() == 1 ? above.getFirst() : Sequential.of(above.toArray(Layer[]::new));
    return new TopLayers(Sequential.of(parts.subList(0, from).toArray(Layer[]::new)),
        scale == 1 ? top : scaled(top, scale));
  }

  private static Stream<Layer> parts(Layer model) {
    return model instanceof Sequential chain ? chain.layers().stream().flatMap(TopLayers::parts) : Stream.of(model);
  }

  private static Layer scaled(Layer layer, double scale) {
    return new Layer() {
      @Override
      public Var forward(Var x, Phase phase) {
        return layer.forward(x, phase).times(scale);
      }

      @Override
      public Map<String, Var> parameters() {
        return layer.parameters();
      }

      @Override
      public Map<String, Tensor> buffers() {
        return layer.buffers();
      }
    };
  }

  /** What the layers below make of rows, {@code [rows, ..]}: the x of an {@link Objective} for the top. */
  public Tensor features(Samples rows, Device device) {
    if (below instanceof Sequential none && none.layers().isEmpty()) {
      return rows.features(device);
    }
    float[] features = new float[0];
    int[] shape = {0, 0};
    for (int start = 0; start < rows.rows(); start += CHUNK) {
      int end = Math.min(rows.rows(), start + CHUNK);
      try (Scope _ = Scope.open()) {
        Tensor part = rows.features(device, IntStream.range(start, end).toArray());
        Tensor made = Grad.without(() -> below.forward(Var.of(part))).value();
        if (start == 0) {
          shape = made.shape().dims();
          features = new float[Math.multiplyExact(rows.rows(), made.size() / (end - start))];
        }
        float[] values = made.toFloats();
        System.arraycopy(values, 0, features, start * (values.length / (end - start)), values.length);
      }
    }
    shape[0] = rows.rows();
    return device.tensor(features, shape);
  }
}
