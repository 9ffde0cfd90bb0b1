package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Linear;
import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.HessianProducts;
import java.util.List;

/**
 * Hessian-vector products of a linear head's cross-entropy, summed over rows, by the device's fused kernels.
 *
 * <p>Logistic for one output, softmax for several; the labels do not enter. What depends on the parameters alone, the
 * curvature or the probabilities of each row, is computed once, and each product then reads the rows once.
 */
public final class LinearHessian {
  private final Tensor x;
  private final int outputs;
  private final boolean biased;
  private final Tensor kept; // s (1 - s) of each row, or its probabilities

  private LinearHessian(Linear head, Tensor x) {
    this.x = x;
    this.outputs = head.weight().shape().dim(0);
    this.biased = head.bias().isPresent();
    Tensor w = joined(head.parameters().values().stream().map(Var::value).toList());
    this.kept = outputs == 1 ? HessianProducts.logisticCurvature(x, w.reshape(w.size()))
        : HessianProducts.softmaxProbabilities(x, w);
  }

  /**
   * At the head's present parameters.
   *
   * @param x {@code [rows, in]}
   * @throws IllegalArgumentException if x has another shape
   */
  public static LinearHessian of(Linear head, Tensor x) {
    int in = head.weight().shape().dim(1);
    if (x.shape().rank() != 2 || x.shape().dim(1) != in) {
      throw new IllegalArgumentException("LinearHessian: inputs have shape " + x.shape() + ", expected [rows, " + in
          + "]");
    }
    return new LinearHessian(head, x);
  }

  /** {@code [out, in]} and {@code [out]} as {@code [out, in + 1]}. */
  private Tensor joined(List<Tensor> parameters) {
    Tensor weight = parameters.getFirst();
    return biased ? Tensor.concat(1, List.of(weight, parameters.getLast().unsqueeze(1))) : weight;
  }

  /**
   * {@code H v}.
   *
   * @param direction of the shapes of the head's parameters, the weight first
   */
  public List<Tensor> product(List<Tensor> direction) {
    if (direction.size() != (biased ? 2 : 1)) {
      throw new IllegalArgumentException("LinearHessian: " + direction.size() + " directions for " + (biased ? 2 : 1)
          + " parameters; give one each");
    }
    Tensor v = joined(direction);
    Tensor out = x.device().empty(DType.FLOAT32, v.shape());
    if (outputs == 1) {
      x.device().backend().logisticHvpKept(x, kept, v.reshape(v.size()), out.reshape(out.size()));
    } else {
      x.device().backend().softmaxHvpKept(x, kept, v, out);
    }
    int in = x.shape().dim(1);
    return biased ? List.of(out.slice(1, 0, in), out.slice(1, in, in + 1).reshape(outputs)) : List.of(out);
  }
}
