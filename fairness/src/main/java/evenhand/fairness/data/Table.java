package evenhand.fairness.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Named columns of numbers or categories, all of the same length. */
public final class Table {
  /** One column. */
  public sealed interface Column {
    /** The column's name, unique in its table. */
    String name();

    /** Number of rows. */
    int rows();

    /** Is the cell of this row empty? */
    boolean missing(int row);

    /** The given rows, in the given order. */
    Column select(int[] rows);
  }

  /**
   * A column of numbers.
   *
   * @param values finite, or NaN where missing; not copied, not to be changed
   */
  public record Numeric(String name, double[] values) implements Column {
    @Override
    public int rows() {
      return values.length;
    }

    @Override
    public boolean missing(int row) {
      return Double.isNaN(values[row]);
    }

    @Override
    public Numeric select(int[] rows) {
      return new Numeric(name, Arrays.stream(rows).mapToDouble(row -> values[row]).toArray());
    }
  }

  /**
   * A column of categories.
   *
   * @param levels the different values, sorted
   * @param codes for each row an index into the levels, or -1 where missing; not copied, not to be changed
   */
  public record Categorical(String name, List<String> levels, int[] codes) implements Column {
    /** Takes a copy of the levels. */
    public Categorical {
      levels = List.copyOf(levels);
    }

    /** A column of the given texts; an empty text is a missing cell. */
    public static Categorical of(String name, List<String> values) {
      List<String> levels = List.copyOf(new TreeSet<>(values.stream().filter(value -> !value.isEmpty()).toList()));
      Map<String, Integer> index = new LinkedHashMap<>();
      levels.forEach(level -> index.put(level, index.size()));
      return new Categorical(name, levels, values.stream().mapToInt(value -> index.getOrDefault(value, -1)).toArray());
    }

    @Override
    public int rows() {
      return codes.length;
    }

    @Override
    public boolean missing(int row) {
      return codes[row] < 0;
    }

    /** The text of a row; empty where missing. */
    public String text(int row) {
      return codes[row] < 0 ? "" : levels.get(codes[row]);
    }

    /** The given rows; levels that none of them has are dropped. */
    @Override
    public Categorical select(int[] rows) {
      return of(name, Arrays.stream(rows).mapToObj(this::text).toList());
    }
  }

  private static final int NAMES_SHOWN = 60;

  private final String source;
  private final Map<String, Column> columns = new LinkedHashMap<>();
  private final int rows;

  /**
   * A table of the given columns.
   *
   * @param source where it comes from, for messages: a file's or a data set's name
   * @throws IllegalArgumentException if there is no column, a name recurs or lengths differ
   */
  public Table(String source, List<? extends Column> columns) {
    this.source = source;
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("table " + source + ": no columns");
    }
    this.rows = columns.getFirst().rows();
    for (Column column : columns) {
      if (column.rows() != rows) {
        throw new IllegalArgumentException("table " + source + ": column " + column.name() + " has " + column.rows()
            + " rows, " + columns.getFirst().name() + " has " + rows);
      }
      if (this.columns.put(column.name(), column) != null) {
        throw new IllegalArgumentException("table " + source + ": two columns are named " + column.name());
      }
    }
  }

  /** Where the table comes from. */
  public String source() {
    return source;
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Names of the columns, in order. */
  public List<String> names() {
    return List.copyOf(columns.keySet());
  }

  /** The columns, in order. */
  public List<Column> columns() {
    return List.copyOf(columns.values());
  }

  /**
   * The column of a name.
   *
   * @throws DataException if there is none, with the columns there are
   */
  public Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new DataException(source + ": " + noSuchColumn(name, columns.keySet()));
    }
    return column;
  }

  /**
   * The column of numbers of a name.
   *
   * @throws DataException if there is none or it has categories
   */
  public Numeric numeric(String name) {
    if (column(name) instanceof Numeric numeric) {
      return numeric;
    }
    throw new DataException(source + ": column " + name + " has categories, not numbers; choose another column");
  }

  /**
   * The column of categories of a name.
   *
   * @throws DataException if there is none or it has numbers
   */
  public Categorical categorical(String name) {
    if (column(name) instanceof Categorical categorical) {
      return categorical;
    }
    throw new DataException(source + ": column " + name + " has numbers, not categories; choose another column");
  }

  /** The given rows, in the given order; categories that none of them has are dropped. */
  public Table select(int[] rows) {
    return new Table(source, columns.values().stream().map(column -> column.select(rows)).toList());
  }

  /** The rows that a test of the row's number passes. */
  public Table filter(IntPredicate keep) {
    return select(IntStream.range(0, rows).filter(keep).toArray());
  }

  /** This table with a column added, or replaced where the name exists. */
  public Table with(Column column) {
    Map<String, Column> changed = new LinkedHashMap<>(columns);
    changed.put(column.name(), column);
    return new Table(source, List.copyOf(changed.values()));
  }

  /** This table without the given columns. */
  public Table without(Collection<String> names) {
    names.forEach(this::column);
    return new Table(source, columns.values().stream().filter(column -> !names.contains(column.name())).toList());
  }

  /** {@code there is no column 'agee'; did you mean age? Columns: age, ..}. */
  static String noSuchColumn(String wanted, Collection<String> names) {
    String shown = String.join(", ", names.stream().limit(NAMES_SHOWN).toList());
    return "there is no column '" + wanted + "'; " + Nearest.hint(wanted, names) + "columns: " + shown
        + (names.size() > NAMES_SHOWN ? ", .. (" + names.size() + " in all)" : "");
  }

  /** Source, rows and columns: {@code people.csv (100 rows, 7 columns)}. */
  @Override
  public String toString() {
    return source + " (" + rows + " rows, " + columns.size() + " columns)";
  }

  /** The texts of a list quoted and joined for a message, at most ten of them. */
  static String quoted(List<String> values) {
    List<String> shown = new ArrayList<>(values.stream().limit(10).map(value -> "'" + value + "'").toList());
    if (values.size() > shown.size()) {
      shown.add(".. (" + values.size() + " in all)");
    }
    return String.join(", ", shown);
  }
}
