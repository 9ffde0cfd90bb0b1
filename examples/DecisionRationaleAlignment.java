// Decision rationale alignment (Li et al., ICML 2023) from scratch: beside the gap of a network's outputs, how much each
// hidden unit matters to the loss of one group shall be how much it matters to that of the other. What a unit matters is
// a gradient, so training differentiates a gradient: second order, which the engine does exactly.
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/DecisionRationaleAlignment.java

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.optim.Adam;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;

static final int PER_GROUP = 200; // rows of each group in a batch
static final int STEPS = 300;

void main() {
  var data = Datasets.load("synthetic", 1);
  var split = data.split(data.publishedTestRows());

  // Three networks 3-16-16-1 with the same first weights and the same batches. lambda weighs the gap of the mean scores
  // of the groups (demographic parity), beta the parity of their rationales.
  double before = report("plain                     ", train(split.train(), 0, 0), split.test());
  report("gap alone, lambda 0.6     ", train(split.train(), 0.6, 0), split.test());
  double after = report("and parity, beta 0.1      ", train(split.train(), 0.6, 0.1), split.test());
  say("gap before %.3f after %.3f", before, after);
}

Layer train(Samples rows, double lambda, double beta) {
  Rng rng = new Rng(7);
  Layer net = Mlp.of(rng, Device.cpu(), 3, 16, 16, 1);
  List<Var> parameters = List.copyOf(net.parameters().values());
  var optimizer = new Adam(parameters, Adam.Settings.defaults().withRate(0.003));
  Tensor x = rows.features(Device.cpu());
  Tensor y = rows.labels(Device.cpu());
  int[] codes = rows.groups().codes();
  int[][] groups = IntStream.range(0, 2)
      .mapToObj(group -> IntStream.range(0, rows.rows()).filter(row -> codes[row] == group).toArray())
      .toArray(int[][]::new);

  for (int step = 0; step < STEPS; step++) {
    try (Scope _ = Scope.open()) {
      List<Part> parts = new ArrayList<>();
      for (int[] group : groups) {
        // 1. Rows of this group alone, once through the network.
        Tensor chosen = Device.cpu().tensor(IntStream.range(0, PER_GROUP).map(_ -> group[rng.nextInt(group.length)])
            .toArray());
        parts.add(part(net, x.indexSelect(0, chosen), y.indexSelect(0, chosen)));
      }
      Part a = parts.get(0);
      Part b = parts.get(1);
      // 2. Cross-entropy of all rows, and the gap of the mean scores.
      Var loss = a.loss.plus(b.loss).times(0.5).plus(a.score.minus(b.score).abs().times(lambda));
      // 3. Less beta times the parity. Its gradient goes through the gradients inside.
      if (beta > 0) {
        loss = loss.minus(parity(net, a, b).times(beta));
      }
      optimizer.step(Grad.of(loss, parameters));
    }
  }
  return net;
}

/** Mean loss and mean score of some rows, with their graphs. */
record Part(Var loss, Var score) {}

Part part(Layer net, Tensor x, Tensor y) {
  Var logits = net.forward(Var.of(x), Phase.TRAIN);
  return new Part(Losses.binaryCrossEntropyWithLogits(logits, Var.of(y)), logits.sigmoid().mean());
}

/**
 * The parity score of two groups: the sum over hidden layers of the cosine of their influences, 2 at most here.
 *
 * <p>Influence of unit k of a layer on the loss of a group: the sum over its weights j of (W_kj dL/dW_kj)^2.
 */
Var parity(Layer net, Part a, Part b) {
  List<Var> weights = List.of(net.parameters().get("fc0.weight"), net.parameters().get("fc1.weight"));
  List<Var> ofA = Grad.graph(a.loss, weights); // gradients that can be differentiated again
  List<Var> ofB = Grad.graph(b.loss, weights);
  Var sum = Var.of(Device.cpu().scalar(0));
  for (int layer = 0; layer < weights.size(); layer++) {
    Var w = weights.get(layer);
    sum = sum.plus(cosine(w.times(ofA.get(layer)).square().sum(1), w.times(ofB.get(layer)).square().sum(1)));
  }
  return sum;
}

/** Cosine of two influences, which are tiny: divided by their largest entry first, so that squares do not underflow. */
Var cosine(Var a, Var b) {
  Var p = a.div(a.maxKeep(0).detach());
  Var q = b.div(b.maxKeep(0).detach());
  return p.times(q).sum().div(p.square().sum().times(q.square().sum()).sqrt());
}

/** Prints how a network does on rows; returns the gap of the mean scores. */
double report(String name, Layer net, Samples rows) {
  Tensor x = rows.features(Device.cpu());
  Tensor y = rows.labels(Device.cpu());
  int[] codes = rows.groups().codes();
  Part[] parts = IntStream.range(0, 2).mapToObj(group -> Device.cpu().tensor(
      IntStream.range(0, rows.rows()).filter(row -> codes[row] == group).toArray()))
      .map(chosen -> part(net, x.indexSelect(0, chosen), y.indexSelect(0, chosen))).toArray(Part[]::new);
  float[] logits = net.forward(Var.of(x)).value().toFloats();
  double accuracy = IntStream.range(0, rows.rows()).filter(row -> logits[row] > 0 == (rows.y()[row] == 1)).count();
  double gap = Math.abs(parts[0].score.item() - parts[1].score.item());
  say("%s: accuracy %.3f, mean score %.3f and %.3f, parity %.3f of 2", name, accuracy / rows.rows(),
      parts[0].score.item(), parts[1].score.item(), parity(net, parts[0], parts[1]).item());
  return gap;
}

void say(String format, Object... values) {
  IO.println(String.format(Locale.ROOT, format, values));
}
