package evenhand.fairness.report;

import evenhand.fairness.algorithms.Trajectory;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.ParityReport;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The parts of the page that look into models and their training, for the first seed; empty where there is nothing. */
final class ModelSections {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 220;
  private static final int MARGIN = 45;

  private final List<Run> runs;
  private final long seed;

  ModelSections(StudyResult result) {
    this.seed = result.runs().isEmpty() ? 0 : result.runs().getFirst().seed();
    this.runs = result.runs().stream().filter(run -> run.seed() == seed).toList();
  }

  String html() {
    return parity() + training();
  }

  // ---- parity ----

  private String parity() {
    List<List<String>> rows = new ArrayList<>();
    for (Run run : runs) {
      run.parity().ifPresent(report -> report.pairs()
          .forEach(pair -> rows.add(cells(run.method(), pair, report.checks()))));
    }
    return rows.isEmpty() ? ""
        : "<h2>Units by layer</h2>\n" + HtmlReport.table("How alike the units of a layer weigh in the"
            + " losses of two groups, 0 to 1 (parameter parity), seed " + seed
            + ", with 95% bootstrap intervals. Taken away:"
            + " the same of what taking each unit away does to the losses. Rank correlation: how well the first stands for"
            + " the second, by group. High parity is not a small gap.",
            List.of("method", "layer", "groups", "parity", "taken away", "rank correlation", "units most apart"), rows);
  }

  private static List<String> cells(String method, ParityReport.Pair pair, List<ParityReport.Check> checks) {
    String correlations = checks.stream()
        .filter(check -> check.layer().equals(pair.layer()) && check.over().equals(pair.over())
            && (check.group().equals(pair.a()) || check.group().equals(pair.b())))
        .map(check -> number(check.rankCorrelation())).collect(Collectors.joining(", "));
    String interval = pair.parity().low().isEmpty() ? ""
        : format(" [%.3f, %.3f]", pair.parity().low().getAsDouble(), pair.parity().high().getAsDouble());
    return List.of(HtmlReport.escaped(method), HtmlReport.escaped(pair.layer()),
        HtmlReport.escaped(pair.a() + ", " + pair.b() + (pair.over().equals("rows") ? "" : "; " + pair.over())),
        number(pair.parity()) + interval, number(pair.ablated()), correlations,
        pair.apart().stream().map(unit -> Integer.toString(unit.number())).collect(Collectors.joining(", ")));
  }

  private static String number(Measured measured) {
    return measured.isDetermined() ? format("%.3f", measured.value().getAsDouble()) : "undetermined";
  }

  // ---- training ----

  private String training() {
    StringBuilder html = new StringBuilder();
    for (Run run : runs) {
      run.trajectory().ifPresent(trajectory -> html.append("<figure>").append(curves(trajectory, run.method()))
          .append("<figcaption>").append(HtmlReport.escaped(run.method())).append(": average precision (blue),"
              + " soft gap (orange) and mean parity of the layers (green) on held-out training rows after each epoch, seed ")
          .append(seed).append("; the line marks epoch ").append(trajectory.chosen())
          .append(", which was kept.</figcaption></figure>\n"));
    }
    return html.isEmpty() ? "" : "<h2>Training</h2>\n" + html;
  }

  private static String curves(Trajectory trajectory, String method) {
    List<Trajectory.Epoch> epochs = trajectory.epochs();
    double mark = x(trajectory.chosen() - 1, epochs.size());
    StringBuilder svg = new StringBuilder(
        format("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Training of %s\">%n",
            WIDTH, HEIGHT, HtmlReport.escaped(method)));
    for (double level : new double[]{0, 0.5, 1}) {
      svg.append(format("<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\""
          + " text-anchor=\"end\">%.1f</text>%n", MARGIN, y(level), WIDTH - MARGIN, y(level), MARGIN - 6, y(level) + 4,
          level));
    }
    svg.append(format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke-dasharray=\"4\"/>%n", mark, y(0),
        mark, y(1)));
    svg.append(format("<text x=\"%d\" y=\"%d\">1</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">epoch %d</text>%n",
        MARGIN, HEIGHT - 8, WIDTH - MARGIN, HEIGHT - 8, epochs.size()));
    svg.append(curve(epochs, "#0072B2", epoch -> epoch.averagePrecision().value().orElse(Double.NaN)));
    svg.append(curve(epochs, "#D55E00", epoch -> epoch.softGap().value().orElse(Double.NaN)));
    svg.append(curve(epochs, "#009E73", epoch -> epoch.parity().stream().filter(Measured::isDetermined)
        .mapToDouble(score -> score.value().getAsDouble()).average().orElse(Double.NaN)));
    return svg.append("</svg>").toString();
  }

  private static String curve(List<Trajectory.Epoch> epochs, String colour, Function<Trajectory.Epoch, Double> value) {
    String points = epochs.stream().filter(epoch -> !Double.isNaN(value.apply(epoch)))
        .map(epoch -> format("%.1f,%.1f", x(epoch.number() - 1, epochs.size()), y(Math.min(1, value.apply(epoch)))))
        .collect(Collectors.joining(" "));
    return format("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>%n", colour, points);
  }

  private static double x(int epoch, int epochs) {
    return MARGIN + (WIDTH - 2.0 * MARGIN) * epoch / Math.max(1, epochs - 1);
  }

  private static double y(double value) {
    return HEIGHT - 30 - (HEIGHT - 45) * value;
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
