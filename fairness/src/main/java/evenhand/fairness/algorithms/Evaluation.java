package evenhand.fairness.algorithms;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Phase;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.stream.IntStream;

/** Networks run on rows without being changed. */
public final class Evaluation {
  /** Rows of images that are written out at a time. */
  private static final int PIECE = 2000;

  private Evaluation() {}

  /**
   * What a network gives for rows, {@code [rows, outputs]}, in evaluation mode and without a graph.
   *
   * <p>Rows that are not dense, such as images, pass in pieces, so that they are never all in memory as numbers.
   *
   * @param network from {@code [rows, columns]} to {@code [rows, outputs]}, each row by itself
   */
  public static Tensor outputs(Layer network, Samples rows, Device device) {
    if (rows.areDense()) {
      return outputs(network, rows.features(device));
    }
    float[] all = new float[0];
    int width = 0;
    for (int from = 0; from < rows.rows(); from += PIECE) {
      try (Scope _ = Scope.open()) {
        int[] piece = IntStream.range(from, Math.min(from + PIECE, rows.rows())).toArray();
        float[] out = outputs(network, rows.features(device, piece)).toFloats();
        width = out.length / piece.length;
        all = from == 0 ? new float[Math.multiplyExact(rows.rows(), width)] : all;
        System.arraycopy(out, 0, all, from * width, out.length);
      }
    }
    return device.tensor(all, rows.rows(), width);
  }

  static Tensor outputs(Layer network, Tensor inputs) {
    return Grad.without(() -> network.forward(Var.of(inputs), Phase.EVALUATE)).value();
  }
}
