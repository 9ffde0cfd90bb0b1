package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.CellSums;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Fused work: optimizer updates against double loops over several steps, statistics of cells. */
interface UpdateContract {
  Device device();

  /** Twice float32's rounding for each of the few operations of a step, summed over the steps. */
  double PER_STEP = 16 * Host.EPS;

  private double[] numbers(int seed, int n) {
    return Host.random(seed, -2, 2, n);
  }

  @Test
  default void sgdFollowsItsFormula() {
    for (int n : new int[]{0, 1, 3, 17, 33, 207, 4098}) {
      for (double factor : new double[]{0, 0.9}) {
        for (double decay : new double[]{0, 0.01}) {
          double[] w = numbers(1, n);
          double[] m = new double[n];
          Tensor parameter = device().tensor(Host.floats(w), n);
          Tensor momentum = device().zeros(n);
          for (int step = 0; step < 3; step++) {
            double[] g = numbers(10 + step, n);
            device().backend().sgd(parameter, device().tensor(Host.floats(g), n), momentum, 0.1, factor, decay,
                step == 0);
            for (int i = 0; i < n; i++) {
              m[i] = (step == 0 ? 0 : factor * m[i]) + g[i] + decay * w[i];
              w[i] -= 0.1 * m[i];
            }
          }
          Host.assertClose("sgd of " + n + ", momentum " + factor, parameter, w, i -> 3 * PER_STEP * 4);
        }
      }
    }
  }

  @Test
  default void adamFollowsItsFormula() {
    for (int n : new int[]{0, 1, 3, 17, 33, 207, 4098}) {
      for (boolean decoupled : new boolean[]{false, true}) {
        var settings = new Backend.AdamStep(0.01, 0.9, 0.999, 1e-8, 0.05, decoupled);
        double[] w = numbers(1, n);
        double[] m = new double[n];
        double[] v = new double[n];
        Tensor parameter = device().tensor(Host.floats(w), n);
        Tensor mean = device().zeros(n);
        Tensor square = device().zeros(n);
        for (int t = 1; t <= 3; t++) {
          double[] g = Host.random(20 + t, 0.5, 2, n); // away from 0, where the step's sign would hang on rounding
          device().backend().adam(parameter, device().tensor(Host.floats(g), n), mean, square, settings, t);
          for (int i = 0; i < n; i++) {
            double slope = g[i] + (decoupled ? 0 : 0.05 * w[i]);
            double kept = w[i] * (decoupled ? 1 - 0.01 * 0.05 : 1);
            m[i] = 0.9 * m[i] + 0.1 * slope;
            v[i] = 0.999 * v[i] + 0.001 * slope * slope;
            w[i] = kept - 0.01 * (m[i] / (1 - Math.pow(0.9, t))) / (Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-8);
          }
        }
        Host.assertClose("adam of " + n + (decoupled ? ", decoupled" : ""), parameter, w, i -> 3 * PER_STEP * 2);
        Host.assertClose("its second moment", square, v, i -> 3 * PER_STEP * 4 * 0.001);
      }
    }
  }

  @Test
  default void adamWorksOnViews() {
    var settings = new Backend.AdamStep(0.1, 0.9, 0.999, 1e-8, 0, false);
    Tensor storage = device().zeros(3, 4);
    device().backend().adam(storage.transpose(), device().ones(4, 3), device().zeros(4, 3), device().zeros(4, 3),
        settings, 1);
    double[] expected = new double[12];
    Arrays.fill(expected, -0.1); // the first step is the rate, against the gradient's sign
    Host.assertClose("adam of a view", storage, expected, i -> PER_STEP);
  }

  /** Cell 0 holds logits 0 and 200 with targets 1 and 0: losses ln 2 and 200, cut at 100; probabilities 0.5 and 1. */
  @Test
  default void cellSumsCountLoseAndScore() {
    Tensor logits = device().tensor(new float[]{0, 7, 200, -3, 5}, 5);
    Tensor targets = device().tensor(new float[]{1, 1, 0, 0, 1}, 5);
    CellSums sums = device().backend().cellSums(logits, targets, new int[]{0, 2, 0, 2, -1}, 3);
    assertThat(sums.count()).containsExactly(2, 0, 2);
    double[] loss = {Math.log(2) + 100, 0, Math.log1p(Math.exp(-7)) + Math.log1p(Math.exp(-3))};
    double[] score = {1.5, 0, 1 / (1 + Math.exp(-7)) + 1 / (1 + Math.exp(3))};
    for (int cell = 0; cell < 3; cell++) {
      assertThat(sums.loss()[cell]).isCloseTo(loss[cell], within(1e-6));
      assertThat(sums.score()[cell]).isCloseTo(score[cell], within(1e-6));
    }
    CellSums twice = sums.merge(sums);
    assertThat(twice.count()).containsExactly(4, 0, 4);
    assertThat(twice.loss()[0]).isEqualTo(2 * sums.loss()[0]);
  }
}
