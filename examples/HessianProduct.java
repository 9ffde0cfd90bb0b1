// Derivatives of a function of one's own: write it on Var, and the gradient and the product of its Hessian with any
// vector are there, exact and without a Hessian being formed. Here Rosenbrock's (1 - a)^2 + 100 (b - a^2)^2, and Newton's
// method on it by conjugate gradients.
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/HessianProduct.java

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.tensor.Tensor;

void main() {
  UnaryOperator<Var> function = x -> {
    Var a = x.slice(0, 0, 1);
    Var b = x.slice(0, 1, 2);
    return a.oneMinus().square().plus(b.minus(a.square()).square().times(100)).sum();
  };

  // At (1, 1) the Hessian is [[802, -400], [-400, 200]], so times (1, 2) it is (2, 0).
  Tensor product = Grad.hvp(function, Tensor.of(new float[] {1, 1}, 2), Tensor.of(new float[] {1, 2}, 2));
  IO.println("Hessian at the minimum times (1, 2): " + Arrays.toString(product.toFloats()));

  Tensor x = Tensor.of(new float[] {-1.2f, 1}, 2);
  for (int step = 1; step <= 6; step++) {
    x = x.minus(solve(function, x, Grad.of(function, x)));
    IO.println("step " + step + ": x = " + Arrays.toString(x.toFloats()));
  }
}

/** H^-1 g: as many steps of conjugate gradients as there are numbers. */
Tensor solve(UnaryOperator<Var> function, Tensor x, Tensor g) {
  Tensor solution = g.minus(g);
  Tensor residual = g;
  Tensor direction = g;
  for (int step = 0; step < x.size() && dot(residual, residual) > 0; step++) {
    Tensor product = Grad.hvp(function, x, direction);
    double length = dot(residual, residual) / dot(direction, product);
    Tensor next = residual.minus(product.times(length));
    solution = solution.plus(direction.times(length));
    direction = next.plus(direction.times(dot(next, next) / dot(residual, residual)));
    residual = next;
  }
  return solution;
}

double dot(Tensor a, Tensor b) {
  return a.times(b).sum().item();
}
