/**
 * Reverse-mode automatic differentiation, exact to any order.
 *
 * <p><b>The mathematics in short.</b> A computation is a graph of {@link evenhand.autograd.Var}s, each the result of
 * one {@link evenhand.autograd.Op} on earlier ones. Let {@code s} be a scalar at the end of it and write {@code y'} for
 * {@code ds/dy}, the <em>cotangent</em> of {@code y}. For {@code y = op(x1, .., xn)} the chain rule gives
 *
 * <pre>  xi' += (dy/dxi)^T y'</pre>
 *
 * and the function {@code y' -> (dy/dxi)^T y'} is the op's <em>rule</em> for its i-th operand
 * ({@link evenhand.autograd.Rules}). {@link evenhand.autograd.Grad} applies the rules once to each node, last to first.
 *
 * <p><b>Why the second derivative is exact.</b> Rules are written with the same differentiable operations as everything
 * else, on the {@code Var}s of the graph. So the cotangents are {@code Var}s with a graph of their own, and the
 * gradient can be differentiated like any other computation:
 *
 * <pre>
 *  gradient                  g(x) = f'(x)                one sweep over f
 *  Hessian-vector product    H v  = d/dx (g(x) . v)      one sweep over f and g
 *  vector-Jacobian product   J^T u                       the sweep started with u in place of 1
 *  Jacobian-vector product   J v  = d/du ((J^T u) . v)   J^T u is linear in u, so any u will do
 * </pre>
 *
 * No rule is written twice and no finite difference is taken anywhere. Where only the gradient is wanted, the same
 * rules run with recording switched off and leave no graph behind.
 *
 * <p><b>Kinks.</b> At points where a function has no derivative, the choice is PyTorch's: 0 for relu and abs at 0, an
 * equal share for ties of max and min. Comparisons, sign, step, floor and argmax are constants.
 *
 * <p>The map: {@link evenhand.autograd.Var} (values and operations on them), {@link evenhand.autograd.Op} (what was
 * done), {@link evenhand.autograd.Rules} (the derivative of each op), {@link evenhand.autograd.Grad} (gradient and
 * products); {@code evenhand.autograd.nn} (layers, losses), {@code evenhand.autograd.optim} (optimizers and the
 * training loop), {@code evenhand.autograd.models}, {@code evenhand.autograd.io} (safetensors).
 */
package evenhand.autograd;
