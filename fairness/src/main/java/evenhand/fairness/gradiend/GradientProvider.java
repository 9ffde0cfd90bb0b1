package evenhand.fairness.gradiend;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A differentiable model whose rows have a right answer and the one of the opposite class.
 *
 * <p>The rows may be texts with a slot, rows of a classifier
 * or anything else with two losses. The model is never changed here.
 *
 * @param <E> a row
 */
public interface GradientProvider<E> {
  /**
   * The losses of a batch, from one forward pass.
   *
   * @param factual mean loss with the right answers, a scalar
   * @param counterfactual mean loss with those of the opposite class
   */
  record LossPair(Var factual, Var counterfactual) {}

  /** The weights theta that the feature is sought in, by name, in a fixed order. */
  Map<String, Var> parameters();

  /** The losses of rows, at least one. */
  LossPair losses(List<E> rows);

  /** Both gradients of the mean losses: one forward and two backward passes. */
  default GradientPair gradients(List<E> rows) {
    List<Var> theta = List.copyOf(parameters().values());
    LossPair losses = losses(rows);
    return new GradientPair(Grad.of(losses.factual(), theta), Grad.of(losses.counterfactual(), theta));
  }

  /** The gradients of one source alone: one forward and one backward pass. */
  default List<Tensor> gradients(List<E> rows, Source source) {
    List<Var> theta = List.copyOf(parameters().values());
    LossPair losses = losses(rows);
    Var loss = switch (source) {
      case FACTUAL -> losses.factual();
      case COUNTERFACTUAL -> losses.counterfactual();
      case DIFFERENCE -> losses.factual().minus(losses.counterfactual());
    };
    return Grad.of(loss, theta);
  }
}
