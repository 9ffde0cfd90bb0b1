package evenhand.fairness.erase;

import evenhand.fairness.data.Inputs;
import java.util.Arrays;
import java.util.List;

/**
 * A small network as plain numbers: linear layers with relu between them, on shifted and scaled inputs.
 *
 * <p>Safe for use by several threads at once; the same row gives the same bits in whatever company it comes.
 *
 * @param shift taken off each input
 * @param scale multiplies the shifted inputs
 * @param layers in order, one or more
 */
record Network(float[] shift, float scale, List<Dense> layers) {
  /**
   * A linear layer: {@code bias + x weight}.
   *
   * @param weight {@code [inputs][outputs]}
   */
  record Dense(float[][] weight, float[] bias) {}

  /**
   * Checks that the sizes follow one another.
   *
   * @throws IllegalArgumentException if not
   */
  Network {
    layers = List.copyOf(layers);
    int width = shift.length;
    for (Dense layer : layers) {
      int outputs = layer.bias.length;
      if (layer.weight.length != width || Arrays.stream(layer.weight).anyMatch(row -> row.length != outputs)) {
        throw new IllegalArgumentException("patch network: a layer of " + layer.weight.length + " inputs follows "
            + width + " numbers, or its rows are not all of " + outputs + "; the patch is damaged");
      }
      width = outputs;
    }
  }

  /** Number of outputs. */
  int outputs() {
    return layers.getLast().bias.length;
  }

  /**
   * The outputs of each row, {@code [rows][outputs]}.
   *
   * @throws IllegalArgumentException if the rows have other columns
   */
  double[][] outputs(Inputs rows) {
    if (rows.columns() != shift.length) {
      throw new IllegalArgumentException("patch: it was fitted on " + shift.length + " inputs, these rows have "
          + rows.columns() + "; give the same columns in the same order");
    }
    double[][] out = new double[rows.rows()][];
    for (int row = 0; row < out.length; row++) {
      float[] x = new float[shift.length];
      rows.read(row, x, 0);
      for (int i = 0; i < x.length; i++) {
        x[i] = (x[i] - shift[i]) * scale;
      }
      out[row] = outputs(x);
    }
    return out;
  }

  private double[] outputs(float[] inputs) {
    float[] x = inputs;
    for (int l = 0; l < layers.size(); l++) {
      Dense layer = layers.get(l);
      float[] z = layer.bias.clone();
      for (int i = 0; i < x.length; i++) {
        float value = l == 0 ? x[i] : Math.max(x[i], 0);
        if (value != 0) {
          float[] weights = layer.weight[i];
          for (int j = 0; j < z.length; j++) {
            z[j] += value * weights[j];
          }
        }
      }
      x = z;
    }
    double[] out = new double[x.length];
    for (int j = 0; j < out.length; j++) {
      out[j] = x[j];
    }
    return out;
  }

  /** Whether all its numbers are finite. */
  boolean finite() {
    return Float.isFinite(scale) && finite(shift) && layers.stream()
        .allMatch(layer -> finite(layer.bias) && Arrays.stream(layer.weight).allMatch(Network::finite));
  }

  private static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
