package evenhand.fairness.erase;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;

/**
 * The toy of the specification: y and b binary, two target features N(.8 (2y - 1), 1), two bias features N(1.2 (2b - 1),
 * .6^2), a constant 1; y = b with probability rho. The deployed model is a softmax regression trained on 20,000 rows.
 */
final class Toy {
  private static final int TRAIN = 20_000;
  private static final double STEP = 0.5;
  private static final double RIDGE = 1e-5;

  private final Rng rng;
  private final double rho;
  private final double[] weights; // of the logit of class 1 less that of class 0

  /** Trains by full-batch gradient descent from zeros. */
  Toy(long seed, double rho, int steps) {
    this.rng = new Rng(seed);
    this.rho = rho;
    Samples train = rows("train", TRAIN, false);
    this.weights = new double[5];
    for (int step = 0; step < steps; step++) {
      double[] gradient = new double[5];
      for (int row = 0; row < TRAIN; row++) {
        double residual = 1 / (1 + Math.exp(-logit(train.x(), row))) - train.y()[row];
        for (int i = 0; i < 5; i++) {
          gradient[i] += residual * train.x()[5 * row + i] / TRAIN;
        }
      }
      for (int i = 0; i < 5; i++) { // two weight rows of opposite sign: their difference moves twice as far
        weights[i] -= STEP * (2 * gradient[i] + RIDGE * weights[i]);
      }
    }
  }

  private double logit(float[] x, int row) {
    double sum = 0;
    for (int i = 0; i < 5; i++) {
      sum += weights[i] * x[5 * row + i];
    }
    return sum;
  }

  /** Rows by the training law, or with y independent of b. */
  Samples rows(String purpose, int count, boolean balanced) {
    Rng draws = rng.split(purpose + balanced);
    float[] x = new float[5 * count];
    int[] y = new int[count];
    int[] b = new int[count];
    for (int row = 0; row < count; row++) {
      b[row] = draws.nextDouble() < 0.5 ? 0 : 1;
      y[row] = draws.nextDouble() < (balanced ? 0.5 : rho) ? b[row] : 1 - b[row];
      for (int i = 0; i < 2; i++) {
        x[5 * row + i] = (float) (draws.nextGaussian() + (2 * y[row] - 1) * 0.8);
        x[5 * row + 2 + i] = (float) (0.6 * draws.nextGaussian() + (2 * b[row] - 1) * 1.2);
      }
      x[5 * row + 4] = 1;
    }
    return new Samples(x, y, List.of("t1", "t2", "b1", "b2", "one"), List.of("0", "1"),
        List.of(new Attribute("b", List.of("0", "1"), b)));
  }

  /** The deployed model: two logits. */
  double[][] logits(Inputs rows) {
    double[][] out = new double[rows.rows()][];
    float[] x = rows.all();
    Arrays.setAll(out, row -> new double[]{0, logit(x, row)});
    return out;
  }

  /** Over the four cells: mean accuracy, least accuracy, and mean over y of the difference between groups. */
  static double[] measure(Samples rows, double[][] probabilities) {
    double[][] right = new double[2][2];
    double[][] count = new double[2][2];
    int[] labels = Eraser.labels(probabilities);
    for (int row = 0; row < labels.length; row++) {
      int b = rows.groups().codes()[row];
      count[rows.y()[row]][b]++;
      right[rows.y()[row]][b] += labels[row] == rows.y()[row] ? 1 : 0;
    }
    double[] rate = {right[0][0] / count[0][0], right[0][1] / count[0][1], right[1][0] / count[1][0],
        right[1][1] / count[1][1]};
    return new double[]{Arrays.stream(rate).average().orElseThrow(), Arrays.stream(rate).min().orElseThrow(),
        (Math.abs(rate[0] - rate[1]) + Math.abs(rate[2] - rate[3])) / 2};
  }
}
