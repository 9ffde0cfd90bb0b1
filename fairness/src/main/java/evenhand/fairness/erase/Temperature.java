package evenhand.fairness.erase;

/**
 * A divisor of the logits that makes a deployed model as sure as it is right.
 *
 * <p>The rule that is subtracted is that of a model calibrated for its training law; an over-confident one gives too
 * strong rules. Rows like those of training show that calibration. On balanced rows, where the bias helps less, even a
 * calibrated model looks too sure; that does no harm, as the estimators for balanced rows are differences of logarithms,
 * or fitted to the labels, and shrink with the logits.
 */
public final class Temperature {
  /** When it is fitted. */
  public enum Use {
    /** If the labels are known, and the calibration error is above .05 or many probabilities are below 1e-12. */
    AUTO,
    /** Always; the labels must be known. */
    ON,
    /** Never: 1. */
    OFF
  }

  private static final double LOWEST = Math.log(0.05);
  private static final double HIGHEST = Math.log(100);
  private static final int SECTIONS = 32;
  private static final int BINS = 10;
  private static final double TOLERATED = 0.05;

  private Temperature() {}

  /** The temperature of least weighted cross-entropy, by golden section over its logarithm; from .05 to 100. */
  static double fit(double[][] logits, int[] labels, double[] weights) {
    double ratio = (Math.sqrt(5) - 1) / 2;
    double low = LOWEST;
    double high = HIGHEST;
    for (int section = 0; section < SECTIONS; section++) {
      double left = high - ratio * (high - low);
      double right = low + ratio * (high - low);
      if (crossEntropy(logits, labels, weights, Math.exp(left)) <= crossEntropy(logits, labels, weights,
          Math.exp(right))) {
        high = right;
      } else {
        low = left;
      }
    }
    return Math.exp((low + high) / 2);
  }

  /** {@code -sum_i w_i ln softmax(f_i / T)_{y_i}}, weights of sum 1. */
  static double crossEntropy(double[][] logits, int[] labels, double[] weights, double temperature) {
    double sum = 0;
    for (int row = 0; row < logits.length; row++) {
      double[] z = Logs.times(1 / temperature, logits[row]);
      sum += weights[row] * (Logs.logSumExp(z) - z[labels[row]]);
    }
    return sum;
  }

  /** Expected calibration error: mean over ten bins of confidence of |accuracy - mean confidence|, by weight. */
  static double error(double[][] logits, int[] labels, double[] weights) {
    double[] gaps = new double[BINS];
    for (int row = 0; row < logits.length; row++) {
      int said = Logs.argmax(logits[row]);
      double confidence = Logs.softmax(logits[row])[said];
      gaps[Math.min(BINS - 1, (int) (confidence * BINS))] += weights[row]
          * ((said == labels[row] ? 1 : 0) - confidence);
    }
    double error = 0;
    for (double gap : gaps) {
      error += Math.abs(gap);
    }
    return error;
  }

  /**
   * The temperature to use, fitted or 1.
   *
   * @param extreme whether many probabilities are too small to take their logarithms; on rows like those of training
   *     that tells of over-confidence when the calibration error does not, the model being right on nearly all
   */
  static double choose(Use use, double[][] logits, int[] labels, double[] weights, boolean extreme) {
    boolean wanted = use == Use.ON || use == Use.AUTO && (extreme || error(logits, labels, weights) > TOLERATED);
    return wanted ? fit(logits, labels, weights) : 1;
  }
}
