package evenhand.fairness.cli;

import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.report.Verdict;
import evenhand.fairness.study.Comparison;
import evenhand.fairness.study.MatchedAccuracy;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Spread;
import evenhand.fairness.study.StudyResult.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A study on the terminal, within its width: one row per method, then the verdict, notes and undetermined cells. */
final class StudyTable {
  private static final String PLAIN = "erm";

  private final StudyResult result;
  private final List<String> shown;
  private final int seeds;
  private final int width;

  private StudyTable(StudyResult result, int width) {
    this.result = result;
    this.width = width;
    this.shown = List.of("accuracy", Verdict.betweenGroups(result.target()), Verdict.toOverall(result.target()));
    this.seeds = (int) result.runs().stream().map(Run::seed).distinct().count();
  }

  /** The lines to print. */
  static List<String> lines(StudyResult result, int width) {
    return new StudyTable(result, width).lines();
  }

  private List<String> lines() {
    StudyResult.Data data = result.data();
    List<String> out = new ArrayList<>(TextTable.wrapped(data.name() + ": " + data.rows() + " rows, " + data.features()
        + " inputs, label " + data.label() + ", groups by " + String.join(" and ", data.sensitive()) + "; target "
        + result.target() + ", model " + result.model() + ", device " + result.device() + ", "
        + (seeds == 1 ? "1 seed" : seeds + " seeds"), width));
    out.add("");
    out.addAll(lines(table()));
    out.add("");
    out.addAll(legend());
    out.add("");
    Verdict.of(result).forEach(sentence -> TextTable.wrapped(sentence, width)
        .forEach(line -> out.add(line.replace("WORSE", Terminal.red("WORSE")))));
    block("Against erm, seed by seed: mean difference and its 95% interval.", against(), out);
    MatchedAccuracy.of(result).ifPresent(matched -> matched(matched, out));
    block("Without a part, against the whole, seed by seed: mean difference and its 95% interval.",
        rows(Comparison.ofAblations(result)), out);
    section("Undetermined:", Verdict.undetermined(result), out);
    section("Notes:", Verdict.notes(result), out);
    return out;
  }

  private void section(String title, List<String> items, List<String> out) {
    if (!items.isEmpty()) {
      out.add("");
      out.add(Terminal.bold(title));
      items.forEach(item -> out.addAll(TextTable.wrapped("- " + item, width)));
    }
  }

  private List<String> lines(TextTable table) {
    return table.lines(width, Terminal::bold);
  }

  private void block(String title, List<List<String>> rows, List<String> out) {
    if (!rows.isEmpty()) {
      out.add("");
      out.addAll(TextTable.wrapped(title, width));
      out.add("");
      out.addAll(lines(new TextTable(List.of("method", "accuracy", "gap"), rows)));
    }
  }

  private List<List<String>> against() {
    return seeds == 1 ? List.of() : rows(result.summary().stream().filter(summary -> !summary.method().equals(PLAIN))
        .flatMap(summary -> Comparison.of(result, summary.method(), PLAIN).stream()).toList());
  }

  private List<List<String>> rows(List<Comparison> comparisons) {
    return comparisons.stream().map(each -> List.of(
        each.variant().isEmpty() ? each.method() : each.method() + ", " + each.variant(),
        difference(each.differences().get("accuracy")), difference(each.differences().get(result.gap())))).toList();
  }

  private static String difference(Measured difference) {
    String interval = difference.low().isEmpty() ? "" : String.format(Locale.ROOT, " [%+.3f, %+.3f]",
        difference.low().getAsDouble(), difference.high().orElseThrow());
    return difference.isDetermined()
        ? String.format(Locale.ROOT, "%+.3f", difference.value().getAsDouble()) + interval
        : "undetermined";
  }

  /** The smallest gap of each method at each accuracy. */
  private void matched(MatchedAccuracy matched, List<String> out) {
    out.add("");
    out.addAll(TextTable.wrapped(String.format(Locale.ROOT,
        "Smallest gap over the strengths of a method, at an accuracy"
            + " so much below that of %s (%.3f); - where it is not reached. Strengths are chosen on the test rows, so these"
            + " gaps are somewhat too small. Settings and intervals are in study.json.",
        matched.reference(),
        matched.accuracy()), width));
    out.add("");
    List<String> header = new ArrayList<>(List.of("method"));
    MatchedAccuracy.COSTS.forEach(cost -> header.add(String.format(Locale.ROOT, "-%.3f", cost)));
    List<List<String>> rows = new ArrayList<>();
    for (Summary summary : result.summary()) {
      List<String> row = new ArrayList<>(List.of(summary.method()));
      for (double cost : MatchedAccuracy.COSTS) {
        OptionalDouble gap = matched.gap(summary.method(), cost);
        row.add(gap.isPresent() ? String.format(Locale.ROOT, "%.3f", gap.getAsDouble()) : "-");
      }
      rows.add(row);
    }
    out.addAll(lines(new TextTable(header, rows)));
  }

  private TextTable table() {
    List<List<String>> rows = new ArrayList<>();
    for (Summary summary : result.summary()) {
      List<String> row = new ArrayList<>(List.of(summary.method()));
      shown.forEach(metric -> row.add(cell(summary, metric)));
      row.add(String.format(Locale.ROOT, "%.2f", summary.fitSeconds()));
      rows.add(row);
      if (seeds == 1) {
        rows.add(intervals(summary.method()));
      }
    }
    return new TextTable(List.of("method", "accuracy", "gap", "gap to overall", "fit s"), rows);
  }

  private String cell(Summary summary, String metric) {
    Spread spread = summary.metrics().get(metric);
    if (spread == null) {
      return "undetermined";
    }
    return seeds == 1 ? String.format(Locale.ROOT, "%.3f", spread.mean())
        : String.format(Locale.ROOT, "%.3f +- %.3f", spread.mean(), spread.sd());
  }

  /** The second line of a method with one seed. */
  private List<String> intervals(String method) {
    Run run = result.runs().stream().filter(each -> each.method().equals(method)).findFirst().orElseThrow();
    List<String> row = new ArrayList<>(List.of(""));
    for (String metric : shown) {
      Measured measured = run.metrics().get(metric);
      row.add(measured.low().isEmpty() ? ""
          : String.format(Locale.ROOT, "[%.3f, %.3f]", measured.low().getAsDouble(), measured.high().getAsDouble()));
    }
    row.add("");
    return row;
  }

  private List<String> legend() {
    List<String> out = new ArrayList<>();
    out.addAll(TextTable.wrapped(seeds == 1 ? "On the test rows; in brackets 95% bootstrap intervals."
        : "On the test rows; mean +- standard deviation over seeds.", width));
    out.addAll(TextTable.wrapped("gap: " + describe(shown.get(1)), width));
    out.addAll(TextTable.wrapped("gap to overall: " + describe(shown.get(2)), width));
    return out;
  }

  private String describe(String metric) {
    String text = ClassMetrics.description(metric, result.data().classes());
    return metric + ", " + text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
