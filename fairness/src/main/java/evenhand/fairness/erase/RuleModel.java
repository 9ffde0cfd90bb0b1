package evenhand.fairness.erase;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.erase.EraserSettings.Attributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The rules of the joint groups of one or several attributes, estimated from any part of the calibration rows.
 *
 * <p>Additively, for attributes b_1 .. b_A that are independent given the label: ln p(y|b) = sum_k ln p(y|b_k) - (A - 1)
 * ln p(y) up to a constant, p(y) being the rule of all rows as one group; for centred rules, which are differences from
 * the average group, just their sum.
 *
 * @param logP ln P of all calibration rows
 * @param additive whether the rules of several attributes are added
 */
record RuleModel(Calibration calibration, double[][] logP, double temperature, boolean additive) {
  private static final int LEAST_ROWS = 20;

  /** At a temperature, with attributes taken as asked for. */
  static RuleModel of(Calibration calibration, double temperature, Attributes attributes) {
    boolean additive = calibration.sensitive().size() > 1 && (attributes == Attributes.ADDITIVE
        || attributes == Attributes.AUTO && smallestCell(calibration) < LEAST_ROWS);
    return new RuleModel(calibration, calibration.answers().logProbabilities(temperature), temperature, additive);
  }

  /** Rows of the smallest cell of label and joint group, or of the smallest group without labels. */
  private static int smallestCell(Calibration calibration) {
    int[] groups = calibration.groups().codes();
    int classes = calibration.labels().isPresent() ? calibration.classes().size() : 1;
    int[] rows = new int[calibration.groups().levels().size() * classes];
    for (int cell : CellWeights.cells(groups, calibration.labels().orElse(new int[groups.length]), classes)) {
      if (cell >= 0) {
        rows[cell]++;
      }
    }
    return Arrays.stream(rows).min().orElse(0);
  }

  private RuleEstimation estimation(Attribute attribute, int[] rows) {
    return new RuleEstimation(Arrays.stream(rows).mapToObj(row -> logP[row]).toArray(double[][]::new),
        attribute.rows(rows).codes(), attribute.levels(),
        calibration.labels().map(y -> Arrays.stream(rows).map(row -> y[row]).toArray()));
  }

  /** Rows in each cell of joint group and label, of all calibration rows. */
  int[][] cellRows() {
    return estimation(calibration.groups(), all()).cellRows();
  }

  /** All rows. */
  int[] all() {
    return IntStream.range(0, logP.length).toArray();
  }

  /** The rule of each joint group, from these rows. */
  BiasedRule estimate(Estimator estimator, int[] rows) {
    if (!additive || estimator == Estimator.INTERVENTION) {
      Optional<double[][][]> swapped = calibration.swapped().map(sets -> sets.stream()
          .map(set -> set.select(rows).logProbabilities(temperature)).toArray(double[][][]::new));
      return estimation(calibration.groups(), rows).estimate(estimator, swapped);
    }
    List<BiasedRule> parts = calibration.sensitive().stream()
        .map(attribute -> estimation(attribute, rows).estimate(estimator, Optional.empty())).toList();
    double[] base = new double[calibration.classes().size()];
    if (!estimator.centred()) {
      Attribute one = new Attribute("all", List.of("all"), new int[logP.length]);
      base = estimation(one, rows).estimate(estimator, Optional.empty()).logRule()[0];
    }
    return added(parts, base);
  }

  private BiasedRule added(List<BiasedRule> parts, double[] base) {
    Attribute joint = calibration.groups();
    double[][] logRule = new double[joint.levels().size()][base.length];
    boolean[] known = new boolean[logRule.length];
    List<String> notes = new ArrayList<>(parts.stream().flatMap(part -> part.notes().stream()).distinct().toList());
    for (int b = 0; b < logRule.length; b++) {
      int rest = b; // the last attribute runs fastest
      known[b] = true;
      double[] sum = Logs.times(1.0 - parts.size(), base);
      for (int k = parts.size() - 1; k >= 0; k--) {
        int value = rest % parts.get(k).groups();
        rest /= parts.get(k).groups();
        known[b] &= parts.get(k).known()[value];
        Logs.add(sum, 1, parts.get(k).logRule()[value]);
      }
      logRule[b] = known[b] ? Logs.logSoftmax(sum) : new double[base.length];
    }
    return new BiasedRule(logRule, known,
        parts.stream().flatMap(part -> part.undetermined().stream()).distinct().toList(), notes);
  }
}
