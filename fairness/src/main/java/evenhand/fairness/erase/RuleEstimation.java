package evenhand.fairness.erase;

import evenhand.fairness.influence.Cholesky;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The estimators E1 to E5 of a biased rule.
 *
 * <pre>
 *  E1  beta_b = ln mean over the group of P
 *  E2  beta_b = mean over the group of ln P                        less the mean over groups
 *  E3  beta_b = average over labels of the means of ln P in the cells (b, y), less the mean over groups
 *  E4  beta_b = -argmin_c  average over labels y of the mean over cell (b, y) of -ln softmax(ln P + c)_y
 *  E5  beta_b = mean over all inputs, rewritten to b, of ln P      less the mean over groups
 * </pre>
 *
 * <p>Where cells have no rows:
 *
 * <ul>
 *   <li>E3 takes the least-squares fit of {@code mean of ln P in (b, y) = a_y + beta_b} to the cells there are, each of n
 *       rows with weight n / (n + 1), and a ridge of .1 on beta. With all cells there, that fit without weights is E3.
 *       Filling in the mean of the label instead, whatever the group, pulls all groups together: where nearly all rows
 *       of a label are of one group, no difference between groups is left.
 *   <li>E4 leaves the label out, and has a ridge of .001 so that a minimum exists; {@link Estimator#SHRUNKEN} has the
 *       ridge {@code r_b / 2 |c_b + beta_b of E1|^2}, r_b = .1 / (harmonic mean over labels of n_{b,y} + .1).
 *   <li>A group of one row gets half a row of the mean of all rows in E1.
 *   <li>A group without rows has no rule.
 * </ul>
 */
final class RuleEstimation {
  private static final double CELL_RIDGE = 0.1;
  private static final double MISSING_LABEL_RIDGE = 1e-3;
  private static final double PSEUDO_ROWS = 0.5;
  private static final double PULL = 0.1;

  private final double[][] logP;
  private final int[] group;
  private final List<String> names;
  private final Optional<int[]> labels;
  private final int classes;
  private final int[] rowsOf;
  private final int[][] cellRows;

  /**
   * Counts the cells.
   *
   * @param logP {@code [rows][classes]}
   * @param group of each row, -1 where it is unknown: such a row is left out
   * @param names of the groups
   * @param labels of each row, if they are known
   */
  RuleEstimation(double[][] logP, int[] group, List<String> names, Optional<int[]> labels) {
    this.logP = logP;
    this.group = group;
    this.names = names;
    this.labels = labels;
    this.classes = logP[0].length;
    this.rowsOf = new int[names.size()];
    this.cellRows = new int[names.size()][classes];
    for (int row = 0; row < group.length; row++) {
      if (group[row] >= 0) {
        rowsOf[group[row]]++;
        if (labels.isPresent()) {
          cellRows[group[row]][labels.get()[row]]++;
        }
      }
    }
  }

  /** Rows in each cell, {@code [groups][classes]}; zeros without labels. */
  int[][] cellRows() {
    return cellRows;
  }

  /** Whether every group with rows has rows of every label. */
  boolean complete() {
    return Arrays.stream(cellRows).filter(row -> Arrays.stream(row).sum() > 0)
        .allMatch(row -> Arrays.stream(row).allMatch(count -> count > 0));
  }

  /**
   * The rule by an estimator other than {@link Estimator#AUTO}.
   *
   * @param swapped for E5, ln P of every input rewritten to every group, {@code [groups][rows][classes]}
   * @throws IllegalArgumentException if labels or rewritten rows are needed and absent, or no row has a known group
   */
  BiasedRule estimate(Estimator estimator, Optional<double[][][]> swapped) {
    if (estimator.needsLabels() && labels.isEmpty()) {
      throw new IllegalArgumentException("estimator " + estimator.word() + " needs the labels of the calibration rows;"
          + " give them, or use arithmetic or geometric");
    }
    if (estimator == Estimator.INTERVENTION && swapped.isEmpty()) {
      throw new IllegalArgumentException("estimator intervention needs answers on rows rewritten to every group; the"
          + " sensitive column must be an input that can be rewritten, so choose another estimator");
    }
    if (Arrays.stream(rowsOf).sum() == 0) {
      throw new IllegalArgumentException("calibration: no row has a known group, so there is no rule to estimate;"
          + " give rows with the sensitive column filled in");
    }
    double[][] beta = switch (estimator) {
      case ARITHMETIC -> arithmetic();
      case GEOMETRIC -> geometric();
      case CELLS -> complete() ? cells() : additive();
      case SUPERVISED -> supervised(new double[names.size()][classes], false);
      case SHRUNKEN -> supervised(arithmetic(), true);
      case INTERVENTION -> Arrays.stream(swapped.orElseThrow()).map(this::mean).toArray(double[][]::new);
      case AUTO -> throw new IllegalArgumentException("estimator auto has to be resolved first");
    };
    boolean[] known = new boolean[names.size()];
    for (int b = 0; b < known.length; b++) {
      known[b] = rowsOf[b] > 0 || estimator == Estimator.INTERVENTION;
    }
    return finished(estimator, beta, known);
  }

  /** Centres where the estimator does, normalises, and says what was missing. */
  private BiasedRule finished(Estimator estimator, double[][] beta, boolean[] known) {
    double[] average = new double[classes];
    long count = 0;
    for (int b = 0; b < beta.length; b++) {
      if (known[b]) {
        Logs.add(average, 1, beta[b]);
        count++;
      }
    }
    double[][] logRule = new double[beta.length][];
    List<String> undetermined = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (int b = 0; b < beta.length; b++) {
      if (!known[b]) {
        logRule[b] = new double[classes];
        notes.add("group " + names.get(b) + " has no calibration rows, so it has no rule and is not corrected");
        continue;
      }
      if (estimator.centred()) {
        Logs.add(beta[b], -1.0 / count, average);
      }
      logRule[b] = Logs.logSoftmax(beta[b]);
      if (estimator.needsLabels() && Arrays.stream(cellRows[b]).anyMatch(rows -> rows == 0)) {
        undetermined.add(names.get(b));
      }
    }
    addNotes(estimator, count, undetermined, notes);
    return new BiasedRule(logRule, known, undetermined, notes);
  }

  private void addNotes(Estimator estimator, long count, List<String> undetermined, List<String> notes) {
    if (count == 1 && estimator.centred()) {
      notes.add("only one group has calibration rows, so there is no difference between groups to remove and the"
          + " deployed answers stay as they are");
    }
    if (!undetermined.isEmpty()) {
      notes.add("some labels have no calibration rows in group" + (undetermined.size() > 1 ? "s " : " ")
          + String.join(", ", undetermined) + "; their rule leans on other cells");
    }
    List<String> small = IntStream.range(0, names.size())
        .filter(
            b -> rowsOf[b] == 1 || estimator.needsLabels() && Arrays.stream(cellRows[b]).anyMatch(rows -> rows == 1))
        .mapToObj(names::get).toList();
    if (small.size() == 1) {
      notes.add("group " + small.getFirst() + " has a cell of one calibration row; its rule is uncertain");
    } else if (!small.isEmpty()) {
      notes.add("groups " + String.join(", ", small) + " have cells of one calibration row; their rules are uncertain");
    }
  }

  private double[][] arithmetic() {
    double[] pooled = new double[classes];
    double[][] sums = new double[names.size()][classes];
    for (int row = 0; row < logP.length; row++) {
      for (int j = 0; j < classes; j++) {
        double p = Math.exp(logP[row][j]);
        pooled[j] += p / logP.length;
        if (group[row] >= 0) {
          sums[group[row]][j] += p;
        }
      }
    }
    for (int b = 0; b < sums.length; b++) {
      double pseudo = rowsOf[b] == 1 ? PSEUDO_ROWS : 0;
      for (int j = 0; j < classes; j++) {
        sums[b][j] = rowsOf[b] == 0 ? 0 : Math.log((sums[b][j] + pseudo * pooled[j]) / (rowsOf[b] + pseudo));
      }
    }
    return sums;
  }

  private double[][] geometric() {
    double[][] means = new double[names.size()][classes];
    for (int row = 0; row < logP.length; row++) {
      if (group[row] >= 0) {
        Logs.add(means[group[row]], 1.0 / rowsOf[group[row]], logP[row]);
      }
    }
    return means;
  }

  private double[] mean(double[][] rows) {
    double[] mean = new double[classes];
    for (double[] row : rows) {
      Logs.add(mean, 1.0 / rows.length, row);
    }
    return mean;
  }

  /** Mean of ln P in each cell, {@code [groups][labels][classes]}. */
  private double[][][] cellMeans() {
    double[][][] means = new double[names.size()][classes][classes];
    for (int row = 0; row < logP.length; row++) {
      if (group[row] >= 0) {
        int y = labels.orElseThrow()[row];
        Logs.add(means[group[row]][y], 1.0 / cellRows[group[row]][y], logP[row]);
      }
    }
    return means;
  }

  private double[][] cells() {
    double[][][] means = cellMeans();
    return Arrays.stream(means).map(this::mean).toArray(double[][]::new);
  }

  /** The weighted two-way fit; unknowns are beta of the groups, then a of the labels. */
  private double[][] additive() {
    int groups = names.size();
    double[][] normal = new double[groups + classes][groups + classes];
    double[][] right = new double[groups + classes][classes];
    double[][][] means = cellMeans();
    for (int b = 0; b < groups; b++) {
      for (int y = 0; y < classes; y++) {
        double weight = cellRows[b][y] / (cellRows[b][y] + 1.0);
        normal[b][b] += weight;
        normal[groups + y][groups + y] += weight;
        normal[b][groups + y] += weight;
        normal[groups + y][b] += weight;
        Logs.add(right[b], weight, means[b][y]);
        Logs.add(right[groups + y], weight, means[b][y]);
      }
    }
    for (int i = 0; i < normal.length; i++) {
      normal[i][i] += i < groups ? CELL_RIDGE : 1e-4; // a label without any row has a = 0
    }
    double[][] solved = new double[groups][classes];
    for (int j = 0; j < classes; j++) {
      int column = j;
      double[] x = Cholesky.damped(0).solve(normal, Arrays.stream(right).mapToDouble(row -> row[column]).toArray()).x();
      for (int b = 0; b < groups; b++) {
        solved[b][j] = x[b];
      }
    }
    return solved;
  }

  /** E4 in each group, with a pull towards the given rules or the ridge of a missing label. */
  private double[][] supervised(double[][] towards, boolean shrunken) {
    double[][] beta = new double[names.size()][classes];
    for (int b = 0; b < beta.length; b++) {
      if (rowsOf[b] == 0) {
        continue;
      }
      int[] counts = cellRows[b];
      double harmonic = classes / Arrays.stream(counts).mapToDouble(n -> 1 / (n + PULL)).sum();
      double ridge = shrunken ? PULL / harmonic
          : Arrays.stream(counts).anyMatch(n -> n == 0) ? MISSING_LABEL_RIDGE : 0;
      beta[b] = Logs.times(-1, ClassShift.fit(rowsOfGroup(b), labelsOfGroup(b), ridge,
          Logs.times(-1, Logs.centred(towards[b]))));
    }
    return beta;
  }

  private double[][] rowsOfGroup(int b) {
    double[][] rows = new double[rowsOf[b]][];
    int at = 0;
    for (int row = 0; row < group.length; row++) {
      if (group[row] == b) {
        rows[at++] = logP[row];
      }
    }
    return rows;
  }

  private int[] labelsOfGroup(int b) {
    int[] out = new int[rowsOf[b]];
    int at = 0;
    for (int row = 0; row < group.length; row++) {
      if (group[row] == b) {
        out[at++] = labels.orElseThrow()[row];
      }
    }
    return out;
  }
}
