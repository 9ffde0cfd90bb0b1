package evenhand.tensor.spi;

import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.ArrayList;
import java.util.List;

/** Statistics of a batch by group of rows: what groups lose and score, and which neurons weigh in their losses. */
public interface GroupStatistics {
  /**
   * Per-group batch statistics of a binary classifier: what each cell of rows counts, loses and scores.
   *
   * @param logits float32, n elements
   * @param targets float32, n elements, each 0 or 1
   * @param cells the cell of each row, in {@code 0 .. count - 1}, or -1 to leave the row out
   */
  default CellSums cellSums(Tensor logits, Tensor targets, int[] cells, int count) {
    Tensor away = targets.times(-2).plus(targets.device().scalar(1)); // 1 for target 0, -1 for target 1
    float[] loss = logits.times(away).apply(Unary.SOFTPLUS).toFloats(); // softplus((1 - 2t) s): no cancellation
    float[] score = logits.apply(Unary.SIGMOID).toFloats();
    return CellSums.of(cells, count, loss, score);
  }

  /**
   * The influence of each neuron on the loss of each of A groups that share a layer: {@code I_ak = sum_j (W_kj g_akj)^2}.
   *
   * <p>The products may be as small as 1e-30: what counts is their ratio, and their squares would underflow in float32.
   * A device may scale them (as by 2^40) before squaring, and take that back in double.
   *
   * @param weight W, {@code [K, ..]}: the first axis counts the units, as linear and convolution layers store it
   * @param gradients the gradient of each group's loss for W, A of W's shape
   * @throws IllegalArgumentException if a gradient has another shape
   */
  default NeuronInfluence neuronInfluence(Tensor weight, List<Tensor> gradients) {
    NeuronInfluence.requireShapes(weight, gradients);
    int units = weight.shape().dim(0);
    int inputs = units == 0 ? 0 : weight.size() / units;
    List<double[]> influences = new ArrayList<>();
    for (Tensor gradient : gradients) {
      float[] products = weight.times(gradient).toFloats();
      double[] sums = new double[units];
      for (int k = 0; k < units; k++) {
        for (int j = k * inputs; j < (k + 1) * inputs; j++) {
          sums[k] += (double) products[j] * products[j];
        }
      }
      influences.add(sums);
    }
    return new NeuronInfluence(influences);
  }
}
