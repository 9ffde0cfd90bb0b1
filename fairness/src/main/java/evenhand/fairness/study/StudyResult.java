package evenhand.fairness.study;

import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Trajectory;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.ParityReport;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What came out of a study.
 *
 * @param data what was used
 * @param target what was to be alike across groups
 * @param device where it ran
 * @param model which model was trained
 * @param leftOut methods that cannot be used on the data, each with the reason
 * @param runs one per method and seed
 */
public record StudyResult(Data data, String target, String device, String model, List<String> leftOut,
    List<Run> runs) {
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
   * @param parity of the network's units on the test rows; empty without hidden layers
   * @param trajectory of the training; empty if it was not watched
   * @param groups their rates on the test rows
   * @param curves of the training, and whatever else is recorded of the run
   * @param before the metrics of the model that the method corrects, where it has one of its own; else none
   */
  public record Run(String method, long seed, Map<String, Measured> metrics, double fitSeconds, double predictSeconds,
      List<String> notes, Map<String, String> settings, Optional<ParityReport> parity,
      Optional<Trajectory> trajectory, List<GroupRates> groups, List<Curve> curves,
      Map<String, Measured> before) {
    /** Without a look into the model. */
    public Run(String method, long seed, Map<String, Measured> metrics, double fitSeconds, double predictSeconds,
        List<String> notes, Map<String, String> settings) {
      this(method, seed, metrics, fitSeconds, predictSeconds, notes, settings, Optional.empty(), Optional.empty(),
          List.of(), List.of(), Map.of());
    }
  }

  /** Mean and standard deviation over the seeds on which the metric is determined; sd is 0 for one seed. */
  public record Spread(double mean, double sd, int seeds) {}

  /** One method over all seeds; a metric that no seed determines is absent. */
  public record Summary(String method, Map<String, Spread> metrics, double fitSeconds) {}

  /** One line per method, in the order of the runs. */
  public List<Summary> summary() {
    return runs.stream().map(Run::method).distinct().map(this::summary).toList();
  }

  private Summary summary(String method) {
    List<Run> own = runs.stream().filter(run -> run.method().equals(method)).toList();
    Map<String, Spread> metrics = new LinkedHashMap<>();
    for (String metric : own.getFirst().metrics().keySet()) {
      double[] values = own.stream().map(run -> run.metrics().get(metric).value())
          .filter(OptionalDouble::isPresent).mapToDouble(OptionalDouble::getAsDouble).toArray();
      if (values.length > 0) {
        metrics.put(metric, spread(values));
      }
    }
    return new Summary(method, metrics, own.stream().mapToDouble(Run::fitSeconds).average().orElseThrow());
  }

  private static Spread spread(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return new Spread(mean, values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, values.length);
  }
}
