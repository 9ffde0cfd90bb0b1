package evenhand.fairness.report;

import java.util.ArrayList;
import java.util.List;

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

  /** The lines, at most so wide if cutting the first column can make them so. */
  public List<String> lines(int width) {
    int[] widths = new int[header.size()];
    List<List<String>> all = new ArrayList<>(List.of(header));
    all.addAll(rows);
    int total = BETWEEN.length() * (widths.length - 1);
    for (int column = 0; column < widths.length; column++) {
      for (List<String> row : all) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
      total += widths[column];
    }
    widths[0] = Math.max(Math.min(widths[0], SHORTEST), widths[0] - Math.max(0, total - width));
    return all.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
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
