package evenhand.fairness.report;

import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Accuracy against gap as SVG: a small dot for each seed, a large one for the mean over seeds, a colour per method. */
final class ScatterPlot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 380;
  private static final int LEFT = 70;
  private static final int BOTTOM = 50;
  private static final int RIGHT = 200; // room for the names
  private static final int TOP = 15;
  private static final int TICKS = 5;
  /** Colours of Okabe and Ito, told apart by people with any kind of colour vision, then others. */
  private static final List<String> COLOURS = List.of("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
      "#8C8C00", "#7B3294", "#A6611A", "#808080", "#E31A1C");

  private record Point(String method, String what, double gap, double accuracy, boolean mean) {}

  private final String gapName;
  private final List<String> methods;
  private final List<Point> points = new ArrayList<>();

  ScatterPlot(StudyResult result) {
    this.gapName = Verdict.betweenGroups(result.target());
    this.methods = result.summary().stream().map(StudyResult.Summary::method).toList();
    for (Run run : result.runs()) {
      var gap = run.metrics().get(gapName).value();
      var accuracy = run.metrics().get("accuracy").value();
      if (gap.isPresent() && accuracy.isPresent()) {
        points.add(new Point(run.method(), "seed " + run.seed(), gap.getAsDouble(), accuracy.getAsDouble(), false));
      }
    }
    for (var summary : result.summary()) {
      var gap = summary.metrics().get(gapName);
      var accuracy = summary.metrics().get("accuracy");
      if (gap != null && accuracy != null) {
        points.add(new Point(summary.method(), "mean", gap.mean(), accuracy.mean(), true));
      }
    }
  }

  /** The picture; the empty string if there is no point. */
  String svg() {
    if (points.isEmpty()) {
      return "";
    }
    double gapMax = Math.max(0.01, points.stream().mapToDouble(Point::gap).max().orElseThrow() * 1.05);
    double low = points.stream().mapToDouble(Point::accuracy).min().orElseThrow() - 0.01;
    double high = points.stream().mapToDouble(Point::accuracy).max().orElseThrow() + 0.01;
    StringBuilder svg = new StringBuilder("""
        <svg viewBox="0 0 %d %d" role="img" aria-label="Accuracy against %s, one colour per method">
        """.formatted(WIDTH, HEIGHT, gapName));
    for (int i = 0; i <= TICKS; i++) {
      double gap = gapMax * i / TICKS;
      double accuracy = low + (high - low) * i / TICKS;
      double x = x(gap, gapMax);
      double y = y(accuracy, low, high);
      svg.append(line(x, TOP, x, HEIGHT - BOTTOM)).append(line(LEFT, y, WIDTH - RIGHT, y));
      svg.append(text(x, HEIGHT - BOTTOM + 18, "middle", number(gap)));
      svg.append(text(LEFT - 8, y + 4, "end", number(accuracy)));
    }
    svg.append(text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", gapName + " (left is smaller)"));
    svg.append("<text transform=\"translate(14,%d) rotate(-90)\" text-anchor=\"middle\">accuracy</text>%n"
        .formatted((TOP + HEIGHT - BOTTOM) / 2));
    for (Point point : points) {
      svg.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\" fill-opacity=\"%s\">",
          x(point.gap, gapMax), y(point.accuracy, low, high), point.mean ? 8 : 4, colour(point.method),
          point.mean ? "0.9" : "0.5"));
      svg.append("<title>%s, %s: gap %s, accuracy %s</title></circle>%n".formatted(HtmlReport.escaped(point.method),
          point.what, number(point.gap), number(point.accuracy)));
    }
    for (int i = 0; i < methods.size(); i++) {
      int y = TOP + 15 + 20 * i;
      svg.append("<circle cx=\"%d\" cy=\"%d\" r=\"6\" fill=\"%s\"/>".formatted(WIDTH - RIGHT + 18, y - 4,
          colour(methods.get(i)))).append(text(WIDTH - RIGHT + 30, y, "start", methods.get(i)));
    }
    return svg.append("</svg>").toString();
  }

  private String colour(String method) {
    return COLOURS.get(methods.indexOf(method) % COLOURS.size());
  }

  private static double x(double gap, double gapMax) {
    return LEFT + (WIDTH - RIGHT - LEFT) * gap / gapMax;
  }

  private static double y(double accuracy, double low, double high) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (accuracy - low) / (high - low);
  }

  private static String line(double x1, double y1, double x2, double y2) {
    return format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n", x1, y1, x2, y2);
  }

  private static String text(double x, double y, String anchor, String text) {
    return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, HtmlReport.escaped(text));
  }

  private static String number(double value) {
    return format("%.3f", value);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
