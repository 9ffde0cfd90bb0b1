// An inference-time rule eraser (after the principle of Zhang, Lu and Sang, arXiv 2404.04814) from scratch: a deployed
// model can only be asked. Its answers are p(y | x), and inside them is a biased rule p(y | b) of the group b. The rule is
// estimated from answers, distilled into a small patch, and its logarithm subtracted from the model's logits:
//
//   p(. | x) = softmax(f(x) - ln g(x)),   g(x) the patch's estimate of the rule of the group that x comes from
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/RuleEraser.java

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.optim.Adam;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;

void main() {
  var data = Datasets.load("synthetic", 1);
  var split = data.split(data.publishedTestRows());
  Samples rows = split.train();

  // 0. Somebody's model, a softmax over two classes. From here on it is a function that answers, no more: the logits
  // [rows, 2] of inputs [rows, 3].
  float[] targets = IntStream.range(0, 2 * rows.rows()).collect(() -> new FloatList(2 * rows.rows()),
      (list, at) -> list.add(rows.y()[at / 2] == at % 2 ? 1 : 0), (_, _) -> {}).values;
  Layer trained = fit(Mlp.of(new Rng(3), Device.cpu(), 3, 2), rows.features(Device.cpu()),
      Tensor.of(targets, rows.rows(), 2));
  UnaryOperator<Tensor> deployed = x -> trained.forward(Var.of(x)).value();

  // 1. Ask it about calibration rows whose group and label are known: ln P, an answer a row.
  float[] answers = Var.of(deployed.apply(rows.features(Device.cpu()))).logSoftmax(1).value().toFloats();

  // 2. The rule of each group: the mean of ln P inside each cell of group and label, each cell with the same weight, and
  // then centred over the groups. So it says how the groups are treated differently and not how often labels occur.
  int[] group = rows.groups().codes();
  double[][] rule = new double[2][2];
  for (int b = 0; b < 2; b++) {
    for (int j = 0; j < 2; j++) {
      for (int y = 0; y < 2; y++) {
        int here = b;
        int label = y;
        int at = j;
        rule[b][j] += IntStream.range(0, rows.rows()).filter(row -> group[row] == here && rows.y()[row] == label)
            .mapToDouble(row -> answers[2 * row + at]).average().orElseThrow() / 2;
      }
    }
  }
  for (int j = 0; j < 2; j++) {
    double mean = (rule[0][j] + rule[1][j]) / 2;
    rule[0][j] -= mean;
    rule[1][j] -= mean;
  }
  double[][] pi = Arrays.stream(rule).map(beta -> {
    double one = 1 / (1 + Math.exp(beta[0] - beta[1])); // softmax of two
    return new double[] {1 - one, one};
  }).toArray(double[][]::new);
  say("rule of group 0: label 1 with %.3f, of group 1: with %.3f", pi[0][1], pi[1][1]);

  // 3. The patch: softmax regression from inputs to the rule of the row's group, by cross-entropy to pi as soft targets.
  // From now on nobody needs to know the group.
  FloatList soft = new FloatList(2 * rows.rows());
  for (int row = 0; row < rows.rows(); row++) {
    soft.add((float) pi[group[row]][0]);
    soft.add((float) pi[group[row]][1]);
  }
  Layer patch = fit(Mlp.of(new Rng(5), Device.cpu(), 3, 2), rows.features(Device.cpu()),
      Tensor.of(soft.values, rows.rows(), 2));

  // 4. Inference: one call of the model, one of the patch, one subtraction.
  UnaryOperator<Tensor> corrected = x -> deployed.apply(x)
      .minus(patch.forward(Var.of(x)).logSoftmax(1).value());
  double before = gap("deployed ", deployed, split.test());
  double after = gap("corrected", corrected, split.test());
  say("gap before %.3f after %.3f", before, after);
}

/** Numbers that are added one by one. */
static final class FloatList {
  final float[] values;
  int size;

  FloatList(int capacity) {
    values = new float[capacity];
  }

  void add(float value) {
    values[size++] = value;
  }
}

/** Trains a network on all rows at once by cross-entropy; targets [rows, classes] are shares. */
Layer fit(Layer net, Tensor x, Tensor targets) {
  List<Var> parameters = List.copyOf(net.parameters().values());
  var optimizer = new Adam(parameters, Adam.Settings.defaults().withRate(0.03));
  for (int step = 0; step < 400; step++) {
    try (Scope _ = Scope.open()) {
      Var loss = Losses.crossEntropy(net.forward(Var.of(x)), Var.of(targets));
      optimizer.step(Grad.of(loss, parameters));
    }
  }
  return net;
}

/** The larger of the differences of true and of false positive rates between groups (equalized odds). */
double gap(String name, UnaryOperator<Tensor> model, Samples rows) {
  float[] logits = model.apply(rows.features(Device.cpu())).toFloats();
  int[] group = rows.groups().codes();
  int[] said = IntStream.range(0, rows.rows()).map(row -> logits[2 * row + 1] > logits[2 * row] ? 1 : 0).toArray();
  double[][] rate = new double[2][2];
  for (int at = 0; at < 4; at++) {
    int y = at / 2;
    int b = at % 2;
    rate[y][b] = IntStream.range(0, rows.rows()).filter(row -> rows.y()[row] == y && group[row] == b)
        .map(row -> said[row]).average().orElseThrow();
  }
  double accuracy = IntStream.range(0, rows.rows()).filter(row -> said[row] == rows.y()[row]).count();
  say("%s: accuracy %.3f, true positive rates %.3f and %.3f, false positive rates %.3f and %.3f", name,
      accuracy / rows.rows(), rate[1][0], rate[1][1], rate[0][0], rate[0][1]);
  return Math.max(Math.abs(rate[0][0] - rate[0][1]), Math.abs(rate[1][0] - rate[1][1]));
}

void say(String format, Object... values) {
  IO.println(String.format(Locale.ROOT, format, values));
}
