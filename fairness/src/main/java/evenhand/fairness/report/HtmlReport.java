package evenhand.fairness.report;

import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Spread;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page of a study's report: one file that needs nothing else, in light or dark as the reader's system is. */
final class HtmlReport {
  private static final String STYLE = """
      :root { color-scheme: light dark; --line: #ccc; --ink: #1a1a1a; --paper: #fff; --soft: #f2f2f2 }
      @media (prefers-color-scheme: dark) { :root { --line: #444; --ink: #e8e8e8; --paper: #161616; --soft: #262626 } }
      body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
      .wide { overflow-x: auto }
      table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
      caption { text-align: left; color: inherit; padding-bottom: .5rem }
      th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem; text-align: right }
      td, th[scope=row] { white-space: nowrap }
      th[scope=row], th:first-child { text-align: left }
      small { opacity: .8 } pre { background: var(--soft); padding: .8rem; overflow-x: auto }
      svg { max-width: 44rem; width: 100%; height: auto } svg text { fill: var(--ink); font-size: 12px }
      svg line { stroke: var(--line) }
      """;

  private final StudyReport report;
  private final StudyResult result;
  private final List<String> shown;
  private final int seeds;

  HtmlReport(StudyReport report) {
    this.report = report;
    this.result = report.result();
    this.shown = List.of("accuracy", Verdict.betweenGroups(result.target()), Verdict.toOverall(result.target()));
    this.seeds = (int) result.runs().stream().map(Run::seed).distinct().count();
  }

  String text() {
    StudyResult.Data data = result.data();
    String title = "Study of " + data.name() + " for " + result.target();
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>%1$s</title>
        <style>
        %2$s</style>
        </head>
        <body>
        <main>
        <h1>%1$s</h1>
        <p>%3$s</p>
        <h2>In words</h2>
        %4$s
        <h2>Methods</h2>
        %5$s
        <h2>Accuracy against gap</h2>
        <figure>%6$s<figcaption>Small dots are seeds, large ones their mean. Up is more accurate, left is a smaller gap.
        </figcaption></figure>
        <h2>Every run</h2>
        %7$s
        %13$s
        %8$s
        %9$s
        <h2>Settings</h2>
        %10$s
        <h2>To repeat</h2>
        <pre>%11$s</pre>
        <p><small>%12$s</small></p>
        </main>
        </body>
        </html>
        """.formatted(escaped(title), STYLE, escaped(data.rows() + " rows, " + data.features() + " inputs, label "
        + data.label() + ", groups by " + String.join(" and ", data.sensitive()) + "; model " + result.model()
        + ", device " + result.device() + ", " + (seeds == 1 ? "1 seed" : seeds + " seeds")
        + ". Metrics are taken on the test rows."),
        list(Verdict.of(result)), summaryTable(), new ScatterPlot(result).svg(), runsTable(),
        section("Undetermined", Verdict.undetermined(result)), section("Notes", Verdict.notes(result)), settings(),
        escaped(report.command()), escaped(report.versions()), new ModelSections(result).html());
  }

  private String summaryTable() {
    List<String> header = new ArrayList<>(List.of("method"));
    header.addAll(shown);
    header.add("fit seconds");
    List<List<String>> rows = new ArrayList<>();
    for (StudyResult.Summary summary : result.summary()) {
      List<String> row = new ArrayList<>(List.of(escaped(summary.method())));
      for (String metric : shown) {
        Spread spread = summary.metrics().get(metric);
        row.add(spread == null ? "undetermined" : spread(spread, interval(summary.method(), metric)));
      }
      row.add(format("%.2f", summary.fitSeconds()));
      rows.add(row);
    }
    String caption = (seeds == 1 ? "In brackets: 95% bootstrap intervals of the one seed. "
        : "Mean \u00b1 standard deviation over " + seeds + " seeds. ") + String.join(" ",
            shown.stream()
                .map(name -> name + ": " + ClassMetrics.description(name, result.data().classes())).toList());
    return table(caption, header, rows);
  }

  private static String spread(Spread spread, String interval) {
    String mean = format("%.3f", spread.mean());
    return spread.seeds() == 1 ? mean + interval : mean + format(" \u00b1 %.3f", spread.sd());
  }

  /** The interval of a method's only determined run. */
  private String interval(String method, String metric) {
    return result.runs().stream()
        .filter(run -> run.method().equals(method) && run.metrics().get(metric).isDetermined())
        .findFirst().map(run -> interval(run.metrics().get(metric))).orElse("");
  }

  private static String interval(Measured measured) {
    return measured.low().isEmpty() ? ""
        : format(" [%.3f, %.3f]", measured.low().getAsDouble(), measured.high().getAsDouble());
  }

  private String runsTable() {
    List<String> header = new ArrayList<>(List.of("method", "seed"));
    header.addAll(shown);
    header.add("fit seconds");
    List<List<String>> rows = new ArrayList<>();
    for (Run run : result.runs()) {
      List<String> row = new ArrayList<>(List.of(escaped(run.method()), Long.toString(run.seed())));
      for (String metric : shown) {
        Measured measured = run.metrics().get(metric);
        row.add(measured.isDetermined()
            ? format("%.3f", measured.value().getAsDouble()) + "<br><small>" + interval(measured) + "</small>"
            : "undetermined");
      }
      row.add(format("%.2f", run.fitSeconds()));
      rows.add(row);
    }
    return table("One row per method and seed, with 95% bootstrap intervals. All metrics are in study.json.", header,
        rows);
  }

  private String settings() {
    Map<String, String> all = new LinkedHashMap<>();
    result.runs().forEach(run -> all.putAll(run.settings()));
    return table("The same for every seed.", List.of("setting", "value"),
        all.entrySet().stream().map(entry -> List.of(escaped(entry.getKey()), escaped(entry.getValue()))).toList());
  }

  /** Cells are markup already; the first of a row names it. */
  static String table(String caption, List<String> header, List<List<String>> rows) {
    StringBuilder html = new StringBuilder("<div class=\"wide\"><table><caption>").append(escaped(caption))
        .append("</caption>\n<thead><tr>");
    header.forEach(cell -> html.append("<th scope=\"col\">").append(escaped(cell).replace("_", "_<wbr>"))
        .append("</th>")); // long names may break behind an underscore
    html.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : rows) {
      html.append("<tr><th scope=\"row\">").append(row.getFirst()).append("</th>");
      row.subList(1, row.size()).forEach(cell -> html.append("<td>").append(cell).append("</td>"));
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>").toString();
  }

  private static String section(String title, List<String> items) {
    return items.isEmpty() ? "" : "<h2>" + escaped(title) + "</h2>\n" + list(items);
  }

  private static String list(List<String> items) {
    return items.stream().map(item -> "<li>" + escaped(item) + "</li>\n").reduce("<ul>\n", String::concat) + "</ul>";
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  /** Text as markup. */
  static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
