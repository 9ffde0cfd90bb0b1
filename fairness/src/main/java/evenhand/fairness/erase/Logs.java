package evenhand.fairness.erase;

/** Arithmetic on logits and logarithms of probabilities, one row of classes at a time. */
final class Logs {
  private Logs() {}

  /** {@code ln sum_j exp(z_j)}. */
  static double logSumExp(double[] z) {
    double greatest = z[0];
    for (double value : z) {
      greatest = Math.max(greatest, value);
    }
    double sum = 0;
    for (double value : z) {
      sum += Math.exp(value - greatest);
    }
    return greatest + Math.log(sum);
  }

  /** {@code ln softmax(z)}. */
  static double[] logSoftmax(double[] z) {
    double total = logSumExp(z);
    double[] out = new double[z.length];
    for (int j = 0; j < z.length; j++) {
      out[j] = z[j] - total;
    }
    return out;
  }

  /** {@code softmax(z)}; an entry of minus infinity gives 0. */
  static double[] softmax(double[] z) {
    double[] out = logSoftmax(z);
    for (int j = 0; j < z.length; j++) {
      out[j] = Math.exp(out[j]);
    }
    return out;
  }

  /** {@code factor * z}, a new array; exactly z for the factor 1. */
  static double[] times(double factor, double[] z) {
    double[] out = new double[z.length];
    for (int j = 0; j < z.length; j++) {
      out[j] = factor * z[j];
    }
    return out;
  }

  /** Adds {@code factor * term} to sum. */
  static void add(double[] sum, double factor, double[] term) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] += factor * term[j];
    }
  }

  /** z less its mean. */
  static double[] centred(double[] z) {
    double mean = 0;
    for (double value : z) {
      mean += value / z.length;
    }
    double[] out = new double[z.length];
    for (int j = 0; j < z.length; j++) {
      out[j] = z[j] - mean;
    }
    return out;
  }

  /** The class of the greatest entry, the lowest of several. */
  static int argmax(double[] z) {
    int best = 0;
    for (int j = 1; j < z.length; j++) {
      best = z[j] > z[best] ? j : best;
    }
    return best;
  }

  /**
   * Equation (E), before softmax: {@code f - lambda * logRule + logPrior}; f itself for lambda = 0 and a prior of zeros.
   */
  static double[] corrected(double[] f, double[] logRule, double lambda, double[] logPrior) {
    double[] out = f.clone();
    for (int j = 0; j < f.length; j++) {
      out[j] += (lambda == 0 ? 0 : -lambda * logRule[j]) + logPrior[j];
    }
    return out;
  }
}
