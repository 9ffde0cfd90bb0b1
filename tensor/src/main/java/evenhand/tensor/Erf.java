package evenhand.tensor;

/** The error function in double precision, by its series and its continued fraction. */
final class Erf {
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;

  private Erf() {}

  /**
   * {@code erf(x) = 2/sqrt(pi) * integral from 0 to x of e^(-t^2) dt}, to about 1e-15.
   *
   * <p>Abramowitz and Stegun, 7.1.6 (series, below 2.5) and 7.1.14 (continued fraction, above).
   */
  static double erf(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    double magnitude = Math.abs(x);
    if (magnitude > 6) {
      return Math.signum(x); // 1 - erf(6) is 2e-17, below half an ulp of 1
    }
    return Math.copySign(magnitude < 2.5 ? series(magnitude) : 1 - complement(magnitude), x);
  }

  /** {@code 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1*3*..*(2n+1))}: positive terms, no cancellation. */
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; term > sum * 1e-17; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
  }

  /** {@code erfc(x) = e^(-x^2)/sqrt(pi) * 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ..))))}, evaluated from the tail. */
  private static double complement(double x) {
    double tail = x;
    for (int n = 60; n >= 1; n--) {
      tail = x + n / 2.0 / tail;
    }
    return TWO_OVER_SQRT_PI / 2 * Math.exp(-x * x) / tail;
  }
}
