package evenhand.fairness.study;

import evenhand.fairness.metrics.Measured;
import java.util.Arrays;

/**
 * The mean of one number per seed with a 95% interval, by Student's t.
 *
 * <p>Where seeds deal out the same rows anew, their runs share training rows and the plain interval is too narrow: the
 * variance of the mean is then taken as {@code s^2 (1/n + test rows / training rows)} (Nadeau and Bengio, Inference for
 * the Generalization Error, Machine Learning 52, 2003).
 */
final class SeedInterval {
  private static final double LEVEL = 0.95;

  private SeedInterval() {}

  /** The mean of the values; without interval if there is one value only. */
  static Measured of(double[] values, double overlap) {
    double mean = Arrays.stream(values).average().orElseThrow();
    if (values.length == 1) {
      return Measured.of(mean);
    }
    int freedom = values.length - 1;
    double variance = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum() / freedom;
    double half = quantile((1 + LEVEL) / 2, freedom) * Math.sqrt(variance * (1.0 / values.length + overlap));
    return Measured.of(mean).withInterval(mean - half, mean + half);
  }

  /** Where Student's t with so many degrees of freedom has this probability below it; the probability is above 1/2. */
  static double quantile(double probability, int freedom) {
    double low = 0;
    double high = Math.PI / 2; // t = sqrt(freedom) tan(angle)
    for (double middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
      if (0.5 + central(middle, freedom) / 2 < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return Math.sqrt(freedom) * Math.tan(low);
  }

  /**
   * The probability between -t and t, with angle = atan(t / sqrt(n)), by the finite series of Abramowitz and Stegun
   * 26.7.3 and 26.7.4: for odd n {@code 2/pi (angle + sin (cos + 2/3 cos^3 + 2/3 4/5 cos^5 + ..))}, for even n
   * {@code sin (1 + 1/2 cos^2 + 1/2 3/4 cos^4 + ..)}; the last power is n - 2.
   */
  private static double central(double angle, int freedom) {
    boolean odd = freedom % 2 == 1;
    double term = odd ? Math.cos(angle) : 1;
    double sum = freedom == 1 ? 0 : term;
    for (int power = odd ? 3 : 2; power <= freedom - 2; power += 2) {
      term *= (power - 1.0) / power * Math.cos(angle) * Math.cos(angle);
      sum += term;
    }
    double series = Math.sin(angle) * sum;
    return odd ? 2 / Math.PI * (angle + series) : series;
  }
}
