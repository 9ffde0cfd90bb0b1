package evenhand.fairness.algorithms;

import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Partition;
import evenhand.fairness.data.Samples;
import evenhand.fairness.erase.Answers;
import evenhand.fairness.erase.Calibration;
import evenhand.fairness.erase.DeployedModel;
import evenhand.fairness.erase.Eraser;
import evenhand.fairness.erase.EraserFit;
import evenhand.fairness.erase.EraserSettings;
import evenhand.fairness.erase.Estimator;
import evenhand.fairness.erase.PatchKind;
import evenhand.fairness.erase.Temperature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Rule eraser: the plain model as a black box, with the biased rule of each row's group subtracted from its logits.
 *
 * <p>Paper: Y. Zhang, D. Lu, J. Sang, Inference-Time Rule Eraser: Fair Recognition via Distilling and Removing Biased
 * Rules, arXiv 2404.04814. After its principle, not a reproduction of it: {@link EraserFit} has the equation, the
 * symbols and what is ours, which are the estimators, the patches and all defaults.
 *
 * <p>Deviations and choices here: the deployed model is trained by {@link Erm} on the training rows less those kept for
 * calibration, which follow the training law; nothing of it is used but its probabilities. Prediction needs no group, but
 * for the table patch.
 */
public final class RuleEraser implements Method<RuleEraser.Config> {
  /**
   * Settings; strength is a word so that it can be {@code auto}.
   *
   * @param calibration share of the training rows kept for calibration, in (0, 1)
   * @param strength lambda, or {@code auto}
   */
  public record Config(
      @Help("share of the training rows kept to fit the patch on") double calibration,
      @Help("how the biased rule is estimated; auto compares") Estimator estimator,
      @Help("what gives the rule of a row; table needs its group, auto compares the others") PatchKind patch,
      @Help("how much of the rule is subtracted: auto, or a number such as 1") String strength,
      @Help("how much mean accuracy over cells of label and group a chosen strength may cost") double accuracyDrop,
      @Help("whether the model's answers are first made as sure as they are right") Temperature.Use temperature,
      @Help("hidden units of the patch; 0 tries linear ones only") int hidden) {
    /** Checks the ranges. */
    public Config {
      if (!(calibration > 0 && calibration < 1)) {
        throw new IllegalArgumentException(
            "setting rule-eraser.calibration must be between 0 and 1, got " + calibration);
      }
      if (!strength.equals("auto") && !strength.matches("\\d{1,3}(\\.\\d{1,9})?")) {
        throw new IllegalArgumentException("setting rule-eraser.strength must be auto or a number such as 1, got "
            + strength);
      }
    }

    private EraserSettings settings() {
      EraserSettings base = EraserSettings.DEFAULT;
      return new EraserSettings(estimator, patch, false,
          strength.equals("auto") ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(strength)),
          accuracyDrop, temperature, base.attributes(), Optional.empty(), false, hidden, base.ridge(), base.heldOut());
    }
  }

  /** For the service loader. */
  public RuleEraser() {}

  @Override
  public String name() {
    return "rule-eraser";
  }

  @Override
  public String summary() {
    return "Trains plainly, then subtracts from the model's outputs a rule read from the inputs.";
  }

  @Override
  public String paper() {
    return "after Zhang, Lu and Sang, Inference-Time Rule Eraser, arXiv 2404.04814";
  }

  @Override
  public Config defaults() {
    return new Config(0.2, Estimator.AUTO, PatchKind.AUTO, "auto", 0.01, Temperature.Use.AUTO, 64);
  }

  @Override
  public Optional<Strength> strength() {
    return Optional.of(Strength.of("strength", "0.25", "0.5", "0.75", "1", "1.5"));
  }

  @Override
  public List<Ablation> ablations() {
    return List.of(Ablation.of("estimator arithmetic", "estimator", "arithmetic"),
        Ablation.of("estimator cells", "estimator", "cells"),
        Ablation.of("estimator supervised", "estimator", "supervised"),
        Ablation.of("linear patch", "hidden", "0"),
        Ablation.of("no temperature", "temperature", "off"));
  }

  @Override
  public Optional<String> unsuitable(Samples train) {
    return Optional.empty();
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    // 1. The calibration rows.
    Samples all = task.train();
    int[] groups = all.groups().codes();
    int[] cells = IntStream.range(0, all.rows()).map(row -> (groups[row] + 1) * all.classes() + all.y()[row]).toArray();
    Partition parts = Partition.stratified(cells, settings.calibration(), Fitting.rng(task, "calibration").nextBits());
    // 2. The deployed model.
    Predictor deployed = new Erm().fit(task.on(all.select(parts.train())), new Erm().defaults());
    // 3. Its answers on them, and the correction.
    DeployedModel model = DeployedModel
        .ofProbabilities(inputs -> deployed.probabilities(unlabelled(inputs, all)));
    Calibration calibration = Calibration.ask(model, all.select(parts.test()));
    EraserFit.Result result = EraserFit.fit(calibration, settings.settings(), task.device(), task.seed());
    return new Corrected(deployed, result.eraser(), notes(result));
  }

  /** Rows as a deployed model gets them: their labels are all 0. */
  private static Samples unlabelled(Inputs inputs, Samples like) {
    return new Samples(inputs, new int[inputs.rows()], like.columnNames(), like.labelLevels(), List.of());
  }

  private static List<String> notes(EraserFit.Result result) {
    List<String> notes = new ArrayList<>();
    Eraser eraser = result.eraser();
    notes.add(String.format(Locale.ROOT,
        "the rule is estimated on %d calibration rows (%s), read by a %s patch, and subtracted with strength %s at"
            + " temperature %.3g",
        result.report().rows(), eraser.estimator().word(), eraser.patch().word(), eraser.strength(),
        eraser.temperature()));
    notes.addAll(result.report().notes());
    return List.copyOf(notes);
  }

  /** The deployed model's probabilities, corrected. */
  private record Corrected(Predictor deployed, Eraser eraser, List<String> notes) implements Predictor {
    @Override
    public Optional<Predictor> before() {
      return Optional.of(deployed);
    }

    @Override
    public double[] scores(Samples rows) {
      return Arrays.stream(probabilities(rows)).mapToDouble(each -> each[1]).toArray();
    }

    @Override
    public double[][] probabilities(Samples rows) {
      Answers answers = Answers.of(deployed.probabilities(rows), Answers.Kind.PROBABILITIES);
      int[] groups = eraser.patch().needsGroups() ? rows.groups().codes() : new int[0];
      return eraser.probabilities(answers, rows.inputs(), groups);
    }
  }
}
