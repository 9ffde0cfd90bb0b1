package evenhand.fairness.erase;

import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Partition;
import evenhand.fairness.erase.EraserReport.TriedPatch;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Fits patches that read the rule from the inputs, and chooses by held-out rows.
 *
 * <p>The choice is by the cross-entropy of the corrected answers where every cell of label and group has five held-out
 * rows or more; else by the error of the log rule, since that is what gets subtracted. Soft cross-entropy hardly notices
 * that error: the log rule of an improbable class may be off by several units at no cost, and those classes are the ones
 * that the correction raises.
 *
 * @param settings of the fit
 * @param device where networks are trained
 * @param rng a stream of its own
 */
record PatchFit(EraserSettings settings, Device device, Rng rng) {
  private static final int MANY_COLUMNS = 24;
  private static final int[] COMPONENTS = {3, 6, 12, 0};

  /** The chosen patch and all that were tried. */
  record Chosen(Patch patch, List<TriedPatch> tried, List<String> notes) {}

  /** The cross-entropy of some rows' answers, corrected by their log rules; cells of label and group count alike. */
  interface Corrected {
    double crossEntropy(int[] rows, double[][] logRule);
  }

  private static final int ROWS_TO_JUDGE = 5;

  /** A patch and its measure. */
  private record Candidate(Patch patch, TriedPatch tried) {
    double score() {
      return Double.isNaN(tried.corrected()) ? tried.logError() : tried.corrected();
    }
  }

  /** Rows of known group with a rule, weighted so that their cells count alike. */
  private record Part(int[] rows, Inputs inputs, int[] group, double[] weights) {
    static Part of(Inputs inputs, int[] group, int[] cells, int[] rows) {
      int[] own = Arrays.stream(rows).map(row -> cells[row]).toArray();
      return new Part(rows, inputs.select(rows), Arrays.stream(rows).map(row -> group[row]).toArray(),
          CellWeights.of(own, Arrays.stream(cells).max().orElse(0) + 1));
    }

    NetworkTraining.Rows rows(double[][] targets) {
      return new NetworkTraining.Rows(inputs, Arrays.stream(group).mapToObj(b -> targets[b]).toArray(double[][]::new),
          weights);
    }
  }

  /**
   * The best patch of the kind that the settings name.
   *
   * @param group of each row, -1 where it is unknown: such a row is left out
   * @param cells number of each row's cell of label and group, or of its group
   * @param corrected judges by the labels; empty without any
   */
  Chosen choose(Inputs inputs, int[] group, int[] cells, BiasedRule rule, Optional<Corrected> corrected) {
    int[] usable = IntStream.range(0, group.length).filter(row -> group[row] >= 0 && rule.known()[group[row]])
        .toArray();
    Partition parts = Partition.stratified(Arrays.stream(usable).map(row -> group[row]).toArray(), settings.heldOut(),
        rng.nextBits());
    Part train = Part.of(inputs, group, cells, pick(usable, parts.train()));
    Part held = Part.of(inputs, group, cells, pick(usable, parts.test()));
    Optional<Corrected> judge = corrected.filter(_ -> enough(cells, held.rows()));
    Candidate constant = measured(new Patch.Constant(meanRule(train, rule)), 0, 0, held, rule, judge);
    List<Candidate> candidates = new ArrayList<>();
    for (PatchKind kind : settings.patch() == PatchKind.AUTO
        ? List.of(PatchKind.SOFT, PatchKind.SQUARES, PatchKind.READER) : List.of(settings.patch())) {
      for (int components : components(kind, inputs.columns())) {
        for (int hidden : settings.hidden() == 0 ? new int[]{0} : new int[]{0, settings.hidden()}) {
          candidates
              .add(measured(patch(kind, hidden, components, train, held, rule), hidden, components, held, rule, judge));
        }
      }
    }
    Candidate best = candidates.stream().min(Comparator.comparingDouble(Candidate::score)).orElseThrow();
    List<TriedPatch> tried = new ArrayList<>(candidates.stream().map(Candidate::tried).toList());
    tried.add(constant.tried());
    boolean learnt = best.score() < constant.score(); // false for NaN
    return new Chosen(learnt ? best.patch() : constant.patch(), tried, learnt ? List.of()
        : List.of("no patch reads the group from the inputs better than the mean rule does, which is used for all rows"
            + " and corrects no difference between groups; give inputs that show the group, or use a table patch"));
  }

  /** Whether every cell that any row is in has enough of the held-out rows. */
  private static boolean enough(int[] cells, int[] held) {
    int[] counts = new int[Arrays.stream(cells).max().orElse(0) + 1];
    for (int row : held) {
      counts[cells[row]]++;
    }
    return Arrays.stream(cells).allMatch(cell -> cell < 0 || counts[cell] >= ROWS_TO_JUDGE);
  }

  /** A reader of many inputs is tried on few components too: the fewer it sees, the less it reads the target in them. */
  private static int[] components(PatchKind kind, int columns) {
    return kind == PatchKind.READER && columns >= MANY_COLUMNS ? COMPONENTS : new int[]{0};
  }

  private static int[] pick(int[] from, int[] which) {
    return Arrays.stream(which).map(i -> from[i]).toArray();
  }

  /** {@code ln of the mean over rows of pi_b}. */
  private static double[] meanRule(Part rows, BiasedRule rule) {
    double[][] pi = rule.distribution();
    double[] mean = new double[pi[0].length];
    for (int row = 0; row < rows.group().length; row++) {
      Logs.add(mean, rows.weights()[row], pi[rows.group()[row]]);
    }
    return Logs.logSoftmax(Arrays.stream(mean).map(p -> Math.log(Math.max(p, Answers.LEAST))).toArray());
  }

  private Patch patch(PatchKind kind, int hidden, int components, Part train, Part held, BiasedRule rule) {
    NetworkTraining training = new NetworkTraining(device, rng.split(kind.word() + hidden + "," + components), hidden,
        components, settings.ridge());
    return switch (kind) {
      case SOFT -> {
        double[][] pi = rule.distribution();
        yield new Patch.Direct(training.fit(train.rows(pi), held.rows(pi), NetworkTraining.Loss.CROSS_ENTROPY), "soft");
      }
      case SQUARES -> {
        double[][] centred = Arrays.stream(rule.logRule()).map(Logs::centred).toArray(double[][]::new);
        yield new Patch.Direct(training.fit(train.rows(centred), held.rows(centred), NetworkTraining.Loss.SQUARES),
            "squares");
      }
      case READER -> {
        double[][] unit = new double[rule.groups()][rule.groups()];
        for (int b = 0; b < unit.length; b++) {
          unit[b][b] = 1;
        }
        yield new Patch.Reader(
            training.fit(train.rows(unit), held.rows(unit), NetworkTraining.Loss.CROSS_ENTROPY), rule.logRule());
      }
      case AUTO, TABLE -> throw new IllegalArgumentException("patch " + kind.word() + " is not one that is trained");
    };
  }

  private static Candidate measured(Patch patch, int hidden, int components, Part held, BiasedRule rule,
      Optional<Corrected> judge) {
    double[][] got = patch.logRule(held.inputs(), new int[0]);
    double squares = 0;
    double crossEntropy = 0;
    double floor = 0;
    double right = 0;
    for (int row = 0; row < got.length; row++) {
      double weight = held.weights()[row];
      int b = held.group()[row];
      double[] truth = rule.logRule()[b];
      squares += weight * squaredDistance(got[row], truth);
      for (int j = 0; j < truth.length; j++) {
        crossEntropy -= weight * Math.exp(truth[j]) * got[row][j];
        floor -= weight * Math.exp(truth[j]) * truth[j];
      }
      right += weight * (nearest(got[row], rule) == b ? 1 : 0);
    }
    return new Candidate(patch,
        new TriedPatch(patch.word(), hidden, components, Math.sqrt(squares), crossEntropy, floor, right,
            judge.map(each -> each.crossEntropy(held.rows(), got)).orElse(Double.NaN)));
  }

  /** Mean square over classes of the difference, each side without its mean. */
  private static double squaredDistance(double[] left, double[] right) {
    double[] difference = left.clone();
    Logs.add(difference, -1, right);
    return Arrays.stream(Logs.centred(difference)).map(each -> each * each).average().orElse(0);
  }

  private static int nearest(double[] logRule, BiasedRule rule) {
    return IntStream.range(0, rule.groups()).filter(b -> rule.known()[b]).boxed()
        .min(Comparator.comparingDouble(b -> squaredDistance(logRule, rule.logRule()[b]))).orElseThrow();
  }
}
