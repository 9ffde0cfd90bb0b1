package evenhand.fairness.metrics;

import java.util.List;

/**
 * Where a network weighs its units alike in the losses of subgroups and where not; of any network, however trained.
 *
 * <p>The score is that of {@link ParameterParity}, here for each layer and pair of subgroups. It is a first-order stand-in
 * for the effect of taking a unit away, so that effect is measured too, {@code c^s_k = (L_s - L_s with the incoming
 * weights and bias of unit k at 0)^2}, and compared. {@link ParityReporter} makes reports.
 *
 * @param pairs one for each layer with more than one unit and pair of subgroups
 * @param checks one for each such layer and subgroup; none if ablation was not asked for
 * @param undetermined what could not be compared, with reasons
 */
public record ParityReport(List<Pair> pairs, List<Check> checks, List<String> undetermined) {
  /** Which subgroups are compared with each other. */
  public enum Comparison {
    /** Every pair. */
    PAIRS,
    /** Each with all others together; of two, the one pair. */
    ONE_VS_REST
  }

  /**
   * Two subgroups in one layer.
   *
   * @param layer name of the layer's weight
   * @param units its output units
   * @param over which rows they are of: {@code rows with label=1}
   * @param a name of the first group
   * @param b name of the second group, or {@code all others}
   * @param parity {@code cos(I^a, I^b)} with a bootstrap interval over rows
   * @param ablated {@code cos(c^a, c^b)}, the same of the exact effects; undetermined if ablation was not asked for
   * @param apart the units that weigh most differently, the first most
   */
  public record Pair(String layer, int units, String over, String a, String b, Measured parity, Measured ablated,
      List<Unit> apart) {}

  /**
   * A unit's share in the rationales of two subgroups.
   *
   * @param number of the unit in its layer, from 0
   * @param a {@code I^a_k / |I^a|}
   * @param b {@code I^b_k / |I^b|}
   */
  public record Unit(int number, double a, double b) {}

  /**
   * How well influences stand for ablation in one layer.
   *
   * @param group name of the subgroup
   * @param rankCorrelation Spearman's, of I^s and c^s over the layer's units
   */
  public record Check(String layer, String over, String group, Measured rankCorrelation) {}

  /**
   * How a report is made.
   *
   * @param comparison which subgroups are compared
   * @param bootstrap resamples, level and seed of the intervals; no resamples, no intervals
   * @param top units named for each layer and pair
   * @param ablationRows rows of each subgroup that the exact effects are measured on, evenly spaced; 0 leaves them out
   */
  public record Options(Comparison comparison, BootstrapOptions bootstrap, int top, int ablationRows) {
    /** Checks the ranges. */
    public Options {
      if (top < 0 || ablationRows < 0) {
        throw new IllegalArgumentException("parity report: top " + top + " and ablation rows " + ablationRows
            + " must be at least 0");
      }
    }

    /** Pairs, 200 resamples for 95%, 5 units, 500 rows. */
    public static Options defaults(long seed) {
      return new Options(Comparison.PAIRS, new BootstrapOptions(200, 0.95, seed), 5, 500);
    }
  }

  /** Copies the lists. */
  public ParityReport {
    pairs = List.copyOf(pairs);
    checks = List.copyOf(checks);
    undetermined = List.copyOf(undetermined);
  }
}
