package evenhand.fairness.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The text of delimited files before it has types: column names, cells, and where each row stands.
 *
 * <p>An empty cell, {@code ?}, {@code NA} and {@code NaN} are missing, and are kept as empty text. A column name that
 * recurs gets {@code .2}, {@code .3} behind it. Commons CSV does the parsing.
 */
final class Cells {
  /**
   * How a file is laid out.
   *
   * @param delimiter between cells; empty to take the commonest of comma, semicolon and tab in the first line
   * @param names names of the columns; empty to take them from the first line
   * @param comment what a line to skip begins with
   */
  record Layout(Optional<Character> delimiter, List<String> names, Optional<Character> comment) {
    /** A first line with names, any of the usual delimiters. */
    static final Layout HEADER = new Layout(Optional.empty(), List.of(), Optional.empty());
  }

  /** One row: its cells, and the file and line where it ends. */
  private record Row(String file, long line, String[] cells) {}

  private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
  private static final double MAX_MAGNITUDE = 1e100; // so that squares and their sums stay finite

  private final String file;
  private final List<String> names;
  private final Map<String, Integer> index = new HashMap<>();
  private final Set<String> repeated;
  private final List<Row> rows;

  private Cells(String file, List<String> names, Set<String> repeated, List<Row> rows) {
    this.file = file;
    this.names = names;
    for (int i = 0; i < names.size(); i++) {
      index.putIfAbsent(names.get(i), i);
    }
    this.repeated = repeated;
    this.rows = rows;
  }

  /**
   * Reads a file of UTF-8 text.
   *
   * @throws DataException if it cannot be read, is not such text, has no rows, or a row has too few or many cells
   */
  static Cells read(Path path, Layout layout) {
    String file = Optional.ofNullable(path.getFileName()).orElse(path).toString();
    try (var reader = Files.newBufferedReader(path, StandardCharsets.UTF_8);
        CSVParser parser = format(layout, path).parse(reader)) {
      return read(file, parser, layout.names());
    } catch (NoSuchFileException e) {
      throw new DataException(path + ": there is no such file; check the path", e);
    } catch (CharacterCodingException e) {
      throw new DataException(file + ": is not UTF-8 text; save it as CSV in UTF-8", e);
    } catch (IOException e) {
      throw new DataException(path + ": cannot be read: " + reason(e) + "; check that it is a readable CSV file", e);
    }
  }

  private static Cells read(String file, CSVParser parser, List<String> given) throws IOException {
    List<String> names = new ArrayList<>(given);
    Set<String> repeated = new HashSet<>();
    List<Row> rows = new ArrayList<>();
    try {
      for (CSVRecord record : parser) {
        long line = parser.getCurrentLineNumber();
        if (names.isEmpty()) {
          header(record.toList(), names, repeated);
        } else {
          checkWidth(file, line, record.size(), names.size(), given.isEmpty());
          rows.add(new Row(file, line, record.stream().map(Cells::clean).toArray(String[]::new)));
        }
      }
    } catch (UncheckedIOException | IllegalStateException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof CharacterCodingException coding) {
        throw coding;
      }
      throw new DataException(file + ": line " + parser.getCurrentLineNumber() + " cannot be parsed: " + reason(cause)
          + "; check that every quote is closed", e);
    }
    if (rows.isEmpty()) {
      throw new DataException(file + ": " + (names.isEmpty() ? "is empty" : "has no rows below its header")
          + "; give a file with a line of column names and one line for each row");
    }
    return new Cells(file, List.copyOf(names), repeated, rows);
  }

  private static void checkWidth(String file, long line, int cells, int expected, boolean header) {
    if (cells != expected) {
      throw new DataException(file + ": line " + line + " has " + cells + " columns, expected " + expected
          + (header ? " as in the header" : "") + "; check its delimiters and quotes");
    }
  }

  private static void header(List<String> texts, List<String> names, Set<String> repeated) {
    Set<String> seen = new HashSet<>();
    Map<String, Integer> next = new HashMap<>(); // the number behind a name that recurs
    for (String text : texts) {
      String name = text.replace("\uFEFF", "").strip(); // a byte order mark, as some programs write it
      name = name.isEmpty() ? "column " + (names.size() + 1) : name;
      String unique = name;
      while (!seen.add(unique)) {
        unique = name + "." + next.merge(name, 2, (last, _) -> last + 1);
        repeated.add(name);
      }
      names.add(unique);
    }
  }

  private static String clean(String cell) {
    String text = cell.strip();
    return text.equals("?") || text.equals("NA") || text.equalsIgnoreCase("NaN") ? "" : text;
  }

  private static String reason(Throwable e) {
    String message = Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
    return message.lines().findFirst().orElse("").strip();
  }

  private static CSVFormat format(Layout layout, Path path) throws IOException {
    char delimiter = layout.delimiter().isPresent() ? layout.delimiter().get() : delimiter(path);
    var builder = CSVFormat.DEFAULT.builder()
        .setDelimiter(delimiter)
        .setTrailingDelimiter(delimiter == ' ') // a space at a line's end begins no cell; german.data has one
        .setIgnoreSurroundingSpaces(true)
        .setIgnoreEmptyLines(true);
    layout.comment().ifPresent(builder::setCommentMarker);
    return builder.get();
  }

  private static char delimiter(Path path) throws IOException {
    String first;
    try (Stream<String> lines = Files.lines(path, StandardCharsets.UTF_8)) {
      first = lines.filter(line -> !line.isBlank()).findFirst().orElse("");
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    char best = ',';
    for (char candidate : new char[]{';', '\t'}) {
      if (count(first, candidate) > count(first, best)) {
        best = candidate;
      }
    }
    return best;
  }

  private static long count(String text, char letter) {
    return text.chars().filter(each -> each == letter).count();
  }

  /** The file's name. */
  String file() {
    return file;
  }

  /** Column names, in order. */
  List<String> names() {
    return names;
  }

  /** Number of rows. */
  int rows() {
    return rows.size();
  }

  /**
   * Number of a column, the first of its name.
   *
   * @throws DataException if there is none
   */
  int index(String name) {
    Integer at = index.get(name);
    if (at == null) {
      throw new DataException(file + ": " + Table.noSuchColumn(name, names));
    }
    return at;
  }

  /**
   * Checks that exactly one column has this name.
   *
   * @throws DataException if there is none or several
   */
  void requireOne(String name) {
    index(name);
    if (repeated.contains(name)) {
      throw new DataException(file + ": several columns are named '" + name + "'; give them different names");
    }
  }

  /** The cells of a column, empty where missing. */
  List<String> column(String name) {
    int index = index(name);
    return rows.stream().map(row -> row.cells()[index]).toList();
  }

  /** {@code people.csv: line 17, column age}. */
  String place(int row, String name) {
    Row at = rows.get(row);
    return at.file() + ": line " + at.line() + ", column " + name;
  }

  /** These rows, then another file's; its columns are taken by name, and it may have more. */
  Cells append(Cells other) {
    int[] source = names.stream().mapToInt(name -> {
      if (!other.index.containsKey(name)) {
        throw new DataException(other.file + ": " + Table.noSuchColumn(name, other.names) + "; it needs all columns of "
            + file);
      }
      return other.index.get(name);
    }).toArray();
    List<Row> joined = new ArrayList<>(rows);
    for (Row row : other.rows) {
      String[] cells = new String[source.length];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = row.cells()[source[i]];
      }
      joined.add(new Row(row.file(), row.line(), cells));
    }
    return new Cells(file, names, repeated, joined);
  }

  /** A column of categories, each cell changed as given. */
  Table.Categorical categorical(String name, UnaryOperator<String> change) {
    return Table.Categorical.of(name, column(name).stream().map(change).toList());
  }

  /** A column of categories. */
  Table.Categorical categorical(String name) {
    return categorical(name, UnaryOperator.identity());
  }

  /**
   * A column of numbers.
   *
   * @throws DataException if a cell is neither missing nor a number, or is beyond 1e100
   */
  Table.Numeric numeric(String name) {
    List<String> cells = column(name);
    double[] values = new double[cells.size()];
    for (int row = 0; row < values.length; row++) {
      values[row] = number(cells.get(row), row, name);
    }
    return new Table.Numeric(name, values);
  }

  private double number(String cell, int row, String name) {
    if (cell.isEmpty()) {
      return Double.NaN;
    }
    if (!isNumber(cell)) {
      throw new DataException(place(row, name) + ": '" + shortened(cell) + "' is not a number; correct it, leave it"
          + " empty if it is unknown, or drop the column with --drop " + name);
    }
    double value = Double.parseDouble(cell);
    if (Math.abs(value) > MAX_MAGNITUDE) {
      throw new DataException(place(row, name) + ": " + shortened(cell) + " is too large; correct it, or leave it empty"
          + " if it is unknown");
    }
    return value;
  }

  private static String shortened(String cell) {
    return (cell.length() <= 40 ? cell : cell.substring(0, 40) + "..").replaceAll("\\p{Cntrl}", " ");
  }

  static boolean isNumber(String cell) {
    return NUMBER.matcher(cell).matches();
  }

  /**
   * A column of the type its cells show: numbers where more than half of the known cells are numbers, else categories.
   *
   * @throws DataException if most cells are numbers and one is not
   */
  Table.Column inferred(String name) {
    List<String> known = column(name).stream().filter(cell -> !cell.isEmpty()).toList();
    long numbers = known.stream().filter(Cells::isNumber).count();
    return 2 * numbers > known.size() ? numeric(name) : categorical(name);
  }
}
