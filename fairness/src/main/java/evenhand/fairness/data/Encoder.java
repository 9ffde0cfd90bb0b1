package evenhand.fairness.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How columns of a table become inputs of a model; fitted on training rows alone.
 *
 * <p>A category becomes one column of 0 and 1 for each level of the training rows, in sorted order; a missing cell is a
 * level of its own, last; a level that training did not see is all zeros. A number x becomes (x - m) / s with mean m
 * and population standard deviation s of the training rows (0 where all training values are equal); a missing number
 * becomes m, and where training has missing cells a column of 0 and 1 tells which. A column that is empty in
 * all training rows is left out.
 *
 * @param features one per column of the table that is used, in order
 */
public record Encoder(List<Feature> features) {
  /** The name that a missing cell has among levels. */
  public static final String MISSING = "(missing)";

  /** More levels than this in one column is taken for a mistake: names, dates, identifiers. */
  private static final int MAX_LEVELS = 1000;

  /** How one column of the table becomes input columns. */
  public sealed interface Feature {
    /** The table's column. */
    String column();

    /** Names of the input columns. */
    List<String> names();

    /** Writes the inputs of all rows: row r at {@code out[at + r * stride]} and after. */
    void encode(Table.Column column, float[] out, int at, int stride);
  }

  /**
   * One input column of 0 and 1 for each level.
   *
   * @param levels levels of the training rows, sorted; {@value Encoder#MISSING} last if training has missing cells
   */
  public record OneHot(String column, List<String> levels) implements Feature {
    @Override
    public List<String> names() {
      return levels.stream().map(level -> column + "=" + level).toList();
    }

    @Override
    public void encode(Table.Column column, float[] out, int at, int stride) {
      Table.Categorical categories = (Table.Categorical) column;
      int[] position = categories.levels().stream().mapToInt(levels::indexOf).toArray();
      int missing = levels.indexOf(MISSING);
      for (int row = 0; row < categories.rows(); row++) {
        int code = categories.codes()[row];
        int hot = code < 0 ? missing : position[code];
        if (hot >= 0) {
          out[at + row * stride + hot] = 1;
        }
      }
    }
  }

  /**
   * A number, shifted and scaled: {@code (x - shift) / scale}.
   *
   * @param mean mean of the training rows; stands for missing cells
   * @param shift the mean, or 0 where numbers are taken as they are
   * @param scale population standard deviation of the training rows, or 1 where numbers are taken as they are; 0 for a
   *     constant column, whose input is always 0
   * @param indicator is there a second input column that is 1 where the cell is missing?
   */
  public record Scaled(String column, double mean, double shift, double scale, boolean indicator) implements Feature {
    @Override
    public List<String> names() {
      return indicator ? List.of(column, column + "=" + MISSING) : List.of(column);
    }

    @Override
    public void encode(Table.Column column, float[] out, int at, int stride) {
      double[] values = ((Table.Numeric) column).values();
      for (int row = 0; row < values.length; row++) {
        boolean missing = Double.isNaN(values[row]);
        double value = missing ? mean : values[row];
        out[at + row * stride] = scale == 0 ? 0 : (float) ((value - shift) / scale);
        if (indicator && missing) {
          out[at + row * stride + 1] = 1;
        }
      }
    }
  }

  /** Takes a copy of the features. */
  public Encoder {
    features = List.copyOf(features);
  }

  /**
   * An encoder for the named columns, fitted on all rows of the given table.
   *
   * @param standardise shift and scale numbers, or take them as they are?
   * @throws DataException if no column is left, or a column has more than 1,000 levels
   */
  public static Encoder fit(Table train, List<String> columns, boolean standardise) {
    List<Feature> features = new ArrayList<>();
    for (String name : columns) {
      Table.Column column = train.column(name);
      boolean anyMissing = IntStream.range(0, column.rows()).anyMatch(column::missing);
      boolean allMissing = IntStream.range(0, column.rows()).allMatch(column::missing);
      if (!allMissing) {
        features.add(switch (column) {
          case Table.Numeric numeric -> scaled(numeric, anyMissing, standardise);
          case Table.Categorical categorical -> oneHot(train.source(), categorical, anyMissing);
        });
      }
    }
    if (features.isEmpty()) {
      throw new DataException(train.source() + ": no column with values is left as an input of the model; drop fewer"
          + " columns, or use the sensitive ones with --sensitive-inputs yes");
    }
    return new Encoder(features);
  }

  private static Scaled scaled(Table.Numeric column, boolean anyMissing, boolean standardise) {
    double[] known = Arrays.stream(column.values()).filter(value -> !Double.isNaN(value)).toArray();
    double mean = mean(known);
    if (!standardise) {
      return new Scaled(column.name(), mean, 0, 1, anyMissing);
    }
    // Compared exactly: the mean of equal numbers may round, and its tiny deviations would then be blown up.
    boolean constant = Arrays.stream(known).allMatch(value -> value == known[0]);
    double[] squares = Arrays.stream(known).map(value -> (value - mean) * (value - mean)).toArray();
    return new Scaled(column.name(), mean, mean, constant ? 0 : Math.sqrt(mean(squares)), anyMissing);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static OneHot oneHot(String source, Table.Categorical column, boolean anyMissing) {
    boolean[] seen = new boolean[column.levels().size()];
    for (int code : column.codes()) {
      if (code >= 0) {
        seen[code] = true;
      }
    }
    List<String> levels = new ArrayList<>(IntStream.range(0, seen.length)
        .filter(code -> seen[code])
        .mapToObj(column.levels()::get)
        .sorted()
        .toList());
    if (levels.size() > MAX_LEVELS) {
      throw new DataException(source + ": column " + column.name() + " has " + levels.size() + " different values in "
          + column.rows() + " rows, too many for one input each; drop it with --drop " + column.name());
    }
    if (anyMissing) {
      levels.add(MISSING);
    }
    return new OneHot(column.name(), levels);
  }

  /** Names of the input columns: {@code age}, {@code workclass=Private}. */
  public List<String> columnNames() {
    return features.stream().flatMap(feature -> feature.names().stream()).toList();
  }

  /**
   * The inputs of a table's rows, row by row.
   *
   * @throws DataException if the table lacks a column, or there are too many numbers for one array
   */
  public float[] encode(Table table) {
    int columns = columnNames().size();
    if ((long) table.rows() * columns > Integer.MAX_VALUE - 8) {
      throw new DataException(table.source() + ": " + table.rows() + " rows of " + columns
          + " inputs are more than fit in memory; drop columns with many different values");
    }
    float[] out = new float[table.rows() * columns];
    int at = 0;
    for (Feature feature : features) {
      feature.encode(table.column(feature.column()), out, at, columns);
      at += feature.names().size();
    }
    return out;
  }

  /** Whether a column of the table is an input. */
  public boolean uses(String column) {
    return features.stream().anyMatch(feature -> feature.column().equals(column));
  }

  /**
   * Counterfactual rows: an attribute has other values, both as input and as sensitive attribute; all else stays.
   *
   * @param rows encoded by this encoder
   * @param changed the new values, under the name of a column that is an input; a row of unknown value stays as it is
   * @throws IllegalArgumentException if the column is not an input
   */
  public Samples with(Samples rows, Attribute changed) {
    int at = 0;
    for (Feature feature : features) {
      if (feature.column().equals(changed.name())) {
        float[] x = rows.x().clone();
        overwrite(x, at, rows.columns(), feature, changed);
        return new Samples(x, rows.y(), rows.columnNames(), rows.labelLevels(), rows.sensitive().stream()
            .map(attribute -> attribute.name().equals(changed.name()) ? changed : attribute).toList());
      }
      at += feature.names().size();
    }
    throw new IllegalArgumentException("encoder: column " + changed.name() + " is not an input, so its rows have no"
        + " counterfactual ones; inputs: " + features.stream().map(Feature::column).toList());
  }

  private static void overwrite(float[] x, int at, int stride, Feature feature, Attribute changed) {
    int width = feature.names().size();
    float[][] inputs = new float[changed.levels().size()][width];
    for (int level = 0; level < inputs.length; level++) {
      String text = changed.levels().get(level);
      Table.Column cell = switch (feature) {
        case OneHot oneHot -> Table.Categorical.of(oneHot.column(), List.of(text));
        case Scaled scaled -> new Table.Numeric(scaled.column(), new double[]{Double.parseDouble(text)});
      };
      feature.encode(cell, inputs[level], 0, width);
    }
    for (int row = 0; row < changed.rows(); row++) {
      if (changed.codes()[row] >= 0) {
        System.arraycopy(inputs[changed.codes()[row]], 0, x, at + row * stride, width);
      }
    }
  }
}
