package evenhand.fairness.influence;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Linear;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * The dense Hessian of a linear head's cross-entropy, summed over rows, in closed form.
 *
 * <p>One logit: {@code sum p (1 - p) h h^T}; C logits: {@code sum (diag(p) - p p^T) kron h h^T}, with h the row's inputs
 * and, where the head has a bias, a 1 behind them. With the rows {@code p_j h} of all classes side by side in Z, the
 * blocks of different classes are {@code -Z^T Z}, of which the lower half is computed, class by class. Those of a class
 * with itself are {@code sum p_j (1 - p_j) h h^T}, not the difference of two sums: p is close to 1 on rows that were
 * learnt.
 */
final class HeadHessian {
  private static final int CHUNK = 4096; // rows summed in float32, the sums of chunks in double

  private final Linear head;
  private final int classes;
  private final int inputs;
  private final int width; // of h
  private final double[][] lower; // of class j, [width, (j + 1) width]: its blocks with the classes up to itself

  private HeadHessian(Linear head) {
    this.head = head;
    this.classes = head.weight().shape().dim(0);
    this.inputs = head.weight().shape().dim(1);
    this.width = inputs + (head.bias().isPresent() ? 1 : 0);
    this.lower = new double[classes][];
    Arrays.setAll(lower, j -> new double[width * (j + 1) * width]);
  }

  /** {@code [parameters][parameters]}, weight row by row and then bias, with the ridge on the diagonal. */
  static double[][] of(Linear head, Tensor x, double ridge) {
    HeadHessian sums = new HeadHessian(head);
    int rows = x.shape().dim(0);
    for (int start = 0; start < rows; start += CHUNK) {
      try (Scope _ = Scope.open()) {
        sums.add(x.slice(0, start, Math.min(rows, start + CHUNK)));
      }
    }
    return sums.dense(ridge);
  }

  private void add(Tensor x) {
    int rows = x.shape().dim(0);
    Tensor h = head.bias().isPresent() ? Tensor.concat(1, List.of(x, x.device().ones(rows, 1))) : x;
    Tensor p = Grad.without(() -> {
      Var logits = head.forward(Var.of(x));
      return classes == 1 ? logits.sigmoid() : logits.softmax(1);
    }).value();
    Tensor own = h.transpose().matmul(sideBySide(p.times(p.device().ones(rows, classes).minus(p)), h));
    Tensor z = sideBySide(p, h);
    for (int j = 0; j < classes; j++) {
      int from = j * width;
      add(own.slice(1, from, from + width), 1, lower[j], from);
      if (j > 0) {
        add(z.slice(1, from, from + width).transpose().matmul(z.slice(1, 0, from)), -1, lower[j], 0);
      }
    }
  }

  /** The rows of h times each of their weights, {@code [rows, classes * width]}. */
  private Tensor sideBySide(Tensor weights, Tensor h) {
    return weights.unsqueeze(2).times(h.unsqueeze(1)).reshape(h.shape().dim(0), classes * width);
  }

  /** Adds a block to columns of a class's blocks. */
  private void add(Tensor block, int sign, double[] sums, int from) {
    float[] values = block.toFloats();
    int columns = block.shape().dim(1);
    int stride = sums.length / width;
    for (int a = 0; a < width; a++) {
      for (int b = 0; b < columns; b++) {
        sums[a * stride + from + b] += sign * values[a * columns + b];
      }
    }
  }

  private double[][] dense(double ridge) {
    double[][] hessian = new double[classes * width][classes * width];
    for (int j = 0; j < classes; j++) {
      int stride = (j + 1) * width;
      for (int k = 0; k <= j; k++) {
        for (int a = 0; a < width; a++) {
          for (int b = 0; b < width; b++) { // rounding apart, each block is symmetric
            double value = (lower[j][a * stride + k * width + b] + lower[j][b * stride + k * width + a]) / 2;
            hessian[index(j, a)][index(k, b)] = value;
            hessian[index(k, b)][index(j, a)] = value;
          }
        }
      }
    }
    for (int i = 0; i < hessian.length; i++) {
      hessian[i][i] += ridge;
    }
    return hessian;
  }

  /** Where the parameter of a class and an input is; the input behind the last is the bias. */
  private int index(int j, int input) {
    return input < inputs ? j * inputs + input : classes * inputs + j;
  }
}
