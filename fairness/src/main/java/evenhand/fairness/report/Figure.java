package evenhand.fairness.report;

import evenhand.fairness.report.DataTable.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A chart, as what it shows: {@link FigureSvg} draws it for files, print and browsers without scripts, the page's script
 * for the reader at a screen; {@link #table} has its numbers.
 *
 * @param id of its files
 * @param title what it shows
 * @param caption how to read it
 * @param kind of drawing
 * @param rows names of the rows of {@link Kind#DOTS}, from the top; else none
 * @param mark an x to mark, where there is one
 */
public record Figure(String id, String title, String caption, Kind kind, Axis x, Axis y, List<String> rows,
    List<Series> series, OptionalDouble mark) implements Page.Block {
  /** Kinds of drawings. */
  public enum Kind {
    /** Lines over x, with their names at their ends. */
    LINES,
    /** Points in a plane, those with a label named. */
    SCATTER,
    /** A row of points for each name, x being their value and y the number of the row. */
    DOTS
  }

  /** How a series looks. Colours are told apart with any kind of colour vision, and shapes differ as well. */
  public enum Look {
    /** What others are compared with. */
    INK,
    /** What the eye should find. */
    ACCENT,
    /** All else. */
    MUTED,
    /** In the background, without its label. */
    FAINT,
    /** As all else, but small and without its label. */
    SMALL,
    /** A line that joins points. */
    FRONT,
    /** The first of several alike. */
    A,
    /** The second. */
    B,
    /** The third. */
    C,
    /** The fourth. */
    D,
    /** The fifth. */
    E,
    /** The sixth. */
    F;

    private static final List<Look> ALIKE = List.of(A, B, C, D, E, F);

    /** That of one of several alike; of more than six, all are muted. */
    static Look of(int index, int count) {
      return count > ALIKE.size() ? MUTED : ALIKE.get(index);
    }
  }

  /** Points that belong together. */
  public record Series(String name, Look look, List<Point> points) {}

  /**
   * A point.
   *
   * @param low lower end of an interval of x, in {@link Kind#DOTS}
   * @param high upper end of it
   * @param label what it is; the empty string for what its series says
   */
  public record Point(double x, double y, OptionalDouble low, OptionalDouble high, String label) {
    /** Without interval and label. */
    public static Point of(double x, double y) {
      return new Point(x, y, OptionalDouble.empty(), OptionalDouble.empty(), "");
    }

    /** The same with a label. */
    public Point labelled(String text) {
      return new Point(x, y, low, high, text);
    }
  }

  /** What a direction counts, from where to where, and the step of its ticks. */
  public record Axis(String name, double from, double to, double step) {
    private static final double[] STEPS = {1, 2, 5, 10, 20};

    /** The axis that holds these values, and 0 if asked for, with four to eight round ticks. */
    public static Axis of(String name, boolean zero, Stream<Double> values) {
      double[] all = Stream.concat(values, zero ? Stream.of(0.0) : Stream.empty()).mapToDouble(Double::doubleValue)
          .toArray();
      double low = Arrays.stream(all).min().orElse(0);
      double high = Arrays.stream(all).max().orElse(1);
      double span = Math.max(high - low, Math.max(1e-9, Math.abs(high) * 1e-3));
      double power = Math.pow(10, Math.floor(Math.log10(span)));
      double step = power;
      for (double candidate : STEPS) {
        if (span / (candidate * power / 10) >= 4 && span / (candidate * power / 10) <= 8) {
          step = candidate * power / 10;
        }
      }
      return new Axis(name, Math.floor(low / step + 1e-9) * step, Math.ceil(Math.max(high, low + span) / step - 1e-9)
          * step, step);
    }

    /** An axis of rows, which has no ticks. */
    static Axis ofRows(int count) {
      return new Axis("", -0.5, count - 0.5, 1);
    }

    /** Where the ticks are. */
    double[] ticks() {
      return IntStream.rangeClosed(0, (int) Math.round((to - from) / step)).mapToDouble(i -> from + i * step).toArray();
    }

    /** Digits behind the point that tell ticks apart. */
    int digits() {
      return Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
    }
  }

  /** A row of points for each name; intervals where points have them. */
  public static Figure dots(String id, String title, String caption, String xName, boolean zero, List<String> rows,
      List<Series> series) {
    Axis x = Axis.of(xName, zero, points(series).flatMap(
        point -> Stream.of(point.x, point.low.orElse(point.x), point.high.orElse(point.x))));
    return new Figure(id, title, caption, Kind.DOTS, x, Axis.ofRows(rows.size()), rows, series, OptionalDouble.empty());
  }

  /** Lines or points in a plane. */
  public static Figure plane(String id, String title, String caption, Kind kind, String xName, String yName,
      boolean zero, List<Series> series) {
    return new Figure(id, title, caption, kind, Axis.of(xName, kind == Kind.SCATTER, points(series).map(Point::x)),
        Axis.of(yName, zero, points(series).map(Point::y)), List.of(), series, OptionalDouble.empty());
  }

  /** The same with an x marked. */
  public Figure marked(double at) {
    return new Figure(id, title, caption, kind, x, y, rows, series, OptionalDouble.of(at));
  }

  private static Stream<Point> points(List<Series> series) {
    return series.stream().flatMap(each -> each.points().stream());
  }

  @Override
  public Stream<Figure> figures() {
    return Stream.of(this);
  }

  /** Whether the series are told apart by colour and shape, and so need a key. */
  boolean needsKey() {
    return kind == Kind.DOTS && series.size() > 1 && series.stream().allMatch(each -> each.look() != Look.MUTED);
  }

  /** Whether rows have points of several series, which are drawn a little apart. */
  boolean isSpread() {
    return kind == Kind.DOTS && series.stream().flatMap(each -> each.points().stream().map(Point::y).distinct())
        .distinct().count() < series.stream().mapToLong(each -> each.points().stream().map(Point::y).distinct().count())
            .sum();
  }

  /** The numbers: a row for each x of lines, else a row for each point. */
  public DataTable table() {
    return kind == Kind.LINES ? ofLines() : ofPoints();
  }

  private DataTable ofLines() {
    List<String> header = new ArrayList<>(List.of(x.name()));
    series.forEach(each -> header.add(each.name().isEmpty() ? y.name() : each.name()));
    Map<Double, List<Cell>> rows = new TreeMap<>();
    for (int s = 0; s < series.size(); s++) {
      for (Point point : series.get(s).points()) {
        List<Cell> row = rows.computeIfAbsent(point.x, at -> new ArrayList<>(List.of(Cell.of(plain(at), at))));
        while (row.size() <= s) {
          row.add(Cell.of(""));
        }
        row.add(Cell.of(point.y));
      }
    }
    rows.values().forEach(row -> {
      while (row.size() < header.size()) {
        row.add(Cell.of(""));
      }
    });
    return new DataTable(id, "Numbers of the figure: " + title, header, List.copyOf(rows.values()));
  }

  private DataTable ofPoints() {
    boolean dots = kind == Kind.DOTS;
    boolean named = series.size() > 1;
    List<String> header = new ArrayList<>(List.of(dots ? "of" : "point"));
    if (named) {
      header.add(dots ? "which" : "series");
    }
    header.add(x.name());
    if (!dots) {
      header.add(y.name());
    }
    List<List<Cell>> rows = new ArrayList<>();
    for (int row = 0; row < (dots ? this.rows.size() : 1); row++) {
      for (Series each : series) {
        for (Point point : each.points()) {
          if (!dots || (int) point.y == row) {
            rows.add(cells(each, point, named));
          }
        }
      }
    }
    return new DataTable(id, "Numbers of the figure: " + title, header, rows);
  }

  private List<Cell> cells(Series of, Point point, boolean named) {
    List<Cell> row = new ArrayList<>();
    row.add(Cell.of(kind == Kind.DOTS ? rows.get((int) point.y) : point.label.isEmpty() ? of.name() : point.label));
    if (named) {
      row.add(Cell.of(of.name()));
    }
    Cell value = Cell.of(point.x);
    row.add(point.low.isPresent() ? value.within(point.low.getAsDouble(), point.high.orElseThrow()) : value);
    if (kind != Kind.DOTS) {
      row.add(Cell.of(point.y));
    }
    return row;
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : DataTable.number(value);
  }
}
