package evenhand.fairness.influence;

import evenhand.fairness.metrics.RankCorrelation;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Whether influences hold: sets of rows left out, the change of the measure predicted and found by training again.
 *
 * @param outcomes one per set, that of the rows of largest influence first
 */
public record LeaveOut(List<Outcome> outcomes) {
  private static final double TRUSTED = 0.9;

  /**
   * One set of rows left out.
   *
   * @param rows left out
   * @param predicted change of the measure, minus the sum of the influences
   * @param retrained change of the measure after training without the rows
   */
  public record Outcome(int[] rows, double predicted, double retrained) {}

  /** Keeps a copy. */
  public LeaveOut {
    outcomes = List.copyOf(outcomes);
  }

  /**
   * Trains again without the k rows of largest influence, without the k of smallest, and without sets of k between.
   *
   * <p>The model is as before afterwards. The present parameters should be a minimum, or training again changes the
   * measure by itself.
   *
   * @param k rows in a set
   * @param sets how many, evenly spaced in the ranking by influence; they overlap if there are more than rows / k
   * @throws IllegalArgumentException unless 0 &lt; k &lt; rows and there are at least 2 sets
   */
  public static LeaveOut check(Objective objective, Measure measure, Influence influence, Refit refit, int k,
      int sets) {
    return of(objective, measure, influence, refit, spaced(influence, k, sets));
  }

  /** So many sets of k rows, evenly spaced in the ranking, the top first and the bottom last. */
  public static List<int[]> spaced(Influence influence, int k, int sets) {
    influence.top(k);
    if (sets < 2) {
      throw new IllegalArgumentException("leaveOut: " + sets + " sets cannot be correlated; ask for at least 2");
    }
    int[] ranking = influence.ranking();
    return IntStream.range(0, sets).mapToObj(set -> {
      int start = (int) ((long) set * (ranking.length - k) / (sets - 1));
      return Arrays.copyOfRange(ranking, start, start + k);
    }).toList();
  }

  /** {@link #check} for sets of one's own. */
  public static LeaveOut of(Objective objective, Measure measure, Influence influence, Refit refit, List<int[]> sets) {
    double[] theta = objective.theta();
    try {
      return new LeaveOut(sets.stream().map(rows -> {
        objective.moveTo(theta);
        refit.fit(objective.without(rows));
        double change = Influence.value(objective, measure) - influence.measure();
        return new Outcome(rows, influence.predictedChange(rows), change);
      }).toList());
    } finally {
      objective.moveTo(theta);
    }
  }

  /**
   * Spearman's correlation of predicted and retrained changes, tied values sharing their mean rank.
   *
   * <p>Empty if either is the same for all sets.
   */
  public OptionalDouble rankCorrelation() {
    return RankCorrelation.of(outcomes.stream().mapToDouble(Outcome::predicted).toArray(),
        outcomes.stream().mapToDouble(Outcome::retrained).toArray());
  }

  /** The slope of the line through 0 that gives the retrained changes from the predicted: 1 if the scale is right. */
  public OptionalDouble slope() {
    double[] predicted = outcomes.stream().mapToDouble(Outcome::predicted).toArray();
    double[] retrained = outcomes.stream().mapToDouble(Outcome::retrained).toArray();
    double square = Vectors.dot(predicted, predicted);
    return square == 0 ? OptionalDouble.empty() : OptionalDouble.of(Vectors.dot(predicted, retrained) / square);
  }

  /** Whether the rank correlation is .9 or more. */
  public boolean isTrustworthy() {
    return rankCorrelation().orElse(0) >= TRUSTED;
  }
}
