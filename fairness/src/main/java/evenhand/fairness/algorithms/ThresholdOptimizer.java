package evenhand.fairness.algorithms;

import evenhand.fairness.algorithms.ThresholdCurve.Mix;
import evenhand.fairness.algorithms.ThresholdCurve.Point;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Threshold optimizer: a threshold for each group, chosen after plain training.
 *
 * <p>Paper: M. Hardt, E. Price, N. Srebro, Equality of opportunity in supervised learning, NeurIPS 2016,
 * arXiv 1610.02413. The model is that of {@link Erm}, and so are the scores; only the labels differ. They need each
 * row's group at prediction time; a row of unknown group, or of one that could not be compared, gets the one threshold
 * that is most accurate over all rows.
 *
 * <p>Symbols: s the score; groups z, of which n_z rows; P and N the rows of all compared groups with label 1 and with
 * label 0; C_z(x) the most rows of group z that are labelled right at rate x; H_z(f) its highest true positive rate at
 * false positive rate f. Both are upper hulls, {@link ThresholdCurve}: between two thresholds a rate is reached by drawing
 * one of them.
 *
 * <pre>
 *  demographic parity  x = share of label 1             max over x of sum over z of C_z(x)
 *  equal opportunity   x = true positive rate           max over x of sum over z of C_z(x)
 *  equalized odds      f, t = false, true positive rate max over f of P t - N f, where t = min over z of H_z(f)
 * </pre>
 *
 * <p>The rates are equal and the accuracy is highest in expectation, over the rows the thresholds are chosen on.
 *
 * <p>Deviations and choices:
 *
 * <ul>
 *   <li>The loss is the number of wrong labels; the paper allows any cost of the two errors.
 *   <li>The draw is a hash of the seed and the row's inputs: a row gets the same label in whatever company and order it
 *       comes, and rows of equal inputs and group get equal labels.
 *   <li>Equalized odds, a group whose ROC curve lies above the common point: the paper draws between two thresholds; here
 *       among up to three, the end of the curve (label nobody, label everybody) being thresholds too, with the fewest
 *       rows between them.
 *   <li>{@code randomize=no} takes the nearest single thresholds; the rates then agree up to one row (or the rows of
 *       one score), for equalized odds often much less well.
 *   <li>Scores of training rows are more extreme than those of new ones where a model overfits; {@code held-out} keeps
 *       rows for the choice that the model is not trained on.
 * </ul>
 */
public final class ThresholdOptimizer implements Method<ThresholdOptimizer.Config> {
  /**
   * Settings.
   *
   * @param heldOut share of the training rows that choose the thresholds instead of training the model, in [0, 1); 0
   *     trains on all rows and chooses on all
   * @param randomize draw between thresholds where one alone does not reach the rate
   */
  public record Config(
      @Help("share of the training rows kept for the thresholds; 0 trains and chooses on all") double heldOut,
      @Help("draw between thresholds where one alone does not reach the rate") boolean randomize) {
    /** Checks the range. */
    public Config {
      if (!(heldOut >= 0 && heldOut < 1)) {
        throw new IllegalArgumentException("setting threshold-optimizer.held-out must be in [0, 1), got " + heldOut);
      }
    }
  }

  /**
   * What was chosen.
   *
   * @param byGroup by the group's name; groups that could not be compared are absent
   * @param overall for all other rows
   * @param x the common rate: x or f of the header
   * @param notes for the reader of results
   */
  record Thresholds(Map<String, Mix> byGroup, Mix overall, double x, List<String> notes) {}

  /** For the service loader. */
  public ThresholdOptimizer() {}

  @Override
  public String name() {
    return "threshold-optimizer";
  }

  @Override
  public String summary() {
    return "Trains plainly, then labels by a threshold for each group; needs the group to predict.";
  }

  @Override
  public String paper() {
    return "Hardt, Price and Srebro, NeurIPS 2016, arXiv 1610.02413";
  }

  @Override
  public Config defaults() {
    return new Config(0, true);
  }

  @Override
  public List<Ablation> ablations() {
    return List.of(Ablation.of("no drawing", "randomize", "no"));
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    // 1. The rows to choose on.
    Samples train = task.train();
    int held = (int) Math.round(settings.heldOut() * train.rows());
    if (settings.heldOut() > 0 && (held == 0 || held == train.rows())) {
      throw new IllegalArgumentException("setting threshold-optimizer.held-out " + settings.heldOut() + " of "
          + train.rows() + " training rows leaves " + (held == 0 ? "none to choose thresholds on" : "none to train on")
          + "; choose another share");
    }
    int[] order = Fitting.rng(task, "held-out").permutation(train.rows());
    Samples choosing = held == 0 ? train : train.select(Arrays.copyOf(order, held));
    Samples training = held == 0 ? train : train.select(Arrays.copyOfRange(order, held, order.length));
    // 2. The base model.
    Predictor base = new Erm().fit(task.on(training), new Erm.Config());
    // 3. The thresholds.
    Thresholds chosen = choose(base.scores(choosing), choosing.y(), choosing.groups(), task.target(),
        settings.randomize());
    return new Labelling(base, chosen, Fitting.rng(task, "labels"));
  }

  /** The thresholds of the header for scored rows. */
  static Thresholds choose(double[] scores, int[] y, Attribute groups, Target target, boolean randomize) {
    CellIndex cells = CellIndex.of(y, 2, groups);
    List<String> notes = new ArrayList<>();
    Map<String, ThresholdCurve> curves = new LinkedHashMap<>();
    for (int z = 0; z < cells.compared(); z++) {
      String missing = missing(cells, z, target);
      if (missing.isEmpty()) {
        int[] rows = IntStream.concat(Arrays.stream(cells.rows()[z]), Arrays.stream(cells.rows()[cells.groups() + z]))
            .sorted().toArray();
        curves.put(cells.names().get(z), new ThresholdCurve(scores, y, rows, target));
      } else {
        notes.add("group " + cells.names().get(z) + " has no " + missing
            + " to choose a threshold on: it is not compared and gets the overall threshold");
      }
    }
    if (curves.size() < 2) {
      notes.add("fewer than two groups can be compared: the thresholds are chosen for accuracy alone");
    }
    Mix overall = Mix.of(new ThresholdCurve(scores, y, IntStream.range(0, y.length).toArray(),
        Target.DEMOGRAPHIC_PARITY).highest());
    double x = rate(List.copyOf(curves.values()), target, labelled(cells, 1), labelled(cells, 0));
    double common = curves.values().stream().mapToDouble(curve -> curve.height(x)).min().orElse(0);
    Map<String, Mix> byGroup = new LinkedHashMap<>();
    curves.forEach((name, curve) -> byGroup.put(name, !randomize ? curve.nearest(x, common, target)
        : target == Target.EQUALIZED_ODDS ? curve.within(x, common) : curve.on(x)));
    int drawn = byGroup.values().stream().mapToInt(Mix::drawn).sum();
    if (drawn > 0) {
      notes.add(String.format(Locale.ROOT, "%.1f %% of the labels are drawn between two thresholds or more",
          100.0 * drawn / y.length));
    }
    return new Thresholds(byGroup, overall, x, notes);
  }

  /** Which rows a group lacks for its rates to be determined; empty if none. */
  private static String missing(CellIndex cells, int z, Target target) {
    boolean needsPositives = target != Target.DEMOGRAPHIC_PARITY;
    boolean needsNegatives = target == Target.EQUALIZED_ODDS;
    return cells.groupCount(z) == 0 ? "rows"
        : needsPositives && cells.count(1, z) == 0 ? "rows with label 1"
            : needsNegatives && cells.count(0, z) == 0 ? "rows with label 0" : "";
  }

  /** P or N: rows with a label, of the groups that have both labels. */
  private static int labelled(CellIndex cells, int label) {
    return IntStream.range(0, cells.compared()).filter(z -> cells.count(0, z) > 0 && cells.count(1, z) > 0)
        .map(z -> cells.count(label, z)).sum();
  }

  /** The common rate, x or f, that is most accurate; the lowest of several. */
  private static double rate(List<ThresholdCurve> curves, Target target, int positives, int negatives) {
    double[] corners = curves.stream().flatMapToDouble(curve -> curve.hull().stream().mapToDouble(Point::x)).sorted()
        .distinct().toArray();
    if (corners.length == 0) {
      return 0;
    }
    if (target != Target.EQUALIZED_ODDS) { // a sum of concave lines with bends at the corners has its maximum at one
      return best(corners, x -> curves.stream().mapToDouble(curve -> curve.height(x)).sum());
    }
    DoubleUnaryOperator gain = f -> positives
        * curves.stream().mapToDouble(curve -> curve.height(f)).min().orElseThrow() - negatives * f;
    // their minimum bends at crossings too; it is concave, so its maximum is next to the best corner
    int at = Arrays.binarySearch(corners, best(corners, gain));
    double[] around = Arrays.copyOfRange(corners, Math.max(0, at - 1), Math.min(corners.length, at + 2));
    DoubleStream crossings = IntStream.range(1, around.length).boxed()
        .flatMapToDouble(i -> crossings(curves, around[i - 1], around[i]));
    return best(DoubleStream.concat(Arrays.stream(around), crossings).sorted().toArray(), gain);
  }

  private static double best(double[] rates, DoubleUnaryOperator gain) {
    double best = rates[0];
    for (double rate : rates) {
      if (gain.applyAsDouble(rate) > gain.applyAsDouble(best) + 1e-9) {
        best = rate;
      }
    }
    return best;
  }

  /** Where two hulls cross between neighbouring corners, each being a line there. */
  private static DoubleStream crossings(List<ThresholdCurve> curves, double from, double to) {
    double[] left = curves.stream().mapToDouble(curve -> curve.height(from)).toArray();
    double[] right = curves.stream().mapToDouble(curve -> curve.height(to)).toArray();
    return IntStream.range(0, left.length).boxed().flatMapToDouble(a -> IntStream.range(0, a)
        .filter(b -> (left[a] - left[b]) * (right[a] - right[b]) < 0)
        .mapToDouble(b -> from + (to - from) * (left[a] - left[b]) / (left[a] - left[b] - right[a] + right[b])));
  }

  /** The base model's scores, labelled by the thresholds. */
  private record Labelling(Predictor base, Thresholds thresholds, Rng rng) implements Predictor {
    @Override
    public double[] scores(Samples rows) {
      return base.scores(rows);
    }

    /** Throws if the rows have no sensitive attribute. */
    @Override
    public int[] labels(Samples rows) {
      Attribute groups = rows.groups();
      List<Mix> mixes = groups.levels().stream()
          .map(level -> thresholds.byGroup().getOrDefault(level, thresholds.overall())).toList();
      double[] scores = base.scores(rows);
      int[] labels = new int[scores.length];
      for (int row = 0; row < labels.length; row++) {
        int z = groups.codes()[row];
        Mix mix = z < 0 ? thresholds.overall() : mixes.get(z);
        labels[row] = mix.label(scores[row], rng.split(hash(rows, row)).nextDouble());
      }
      return labels;
    }

    /** FNV-1a of the bits of a row's inputs. */
    private static long hash(Samples rows, int row) {
      long hash = 0xcbf29ce484222325L;
      for (int column = 0; column < rows.columns(); column++) {
        hash = (hash ^ Float.floatToIntBits(rows.x()[row * rows.columns() + column])) * 0x100000001b3L;
      }
      return hash;
    }

    @Override
    public List<String> notes() {
      return thresholds.notes();
    }
  }
}
