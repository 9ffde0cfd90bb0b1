package evenhand.fairness.erase;

import java.util.List;

/**
 * What a reader should know of a fit.
 *
 * @param rows calibration rows, each asked about once
 * @param rule of each group
 * @param cellRows calibration rows of each cell, {@code [groups][classes]}; zeros without labels
 * @param estimators what was compared where the estimator was chosen; else empty
 * @param patches the patches that were tried, in order, the chosen one included; empty for a table
 * @param calibrationError expected calibration error of the deployed model before any temperature; NaN without labels
 * @param strengths what was compared where the strength was chosen; else empty
 * @param notes warnings, in sentences
 */
public record EraserReport(int rows, BiasedRule rule, int[][] cellRows, List<TriedEstimator> estimators,
    List<TriedPatch> patches, double calibrationError, List<TriedStrength> strengths, List<String> notes) {
  /**
   * An estimator on rows that its rule was not estimated from.
   *
   * @param crossEntropy of the corrected answers, cells counting alike
   * @param strength the best one for it
   */
  public record TriedEstimator(Estimator estimator, double crossEntropy, double strength) {}

  /**
   * A patch on held-out rows, which stopped its training.
   *
   * @param word {@code soft}, {@code squares} or {@code reader}, or {@code constant} for the mean rule
   * @param hidden units of its hidden layer
   * @param components leading principal components of the inputs that it sees; 0 for all inputs
   * @param logError root of the mean square, over rows and classes, of the error of the log rule
   * @param crossEntropy soft cross-entropy of its rule
   * @param floor the least that the soft cross-entropy can be, the entropy of the rules
   * @param readability share of the rows whose rule is nearest to that of their own group
   * @param corrected cross-entropy of the corrected answers, cells counting alike; NaN without labels or with few rows
   */
  public record TriedPatch(String word, int hidden, int components, double logError, double crossEntropy, double floor,
      double readability, double corrected) {}

  /**
   * A strength on rows that the rule was not estimated from.
   *
   * @param accuracy mean over cells of label and group
   * @param gap mean over labels of the range over groups of the share predicted right
   * @param crossEntropy cells counting alike
   */
  public record TriedStrength(double strength, double accuracy, double gap, double crossEntropy) {}

  /** Takes copies of the lists. */
  public EraserReport {
    estimators = List.copyOf(estimators);
    patches = List.copyOf(patches);
    strengths = List.copyOf(strengths);
    notes = List.copyOf(notes);
  }
}
