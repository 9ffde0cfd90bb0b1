package evenhand.fairness.gradiend;

import java.util.OptionalDouble;

/** Pearson's correlation. */
final class Correlation {
  private Correlation() {}

  /** Of two columns; nothing from fewer than three rows or where one column is constant. */
  static OptionalDouble pearson(double[] x, double[] y) {
    int rows = x.length;
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < rows; i++) {
      meanX += x[i] / rows;
      meanY += y[i] / rows;
    }
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < rows; i++) {
      double dx = x[i] - meanX;
      double dy = y[i] - meanY;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
    double r = xy / Math.sqrt(xx * yy);
    return rows < 3 || !Double.isFinite(r) ? OptionalDouble.empty() : OptionalDouble.of(r);
  }
}
