package evenhand.fairness.erase;

import evenhand.fairness.erase.EraserReport.TriedEstimator;
import evenhand.fairness.erase.EraserReport.TriedPatch;
import evenhand.fairness.erase.EraserReport.TriedStrength;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Distils the biased rules of a deployed model from its answers, and makes what subtracts them.
 *
 * <p>After the principle of Y. Zhang, D. Lu, J. Sang, Inference-Time Rule Eraser: Fair Recognition via Distilling and
 * Removing Biased Rules, arXiv 2404.04814; not a reproduction of it: the estimators, the patches and all defaults are our
 * own.
 *
 * <p>Symbols: f the deployed model's logits, P = softmax f; b the group of a row; pi_b the biased rule, p(y|b) under the
 * training law; g(x) the patch's rule of a row; q the class prior wanted; lambda the strength. If P is calibrated for the
 * training law, and in a fair world y is independent of b with prior q, then
 *
 * <pre>
 *  p(.|x) = softmax( f(x) - lambda ln pi_b(x) + ln q ),  lambda = 1     (E)
 * </pre>
 */
public final class EraserFit {
  /** The correction, and what a reader should know of it. */
  public record Result(Eraser eraser, EraserReport report) {}

  private static final double MANY_CLIPPED = 0.01;
  private static final int ROWS_TO_CHOOSE = 30;
  private static final List<Estimator> WITH_LABELS = List.of(Estimator.CELLS, Estimator.SUPERVISED, Estimator.SHRUNKEN,
      Estimator.ARITHMETIC);

  private final Calibration calibration;
  private final EraserSettings settings;
  private final Rng rng;
  private final List<String> notes = new ArrayList<>();

  private EraserFit(Calibration calibration, EraserSettings settings, long seed) {
    this.calibration = calibration;
    this.settings = settings;
    this.rng = new Rng(seed).split("eraser");
  }

  /**
   * Fits a correction.
   *
   * @param device where the patch is trained
   * @param seed of folds, draws and first weights
   * @throws IllegalArgumentException if the settings and the calibration rows do not go together, naming what to change
   */
  public static Result fit(Calibration calibration, EraserSettings settings, Device device, long seed) {
    return new EraserFit(calibration, settings, seed).fit(device);
  }

  private Result fit(Device device) {
    check();
    // 1. The answers are there; how sure they may be taken.
    long clipped = calibration.answers().clipped();
    boolean extreme = clipped > MANY_CLIPPED * calibration.answers().rows();
    double[] weights = weights();
    double error = calibration.labels().map(y -> Temperature.error(calibration.answers().logits(), y, weights))
        .orElse(Double.NaN);
    // 2. Temperature.
    double temperature = calibration.labels().map(y -> Temperature.choose(settings.temperature(),
        calibration.answers().logits(), y, weights, extreme)).orElse(1.0);
    if (temperature == 1 && extreme) {
      notes.add(String.format(Locale.ROOT, "%d of %d calibration rows give some class a probability below 1e-12, which"
          + " is taken as 1e-12; use a temperature, or logits instead of probabilities", clipped,
          calibration.answers().rows()));
    }
    // 3. The rule of each group, and 5. the strength (chosen before the patch, as it does not depend on it).
    RuleModel model = RuleModel.of(calibration, temperature, settings.attributes());
    Optional<CrossValidation> folds = calibration.labels().filter(_ -> canChoose(model.cellRows()))
        .map(_ -> new CrossValidation(model, this::logPrior, rng.split("folds")));
    List<TriedEstimator> estimators = tried(folds);
    Estimator estimator = estimators.stream().min(Comparator.comparingDouble(TriedEstimator::crossEntropy))
        .map(TriedEstimator::estimator).orElseGet(this::named);
    BiasedRule rule = model.estimate(estimator, model.all());
    notes.addAll(rule.notes());
    if (model.additive()) {
      notes.add("the rules of " + calibration.groups().name().replace("*", " and ") + " are added, as some combinations"
          + " have few rows or that was asked for; this is right if they are independent given the label");
    }
    List<TriedStrength> strengths = settings.strength().isEmpty()
        ? folds.map(each -> each.measured(estimator)).orElse(List.of()) : List.of();
    double strength = settings.strength().orElseGet(
        () -> folds.map(each -> each.best(strengths, settings.accuracyDrop())).orElse(1.0));
    // 4. The patch.
    PatchFit.Chosen patch = patch(rule, device, calibration.labels().map(y -> (rows, logRule) -> crossEntropy(y, rows,
        logRule, temperature, strength, logPrior(estimator))));
    notes.addAll(patch.notes());
    // 6. The report.
    Eraser eraser = new Eraser(calibration.classes(), calibration.groups().name(), calibration.groups().levels(),
        estimator, rule.logRule(), patch.patch(), strength, temperature, logPrior(estimator));
    return new Result(eraser, new EraserReport(calibration.answers().rows(), rule, model.cellRows(), estimators,
        patch.tried(), error, strengths, notes));
  }

  private void check() {
    if (calibration.labels().isEmpty() && settings.temperature() == Temperature.Use.ON) {
      throw new IllegalArgumentException(
          "temperature on needs the labels of the calibration rows; give them, or turn it"
              + " off");
    }
    settings.prior().ifPresent(q -> {
      double sum = Arrays.stream(q).sum();
      if (q.length != calibration.classes().size() || Math.abs(sum - 1) > 1e-6) {
        throw new IllegalArgumentException("prior: " + q.length + " shares that sum to " + sum + " for the classes "
            + calibration.classes() + "; give one share for each class, with sum 1");
      }
      if (!settings.forbid() && Arrays.stream(q).anyMatch(share -> share == 0)) {
        throw new IllegalArgumentException("prior: the share 0 forbids a class altogether; ask for that explicitly, or"
            + " give a small share");
      }
    });
  }

  /** Of the rows, all alike: the calibration asked about is that under their own law. */
  private double[] weights() {
    double[] weights = new double[calibration.answers().rows()];
    Arrays.fill(weights, 1.0 / weights.length);
    return weights;
  }

  private int[] cells() {
    int[] groups = calibration.groups().codes();
    return CellWeights.cells(groups, calibration.labels().orElse(new int[groups.length]),
        calibration.classes().size());
  }

  /**
   * Whether enough rows are not of their group's commonest label: those alone show what a correction gains. If not, the
   * rows are like those of training, for which arithmetic rules at strength 1 are right in principle.
   */
  private boolean canChoose(int[][] cellRows) {
    int against = Arrays.stream(cellRows).mapToInt(rows -> Arrays.stream(rows).sum() - Arrays.stream(rows).max()
        .orElse(0)).sum();
    boolean asked = settings.estimator() == Estimator.AUTO && calibration.swapped().isEmpty()
        || settings.strength().isEmpty();
    if (against < ROWS_TO_CHOOSE && asked) {
      notes.add("only " + against + " of " + calibration.answers().rows()
          + " calibration rows do not have the commonest"
          + " label of their group, too few to choose estimator and strength by: those not given are arithmetic and 1");
    }
    return against >= ROWS_TO_CHOOSE;
  }

  /** What is compared by cross-validation: several estimators if one is to be chosen and labels are there. */
  private List<TriedEstimator> tried(Optional<CrossValidation> folds) {
    if (settings.estimator() != Estimator.AUTO || calibration.swapped().isPresent() || folds.isEmpty()) {
      return List.of();
    }
    return folds.get().estimators(WITH_LABELS, settings.strength().isPresent()
        ? List.of(settings.strength().getAsDouble()) : CrossValidation.strengths());
  }

  /** The estimator where none is chosen by rows. */
  private Estimator named() {
    if (settings.estimator() != Estimator.AUTO) {
      return settings.estimator();
    }
    return calibration.swapped().isPresent() ? Estimator.INTERVENTION
        : settings.balanced() ? Estimator.GEOMETRIC : Estimator.ARITHMETIC;
  }

  /**
   * {@code ln q}, or {@code ln q - ln q0} where the class prior q0 is retained; greatest 0. q0 is taken as the mean of P
   * over the calibration rows.
   */
  private double[] logPrior(Estimator estimator) {
    double[] out = new double[calibration.classes().size()];
    if (settings.prior().isEmpty()) {
      return out;
    }
    double[] retained = new double[out.length];
    for (double[] row : calibration.answers().logits()) {
      Logs.add(retained, 1.0 / calibration.answers().rows(), Logs.softmax(row));
    }
    double greatest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < out.length; j++) {
      out[j] = Math.log(settings.prior().get()[j])
          - (estimator.centred() ? Math.log(Math.max(retained[j], Answers.LEAST)) : 0);
      greatest = Math.max(greatest, out[j]);
    }
    for (int j = 0; j < out.length; j++) {
      out[j] -= greatest;
    }
    return out;
  }

  /** At the temperature that suits the corrected answers, so that only the direction of the correction counts. */
  private double crossEntropy(int[] y, int[] rows, double[][] logRule, double temperature, double strength,
      double[] logPrior) {
    int[] cells = cells();
    double[] weights = CellWeights.of(Arrays.stream(rows).map(row -> cells[row]).toArray(),
        Arrays.stream(cells).max().orElse(0) + 1);
    int[] labels = Arrays.stream(rows).map(row -> y[row]).toArray();
    double[][] u = new double[rows.length][];
    Arrays.setAll(u,
        i -> Logs.corrected(Logs.times(1 / temperature, calibration.answers().logits()[rows[i]]), logRule[i],
            strength, logPrior));
    return Temperature.crossEntropy(u, labels, weights, Temperature.fit(u, labels, weights));
  }

  private PatchFit.Chosen patch(BiasedRule rule, Device device, Optional<PatchFit.Corrected> corrected) {
    if (settings.patch() == PatchKind.TABLE) {
      return new PatchFit.Chosen(new Patch.Table(rule.logRule()), List.<TriedPatch>of(), List.of());
    }
    if (calibration.features().columns() == 0) {
      throw new IllegalArgumentException("patch " + settings.patch().word() + " reads the group from inputs, and there"
          + " are none; give input columns, or use the patch table, which needs the sensitive column at inference");
    }
    return new PatchFit(settings, device, rng.split("patch")).choose(calibration.features(),
        calibration.groups().codes(), cells(), rule, corrected);
  }
}
