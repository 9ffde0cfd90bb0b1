package evenhand.fairness.erase;

import evenhand.fairness.influence.Cholesky;

/**
 * A constant for each class, added to ln P, by Newton's method with a step that is halved until it helps.
 *
 * <pre>
 *  F(c) = average over the labels y that have rows of the mean over their rows of -ln softmax(ln P + c)_y
 *         + ridge / 2 |c - centre|^2
 * </pre>
 *
 * <p>F is convex. A constant added to c changes only the last term, so c is the minimiser whose sum is that of centre.
 */
final class ClassShift {
  private static final int STEPS = 200;
  private static final int HALVINGS = 40;
  private static final double ENOUGH = 1e-12;

  private final double[][] logP;
  private final int[] labels;
  private final double ridge;
  private final double[] centre;
  private final double[] weights;

  private ClassShift(double[][] logP, int[] labels, double ridge, double[] centre) {
    this.logP = logP;
    this.labels = labels;
    this.ridge = ridge;
    this.centre = centre;
    this.weights = CellWeights.of(labels, centre.length);
  }

  /**
   * The minimiser c.
   *
   * @param logP {@code [rows][classes]}
   * @param centre what the ridge pulls towards
   */
  static double[] fit(double[][] logP, int[] labels, double ridge, double[] centre) {
    return new ClassShift(logP, labels, ridge, centre).fit();
  }

  private double[] fit() {
    double[] c = centre.clone();
    double value = value(c);
    for (int step = 0; step < STEPS; step++) {
      double[] direction = direction(c);
      double length = 1;
      double[] next = moved(c, length, direction);
      for (int halving = 0; halving < HALVINGS && !(value(next) <= value); halving++) {
        length /= 2;
        next = moved(c, length, direction);
      }
      double gain = value - value(next);
      if (!(gain >= 0)) {
        return c;
      }
      c = next;
      value -= gain;
      if (length == 1 && largest(direction) < ENOUGH) {
        return c;
      }
    }
    return c;
  }

  private static double[] moved(double[] c, double length, double[] direction) {
    double[] next = c.clone();
    Logs.add(next, length, direction);
    return next;
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private double value(double[] c) {
    double sum = 0;
    for (int row = 0; row < logP.length; row++) {
      double[] z = moved(logP[row], 1, c);
      sum += weights[row] * (Logs.logSumExp(z) - z[labels[row]]);
    }
    for (int j = 0; j < c.length; j++) {
      sum += ridge / 2 * (c[j] - centre[j]) * (c[j] - centre[j]);
    }
    return sum;
  }

  /**
   * {@code -H^-1 g}; H has no curvature along a constant and g no part there, so its largest entry is added to all; and a
   * millionth of that to the diagonal, for classes that no row is near to.
   */
  private double[] direction(double[] c) {
    double[] gradient = new double[c.length];
    double[][] hessian = new double[c.length][c.length];
    for (int row = 0; row < logP.length; row++) {
      double[] p = Logs.softmax(moved(logP[row], 1, c));
      for (int j = 0; j < c.length; j++) {
        gradient[j] += weights[row] * (p[j] - (labels[row] == j ? 1 : 0));
        hessian[j][j] += weights[row] * p[j];
        for (int k = 0; k < c.length; k++) {
          hessian[j][k] -= weights[row] * p[j] * p[k];
        }
      }
    }
    double most = Double.MIN_NORMAL;
    for (int j = 0; j < c.length; j++) {
      gradient[j] += ridge * (c[j] - centre[j]);
      hessian[j][j] += ridge;
      most = Math.max(most, hessian[j][j]);
    }
    for (double[] line : hessian) {
      for (int k = 0; k < line.length; k++) {
        line[k] += most;
      }
    }
    return Logs.times(-1, Cholesky.damped(1e-6 * most).solve(hessian, gradient).x());
  }
}
