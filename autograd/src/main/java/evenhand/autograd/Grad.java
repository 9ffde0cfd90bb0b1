package evenhand.autograd;

import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Gradients, vector-Jacobian, Jacobian-vector and Hessian-vector products.
 *
 * <pre>{@code
 * UnaryOperator<Var> loss = w -> Losses.binaryCrossEntropyWithLogits(x.matmul(w), y);
 * Tensor g  = Grad.of(loss, w);       // gradient
 * Tensor hv = Grad.hvp(loss, w, v);   // exact Hessian-vector product, about two gradients' work
 * }</pre>
 *
 * <p>Each comes for a function of one tensor and for a scalar {@link Var} with the parameters it was computed from.
 */
public final class Grad {
  private static final ThreadLocal<Boolean> PAUSED = ThreadLocal.withInitial(() -> Boolean.FALSE);

  private Grad() {}

  // ---- of a scalar and its parameters ----

  /**
   * The gradient of a scalar for each parameter; zeros for one it does not depend on.
   *
   * <p>The tensors may be views that share memory with each other: copy one before writing into it.
   *
   * @throws IllegalArgumentException if the loss is not a scalar, or a parameter is a constant
   */
  public static List<Tensor> of(Var loss, List<Var> parameters) {
    return vjp(requireScalar("Grad.of", loss), parameters, loss.value().device().full(1, loss.shape()));
  }

  /** The gradient with a graph of its own, so that it can be used in a loss or differentiated again. */
  public static List<Var> graph(Var loss, List<Var> parameters) {
    return sweep(requireScalar("Grad.graph", loss), Var.of(loss.value().device().full(1, loss.shape())), parameters);
  }

  /** {@code J^T u}: the gradient of {@code sum(output * u)} for each parameter. */
  public static List<Tensor> vjp(Var output, List<Var> parameters, Tensor u) {
    requireShape("Grad.vjp", "output", output.shape(), u.shape());
    return without(() -> sweep(output, Var.of(u), parameters)).stream().map(Var::value).toList();
  }

  /**
   * {@code J v}: how the output changes as the parameters move along the directions.
   *
   * <p>Two reverse sweeps: {@code J^T u} is linear in {@code u}, and its derivative along {@code v} is {@code J v}.
   */
  public static Tensor jvp(Var output, List<Var> parameters, List<Tensor> directions) {
    Var u = Var.parameter(output.value().device().full(0, output.shape()));
    Var product = recording(() -> dot("Grad.jvp", sweep(output, u, parameters), parameters, directions));
    return of(product, List.of(u)).getFirst();
  }

  /** {@code H v}: the Hessian of a scalar for all parameters together, times a direction; never a dense Hessian. */
  public static List<Tensor> hvp(Var loss, List<Var> parameters, List<Tensor> directions) {
    Var one = Var.of(loss.value().device().full(1, requireScalar("Grad.hvp", loss).shape()));
    return of(recording(() -> dot("Grad.hvp", sweep(loss, one, parameters), parameters, directions)), parameters);
  }

  // ---- of a function of one tensor ----

  /** The gradient of a scalar function at x. */
  public static Tensor of(UnaryOperator<Var> function, Tensor x) {
    return at(function, x, (y, p) -> of(y, p).getFirst());
  }

  /** {@code J^T u} of a function at x. */
  public static Tensor vjp(UnaryOperator<Var> function, Tensor x, Tensor u) {
    return at(function, x, (y, p) -> vjp(y, p, u).getFirst());
  }

  /** {@code J v} of a function at x. */
  public static Tensor jvp(UnaryOperator<Var> function, Tensor x, Tensor v) {
    return at(function, x, (y, p) -> jvp(y, p, List.of(v)));
  }

  /** {@code H v} of a scalar function at x. */
  public static Tensor hvp(UnaryOperator<Var> function, Tensor x, Tensor v) {
    return at(function, x, (y, p) -> hvp(y, p, List.of(v)).getFirst());
  }

  private static Tensor at(Function<Var, Var> function, Tensor x,
      java.util.function.BiFunction<Var, List<Var>, Tensor> product) {
    Var parameter = Var.parameter(x);
    return product.apply(recording(() -> function.apply(parameter)), List.of(parameter));
  }

  // ---- recording ----

  /**
   * Runs something on this thread without recording a graph: evaluation, or arithmetic on gradients.
   *
   * <p>Products asked for inside ({@link #jvp}, {@link #hvp}, and all those of a function) record what they need.
   */
  public static <T> T without(Supplier<T> work) {
    return paused(true, work);
  }

  private static <T> T recording(Supplier<T> work) {
    return paused(false, work);
  }

  private static <T> T paused(boolean pause, Supplier<T> work) {
    boolean before = PAUSED.get();
    PAUSED.set(pause);
    try {
      return work.get();
    } finally {
      PAUSED.set(before);
    }
  }

  static boolean isRecording() {
    return !PAUSED.get();
  }

  // ---- the sweep ----

  /** Cotangents of the parameters, given that of the output; recorded if recording is on. */
  private static List<Var> sweep(Var output, Var cotangent, List<Var> parameters) {
    requireTracked(parameters);
    Set<Var> results = identitySet();
    results.addAll(parameters);
    Set<Var> wanted = identitySet(); // nodes that the parameters lead to
    wanted.addAll(parameters);
    List<Var> nodes = between(output, wanted);
    IdentityHashMap<Var, Var> cotangents = new IdentityHashMap<>();
    if (wanted.contains(output)) {
      cotangents.put(output, cotangent);
    }
    for (int n = nodes.size() - 1; n >= 0; n--) {
      Var node = nodes.get(n);
      Var dy = results.contains(node) ? cotangents.get(node) : cotangents.remove(node);
      if (dy != null) {
        push(node, dy, wanted, cotangents);
      }
    }
    List<Var> result = new ArrayList<>(parameters.size());
    for (Var parameter : parameters) {
      Var found = cotangents.get(parameter);
      result.add(found == null ? parameter.zeros() : found);
    }
    return result;
  }

  private static void push(Var node, Var dy, Set<Var> wanted, IdentityHashMap<Var, Var> cotangents) {
    Op op = node.op();
    Var[] in = node.operands();
    for (int i = 0; i < in.length; i++) {
      if (wanted.contains(in[i]) && Rules.flows(op, i)) {
        Var part = Rules.rule(op, in, node, dy, i);
        cotangents.merge(in[i], part, Var::plus);
      }
    }
  }

  /**
   * The nodes on paths from the parameters to the output, operands before results; adds them to {@code wanted}.
   *
   * <p>With an explicit stack, since graphs may be deeper than Java's. A node's depth is one more than its deepest
   * operand's, so sorting by depth is a topological order.
   */
  private static List<Var> between(Var output, Set<Var> wanted) {
    Set<Var> seen = identitySet();
    ArrayDeque<Var> stack = new ArrayDeque<>();
    List<Var> nodes = new ArrayList<>();
    stack.push(output);
    seen.add(output);
    while (!stack.isEmpty()) {
      Var node = stack.pop();
      nodes.add(node);
      for (Var operand : node.operands()) {
        if (operand.isTracked() && seen.add(operand)) {
          stack.push(operand);
        }
      }
    }
    nodes.sort(Comparator.comparingInt(Var::depth));
    nodes.removeIf(node -> {
      for (Var operand : node.operands()) {
        if (wanted.contains(operand)) {
          wanted.add(node);
          return false;
        }
      }
      return !wanted.contains(node);
    });
    return nodes;
  }

  private static Set<Var> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** {@code sum of products . directions}, the scalar whose gradient is the product wanted. */
  private static Var dot(String op, List<Var> products, List<Var> parameters, List<Tensor> directions) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException(op + ": no parameters given; give at least one");
    }
    if (directions.size() != parameters.size()) {
      throw new IllegalArgumentException(op + ": " + directions.size() + " directions for " + parameters.size()
          + " parameters; give one each");
    }
    Var total = Var.of(parameters.getFirst().value().device().scalar(0));
    for (int i = 0; i < products.size(); i++) {
      requireShape(op, "parameter " + i, parameters.get(i).shape(), directions.get(i).shape());
      total = total.plus(products.get(i).times(Var.of(directions.get(i))).sum());
    }
    return total;
  }

  private static Var requireScalar(String op, Var loss) {
    if (loss.shape().size() != 1) {
      throw new IllegalArgumentException(op + ": the function returned shape " + loss.shape()
          + "; reduce it with sum() or mean(), or use Grad.vjp");
    }
    return loss;
  }

  private static void requireTracked(List<Var> parameters) {
    for (int i = 0; i < parameters.size(); i++) {
      if (!parameters.get(i).isTracked()) {
        throw new IllegalArgumentException("Grad: parameter " + i + ", " + parameters.get(i)
            + ", carries no gradient; make it with Var.parameter, or leave it out");
      }
    }
  }

  private static void requireShape(String op, String what, Shape wanted, Shape given) {
    if (!wanted.equals(given)) {
      throw new IllegalArgumentException(op + ": " + what + " has shape " + wanted + " but the direction has " + given);
    }
  }
}
