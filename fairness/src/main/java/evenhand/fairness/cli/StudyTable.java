package evenhand.fairness.cli;

import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.report.Verdict;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Spread;
import evenhand.fairness.study.StudyResult.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A study on the terminal, within 80 columns: one row per method, then the verdict, notes and undetermined cells. */
final class StudyTable {
  private static final int WIDTH = 80;

  private final StudyResult result;
  private final List<String> shown;
  private final int seeds;

  private StudyTable(StudyResult result) {
    this.result = result;
    this.shown = List.of("accuracy", Verdict.betweenGroups(result.target()), Verdict.toOverall(result.target()));
    this.seeds = (int) result.runs().stream().map(Run::seed).distinct().count();
  }

  /** The lines to print. */
  static List<String> lines(StudyResult result) {
    return new StudyTable(result).lines();
  }

  private List<String> lines() {
    StudyResult.Data data = result.data();
    List<String> out = new ArrayList<>(TextTable.wrapped(data.name() + ": " + data.rows() + " rows, " + data.features()
        + " inputs, label " + data.label() + ", groups by " + String.join(" and ", data.sensitive()) + "; target "
        + result.target() + ", model " + result.model() + ", device " + result.device() + ", "
        + (seeds == 1 ? "1 seed" : seeds + " seeds"), WIDTH));
    out.add("");
    out.addAll(table().lines(WIDTH));
    out.add("");
    out.addAll(legend());
    out.add("");
    Verdict.of(result).forEach(sentence -> out.addAll(TextTable.wrapped(sentence, WIDTH)));
    section("Undetermined:", Verdict.undetermined(result), out);
    section("Notes:", Verdict.notes(result), out);
    return out;
  }

  private static void section(String title, List<String> items, List<String> out) {
    if (!items.isEmpty()) {
      out.add("");
      out.add(title);
      items.forEach(item -> out.addAll(TextTable.wrapped("- " + item, WIDTH)));
    }
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
        : "On the test rows; mean +- standard deviation over seeds.", WIDTH));
    out.addAll(TextTable.wrapped("gap: " + describe(shown.get(1)), WIDTH));
    out.addAll(TextTable.wrapped("gap to overall: " + describe(shown.get(2)), WIDTH));
    return out;
  }

  private String describe(String metric) {
    String text = ClassMetrics.description(metric, result.data().classes());
    return metric + ", " + text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
