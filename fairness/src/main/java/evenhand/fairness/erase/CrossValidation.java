package evenhand.fairness.erase;

import evenhand.fairness.erase.EraserReport.TriedEstimator;
import evenhand.fairness.erase.EraserReport.TriedStrength;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Chooses estimator and strength: every row is corrected by a rule from four fifths of the rows that it is not among.
 *
 * <p>Cells of label and group count alike, so that rows like those of training, where nearly all agree with the bias, are
 * as good as balanced ones. Estimators are compared by the cross-entropy of the corrected answers, at the temperature
 * that suits those, so that only the direction of the correction counts. The strength is that of the smallest gap if
 * every cell has ten rows or more, else that of the least cross-entropy, since the gap of small cells is mostly noise;
 * in either case among those whose mean accuracy over cells is at most {@code accuracyDrop} below that of strength 0.
 */
final class CrossValidation {
  private static final int FOLDS = 5;
  private static final int ROWS_FOR_GAP = 10;
  private static final List<Double> STRENGTHS = List.of(0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5);

  private final RuleModel model;
  private final Function<Estimator, double[]> logPrior;
  private final int[] group;
  private final int[] labels;
  private final int[] cells;
  private final double[] weights;
  private final int[] fold;

  /**
   * Folds the rows.
   *
   * @param model with labels
   * @param logPrior that goes with an estimator
   */
  CrossValidation(RuleModel model, Function<Estimator, double[]> logPrior, Rng rng) {
    this.model = model;
    this.logPrior = logPrior;
    this.group = model.calibration().groups().codes();
    this.labels = model.calibration().labels().orElseThrow();
    int classes = model.calibration().classes().size();
    this.cells = CellWeights.cells(group, labels, classes);
    this.weights = CellWeights.of(cells, model.calibration().groups().levels().size() * classes);
    this.fold = folds(rng);
  }

  /** Rows of a cell go round the folds in random order, and the next cell goes on where it ended. */
  private int[] folds(Rng rng) {
    TreeMap<Integer, List<Integer>> byCell = new TreeMap<>();
    for (int row : rng.permutation(cells.length)) {
      byCell.computeIfAbsent(cells[row], _ -> new ArrayList<>()).add(row);
    }
    int[] folds = new int[cells.length];
    int next = 0;
    for (List<Integer> rows : byCell.values()) {
      for (int row : rows) {
        folds[row] = next++ % FOLDS;
      }
    }
    return folds;
  }

  /** The log rule of each row, from the other folds. */
  private double[][] outOfFold(Estimator estimator) {
    double[][] logRule = new double[group.length][model.calibration().classes().size()];
    for (int f = 0; f < FOLDS; f++) {
      int one = f;
      int[] others = IntStream.range(0, fold.length).filter(row -> fold[row] != one).toArray();
      if (Arrays.stream(others).noneMatch(row -> group[row] >= 0)) {
        continue;
      }
      double[][] rules = model.estimate(estimator, others).logRule();
      for (int row = 0; row < fold.length; row++) {
        if (fold[row] == one && group[row] >= 0) {
          logRule[row] = rules[group[row]];
        }
      }
    }
    return logRule;
  }

  private double[][] corrected(Estimator estimator, double[][] logRule, double strength) {
    double[][] f = model.calibration().answers().logits();
    double[][] out = new double[f.length][];
    for (int row = 0; row < f.length; row++) {
      out[row] = Logs.corrected(Logs.times(1 / model.temperature(), f[row]), logRule[row], strength,
          logPrior.apply(estimator));
    }
    return out;
  }

  /** Every estimator at its best strength among those given. */
  List<TriedEstimator> estimators(List<Estimator> candidates, List<Double> strengths) {
    List<TriedEstimator> tried = new ArrayList<>();
    for (Estimator estimator : candidates) {
      double[][] logRule = outOfFold(estimator);
      tried.add(strengths.stream()
          .map(strength -> new TriedEstimator(estimator, crossEntropy(corrected(estimator, logRule, strength)),
              strength))
          .min(Comparator.comparingDouble(TriedEstimator::crossEntropy)).orElseThrow());
    }
    return tried;
  }

  /** The strengths to choose from. */
  static List<Double> strengths() {
    return STRENGTHS;
  }

  /** Every strength with an estimator. */
  List<TriedStrength> measured(Estimator estimator) {
    double[][] logRule = outOfFold(estimator);
    return STRENGTHS.stream().map(strength -> {
      double[][] u = corrected(estimator, logRule, strength);
      return new TriedStrength(strength, accuracy(u), gap(u), crossEntropy(u));
    }).toList();
  }

  /** The best of the strengths, the one nearest to 1 of several. */
  double best(List<TriedStrength> tried, double accuracyDrop) {
    double floor = tried.getFirst().accuracy() - accuracyDrop;
    boolean byGap = cellSizes().min().orElse(0) >= ROWS_FOR_GAP;
    return tried.stream()
        .filter(each -> each.accuracy() >= floor)
        .min(Comparator.<TriedStrength>comparingDouble(each -> byGap ? each.gap() : each.crossEntropy())
            .thenComparingDouble(each -> Math.abs(each.strength() - 1)))
        .orElseThrow().strength();
  }

  private IntStream cellSizes() {
    return Arrays.stream(model.cellRows()).filter(rows -> Arrays.stream(rows).sum() > 0).flatMapToInt(Arrays::stream);
  }

  private double crossEntropy(double[][] u) {
    return Temperature.crossEntropy(u, labels, weights, Temperature.fit(u, labels, weights));
  }

  private double accuracy(double[][] u) {
    double sum = 0;
    for (int row = 0; row < u.length; row++) {
      sum += Logs.argmax(u[row]) == labels[row] ? weights[row] : 0;
    }
    return sum;
  }

  /** Mean over labels of the range over groups of the share predicted right; labels of fewer than two groups left out. */
  private double gap(double[][] u) {
    int classes = model.calibration().classes().size();
    double[] rows = new double[model.calibration().groups().levels().size() * classes];
    double[] right = new double[rows.length];
    for (int row = 0; row < u.length; row++) {
      if (cells[row] >= 0) {
        rows[cells[row]]++;
        right[cells[row]] += Logs.argmax(u[row]) == labels[row] ? 1 : 0;
      }
    }
    return IntStream.range(0, classes).mapToObj(y -> IntStream.range(0, rows.length / classes)
        .map(b -> b * classes + y).filter(cell -> rows[cell] > 0).mapToDouble(cell -> right[cell] / rows[cell])
        .summaryStatistics()).filter(rates -> rates.getCount() > 1)
        .mapToDouble(rates -> rates.getMax() - rates.getMin()).average().orElse(0);
  }
}
