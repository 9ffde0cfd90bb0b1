package evenhand.fairness.data;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A table with a label to predict and sensitive columns; it is split, then encoded. */
public final class Dataset {
  private static final int MAX_GROUPS = 100;

  private final Card card;
  private final Table table;
  private final boolean standardise;
  private final int[] publishedTestRows;
  private final int[] labels;
  private final List<String> labelLevels;
  private final List<Attribute> sensitive;

  /**
   * A data set; all columns but the label, and but the sensitive ones where the card says so, are inputs.
   *
   * @param standardise shift and scale numeric inputs, or take them as they are?
   * @param publishedTestRows rows that whoever published the data meant for testing; may be empty
   * @throws DataException if a column is missing, the label does not have the positive and another value, or a
   *     sensitive column has fewer than two values
   */
  public Dataset(Card card, Table table, boolean standardise, int[] publishedTestRows) {
    this.card = card;
    this.table = table;
    this.standardise = standardise;
    this.publishedTestRows = publishedTestRows.clone();
    Table.Categorical label = table.categorical(card.label());
    int positive = label.levels().indexOf(card.positive());
    if (positive < 0 || label.levels().size() < 2) {
      throw new DataException(table.source() + ": label " + card.label() + " needs the value '" + card.positive()
          + "' and another, but its values are " + Table.quoted(label.levels()));
    }
    this.labels = Arrays.stream(label.codes()).map(code -> code == positive ? 1 : 0).toArray();
    this.labelLevels = List.of(label.levels().size() > 2 ? "not " + card.positive() : label.levels().get(1 - positive),
        card.positive());
    for (int row = 0; row < table.rows(); row++) {
      if (label.missing(row)) {
        throw new DataException(table.source() + ": row " + (row + 1) + " has no label; remove rows without a label");
      }
    }
    this.sensitive = card.sensitive().stream().map(this::attribute).toList();
  }

  private Attribute attribute(String name) {
    if (name.equals(card.label())) {
      throw new DataException(table.source() + ": column " + name + " is the label and cannot be sensitive as well;"
          + " choose another --sensitive column");
    }
    Table.Categorical groups = switch (table.column(name)) {
      case Table.Categorical categorical -> categorical;
      case Table.Numeric numeric -> categories(numeric);
    };
    List<String> levels = groups.levels();
    if (levels.size() < 2) {
      throw new DataException(table.source() + ": column " + name + " has "
          + (levels.isEmpty() ? "no values" : "the one value " + Table.quoted(levels) + " only")
          + ", so there are no groups to compare; choose another --sensitive column");
    }
    if (levels.size() > MAX_GROUPS) {
      throw new DataException(table.source() + ": column " + name + " has " + levels.size() + " different values, more"
          + " than " + MAX_GROUPS + " groups; put ranges of values together in the file first");
    }
    return new Attribute(name, levels, groups.codes());
  }

  private static Table.Categorical categories(Table.Numeric column) {
    double[] distinct = Arrays.stream(column.values()).filter(value -> !Double.isNaN(value)).distinct().sorted()
        .toArray();
    int[] codes = Arrays.stream(column.values())
        .mapToInt(value -> Double.isNaN(value) ? -1 : Arrays.binarySearch(distinct, value))
        .toArray();
    return new Table.Categorical(column.name(), Arrays.stream(distinct).mapToObj(Dataset::text).toList(), codes);
  }

  private static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value);
  }

  /** What is to be known about it. */
  public Card card() {
    return card;
  }

  /** All rows, before encoding. */
  public Table table() {
    return table;
  }

  /** Number of rows. */
  public int rows() {
    return table.rows();
  }

  /** The labels, 1 for the positive one, else 0. */
  public int[] labels() {
    return labels.clone();
  }

  /** Names of the labels 0 and 1. */
  public List<String> labelLevels() {
    return labelLevels;
  }

  /** The sensitive attributes of all rows. */
  public List<Attribute> sensitive() {
    return sensitive;
  }

  /** Names of the columns that the model sees. */
  public List<String> inputs() {
    return table.names().stream()
        .filter(name -> !name.equals(card.label()) && (card.sensitiveInputs() || !card.sensitive().contains(name)))
        .toList();
  }

  /** Rows that whoever published the data meant for testing; empty where there is no such split. */
  public int[] publishedTestRows() {
    return publishedTestRows.clone();
  }

  /**
   * This data set with other sensitive columns.
   *
   * @throws DataException if a column is missing, or does not have two values or more
   */
  public Dataset withSensitive(List<String> columns) {
    Set<String> repeated = new HashSet<>();
    columns.forEach(column -> {
      if (!repeated.add(column)) {
        throw new DataException("--sensitive names column " + column + " twice; name it once");
      }
    });
    return new Dataset(card.withSensitive(columns), table, standardise, publishedTestRows);
  }

  /** This data set with the sensitive columns as inputs of the model, or not. */
  public Dataset withSensitiveInputs(boolean inputs) {
    return new Dataset(card.withSensitiveInputs(inputs), table, standardise, publishedTestRows);
  }

  /**
   * This data set without some columns.
   *
   * @throws DataException if a column is missing, is the label or is sensitive
   */
  public Dataset without(List<String> columns) {
    for (String column : columns) {
      if (column.equals(card.label()) || card.sensitive().contains(column)) {
        throw new DataException("--drop " + column + ": the column is the label or sensitive; it stays out of the"
            + " model's inputs without being dropped (see --sensitive-inputs)");
      }
    }
    return new Dataset(card, table.without(columns), standardise, publishedTestRows);
  }

  /** A random partition with {@code round(rows * testFraction)} test rows, stratified by label and group. */
  public Partition partition(double testFraction, long seed) {
    int[] cells = new int[rows()];
    if (!sensitive.isEmpty()) {
      int[] groups = Attribute.cross(sensitive).codes();
      Arrays.setAll(cells, row -> 2 * (groups[row] + 1) + labels[row]);
    } else {
      System.arraycopy(labels, 0, cells, 0, cells.length);
    }
    return Partition.stratified(cells, testFraction, seed);
  }

  /** Splits by {@link #partition(double, long)} and encodes. */
  public Split split(double testFraction, long seed) {
    return split(partition(testFraction, seed));
  }

  /** Splits so that the given rows test and all others train, and encodes. */
  public Split split(int[] testRows) {
    return split(Partition.ofTest(rows(), testRows));
  }

  /**
   * Splits as given and encodes, with an encoder fitted on the training rows.
   *
   * @throws DataException if the training rows have one label only, or either side has rows of one group only
   */
  public Split split(Partition partition) {
    Table train = table.select(partition.train());
    Encoder encoder = Encoder.fit(train, inputs(), standardise);
    Split split = new Split(samples(encoder, partition.train()), samples(encoder, partition.test()), encoder,
        partition);
    Set<Integer> seen = new TreeSet<>(IntStream.of(split.train().y()).boxed().toList());
    if (seen.size() < 2) {
      throw new DataException("split: all " + split.train().rows() + " training rows have the label '"
          + labelLevels.get(seen.iterator().next()) + "'; there is nothing to learn, so give rows of both labels");
    }
    for (Attribute attribute : sensitive) {
      checkGroups("training", attribute.rows(partition.train()));
      checkGroups("test", attribute.rows(partition.test()));
    }
    return split;
  }

  private static void checkGroups(String side, Attribute attribute) {
    int[] counts = attribute.counts();
    if (Arrays.stream(counts).filter(count -> count > 0).count() < 2) {
      List<String> empty = IntStream.range(0, counts.length).filter(level -> counts[level] == 0)
          .mapToObj(attribute.levels()::get).toList();
      throw new DataException("split: of " + attribute.name() + " the " + side + " rows have no " + Table.quoted(empty)
          + ", so there are no groups to compare; give more rows or another --test-fraction");
    }
  }

  private Samples samples(Encoder encoder, int[] rows) {
    return new Samples(encoder.encode(table.select(rows)), Attribute.gather(labels, rows), encoder.columnNames(),
        labelLevels, sensitive.stream().map(attribute -> attribute.rows(rows)).toList());
  }

  /** Name and size: {@code adult (43131 rows, 13 inputs)}. */
  @Override
  public String toString() {
    return card.name() + " (" + rows() + " rows, " + inputs().size() + " inputs)";
  }
}
