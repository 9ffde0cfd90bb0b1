package evenhand.fairness.study;

import evenhand.fairness.metrics.Measured;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Spread;
import evenhand.fairness.study.StudyResult.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The smallest gap that each method reaches at an accuracy, over its strengths: who sees only one strength of each sees
 * who was tuned harder.
 *
 * <p>A method's points are mean accuracy and mean gap over seeds, one for each strength and one as it was asked for.
 * Between two points that no other beats, rows are given to either model by lot, which is the line between them ({@link
 * TradeOff}). Strength and lot are chosen on the test rows, by means over all seeds; then the gap of each seed under this
 * one choice is taken, so that methods can be compared seed by seed. The choice makes gaps look smaller than they would
 * be on new rows, more so for methods with more strengths.
 *
 * @param reference the method whose accuracy costs are counted from: {@code erm}, or the most accurate one without it
 * @param accuracy its mean accuracy
 * @param levels one for each cost, the least first
 */
public record MatchedAccuracy(String reference, double accuracy, List<Level> levels) {
  /** What accuracy may be given up. */
  public static final List<Double> COSTS = List.of(0.005, 0.01, 0.02, 0.05);
  private static final String PLAIN = "erm";

  /**
   * The methods at one accuracy.
   *
   * @param cost by which it is below the reference's
   * @param methods those that reach it
   */
  public record Level(double cost, List<Reached> methods) {
    /** A method's gap here; empty if it does not reach the accuracy. */
    public Optional<Reached> of(String method) {
      return methods.stream().filter(each -> each.method().equals(method)).findFirst();
    }
  }

  /**
   * A method at an accuracy.
   *
   * @param settings the strength, or two with their shares of the rows
   * @param bySeed the gap by seed
   * @param gap its mean, with a 95% interval over seeds
   */
  public record Reached(String method, String settings, Map<Long, Double> bySeed, Measured gap) {
    private double mean() {
      return gap.value().orElseThrow();
    }

    /** Mean over seeds of this gap minus another's, with a 95% interval. */
    public Measured minus(Reached other, double overlap) {
      return SeedInterval.of(bySeed.entrySet().stream()
          .mapToDouble(entry -> entry.getValue() - other.bySeed.get(entry.getKey())).toArray(), overlap);
    }
  }

  /** A method at one strength. */
  private record Setting(String words, TradeOff.Point point, Map<Long, Double> gaps) {}

  /** The comparison; empty if no strengths were run, or the gap is undetermined in every method. */
  public static Optional<MatchedAccuracy> of(StudyResult result) {
    Map<String, List<Setting>> methods = new LinkedHashMap<>();
    List<Run> runs = Stream.concat(result.runs().stream(), result.sweep().stream()).toList();
    long seeds = result.runs().stream().map(Run::seed).distinct().count();
    for (Summary line : StudyResult.summary(runs)) {
      Spread gap = line.metrics().get(result.gap());
      if (gap != null && gap.seeds() == seeds) {
        methods.computeIfAbsent(line.method(), _ -> new ArrayList<>()).add(new Setting(
            line.variant().isEmpty() ? "as asked" : line.variant(),
            new TradeOff.Point(line.metrics().get("accuracy").mean(), gap.mean()),
            gaps(runs, line, result.gap())));
      }
    }
    if (result.sweep().isEmpty() || methods.isEmpty()) {
      return Optional.empty();
    }
    String reference = methods.containsKey(PLAIN) ? PLAIN
        : methods.keySet().stream().max((a, b) -> Double.compare(most(methods.get(a)), most(methods.get(b))))
            .orElseThrow();
    double accuracy = most(methods.get(reference));
    return Optional.of(new MatchedAccuracy(reference, accuracy, COSTS.stream().map(cost -> new Level(cost,
        methods.entrySet().stream().flatMap(entry -> reached(entry.getKey(), entry.getValue(), accuracy - cost,
            result.overlap()).stream()).toList()))
        .toList()));
  }

  private static Map<Long, Double> gaps(List<Run> runs, Summary line, String metric) {
    Map<Long, Double> gaps = new LinkedHashMap<>();
    runs.stream().filter(run -> run.method().equals(line.method()) && run.variant().equals(line.variant()))
        .forEach(run -> gaps.put(run.seed(), run.metrics().get(metric).value().orElseThrow()));
    return gaps;
  }

  private static double most(List<Setting> settings) {
    return settings.stream().mapToDouble(setting -> setting.point().quality()).max().orElseThrow();
  }

  private static Optional<Reached> reached(String method, List<Setting> settings, double accuracy, double overlap) {
    return new TradeOff(settings.stream().map(Setting::point).toList()).at(accuracy).map(mix -> {
      Setting left = setting(settings, mix.left());
      Setting right = setting(settings, mix.right());
      Map<Long, Double> gaps = new LinkedHashMap<>();
      left.gaps().forEach((seed, gap) -> gaps.put(seed, gap + mix.share() * (right.gaps().get(seed) - gap)));
      return new Reached(method, words(left, right, mix.share()), gaps,
          SeedInterval.of(gaps.values().stream().mapToDouble(Double::doubleValue).toArray(), overlap));
    });
  }

  private static Setting setting(List<Setting> settings, TradeOff.Point point) {
    return settings.stream().filter(setting -> setting.point().equals(point)).findFirst().orElseThrow();
  }

  private static String words(Setting left, Setting right, double share) {
    return left.equals(right) ? left.words()
        : String.format(Locale.ROOT, "%s for %.0f%% of rows, else %s", left.words(), 100 * (1 - share), right.words());
  }

  /** A method's mean gap at the level of a cost; empty if it does not reach it. */
  public OptionalDouble gap(String method, double cost) {
    return levels.stream().filter(level -> level.cost() == cost).flatMap(level -> level.of(method).stream())
        .mapToDouble(Reached::mean).findFirst();
  }
}
