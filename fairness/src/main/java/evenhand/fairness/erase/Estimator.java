package evenhand.fairness.erase;

import java.util.Arrays;
import java.util.Locale;

/**
 * How the biased rule of each group is estimated from a deployed model's answers.
 *
 * <p>P is the deployed model's distribution over the classes on a calibration row, b the row's group, y its label; all
 * logarithms are element-wise. A calibration set is balanced if label and group are independent in it, and
 * training-like if it follows the law that the model was trained on.
 */
public enum Estimator {
  /**
   * Cells if there are labels and all cells have rows, a prior of means ({@link #SHRUNKEN}) if some cell has none;
   * without labels, geometric if the calibration set is said to be balanced, else arithmetic. Intervention if there are
   * answers on rewritten rows.
   */
  AUTO,
  /** E1: {@code ln mean of P in the group}. Exact on training-like rows, too weak on balanced ones. */
  ARITHMETIC,
  /** E2: {@code mean of ln P in the group}, centred over the groups. For balanced rows; far too strong on others. */
  GEOMETRIC,
  /** E3: as E2, with the mean in a group replaced by the average over labels of the means in its cells. */
  CELLS,
  /**
   * E4: {@code -c_b}, where c_b minimises the average over labels of the mean cross-entropy of {@code softmax(ln P +
   * c_b)} in the cells of the group.
   */
  SUPERVISED,
  /** E4 with a pull of c_b towards the rule of E1 instead of towards none: for cells with few rows or none. */
  SHRUNKEN,
  /** E5: as E2, on the same inputs rewritten to every group. */
  INTERVENTION;

  /** The name on the command line: {@code arithmetic}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The estimator of a name, or of its number in the specification of methods: {@code cells} or {@code e3}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Estimator named(String word) {
    return Arrays.stream(values())
        .filter(each -> each.word().equals(word.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("estimator " + word + " is unknown; choose one of "
            + String.join(", ", Arrays.stream(values()).map(Estimator::word).toList())));
  }

  /** Whether it needs the labels of the calibration rows. */
  public boolean needsLabels() {
    return this == CELLS || this == SUPERVISED || this == SHRUNKEN;
  }

  /**
   * Whether its rules are differences between groups only, so that the rule of the average group stays as the class
   * prior; else the class prior is removed too, and that of the correction is uniform.
   */
  public boolean centred() {
    return this == GEOMETRIC || this == CELLS || this == INTERVENTION;
  }
}
