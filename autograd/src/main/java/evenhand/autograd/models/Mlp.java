package evenhand.autograd.models;

import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Sequential;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;

/** A multi-layer perceptron: linear layers with an activation between them. */
public final class Mlp {
  private Mlp() {}

  /** With relu; {@code Mlp.of(rng, device, 20, 64, 64, 1)} has 20 inputs, two hidden layers of 64 and one output. */
  public static Sequential of(Rng rng, Device device, int... widths) {
    return of(rng, device, Layers.relu(), widths);
  }

  /**
   * With another activation.
   *
   * @param widths inputs, hidden widths, outputs; layer i is called {@code fc<i>}
   */
  public static Sequential of(Rng rng, Device device, Layer activation, int... widths) {
    if (widths.length < 2) {
      throw new IllegalArgumentException(
          "mlp: widths " + Arrays.toString(widths) + " need inputs and outputs at least, as in 20, 64, 1");
    }
    Sequential net = Sequential.empty();
    for (int i = 0; i + 1 < widths.length; i++) {
      net = (i == 0 ? net : net.with(activation)).with("fc" + i, Linear.of(rng, device, widths[i], widths[i + 1]));
    }
    return net;
  }
}
