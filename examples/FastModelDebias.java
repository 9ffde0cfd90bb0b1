// Fast Model Debias (Chen et al., NeurIPS 2023) from scratch: a model that is trained already is repaired by one Newton
// step on its last layer, here the only one. Bias is counterfactual: how far does the score of a row move when its group
// is rewritten and all else stays? That is not the gap between the groups' rates, which may hardly move.
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/FastModelDebias.java

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Losses;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;

static final double RIDGE = 1e-3;

void main() {
  var data = Datasets.load("synthetic", 1);
  var split = data.split(data.publishedTestRows());
  Tensor x = inputs(split.train(), false);
  Tensor y = split.train().labels(Device.cpu());
  int n = split.train().rows();

  // 1. The trained model: J(w) = mean cross-entropy + ridge / 2 |w|^2 of a logistic regression, to its minimum. Newton
  // steps need the Hessian H only in products with vectors, which the engine differentiates exactly.
  UnaryOperator<Var> objective = w -> Losses.binaryCrossEntropyWithLogits(Var.of(x).matmul(w), Var.of(y))
      .plus(w.square().sum().times(RIDGE / 2));
  Tensor w = Device.cpu().zeros(4, 1);
  for (int step = 0; step < 8; step++) {
    w = w.minus(solve(objective, w, Grad.of(objective, w)));
  }
  say("trained: weights of x1, x2, z, one %s, gradient %.1e", Arrays.toString(w.toFloats()),
      Math.sqrt(dot(Grad.of(objective, w), Grad.of(objective, w))));

  // 2. Measure: training rows as they are and with z rewritten, and the mean absolute difference of p.
  Tensor flipped = inputs(split.train(), true);
  UnaryOperator<Var> bias = v -> Var.of(x).matmul(v).sigmoid().minus(Var.of(flipped).matmul(v).sigmoid()).abs().mean();
  report("before", w, split.test());

  // 3. Attribute: to first order, taking row k out changes the bias by -I_k / n, I_k = -grad B . H^-1 grad l_k. One solve
  // serves all rows, as grad l_k = (p_k - y_k) x_k.
  Tensor v = solve(objective, w, Grad.of(bias, w));
  float[] p = Var.of(x.matmul(w)).sigmoid().value().toFloats();
  float[] along = x.matmul(v).toFloats();
  double[] influence = IntStream.range(0, n).mapToDouble(k -> -along[k] * (p[k] - split.train().y()[k])).toArray();
  int[] harmful = IntStream.range(0, n).boxed().sorted(Comparator.comparingDouble(k -> -influence[k])).limit(10)
      .mapToInt(k -> k).toArray();

  // Is that so? Train again without the 10 most harmful rows, and compare what was foretold with what happens.
  float[] kept = new float[n];
  Arrays.fill(kept, 1f / n);
  Arrays.stream(harmful).forEach(k -> kept[k] = 0);
  Tensor weights = Tensor.of(kept, n, 1);
  UnaryOperator<Var> without = u -> {
    Var logits = Var.of(x).matmul(u);
    return logits.softplus().minus(logits.times(Var.of(y))).times(Var.of(weights)).sum() // l = ln(1 + e^f) - y f
        .plus(u.square().sum().times(RIDGE / 2));
  };
  Tensor again = w;
  for (int step = 0; step < 8; step++) {
    again = again.minus(solve(without, again, Grad.of(without, again)));
  }
  say("without the 10 most harmful rows: foretold %.4f, trained again %.4f",
      -Arrays.stream(harmful).mapToDouble(k -> influence[k] / n).sum(), value(bias, again) - value(bias, w));

  // 4. Unlearn. Of each pair one member is bias-aligned (its label is commoner in its group than overall), the other
  // conflicting. The step stands for training on the conflicting ones in their place:
  //   w <- w + tau H^-1 (1/n) sum of (grad l(aligned) - grad l(conflicting))
  boolean[] aligned = aligned(split.train());
  float[] sign = new float[n];
  IntStream.range(0, n).forEach(k -> sign[k] = aligned[k] ? 1f / n : -1f / n);
  Tensor signs = Tensor.of(sign, n, 1);
  UnaryOperator<Var> difference = u -> { // of the two members' losses; y f cancels but where f does not
    Var a = Var.of(x).matmul(u);
    Var b = Var.of(flipped).matmul(u);
    return a.softplus().minus(a.times(Var.of(y))).minus(b.softplus().minus(b.times(Var.of(y))))
        .times(Var.of(signs)).sum();
  };
  Tensor direction = solve(objective, w, Grad.of(difference, w));

  // The paper takes tau = 1 with a few hundred pairs. Here are as many as rows, so that is too far: the scores would
  // favour the other group. So the length is searched; training rows choose, test rows do not.
  Tensor best = w;
  for (double tau = 1.0 / 256; tau <= 1; tau *= 2) {
    Tensor tried = w.plus(direction.times(tau));
    say("  tau %7.4f: bias on training rows %.4f", tau, value(bias, tried));
    best = value(bias, tried) < value(bias, best) ? tried : best;
  }
  double before = value(biasOf(split.test()), w);
  report("after", best, split.test());
  say("bias before %.3f after %.3f", before, value(biasOf(split.test()), best));
}

/** H^-1 g by conjugate gradients: no Hessian is ever formed. */
Tensor solve(UnaryOperator<Var> objective, Tensor w, Tensor g) {
  Tensor solution = Device.cpu().zeros(4, 1);
  Tensor residual = g;
  Tensor direction = g;
  for (int step = 0; step < 12 && dot(residual, residual) > 1e-16 * dot(g, g); step++) {
    Tensor product = Grad.hvp(objective, w, direction);
    double length = dot(residual, residual) / dot(direction, product);
    Tensor next = residual.minus(product.times(length));
    solution = solution.plus(direction.times(length));
    direction = next.plus(direction.times(dot(next, next) / dot(residual, residual)));
    residual = next;
  }
  return solution;
}

/** Is the label of a row commoner in its group than overall? */
boolean[] aligned(Samples rows) {
  int[] codes = rows.groups().codes();
  ToDoubleFunction<IntPredicate> share = which -> IntStream.range(0, rows.rows()).filter(which).map(k -> rows.y()[k])
      .average().orElseThrow();
  boolean oneIsCommonerIn1 = share.applyAsDouble(k -> codes[k] == 1) > share.applyAsDouble(_ -> true);
  boolean[] aligned = new boolean[rows.rows()];
  IntStream.range(0, rows.rows()).forEach(k -> aligned[k] = (codes[k] == rows.y()[k]) == oneIsCommonerIn1);
  return aligned;
}

UnaryOperator<Var> biasOf(Samples rows) {
  return v -> Var.of(inputs(rows, false)).matmul(v).sigmoid()
      .minus(Var.of(inputs(rows, true)).matmul(v).sigmoid()).abs().mean();
}

/** x1, x2, z and a one for the bias; z rewritten if asked. */
Tensor inputs(Samples rows, boolean flip) {
  Tensor x = rows.features(Device.cpu());
  Tensor one = Device.cpu().ones(rows.rows(), 1);
  Tensor z = x.slice(1, 2, 3);
  return Tensor.concat(1, List.of(x.slice(1, 0, 2), flip ? one.minus(z) : z, one));
}

double value(UnaryOperator<Var> function, Tensor at) {
  return function.apply(Var.of(at)).item();
}

double dot(Tensor a, Tensor b) {
  return a.times(b).sum().item();
}

void report(String name, Tensor w, Samples rows) {
  float[] logits = inputs(rows, false).matmul(w).toFloats();
  double accuracy = IntStream.range(0, rows.rows()).filter(k -> logits[k] > 0 == (rows.y()[k] == 1)).count();
  say("%s: accuracy %.3f, counterfactual bias %.4f", name, accuracy / rows.rows(), value(biasOf(rows), w));
}

void say(String format, Object... values) {
  IO.println(String.format(Locale.ROOT, format, values));
}
