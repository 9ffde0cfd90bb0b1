package evenhand.fairness.report;

import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.report.Page.Card;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Summary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What was asked, what helped, what it cost and what could not be determined, in plain words. */
final class StudySummary {
  private static final String BASELINE = "erm";

  /** A method beside plain training: mean gap and accuracy, and on how many seeds its gap is smaller. */
  private record Compared(String method, double gap, double accuracy, int smaller, int seeds, double seconds) {}

  private final StudyResult result;
  private final String gap;
  private final int seeds;
  private final List<Compared> compared = new ArrayList<>();
  private final Optional<Summary> baseline;

  StudySummary(StudyResult result) {
    this.result = result;
    this.gap = Verdict.betweenGroups(result.target());
    this.seeds = (int) result.runs().stream().map(Run::seed).distinct().count();
    this.baseline = result.summary().stream()
        .filter(each -> each.method().equals(BASELINE) && each.metrics().containsKey(gap)).findFirst();
    Map<Long, Double> plain = gaps(BASELINE);
    for (Summary each : result.summary()) {
      if (each.metrics().containsKey(gap) && !each.method().equals(BASELINE)) {
        Map<Long, Double> own = gaps(each.method());
        own.keySet().retainAll(plain.keySet());
        compared.add(new Compared(each.method(), mean(each, gap), mean(each, "accuracy"),
            (int) own.entrySet().stream().filter(one -> one.getValue() < plain.get(one.getKey())).count(), own.size(),
            each.fitSeconds()));
      }
    }
    compared.sort(Comparator.comparingDouble(Compared::gap));
  }

  private Map<Long, Double> gaps(String method) {
    Map<Long, Double> gaps = new LinkedHashMap<>();
    result.runs().stream().filter(run -> run.method().equals(method) && run.metrics().get(gap).isDetermined())
        .forEach(run -> gaps.put(run.seed(), run.metrics().get(gap).value().getAsDouble()));
    return gaps;
  }

  private static double mean(Summary summary, String metric) {
    return summary.metrics().containsKey(metric) ? summary.metrics().get(metric).mean() : Double.NaN;
  }

  List<Card> cards() {
    return List.of(new Card("What was asked", asked()), new Card("What helped, and what did not", helped()),
        new Card("What it cost", cost()), new Card("What could not be determined", open()));
  }

  private List<String> asked() {
    StudyResult.Data data = result.data();
    String groups = String.join(" and ", data.sensitive());
    List<String> out = new ArrayList<>();
    out.add("Can " + data.label() + " be predicted so that " + wish() + " in every group by " + groups + "?");
    long others = result.summary().stream().filter(each -> !each.method().equals(BASELINE)).count();
    out.add((others == 0 ? "Plain training (erm) was measured"
        : baseline.isPresent() ? count(others, "method") + " compared with plain training (erm)"
            : count(others, "method") + " compared with each other")
        + " on data set " + data.name() + ", " + String.format(Locale.ROOT, "%,d", data.rows()) + " rows, with "
        + count(seeds, "seed") + ". Every number is of test rows, which no method was trained on.");
    String words = ClassMetrics.description(gap, data.classes());
    out.add("The gap is " + gap + ": " + words.substring(0, 1).toLowerCase(Locale.ROOT) + words.substring(1)
        + " 0 is no gap.");
    return out;
  }

  /** What the target wants, in words. */
  private String wish() {
    String positive = result.data().positive().isEmpty() ? "label 1"
        : result.data().label() + " = " + result.data().positive();
    if (result.data().classes() > 2) {
      return "each label's rows are recognised equally often";
    }
    return switch (result.target()) {
      case "demographic_parity" -> positive + " is predicted equally often";
      case "equal_opportunity" -> "rows with " + positive + " are recognised equally often";
      default -> "rows with " + positive + " are recognised, and others mistaken for them, equally often";
    };
  }

  private List<String> helped() {
    List<String> out = new ArrayList<>(Verdict.findings(result));
    if (baseline.isPresent() && seeds > 1) {
      double plain = mean(baseline.get(), gap);
      add(out, "Smaller than plain training's on every seed: ",
          compared.stream().filter(each -> each.gap < plain && each.smaller == each.seeds).toList());
      add(out, "Smaller on average, but not on every seed: ",
          compared.stream().filter(each -> each.gap < plain && each.smaller < each.seeds).toList());
    }
    return out;
  }

  private static void add(List<String> out, String words, List<Compared> methods) {
    if (!methods.isEmpty()) {
      out.add(words + methods.stream().map(each -> each.method + " (" + DataTable.number(each.gap) + ")")
          .collect(Collectors.joining(", ")) + ".");
    }
  }

  private List<String> cost() {
    if (baseline.isEmpty() || compared.isEmpty()) {
      return List.of("Unknown: the cost is taken against plain training (erm), which was not run beside others.");
    }
    double plain = mean(baseline.get(), "accuracy");
    double plainGap = mean(baseline.get(), gap);
    List<Compared> narrower = compared.stream().filter(each -> each.gap < plainGap).toList();
    List<String> out = new ArrayList<>();
    if (narrower.isEmpty()) {
      return List.of("Nothing is gained, so there is no cost to speak of.");
    }
    Compared dearest = narrower.stream().min(Comparator.comparingDouble(Compared::accuracy)).orElseThrow();
    Compared cheapest = narrower.stream().max(Comparator.comparingDouble(Compared::accuracy)).orElseThrow();
    out.add("Of the methods with a smaller gap, " + cheapest.method + " keeps most accuracy: "
        + change(cheapest.accuracy, plain) + (narrower.size() == 1 ? "." : "; " + dearest.method + " keeps least: "
            + change(dearest.accuracy, plain) + "."));
    double base = baseline.get().fitSeconds();
    Compared slowest = narrower.stream().max(Comparator.comparingDouble(Compared::seconds)).orElseThrow();
    if (base > 0) {
      out.add(String.format(Locale.ROOT, "Training took plain training %.2f s, and at most %.2f s (%s).", base,
          slowest.seconds, slowest.method));
    }
    return out;
  }

  private static String change(double accuracy, double plain) {
    return String.format(Locale.ROOT, "%.3f against %.3f (%+.3f)", accuracy, plain, accuracy - plain);
  }

  private List<String> open() {
    List<String> out = new ArrayList<>(Verdict.cautions(result));
    out.addAll(Verdict.undetermined(result));
    out.addAll(result.leftOut());
    if (compared.stream().anyMatch(each -> each.smaller > 0 && each.smaller < each.seeds)) {
      out.add("Whether a method narrows the gap at all, where its sign differs between seeds.");
    }
    out.add("Whether the model is fair: a gap is one number about one data set, and says nothing about why the groups"
        + " differ or what follows from a prediction.");
    return out;
  }

  private static String count(long number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }
}
