package evenhand.fairness.erase;

import evenhand.fairness.data.Inputs;
import java.util.Arrays;

/** What gives the log rule of a row at inference: {@code ln g(x)}. */
public sealed interface Patch {
  /**
   * The logarithm of the rule of each row, {@code [rows][classes]}.
   *
   * @param groups of each row, -1 where it is unknown; read by {@link Table} alone, and may be empty for the others
   */
  double[][] logRule(Inputs rows, int[] groups);

  /** Whether the group of each row must be known. */
  default boolean needsGroups() {
    return false;
  }

  /** The name in reports: {@code reader}. */
  String word();

  /**
   * The rule of the row's group, which must be known; rows of unknown group are not corrected.
   *
   * @param rules {@code [groups][classes]}
   */
  record Table(double[][] rules) implements Patch {
    @Override
    public double[][] logRule(Inputs rows, int[] groups) {
      if (groups.length != rows.rows()) {
        throw new IllegalArgumentException("table patch: it looks the rule up by group, and the groups of "
            + groups.length + " of " + rows.rows() + " rows are known; give the sensitive column, or fit a patch that"
            + " reads the group from the inputs");
      }
      return Arrays.stream(groups).mapToObj(b -> b < 0 ? new double[rules[0].length] : rules[b])
          .toArray(double[][]::new);
    }

    @Override
    public boolean needsGroups() {
      return true;
    }

    @Override
    public String word() {
      return "table";
    }
  }

  /** The same rule for all rows, where nothing better could be learnt. */
  record Constant(double[] rule) implements Patch {
    @Override
    public double[][] logRule(Inputs rows, int[] groups) {
      double[][] out = new double[rows.rows()][];
      Arrays.fill(out, rule);
      return out;
    }

    @Override
    public String word() {
      return "constant";
    }
  }

  /** {@code ln softmax} of a network with an output for each class. */
  record Direct(Network network, String word) implements Patch {
    @Override
    public double[][] logRule(Inputs rows, int[] groups) {
      return Arrays.stream(network.outputs(rows)).map(Logs::logSoftmax).toArray(double[][]::new);
    }
  }

  /**
   * {@code ln g(x) = sum over b of r(b|x) ln pi_b}, up to a constant, r being the softmax of a network with an output for
   * each group.
   *
   * @param rules {@code [groups][classes]}
   */
  record Reader(Network network, double[][] rules) implements Patch {
    @Override
    public double[][] logRule(Inputs rows, int[] groups) {
      return Arrays.stream(network.outputs(rows)).map(z -> {
        double[] r = Logs.softmax(z);
        double[] sum = new double[rules[0].length];
        for (int b = 0; b < r.length; b++) {
          Logs.add(sum, r[b], rules[b]);
        }
        return Logs.logSoftmax(sum);
      }).toArray(double[][]::new);
    }

    @Override
    public String word() {
      return "reader";
    }
  }
}
