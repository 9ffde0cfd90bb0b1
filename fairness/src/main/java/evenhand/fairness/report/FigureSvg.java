package evenhand.fairness.report;

import evenhand.fairness.report.Figure.Axis;
import evenhand.fairness.report.Figure.Kind;
import evenhand.fairness.report.Figure.Look;
import evenhand.fairness.report.Figure.Point;
import evenhand.fairness.report.Figure.Series;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** A figure as SVG: dark on white, for files and for paper. */
final class FigureSvg {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 420;
  private static final int TOP = 14;
  private static final int BOTTOM = 46;
  private static final int ROW = 30;
  private static final int LINE = 15; // between labels
  private static final double LETTER = 6.4; // mean width of a letter of 12 px
  private static final Map<Look, String> COLOURS = Map.ofEntries(Map.entry(Look.INK, "#1b1f24"),
      Map.entry(Look.ACCENT, "#0060a8"), Map.entry(Look.MUTED, "#6b7580"), Map.entry(Look.FAINT, "#b9c1c9"),
      Map.entry(Look.SMALL, "#6b7580"), Map.entry(Look.FRONT, "#0060a8"), Map.entry(Look.A, "#0072b2"),
      Map.entry(Look.B, "#c84e00"),
      Map.entry(Look.C, "#007d5c"), Map.entry(Look.D, "#a3568a"), Map.entry(Look.E, "#8a6d00"),
      Map.entry(Look.F, "#3b8ec2"));

  private static final Set<Look> QUIET = Set.of(Look.FAINT, Look.SMALL, Look.FRONT); // without labels

  /** A name beside the plot, and what it belongs to. */
  private record Label(double x, double y, String text, Look look) {}

  private final Figure figure;
  private final int height;
  private final int left;
  private final int right;
  private final StringBuilder svg = new StringBuilder();

  FigureSvg(Figure figure) {
    this.figure = figure;
    boolean dots = figure.kind() == Kind.DOTS;
    this.height = dots ? TOP + BOTTOM + ROW * Math.max(1, figure.rows().size()) : HEIGHT;
    this.left = dots ? 20 + (int) (LETTER * longest(figure.rows())) : 64;
    this.right = dots ? 24 : 30 + (int) (LETTER * longest(labels().stream().map(Label::text).toList()));
  }

  private static int longest(List<String> texts) {
    return Math.min(34, texts.stream().mapToInt(String::length).max().orElse(0));
  }

  /** The drawing alone in a file, with title and background. */
  String file() {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + drawing(true);
  }

  /** The drawing within a page. */
  String inline() {
    return drawing(false);
  }

  private String drawing(boolean alone) {
    int head = alone ? 26 + (figure.needsKey() ? 22 : 0) : 0;
    svg.setLength(0);
    svg.append("<svg").append(alone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "");
    svg.append(format(" viewBox=\"0 %d %d %d\" font-family=\"system-ui,"
        + " 'DejaVu Sans', sans-serif\" font-size=\"12\" fill=\"#1b1f24\"", -head, WIDTH, height + head));
    if (alone) {
      svg.append(format(" width=\"%d\" height=\"%d\" role=\"img\"><title>%s</title><desc>%s</desc>", WIDTH,
          height + head, escaped(figure.title()), escaped(figure.caption())));
      svg.append(format("<rect y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fff\"/>", -head, WIDTH, height + head));
      svg.append(format("<text x=\"12\" y=\"%d\" font-size=\"14\" font-weight=\"600\">%s</text>", 18 - head,
          escaped(figure.title())));
      if (figure.needsKey()) {
        key(-8);
      }
    } else {
      svg.append(" aria-hidden=\"true\">");
    }
    svg.append('\n');
    axes();
    figure.mark().ifPresent(at -> line(x(at), TOP, x(at), height - BOTTOM, "#6b7580", 1, "4 3"));
    for (Series each : figure.series()) {
      series(each);
    }
    if (figure.kind() != Kind.DOTS) {
      names();
    }
    return svg.append("</svg>\n").toString();
  }

  private void key(int y) {
    double x = 18;
    for (Series each : figure.series()) {
      symbol(each.look(), x, y - 4, 5);
      text(x + 10, y, "start", each.name(), "#1b1f24");
      x += 34 + LETTER * each.name().length();
    }
  }

  // ---- axes ----

  private void axes() {
    Axis across = figure.x();
    for (double tick : across.ticks()) {
      line(x(tick), TOP, x(tick), height - BOTTOM, "#e3e7eb", 1, "");
      text(x(tick), height - BOTTOM + 17, "middle", number(across, tick), "#5b6470");
    }
    text((left + WIDTH - right) / 2.0, height - 8, "middle", across.name(), "#5b6470");
    if (figure.kind() == Kind.DOTS) {
      for (int row = 0; row < figure.rows().size(); row++) {
        line(left, y(row), WIDTH - right, y(row), "#eef1f4", 1, "");
        text(left - 10, y(row) + 4, "end", cut(figure.rows().get(row)), "#1b1f24");
      }
      return;
    }
    for (double tick : figure.y().ticks()) {
      line(left, y(tick), WIDTH - right, y(tick), "#e3e7eb", 1, "");
      text(left - 8, y(tick) + 4, "end", number(figure.y(), tick), "#5b6470");
    }
    svg.append(format("<text transform=\"translate(14,%.1f) rotate(-90)\" text-anchor=\"middle\" fill=\"#5b6470\">%s"
        + "</text>%n", (TOP + height - BOTTOM) / 2.0, escaped(figure.y().name())));
  }

  private static String number(Axis axis, double tick) {
    return String.format(Locale.ROOT, "%." + axis.digits() + "f", tick + 0.0);
  }

  // ---- series ----

  private void series(Series of) {
    String colour = COLOURS.get(of.look());
    if (figure.kind() == Kind.LINES || of.look() == Look.FRONT) {
      StringBuilder points = new StringBuilder();
      of.points().forEach(point -> points.append(format("%.1f,%.1f ", x(point.x()), y(point.y()))));
      svg.append(format("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s points=\"%s\"/>%n", colour,
          of.look() == Look.FAINT ? "1" : "2", of.look() == Look.FRONT ? " stroke-dasharray=\"5 4\"" : "",
          points.toString().strip()));
      return;
    }
    int index = figure.series().indexOf(of);
    for (Point point : of.points()) {
      double y = y(point.y()) + (figure.isSpread() ? 7 * (index - (figure.series().size() - 1) / 2.0)
          / Math.max(1, figure.series().size() / 3.0) : 0);
      point.low().ifPresent(low -> line(x(low), y, x(point.high().orElseThrow()), y, colour, 2, ""));
      symbol(of.look(), x(point.x()), y, of.look() == Look.FAINT || of.look() == Look.SMALL ? 3 : 5);
    }
  }

  private void symbol(Look look, double x, double y, double r) {
    String fill = COLOURS.get(look);
    svg.append(switch (look) {
      case B, E -> path(fill, x, y - 1.3 * r, x + 1.3 * r, y, x, y + 1.3 * r, x - 1.3 * r, y);
      case C, F -> path(fill, x, y - 1.2 * r, x + 1.2 * r, y + r, x - 1.2 * r, y + r);
      case D -> path(fill, x - r, y - r, x + r, y - r, x + r, y + r, x - r, y + r);
      default -> format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>%n", x, y, r, fill);
    });
  }

  private static String path(String fill, double... at) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < at.length; i += 2) {
      points.append(format("%.1f,%.1f ", at[i], at[i + 1]));
    }
    return format("<polygon fill=\"%s\" points=\"%s\"/>%n", fill, points.toString().strip());
  }

  // ---- names beside the plot ----

  /** Points with a label, or the ends of lines. */
  private List<Label> labels() {
    List<Label> labels = new ArrayList<>();
    for (Series each : figure.series()) {
      if (figure.kind() == Kind.SCATTER) {
        each.points().stream().filter(point -> !point.label().isEmpty() && !QUIET.contains(each.look()))
            .forEach(point -> labels.add(new Label(point.x(), point.y(), point.label(), each.look())));
      } else if (figure.kind() == Kind.LINES && each.look() != Look.FAINT && !each.points().isEmpty()) {
        Point end = each.points().getLast();
        labels.add(new Label(end.x(), end.y(), each.name(), each.look()));
      }
    }
    return labels.stream().filter(label -> !label.text().isEmpty()).sorted(Comparator.comparingDouble(Label::y)
        .reversed()).toList();
  }

  /** To the right, each as high as its point or as little below as the others leave room, with a line to it. */
  private void names() {
    List<Label> labels = labels();
    double[] at = new double[labels.size()];
    for (int i = 0; i < at.length; i++) {
      at[i] = Math.max(y(labels.get(i).y()), i == 0 ? TOP : at[i - 1] + LINE);
    }
    for (int i = at.length - 1; i >= 0; i--) { // back up from the lower edge
      at[i] = Math.min(at[i], height - BOTTOM - LINE * (at.length - 1 - i));
    }
    double x = WIDTH - right + 18;
    for (int i = 0; i < at.length; i++) {
      Label label = labels.get(i);
      line(x(label.x()) + 6, y(label.y()), x - 4, at[i], "#b9c1c9", 0.7, "");
      text(x, at[i] + 4, "start", cut(label.text()), COLOURS.get(label.look()));
    }
  }

  private static String cut(String text) {
    return text.length() <= 34 ? text : text.substring(0, 33) + "…";
  }

  // ---- marks ----

  private double x(double value) {
    Axis axis = figure.x();
    return left + (WIDTH - right - left) * (value - axis.from()) / (axis.to() - axis.from());
  }

  private double y(double value) {
    Axis axis = figure.y();
    double share = (value - axis.from()) / (axis.to() - axis.from());
    return TOP + (height - BOTTOM - TOP) * (figure.kind() == Kind.DOTS ? share : 1 - share);
  }

  private void line(double x1, double y1, double x2, double y2, String colour, double width, String dashes) {
    svg.append(format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%s\"%s/>%n",
        x1, y1, x2, y2, colour, width, dashes.isEmpty() ? "" : " stroke-dasharray=\"" + dashes + "\""));
  }

  private void text(double x, double y, String anchor, String text, String colour) {
    svg.append(format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n", x, y, anchor, colour,
        escaped(text)));
  }

  private static String escaped(String text) {
    return HtmlPage.escaped(text);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
