// FairBatch (Roh et al., ICLR 2021) from scratch: the loss, the model and the optimizer stay as they are, and only
// which rows a batch holds is adapted while training. Here for equal opportunity: of the rows whose label is 1, as large
// a share is to be told so in group 0 as in group 1.
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/FairBatch.java

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.optim.Adam;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;

static final int BATCH = 100;
static final int EPOCHS = 100;
static final double ALPHA = 0.015; // step of the share, once an epoch

void main() {
  // 1. The data of the paper: two clouds of points, with a group z that leans on the label. A new law, 3,000 rows.
  var data = Datasets.load("synthetic", 1);
  var split = data.split(data.publishedTestRows());
  say("%d rows to learn from, %d to test on", split.train().rows(), split.test().rows());

  // 2. Plain training, whose batches are what shuffling gives. The groups end up with different rates.
  double before = gap("plain    ", train(split.train(), false), split.test());

  // 3. The same with FairBatch.
  double after = gap("fairbatch", train(split.train(), true), split.test());
  say("gap before %.3f after %.3f", before, after);
}

/** Logistic regression, logit = x w with a column of ones in x; w [4, 1]. */
Tensor train(Samples rows, boolean fairBatch) {
  Rng rng = new Rng(7);
  Tensor x = inputs(rows);
  Tensor y = rows.labels(Device.cpu());
  Var w = Var.parameter(Device.cpu().zeros(4, 1));
  var optimizer = new Adam(List.of(w), Adam.Settings.defaults().withRate(0.003));

  // The cells that matter: rows with label 1 of group 0, of group 1, and all the others, each in an order of its own.
  int[] codes = rows.groups().codes();
  int[][] cells = IntStream.range(0, 3).mapToObj(cell -> IntStream.range(0, rows.rows())
      .filter(row -> cell == (rows.y()[row] == 1 ? codes[row] : 2)).toArray()).toArray(int[][]::new);
  double positives = (double) BATCH * (cells[0].length + cells[1].length) / rows.rows(); // their places in a batch
  double lambda = (double) cells[0].length / (cells[0].length + cells[1].length); // group 0's share of those places

  int[] next = new int[3];
  for (int epoch = 1; epoch <= EPOCHS; epoch++) {
    if (fairBatch) {
      // Once an epoch: which group's positives does the model fit worse? They get more of the places, which weighs
      // them more in the gradient, and so on until the two losses are alike. That is the whole method.
      double loss0 = loss(w, x, y, cells[0]);
      double loss1 = loss(w, x, y, cells[1]);
      lambda = Math.clamp(lambda + ALPHA * Math.signum(loss0 - loss1), 0, 1);
      if (epoch % 20 == 0 || epoch == 1) {
        say("  epoch %3d: loss of positives %.3f in group 0, %.3f in group 1; lambda %.3f", epoch, loss0, loss1, lambda);
      }
    }
    int zero = (int) Math.rint(lambda * positives);
    int one = (int) Math.rint((1 - lambda) * positives);
    int[] places = {zero, one, BATCH - zero - one};
    for (int step = 0; step < rows.rows() / BATCH; step++) {
      int[] batch = IntStream.range(0, 3).flatMap(cell -> take(cells[cell], next, cell, places[cell], rng)).toArray();
      try (Scope _ = Scope.open()) { // gives the step's memory back for the next step
        Tensor chosen = Device.cpu().tensor(batch);
        Var logits = Var.of(x.indexSelect(0, chosen)).matmul(w);
        Var loss = Losses.binaryCrossEntropyWithLogits(logits, Var.of(y.indexSelect(0, chosen)));
        optimizer.step(Grad.of(loss, List.of(w)));
      }
    }
  }
  return w.value();
}

/** The next rows of a cell; when all have had their turn, they are shuffled and start again. */
IntStream take(int[] cell, int[] next, int index, int count, Rng rng) {
  return IntStream.range(0, count).map(_ -> {
    if (next[index] % cell.length == 0) {
      rng.shuffle(cell);
    }
    return cell[next[index]++ % cell.length];
  });
}

/** Mean loss of some rows. */
double loss(Var w, Tensor x, Tensor y, int[] rows) {
  Tensor chosen = Device.cpu().tensor(rows);
  Var logits = Var.of(x.indexSelect(0, chosen).matmul(w.value()));
  return Losses.binaryCrossEntropyWithLogits(logits, Var.of(y.indexSelect(0, chosen))).item();
}

/** x1, x2, z and a one for the bias. */
Tensor inputs(Samples rows) {
  return Tensor.concat(1, List.of(rows.features(Device.cpu()), Device.cpu().ones(rows.rows(), 1)));
}

/** Share of label 1 told so in group 0 less that in group 1, and the accuracy. */
double gap(String name, Tensor w, Samples rows) {
  float[] logits = inputs(rows).matmul(w).toFloats();
  int[] codes = rows.groups().codes();
  IntPredicate right = row -> logits[row] > 0 == (rows.y()[row] == 1);
  double[] rates = IntStream.range(0, 2).mapToDouble(group -> IntStream.range(0, rows.rows())
      .filter(row -> rows.y()[row] == 1 && codes[row] == group).mapToDouble(row -> right.test(row) ? 1 : 0)
      .average().orElseThrow()).toArray();
  double accuracy = IntStream.range(0, rows.rows()).filter(right).count() / (double) rows.rows();
  say("%s: accuracy %.3f, true positive rates %.3f and %.3f", name, accuracy, rates[0], rates[1]);
  return Math.abs(rates[0] - rates[1]);
}

void say(String format, Object... values) {
  IO.println(String.format(Locale.ROOT, format, values));
}
