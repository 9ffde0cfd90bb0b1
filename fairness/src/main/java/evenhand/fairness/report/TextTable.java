package evenhand.fairness.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Columns of text for a terminal: those with numbers to the right, the others and the first to the left.
 *
 * @param header names of the columns
 * @param rows cells, as many in each row as the header has
 */
public record TextTable(List<String> header, List<List<String>> rows) {
  private static final String BETWEEN = "  ";
  private static final int SHORTEST = 8;

  /** Checks that all rows are as long as the header. */
  public TextTable {
    header = List.copyOf(header);
    rows = List.copyOf(rows);
    for (List<String> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException("table: row " + row + " does not fit the header " + header);
      }
    }
  }

  /**
   * The lines, at most so wide if cutting the first column can make them so; else the columns that are too many follow as
   * further tables, each with the first column again.
   */
  public List<String> lines(int width) {
    return lines(width, UnaryOperator.identity());
  }

  /** The same with the lines of the header in some style that takes no room. */
  public List<String> lines(int width, UnaryOperator<String> style) {
    int[] widths = new int[header.size()];
    for (int column = 0; column < widths.length; column++) {
      widths[column] = header.get(column).length();
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    int total = Arrays.stream(widths).sum() + BETWEEN.length() * (widths.length - 1);
    int shortest = Math.min(widths[0], SHORTEST);
    if (total - widths[0] + shortest <= width) {
      widths[0] = Math.max(shortest, widths[0] - Math.max(0, total - width));
      return block(widths, IntStream.range(0, widths.length).toArray(), style);
    }
    widths[0] = Math.min(widths[0], Math.max(SHORTEST, width * 2 / 5));
    List<String> out = new ArrayList<>();
    for (int from = 1, to; from < widths.length; from = to) {
      int used = widths[0];
      for (to = from; to < widths.length && (to == from || used + BETWEEN.length() + widths[to] <= width); to++) {
        used += BETWEEN.length() + widths[to];
      }
      out.addAll(out.isEmpty() ? List.of() : List.of(""));
      out.addAll(block(widths, IntStream.concat(IntStream.of(0), IntStream.range(from, to)).toArray(), style));
    }
    return out;
  }

  private List<String> block(int[] widths, int[] columns, UnaryOperator<String> style) {
    List<String> out = new ArrayList<>(List.of(style.apply(line(header, widths, columns))));
    rows.forEach(row -> out.add(line(row, widths, columns)));
    return out;
  }

  private String line(List<String> row, int[] widths, int[] columns) {
    StringBuilder line = new StringBuilder();
    for (int column : columns) {
      String cell = cut(row.get(column), widths[column]);
      String space = " ".repeat(widths[column] - cell.length());
      line.append(column == 0 ? "" : BETWEEN).append(numeric(column) ? space + cell : cell + space);
    }
    return line.toString().stripTrailing();
  }

  private boolean numeric(int column) {
    return column > 0 && rows.stream().map(row -> row.get(column)).anyMatch(cell -> cell.matches("[-+]?\\d.*"));
  }

  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 2) + "..";
  }

  /** A text in lines of at most so many characters, broken at spaces, the later ones indented by two. */
  public static List<String> wrapped(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line = new StringBuilder("  ").append(word);
      } else {
        line.append(line.isEmpty() ? "" : " ").append(word);
      }
    }
    lines.add(line.toString());
    return lines;
  }
}
