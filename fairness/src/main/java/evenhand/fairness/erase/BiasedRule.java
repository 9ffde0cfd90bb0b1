package evenhand.fairness.erase;

import java.util.List;

/**
 * The biased rule of each group: {@code ln pi_b = ln softmax(beta_b)}.
 *
 * @param logRule {@code [groups][classes]}; that of a group without rows is zeros, which correct nothing
 * @param known whether each group had rows
 * @param undetermined names of the groups of which some label had no rows, where labels were used
 * @param notes for the reader: what was missing and what was done about it
 */
public record BiasedRule(double[][] logRule, boolean[] known, List<String> undetermined, List<String> notes) {
  /** Takes copies of the lists. */
  public BiasedRule {
    undetermined = List.copyOf(undetermined);
    notes = List.copyOf(notes);
  }

  /** The rule of each group as a distribution over the classes: {@code pi}. */
  public double[][] distribution() {
    return java.util.Arrays.stream(logRule).map(Logs::softmax).toArray(double[][]::new);
  }

  /** Number of groups. */
  public int groups() {
    return logRule.length;
  }
}
