package evenhand.fairness.influence;

import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Linear;
import evenhand.fairness.data.Attribute;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows drawn from a logistic law in which a group is favoured, and a head trained on them to its minimum.
 *
 * @param x normal features, then the group and a constant 1
 */
record Heads(Objective objective, Tensor x, Tensor flipped, int[] labels, Attribute groups) {
  static final Device CPU = Device.cpu();
  static final double LAMBDA = 0.01;
  private static final int FEATURES = 6;

  /** A trained linear head with one logit. */
  static Heads logistic(int rows) {
    return trained(rows, Linear.withoutBias(new Rng(2), CPU, FEATURES, 1));
  }

  /** A trained linear head with three. */
  static Heads softmax(int rows) {
    return trained(rows, Linear.withoutBias(new Rng(2), CPU, FEATURES, 3));
  }

  /** Not trained, and not convex. */
  static Heads deep(int rows, int outputs) {
    return of(rows, Mlp.of(new Rng(2), CPU, (x, _) -> x.tanh(), FEATURES, 5, outputs));
  }

  private static Heads trained(int rows, Linear head) {
    Heads heads = of(rows, head);
    Refit.newton().fit(heads.objective);
    return heads;
  }

  private static Heads of(int rows, Layer model) {
    Rng rng = new Rng(7);
    float[] x = new float[rows * FEATURES];
    float[] flipped = new float[rows * FEATURES];
    int[] labels = new int[rows];
    int[] codes = new int[rows];
    for (int row = 0; row < rows; row++) {
      double score = 0;
      for (int f = 0; f < FEATURES; f++) {
        float value = f == FEATURES - 1 ? 1 : f == FEATURES - 2 ? row % 2 : (float) rng.nextGaussian();
        x[row * FEATURES + f] = value;
        flipped[row * FEATURES + f] = f == FEATURES - 2 ? 1 - value : value;
        score += value * (f == FEATURES - 1 ? -0.7 : f == FEATURES - 2 ? 1.2 : 0.5 * (f - 1));
      }
      codes[row] = row % 2;
      labels[row] = rng.nextDouble() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
    }
    Tensor rowsOfX = CPU.tensor(x, rows, FEATURES);
    return new Heads(Objective.of(model, rowsOfX, labels, LAMBDA), rowsOfX, CPU.tensor(flipped, rows, FEATURES), labels,
        new Attribute("group", List.of("a", "b"), codes));
  }

  /** The loss is of other rows: that of the training rows is near its minimum, where first order says little. */
  List<Measure> measures() {
    return List.of(Measure.meanLoss(flipped, labels), Measure.demographicParity(x, groups),
        Measure.equalOpportunity(x, labels, groups), bias());
  }

  Measure bias() {
    return Measure.counterfactualBias(x, flipped, IntStream.of(labels).map(y -> 1).toArray());
  }
}
