package evenhand.fairness.study;

import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Trajectory;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.ParityReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What came out of a study.
 *
 * @param data what was used
 * @param target what was to be alike across groups
 * @param device where it ran
 * @param model which model was trained
 * @param leftOut methods that cannot be used on the data, each with the reason
 * @param runs one per method and seed
 * @param sweep the methods at other strengths, one per strength and seed; none unless asked for
 * @param ablations the methods without a part, one per part and seed; none unless asked for
 * @param overlap test rows over training rows where the seeds deal out the same rows anew, else 0: runs that share rows
 *     differ less than new data would
 */
public record StudyResult(Data data, String target, String device, String model, List<String> leftOut, List<Run> runs,
    List<Run> sweep, List<Run> ablations, double overlap) {
  /** Without other strengths and ablations, on data of its own for each seed. */
  public StudyResult(Data data, String target, String device, String model, List<String> leftOut, List<Run> runs) {
    this(data, target, device, model, leftOut, runs, List.of(), List.of(), 0);
  }

  /**
   * The data set.
   *
   * @param rows in all
   * @param features inputs of the model after encoding
   * @param positive the label's value that counts as 1; the empty string if there is none
   * @param classes number of labels
   */
  public record Data(String name, int rows, int features, String label, String positive, int classes,
      List<String> sensitive) {
    /** Without a positive value. */
    public Data(String name, int rows, int features, String label, int classes, List<String> sensitive) {
      this(name, rows, features, label, "", classes, sensitive);
    }
  }

  /**
   * One method on one seed, measured on the test rows; times in seconds.
   *
   * @param variant what is different from the method as it was asked for, {@code alpha=0.01} or {@code no parity}; the
   *     empty string for that
   * @param parity of the network's units on the test rows; empty without hidden layers, and for other strengths
   * @param trajectory of the training; empty if it was not watched
   * @param groups their rates on the test rows
   * @param curves of the training, and whatever else is recorded of the run; none for other strengths
   * @param before the metrics of the model that the method corrects, where it has one of its own; else none
   */
  public record Run(String method, String variant, long seed, Map<String, Measured> metrics, double fitSeconds,
      double predictSeconds, List<String> notes, Map<String, String> settings, Optional<ParityReport> parity,
      Optional<Trajectory> trajectory, List<GroupRates> groups, List<Curve> curves,
      Map<String, Measured> before) {
    /** As asked for, without a look into the model. */
    public Run(String method, long seed, Map<String, Measured> metrics, double fitSeconds, double predictSeconds,
        List<String> notes, Map<String, String> settings) {
      this(method, "", seed, metrics, fitSeconds, predictSeconds, notes, settings, Optional.empty(), Optional.empty(),
          List.of(), List.of(), Map.of());
    }
  }

  /** Mean and standard deviation over the seeds on which the metric is determined; sd is 0 for one seed. */
  public record Spread(double mean, double sd, int seeds) {}

  /** One method or variant of it over all seeds; a metric that no seed determines is absent. */
  public record Summary(String method, String variant, Map<String, Spread> metrics, double fitSeconds) {}

  /** The metric of the target that compares groups with each other: {@code equal_opportunity_difference}. */
  public String gap() {
    return target + "_difference";
  }

  /** The metric of the target that compares each group with all rows. */
  public String gapToOverall() {
    return "group_to_overall_" + target;
  }

  /** One line per method, in the order of the runs. */
  public List<Summary> summary() {
    return summary(runs);
  }

  /** One line per method and variant of these runs, in their order. */
  public static List<Summary> summary(List<Run> runs) {
    Map<List<String>, List<Run>> byVariant = new LinkedHashMap<>();
    runs.forEach(run -> byVariant.computeIfAbsent(List.of(run.method(), run.variant()), _ -> new ArrayList<>())
        .add(run));
    return byVariant.values().stream().map(StudyResult::line).toList();
  }

  /** All runs: as asked for, at other strengths, without a part. */
  public List<Run> everyRun() {
    return Stream.of(runs, sweep, ablations).flatMap(List::stream).toList();
  }

  private static Summary line(List<Run> own) {
    Map<String, Spread> metrics = new LinkedHashMap<>();
    for (String metric : own.getFirst().metrics().keySet()) {
      double[] values = own.stream().map(run -> run.metrics().get(metric).value())
          .filter(OptionalDouble::isPresent).mapToDouble(OptionalDouble::getAsDouble).toArray();
      if (values.length > 0) {
        metrics.put(metric, spread(values));
      }
    }
    return new Summary(own.getFirst().method(), own.getFirst().variant(), metrics,
        own.stream().mapToDouble(Run::fitSeconds).average().orElseThrow());
  }

  private static Spread spread(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return new Spread(mean, values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, values.length);
  }
}
