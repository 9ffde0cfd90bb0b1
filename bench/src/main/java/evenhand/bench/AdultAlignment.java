package evenhand.bench;

import evenhand.fairness.algorithms.DecisionRationaleAlignment;
import evenhand.fairness.algorithms.GapRegularization;
import evenhand.fairness.algorithms.GapTraining;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.algorithms.Trajectory;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.study.Study;
import evenhand.fairness.study.TradeOff;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * Decision rationale alignment against gap regularisation on Adult, at matched average precision.
 *
 * <p>{@code bench/run AdultAlignment [--target equalized_odds] [--seeds 5] [--seed 0] [--betas 0.05] [--lambdas
 * 0.1,0.3,0.6] [--gap-lambdas 0,0.1,0.3,0.6] [--age-bins yes] [--held-out 0.25] [--epochs 10]}. MLP 120-200-200-1, Adam
 * 1e-3, 100 steps an epoch of 500 rows of each subgroup for both methods, the epoch after the third with the smallest gap
 * on validation rows. Gap regularisation is trained with each of the gap lambdas, alignment with each of the lambdas for
 * each beta; the points of a method over its lambdas are its curve. Every number is printed for the validation rows, on
 * which beta and lambdas may be chosen, and for the test rows.
 */
public final class AdultAlignment {
  private static final int LEVELS = 21;

  /** Average precision and gap. */
  private record Reading(double precision, double gap) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "AP %.4f gap %.4f", precision, gap);
    }
  }

  /** One trained model on the validation and the test rows, with its parity on the latter. */
  private record Point(Reading validation, Reading test, double[] parity) {
    private String words() {
      return "validation " + validation + ", test " + test + " parity " + Arrays.stream(parity)
          .mapToObj(score -> String.format(Locale.ROOT, "%.3f", score)).collect(Collectors.joining(" "));
    }
  }

  private final Target target;
  private final GapTraining batches;
  private final int epochs;
  private final Device device = Device.cpu(1);

  private AdultAlignment(Target target, GapTraining batches, int epochs) {
    this.target = target;
    this.batches = batches;
    this.epochs = epochs;
  }

  /** Runs the comparison; see the class. */
  public static void main(String[] args) {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      given.put(args[i], i + 1 < args.length ? args[i + 1] : "");
    }
    double[] lambdas = numbers(given.getOrDefault("--lambdas", "0.1,0.3,0.6"));
    double[] gapLambdas = numbers(given.getOrDefault("--gap-lambdas", "0,0.1,0.3,0.6"));
    double[] betas = numbers(given.getOrDefault("--betas", "0.05"));
    long first = Long.parseLong(given.getOrDefault("--seed", "0"));
    long seeds = Long.parseLong(given.getOrDefault("--seeds", "5"));
    boolean ageBins = given.getOrDefault("--age-bins", "no").equals("yes");
    var batches = new GapTraining(500, 100, Double.parseDouble(given.getOrDefault("--held-out", "0.25")), 3, 0);
    var run = new AdultAlignment(Target.named(given.getOrDefault("--target", "demographic_parity")), batches,
        Integer.parseInt(given.getOrDefault("--epochs", "10")));
    run.compare(new ProtocolAdult(), ageBins, gapLambdas, lambdas, betas,
        LongStream.range(first, first + seeds).toArray());
  }

  private static double[] numbers(String words) {
    return Arrays.stream(words.split(",")).mapToDouble(Double::parseDouble).toArray();
  }

  /** Prints every point, the means over the seeds, and how far the curves are apart. */
  private void compare(ProtocolAdult data, boolean ageBins, double[] gapLambdas, double[] lambdas, double[] betas,
      long[] seeds) {
    System.out.println(data + ", target " + target.word() + ", " + batches);
    Map<String, List<Point>> byArm = new LinkedHashMap<>();
    Map<String, List<Double>> excess = new LinkedHashMap<>();
    for (long seed : seeds) {
      Samples[] split = data.split(seed, ageBins);
      List<Point> unaligned = curve(split, seed, gapLambdas, 0, byArm);
      for (double beta : betas) {
        List<Point> aligned = curve(split, seed, lambdas, beta, byArm);
        Map<String, Function<Point, Reading>> rows = Map.of("validation", Point::validation, "test", Point::test);
        rows.forEach((name, side) -> tradeOff(unaligned, side).excess(tradeOff(aligned, side), LEVELS)
            .ifPresent(value -> excess.computeIfAbsent(String.format(Locale.ROOT, "beta %.3f on %s rows", beta, name),
                _ -> new ArrayList<>()).add(value)));
      }
    }
    byArm.forEach((arm, points) -> System.out.println("mean " + arm + ": " + mean(points)));
    excess.forEach((arm, values) -> System.out.println("gap of beta 0 minus gap of " + arm
        + " at matched average precision: " + spread(values.stream().mapToDouble(value -> value)) + ", by seed "
        + values.stream().map(value -> String.format(Locale.ROOT, "%.4f", value)).toList()));
  }

  private List<Point> curve(Samples[] split, long seed, double[] lambdas, double beta,
      Map<String, List<Point>> byArm) {
    return Arrays.stream(lambdas).mapToObj(lambda -> {
      Point point = train(split, seed, lambda, beta);
      String arm = String.format(Locale.ROOT, "lambda %.2f beta %.3f", lambda, beta);
      System.out.println("seed " + seed + " " + arm + ": " + point.words());
      byArm.computeIfAbsent(arm, _ -> new ArrayList<>()).add(point);
      return point;
    }).toList();
  }

  private static TradeOff tradeOff(List<Point> points, Function<Point, Reading> side) {
    return new TradeOff(points.stream().map(side)
        .map(reading -> new TradeOff.Point(reading.precision(), reading.gap())).toList());
  }

  private Point train(Samples[] split, long seed, double lambda, double beta) {
    var training = new TrainingConfig(epochs, 500, 1e-3, TrainingConfig.Optimizer.ADAM, 0, 1, 0);
    Task task = Task.of(split[0], target, new ModelSpec(200, 200), training, device, seed);
    Predictor predictor = beta == 0
        ? new GapRegularization().fit(task, new GapRegularization.Config(lambda, batches))
        : new DecisionRationaleAlignment().fit(task, new DecisionRationaleAlignment.Config(lambda, beta, false,
            DecisionRationaleAlignment.Empty.REFUSE, batches));
    Samples test = split[1];
    Map<String, Measured> metrics = Metrics.evaluate(Study.predictions(predictor, test), BootstrapOptions.none());
    Measured gap = metrics.get(target == Target.DEMOGRAPHIC_PARITY ? "soft_demographic_parity_difference"
        : "soft_equalized_odds_sum");
    try (Scope _ = Scope.open()) {
      double[] parity = Metrics.PARAMETER_PARITY.byLayer(predictor.network().orElseThrow(), test.features(device),
          test.labels(device), target.subgroups(test.y(), test.groups())).values().stream()
          .mapToDouble(score -> score.value().orElse(Double.NaN)).toArray();
      Trajectory trajectory = predictor.trajectory().orElseThrow();
      Trajectory.Epoch chosen = trajectory.epochs().get(trajectory.chosen() - 1);
      return new Point(
          new Reading(chosen.averagePrecision().value().orElseThrow(), chosen.softGap().value().orElseThrow()),
          new Reading(metrics.get("average_precision").value().orElseThrow(), gap.value().orElseThrow()), parity);
    }
  }

  private static String mean(List<Point> points) {
    return "AP " + spread(points.stream().mapToDouble(point -> point.test().precision())) + " gap "
        + spread(points.stream().mapToDouble(point -> point.test().gap())) + " parity "
        + spread(points.stream().mapToDouble(point -> Arrays.stream(point.parity()).average().orElse(Double.NaN)));
  }

  private static String spread(DoubleStream values) {
    double[] all = values.toArray();
    double mean = Arrays.stream(all).average().orElse(Double.NaN);
    double squares = Arrays.stream(all).map(value -> (value - mean) * (value - mean)).sum();
    return String.format(Locale.ROOT, "%.4f +- %.4f", mean, all.length > 1 ? Math.sqrt(squares / (all.length - 1)) : 0);
  }
}
