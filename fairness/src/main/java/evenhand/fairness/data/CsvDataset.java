package evenhand.fairness.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Makes a data set of a user's CSV file. */
final class CsvDataset {
  private static final int STEPS = 40;
  private static final int MIN_BATCH = 20;
  private static final int MAX_BATCH = 1000;

  private final CsvOptions options;
  private final Cells cells;
  private final int ownRows;

  private CsvDataset(CsvOptions options) {
    this.options = options;
    Cells own = Cells.read(options.file(), Cells.Layout.HEADER);
    this.ownRows = own.rows();
    this.cells = options.test().map(path -> own.append(Cells.read(path, Cells.Layout.HEADER))).orElse(own);
  }

  static Dataset read(CsvOptions options) {
    return new CsvDataset(options).dataset();
  }

  private Dataset dataset() {
    if (options.sensitive().isEmpty()) {
      throw new DataException(cells.file() + ": no sensitive column was named; name one with --sensitive COL, columns: "
          + String.join(", ", cells.names()));
    }
    checkRoles();
    String positive = positive();
    List<Table.Column> columns = new ArrayList<>();
    for (String name : cells.names()) {
      if (!options.drop().contains(name)) {
        columns.add(column(name));
      }
    }
    Card card = new Card(cells.file(), cells.file(), "Rows of a CSV file.", cells.rows(), options.label(), positive,
        options.sensitive(), options.sensitiveInputs(), "logistic", 0.2, options.file().toString(),
        "unknown", "unknown", training(cells.rows()));
    return new Dataset(card, new Table(cells.file(), columns), true, IntStream.range(ownRows, cells.rows()).toArray());
  }

  /**
   * Training that suits standardised inputs whatever the number of rows: some 30 steps an epoch or more, so that small
   * files are learnt as well, and enough epochs for methods that act once an epoch.
   */
  private static Map<String, String> training(int rows) {
    int batch = Math.clamp(rows / STEPS, MIN_BATCH, MAX_BATCH);
    return Map.of("batch", Integer.toString(batch), "learning-rate", "0.005", "epochs", "100");
  }

  private void checkRoles() {
    cells.requireOne(options.label());
    options.sensitive().forEach(cells::requireOne);
    options.categorical().forEach(cells::requireOne);
    for (String name : options.drop()) {
      if (!cells.names().contains(name)) {
        throw new DataException(cells.file() + ": --drop: " + Table.noSuchColumn(name, cells.names()));
      }
      if (name.equals(options.label()) || options.sensitive().contains(name)) {
        throw new DataException(cells.file() + ": --drop " + name + ": the column is the label or sensitive; it is no"
            + " input of the model anyway (see --sensitive-inputs)");
      }
    }
    if (options.sensitive().size() > new TreeSet<>(options.sensitive()).size()) {
      throw new DataException(cells.file() + ": --sensitive " + String.join(",", options.sensitive())
          + " names a column twice; name it once");
    }
  }

  private Table.Column column(String name) {
    boolean categories = name.equals(options.label()) || options.sensitive().contains(name)
        || options.categorical().contains(name);
    return categories ? cells.categorical(name) : cells.inferred(name);
  }

  /** The label's value that counts as 1. */
  private String positive() {
    List<String> values = cells.column(options.label());
    int missing = values.indexOf("");
    if (missing >= 0) {
      throw new DataException(cells.place(missing, options.label()) + ": the label is missing (in "
          + values.stream().filter(String::isEmpty).count() + " rows); fill it in or remove the rows");
    }
    List<String> levels = List.copyOf(new TreeSet<>(values));
    if (levels.size() == 1) {
      throw new DataException(cells.file() + ": label " + options.label() + " is '" + levels.getFirst()
          + "' in every row; two values are needed, so choose another --label");
    }
    if (options.positive().isPresent()) {
      return chosen(options.positive().get(), levels);
    }
    if (levels.size() > 2) {
      throw new DataException(cells.file() + ": label " + options.label() + " has " + levels.size()
          + " values where two are needed: " + Table.quoted(levels)
          + "; --positive VALUE takes one of them as positive and all others as negative");
    }
    return larger(levels.getFirst(), levels.getLast());
  }

  private String chosen(String wanted, List<String> levels) {
    return levels.stream()
        .filter(level -> level.equals(wanted) || sameNumber(level, wanted))
        .findFirst()
        .orElseThrow(() -> new DataException(cells.file() + ": --positive " + wanted + ": label " + options.label()
            + " has no such value; its values are " + Table.quoted(levels)));
  }

  private static boolean sameNumber(String left, String right) {
    return Cells.isNumber(left) && Cells.isNumber(right) && Double.parseDouble(left) == Double.parseDouble(right);
  }

  private static String larger(String first, String last) {
    boolean numbers = Cells.isNumber(first) && Cells.isNumber(last);
    return numbers && Double.parseDouble(first) > Double.parseDouble(last) ? first : last;
  }
}
