package evenhand.fairness.study;

import evenhand.fairness.metrics.Measured;
import evenhand.fairness.study.StudyResult.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Two methods compared seed by seed.
 *
 * @param method the one
 * @param variant what is different from it as it was asked for; the empty string for nothing
 * @param against the other, as it was asked for
 * @param differences mean over seeds of the one's metric minus the other's, with a 95% interval; undetermined if no seed
 *     determines both, without interval if one seed does
 * @param seeds on which the gap of both is determined
 */
public record Comparison(String method, String variant, String against, Map<String, Measured> differences, int seeds) {
  /** Every two methods, the later one of the runs against the earlier one. */
  public static List<Comparison> ofMethods(StudyResult result) {
    List<Comparison> out = new ArrayList<>();
    List<String> methods = result.runs().stream().map(Run::method).distinct().toList();
    for (int one = 1; one < methods.size(); one++) {
      for (int other = 0; other < one; other++) {
        out.add(of(methods.get(one), "", methods.get(other), result.runs(), result));
      }
    }
    return out;
  }

  /** Every method without a part against the whole. */
  public static List<Comparison> ofAblations(StudyResult result) {
    return StudyResult.summary(result.ablations()).stream()
        .map(line -> of(line.method(), line.variant(), line.method(), result.ablations(), result)).toList();
  }

  /** A method against another, if both were run. */
  public static Optional<Comparison> of(StudyResult result, String method, String against) {
    List<String> methods = result.runs().stream().map(Run::method).toList();
    return methods.contains(method) && methods.contains(against)
        ? Optional.of(of(method, "", against, result.runs(), result))
        : Optional.empty();
  }

  private static Comparison of(String method, String variant, String against, List<Run> runs, StudyResult result) {
    List<Run> own = runs.stream().filter(run -> run.method().equals(method) && run.variant().equals(variant)).toList();
    Map<Long, Run> others = new LinkedHashMap<>();
    result.runs().stream().filter(run -> run.method().equals(against)).forEach(run -> others.put(run.seed(), run));
    Map<String, Measured> differences = new LinkedHashMap<>();
    int seeds = 0;
    for (String metric : List.of("accuracy", result.gap(), result.gapToOverall())) {
      double[] each = own.stream().filter(run -> others.containsKey(run.seed()))
          .map(run -> new Measured[]{measured(run, metric), measured(others.get(run.seed()), metric)})
          .filter(two -> two[0].isDetermined() && two[1].isDetermined())
          .mapToDouble(two -> two[0].value().orElseThrow() - two[1].value().orElseThrow()).toArray();
      differences.put(metric, each.length == 0
          ? Measured.undetermined("no seed determines it for both")
          : SeedInterval.of(each, result.overlap()));
      seeds = metric.equals(result.gap()) ? each.length : seeds;
    }
    return new Comparison(method, variant, against, differences, seeds);
  }

  private static Measured measured(Run run, String metric) {
    return run.metrics().getOrDefault(metric, Measured.undetermined("it was not measured"));
  }

  /** Whether the interval of a metric's difference leaves 0 out. */
  public boolean tellsApart(String metric) {
    Measured difference = differences.get(metric);
    return difference.low().isPresent()
        && (difference.low().getAsDouble() > 0 || difference.high().orElseThrow() < 0);
  }
}
