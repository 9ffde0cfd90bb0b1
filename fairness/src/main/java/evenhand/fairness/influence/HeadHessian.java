package evenhand.fairness.influence;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Linear;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.List;

/**
 * The dense Hessian of a linear head's cross-entropy, summed over rows, in closed form.
 *
 * <p>One logit: {@code sum p (1 - p) h h^T}; C logits: {@code sum (diag(p) - p p^T) kron h h^T}, with h the row's inputs
 * and, where the head has a bias, a 1 behind them. Each pair of classes is one matrix product, where products with unit
 * vectors would take one pass for each of the C d parameters.
 */
final class HeadHessian {
  private static final int CHUNK = 4096; // rows summed in float32, the sums of chunks in double

  private final Linear head;
  private final int classes;
  private final int inputs;
  private final double[][] hessian;

  private HeadHessian(Linear head) {
    this.head = head;
    this.classes = head.weight().shape().dim(0);
    this.inputs = head.weight().shape().dim(1);
    int size = head.parameters().values().stream().mapToInt(parameter -> parameter.shape().size()).sum();
    this.hessian = new double[size][size];
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
    for (int i = 0; i < sums.hessian.length; i++) {
      sums.hessian[i][i] += ridge;
    }
    return sums.hessian;
  }

  private void add(Tensor x) {
    int rows = x.shape().dim(0);
    Tensor h = head.bias().isPresent() ? Tensor.concat(1, List.of(x, x.device().ones(rows, 1))) : x;
    Tensor turned = h.transpose();
    Tensor p = Grad.without(() -> {
      Var logits = head.forward(Var.of(x));
      return classes == 1 ? logits.sigmoid() : logits.softmax(1);
    }).value();
    for (int j = 0; j < classes; j++) {
      for (int k = 0; k <= j; k++) {
        Tensor pj = p.slice(1, j, j + 1);
        Tensor own = j == k ? pj : pj.device().zeros(rows, 1);
        Tensor bend = own.minus(pj.times(p.slice(1, k, k + 1))); // p_j ([j = k] - p_k)
        add(j, k, turned.matmul(h.times(bend)).toFloats());
      }
    }
  }

  private void add(int j, int k, float[] block) {
    int width = inputs + (head.bias().isPresent() ? 1 : 0);
    for (int a = 0; a < width; a++) {
      for (int b = 0; b < width; b++) {
        double value = ((double) block[a * width + b] + block[b * width + a]) / 2; // rounding apart they are the same
        hessian[index(j, a)][index(k, b)] += value;
        if (j != k) {
          hessian[index(k, b)][index(j, a)] += value;
        }
      }
    }
  }

  /** Where the parameter of a class and an input is; the input behind the last is the bias. */
  private int index(int j, int input) {
    return input < inputs ? j * inputs + input : classes * inputs + j;
  }
}
