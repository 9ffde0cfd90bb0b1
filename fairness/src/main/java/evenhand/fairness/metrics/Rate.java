package evenhand.fairness.metrics;

import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** A share or mean over the rows of a group; undefined where there is no row to divide by. */
public enum Rate {
  /** P(prediction = label). */
  ACCURACY("rows", GroupCounts::correct, GroupCounts::rows),
  /** P(prediction = 1). */
  SELECTION("rows", GroupCounts::selected, GroupCounts::rows),
  /** True positive rate, P(prediction = 1 | label = 1). */
  TRUE_POSITIVE("rows with label=1", GroupCounts::truePositives, GroupCounts::positives),
  /** False positive rate, P(prediction = 1 | label = 0). */
  FALSE_POSITIVE("rows with label=0", GroupCounts::falsePositives, GroupCounts::negatives),
  /** Positive predictive value, P(label = 1 | prediction = 1). */
  POSITIVE_PREDICTIVE_VALUE("rows with prediction=1", GroupCounts::truePositives, GroupCounts::selected),
  /** Mean score. */
  SOFT_SELECTION("rows", c -> c.positiveScores() + c.negativeScores(), GroupCounts::rows),
  /** Mean score of the rows with label 1. */
  SOFT_TRUE_POSITIVE("rows with label=1", GroupCounts::positiveScores, GroupCounts::positives),
  /** Mean score of the rows with label 0. */
  SOFT_FALSE_POSITIVE("rows with label=0", GroupCounts::negativeScores, GroupCounts::negatives);

  private final String over;
  private final ToDoubleFunction<GroupCounts> numerator;
  private final ToLongFunction<GroupCounts> denominator;

  Rate(String over, ToDoubleFunction<GroupCounts> numerator, ToLongFunction<GroupCounts> denominator) {
    this.over = over;
    this.numerator = numerator;
    this.denominator = denominator;
  }

  /** The rate in a group; empty if there is no row to divide by. Means of scores are meaningless without scores. */
  public OptionalDouble of(GroupCounts group) {
    long rows = denominator.applyAsLong(group);
    return rows == 0 ? OptionalDouble.empty() : OptionalDouble.of(numerator.applyAsDouble(group) / rows);
  }

  /** The number of rows of a group that the rate is taken over. */
  public long rows(GroupCounts group) {
    return denominator.applyAsLong(group);
  }

  /** Which rows the rate is taken over, such as {@code rows with label=1}. */
  String over() {
    return over;
  }

  boolean needsScores() {
    return switch (this) {
      case SOFT_SELECTION, SOFT_TRUE_POSITIVE, SOFT_FALSE_POSITIVE -> true;
      case ACCURACY, SELECTION, TRUE_POSITIVE, FALSE_POSITIVE, POSITIVE_PREDICTIVE_VALUE -> false;
    };
  }
}
