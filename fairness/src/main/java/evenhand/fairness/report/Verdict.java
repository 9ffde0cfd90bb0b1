package evenhand.fairness.report;

import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metric;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.study.Comparison;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Spread;
import evenhand.fairness.study.StudyResult.Summary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What came out of a study, in words. */
public final class Verdict {
  private static final String BASELINE = "erm";
  private static final String ACCURACY = "accuracy";
  private static final String BALANCED = "balanced_accuracy";
  /** Below this multiple of what guessing gives, 1 / labels, a balanced accuracy hardly tells the labels apart. */
  private static final double NEAR_GUESSING = 1.1;

  private final StudyResult result;
  private final String gap;

  private Verdict(StudyResult result) {
    this.result = result;
    this.gap = betweenGroups(result.target());
  }

  /** The metric of a target that compares groups with each other: {@code equal_opportunity_difference}. */
  public static String betweenGroups(String target) {
    return target + "_difference";
  }

  /** The metric of a target that compares each group with all rows. */
  public static String toOverall(String target) {
    return "group_to_overall_" + target;
  }

  /** Which method has the smallest gap and at what cost, which made it worse, and what to be careful about. */
  public static List<String> of(StudyResult result) {
    List<String> out = new ArrayList<>(findings(result));
    out.addAll(cautions(result));
    return out;
  }

  /** The first two of these. */
  static List<String> findings(StudyResult result) {
    return new Verdict(result).findings();
  }

  /** What to be careful about. */
  static List<String> cautions(StudyResult result) {
    return new Verdict(result).cautions();
  }

  private List<String> findings() {
    List<String> out = new ArrayList<>();
    List<Summary> measured = result.summary().stream().filter(summary -> summary.metrics().containsKey(gap)).toList();
    if (measured.isEmpty()) {
      return List.of("The gap " + gap + " is undetermined for every method: " + (result.data().classes() > 2
          ? "there are more than two labels; choose --target equalized_odds."
          : "a group lacks the rows that it compares."));
    }
    List<Summary> telling = measured.stream().filter(summary -> !nearGuessing(summary)).toList();
    Summary best = (telling.isEmpty() ? measured : telling).stream().min(Comparator.comparingDouble(this::gap))
        .orElseThrow();
    Optional<Summary> baseline = measured.stream().filter(summary -> summary.method().equals(BASELINE)).findFirst();
    if (measured.size() == 1) {
      out.add("Only " + best.method() + " was measured: " + gap + " " + number(gap(best)) + " at accuracy "
          + number(accuracy(best)) + ". Name more with --methods to compare.");
    } else if (baseline.isEmpty()) {
      out.add(best.method() + " has the smallest gap: " + gap + " " + number(gap(best)) + " at accuracy "
          + number(accuracy(best)) + ". Plain training (erm) was not run, so the cost is unknown.");
    } else if (best.method().equals(BASELINE)) {
      out.add("No method has a smaller gap than plain training (erm): " + gap + " " + number(gap(best))
          + " at accuracy " + number(accuracy(best)) + ".");
    } else {
      out.add(best.method() + " has the smallest gap: " + against(best, baseline.get(), "smaller") + ".");
    }
    baseline.ifPresent(erm -> measured.stream()
        .filter(summary -> gap(summary) > gap(erm))
        .forEach(summary -> out.add(summary.method() + " made the gap WORSE than plain training: "
            + against(summary, erm, "larger") + ".")));
    baseline.ifPresent(erm -> out.addAll(comparedBySeed(erm, best, telling)));
    return out;
  }

  /** What differences over seeds tell apart: from plain training, and from the best. */
  private List<String> comparedBySeed(Summary erm, Summary best, List<Summary> telling) {
    List<Comparison> others = result.summary().stream().filter(summary -> !summary.method().equals(erm.method()))
        .flatMap(summary -> Comparison.of(result, summary.method(), erm.method()).stream())
        .filter(comparison -> comparison.differences().get(gap).low().isPresent()).toList();
    if (others.isEmpty()) {
      return List.of();
    }
    List<String> out = new ArrayList<>();
    List<String> unsure = others.stream().filter(comparison -> !comparison.tellsApart(gap)).map(Comparison::method)
        .toList();
    if (!unsure.isEmpty()) {
      out.add(
          "Seed by seed, these cannot be told apart from erm by the gap (the 95% interval of the mean difference holds"
              + " 0): " + String.join(", ", unsure) + ".");
    }
    List<String> alike = telling.stream().map(Summary::method).filter(method -> !method.equals(best.method()))
        .filter(method -> !method.equals(erm.method()))
        .flatMap(method -> Comparison.of(result, method, best.method()).stream())
        .filter(comparison -> !comparison.tellsApart(gap)).map(Comparison::method).toList();
    if (!alike.isEmpty() && !best.method().equals(BASELINE)) {
      out.add("By the same measure, these cannot be told apart from " + best.method() + ": " + String.join(", ", alike)
          + ".");
    }
    return out;
  }

  /** {@code equal_opportunity_difference 0.021 against erm's 0.190 (smaller on 3 of 3 seeds), accuracy ..}. */
  private String against(Summary summary, Summary erm, String word) {
    int sign = word.equals("smaller") ? -1 : 1;
    Map<Long, Double> base = gaps(erm.method());
    Map<Long, Double> own = gaps(summary.method());
    own.keySet().retainAll(base.keySet());
    long agree = own.entrySet().stream().filter(entry -> sign * (entry.getValue() - base.get(entry.getKey())) > 0)
        .count();
    return gap + " " + number(gap(summary)) + " against erm's " + number(gap(erm)) + " (" + word + " on " + agree
        + " of " + own.size() + (own.size() == 1 ? " seed" : " seeds") + interval(summary, erm) + "), accuracy "
        + number(accuracy(summary))
        + " against " + number(accuracy(erm)) + " ("
        + String.format(Locale.ROOT, "%+.3f", accuracy(summary) - accuracy(erm)) + ")";
  }

  /** {@code ; difference -0.169, 95% interval -0.210 to -0.130}; nothing with one seed. */
  private String interval(Summary summary, Summary erm) {
    return Comparison.of(result, summary.method(), erm.method()).map(comparison -> comparison.differences().get(gap))
        .filter(difference -> difference.low().isPresent())
        .map(difference -> "; difference " + number(difference.value().orElseThrow()) + ", 95% interval "
            + number(difference.low().orElseThrow()) + " to " + number(difference.high().orElseThrow()))
        .orElse("");
  }

  private Map<Long, Double> gaps(String method) {
    Map<Long, Double> values = new LinkedHashMap<>();
    for (Run run : result.runs()) {
      Measured measured = run.metrics().get(gap);
      if (run.method().equals(method) && measured.isDetermined()) {
        values.put(run.seed(), measured.value().getAsDouble());
      }
    }
    return values;
  }

  private List<String> cautions() {
    List<String> out = new ArrayList<>();
    if (result.summary().stream().noneMatch(summary -> summary.metrics().containsKey(gap))) {
      return out; // the finding says it
    }
    for (Summary summary : result.summary()) {
      if (nearGuessing(summary)) {
        String own = summary.metrics().containsKey(gap) ? ", so its gap of " + number(gap(summary)) + " says little"
            : "";
        out.add(summary.method() + " hardly tells the labels apart (balanced accuracy "
            + number(summary.metrics().get(BALANCED).mean()) + ")" + own + ".");
      }
    }
    if (result.runs().stream().map(Run::seed).distinct().count() == 1) {
      out.add("One seed says little; compare over more with --seeds.");
    }
    return out;
  }

  private boolean nearGuessing(Summary summary) {
    return summary.metrics().containsKey(BALANCED)
        && summary.metrics().get(BALANCED).mean() < NEAR_GUESSING / result.data().classes();
  }

  private double gap(Summary summary) {
    return summary.metrics().get(gap).mean();
  }

  private static double accuracy(Summary summary) {
    return summary.metrics().get(ACCURACY).mean();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /** Methods left out, and what methods noted on their runs; notes that differ only in numbers are one, with the seeds it was noted on. */
  public static List<String> notes(StudyResult result) {
    Map<String, String> first = new LinkedHashMap<>();
    Map<String, TreeSet<Long>> seeds = new LinkedHashMap<>();
    for (Run run : result.runs()) {
      for (String note : run.notes()) {
        String kind = run.method() + ": " + note.replaceAll("[0-9.]+", "#");
        first.putIfAbsent(kind, run.method() + ": " + note);
        seeds.computeIfAbsent(kind, each -> new TreeSet<>()).add(run.seed());
      }
    }
    List<String> out = new ArrayList<>(result.leftOut());
    seeds.forEach((kind, noted) -> out.add(first.get(kind) + onSeeds(noted)));
    return out;
  }

  private static String onSeeds(TreeSet<Long> seeds) {
    List<String> others = seeds.stream().skip(1).map(String::valueOf).toList();
    return " (seed " + seeds.first() + (others.isEmpty() ? "" : "; alike on " + String.join(", ", others)) + ")";
  }

  /**
   * Metrics of predictions that could not be determined and why, with the number of runs.
   *
   * <p>Those that look into a model are left to the JSON: that logistic regression has no hidden units is no finding.
   */
  public static List<String> undetermined(StudyResult result) {
    Set<String> ofPredictions = Metrics.ofPredictions().stream().map(Metric::name).collect(Collectors.toSet());
    Map<String, Integer> runs = new LinkedHashMap<>();
    for (Run run : result.runs()) {
      run.metrics().forEach((name, measured) -> {
        if (!measured.isDetermined() && ofPredictions.contains(name)) {
          runs.merge(measured.undetermined() + "\n" + name, 1, Integer::sum);
        }
      });
    }
    Map<String, List<String>> metrics = new LinkedHashMap<>();
    runs.forEach((key, count) -> {
      String[] parts = key.split("\n", 2);
      metrics.computeIfAbsent(parts[0], each -> new ArrayList<>()).add(parts[1] + " in " + count + " of "
          + result.runs().size() + " runs");
    });
    return metrics.entrySet().stream()
        .map(entry -> String.join(", ", entry.getValue()) + ": " + entry.getKey()).toList();
  }
}
