package evenhand.fairness.report;

import evenhand.fairness.metrics.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;

/**
 * Numbers with their intervals, on the page and as CSV.
 *
 * @param id of its file
 * @param caption what it shows
 * @param header names of the columns; the first names the rows
 * @param rows as many cells in each as the header has
 */
public record DataTable(String id, String caption, List<String> header,
    List<List<Cell>> rows) implements Page.Block {
  /**
   * A cell.
   *
   * @param text for the reader
   * @param small below it: an interval
   * @param value by which the table is sorted; empty for words
   * @param low lower end of the interval
   * @param high upper end of it
   */
  public record Cell(String text, String small, OptionalDouble value, OptionalDouble low, OptionalDouble high) {
    /** Words. */
    public static Cell of(String text) {
      return new Cell(text, "", OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
    }

    /** A whole number. */
    public static Cell of(long value) {
      return new Cell(String.format(Locale.ROOT, "%,d", value), "", OptionalDouble.of(value), OptionalDouble.empty(),
          OptionalDouble.empty());
    }

    /** A number in so many words. */
    public static Cell of(String text, double value) {
      return new Cell(text, "", OptionalDouble.of(value), OptionalDouble.empty(), OptionalDouble.empty());
    }

    /** A number with three digits behind the point; "undetermined" if it is not finite. */
    public static Cell of(double value) {
      return Double.isFinite(value) ? of(number(value), value) : of("undetermined");
    }

    /** A number with its interval, or that there is none. */
    public static Cell of(Measured measured) {
      if (!measured.isDetermined()) {
        return of("undetermined");
      }
      Cell cell = of(measured.value().getAsDouble());
      return measured.low().isEmpty() ? cell
          : cell.within(measured.low().getAsDouble(), measured.high().getAsDouble());
    }

    /** The same with an interval. */
    public Cell within(double from, double to) {
      return new Cell(text, "[" + number(from) + ", " + number(to) + "]", value, OptionalDouble.of(from),
          OptionalDouble.of(to));
    }
  }

  /** Three digits behind the point, or three that count where that shows nothing. */
  static String number(double value) {
    return String.format(Locale.ROOT, value != 0 && Math.abs(value) < 0.0005 ? "%.1e" : "%.3f", value);
  }

  /** Checks that every row is as long as the header. */
  public DataTable {
    List<String> names = List.copyOf(header);
    rows = List.copyOf(rows);
    rows.forEach(row -> {
      if (row.size() != names.size()) {
        throw new IllegalArgumentException("table " + id + ": a row has " + row.size() + " cells, the header has "
            + names.size());
      }
    });
    header = names;
  }

  /** Whether a column has numbers. */
  boolean isNumeric(int column) {
    return rows.stream().anyMatch(row -> row.get(column).value().isPresent());
  }

  /** The table with a line of names; a column with intervals has two more, {@code NAME low} and {@code NAME high}. */
  public String csv() {
    StringBuilder text = new StringBuilder();
    List<Object> names = new ArrayList<>();
    IntStream.range(0, header.size()).forEach(column -> {
      names.add(header.get(column));
      if (hasIntervals(column)) {
        names.add(header.get(column) + " low");
        names.add(header.get(column) + " high");
      }
    });
    line(text, names);
    for (List<Cell> row : rows) {
      List<Object> cells = new ArrayList<>();
      for (int column = 0; column < row.size(); column++) {
        Cell cell = row.get(column);
        cells.add(cell.value().isPresent() ? plain(cell.value().getAsDouble()) : cell.text());
        if (hasIntervals(column)) {
          cells.add(plain(cell.low()));
          cells.add(plain(cell.high()));
        }
      }
      line(text, cells);
    }
    return text.toString();
  }

  private boolean hasIntervals(int column) {
    return rows.stream().anyMatch(row -> row.get(column).low().isPresent());
  }

  private static Object plain(OptionalDouble value) {
    return value.isPresent() ? plain(value.getAsDouble()) : "";
  }

  private static Object plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15 ? (Object) (long) value : (Object) value;
  }

  private static void line(StringBuilder text, List<Object> cells) {
    text.append(CSVFormat.RFC4180.format(cells.toArray())).append(CSVFormat.RFC4180.getRecordSeparator());
  }
}
