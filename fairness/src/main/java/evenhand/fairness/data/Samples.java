package evenhand.fairness.data;

import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Rows ready for a model: encoded inputs, labels and group membership. Arrays are not copied and not to be changed.
 *
 * @param inputs the inputs of each row
 * @param y the labels, one per row, each in {@code 0 .. classes - 1}; with two classes 1 is the positive one
 * @param columnNames names of the input columns
 * @param labelLevels names of the labels, in the order of their numbers
 * @param sensitive the sensitive attributes; may be empty
 */
public record Samples(Inputs inputs, int[] y, List<String> columnNames, List<String> labelLevels,
    List<Attribute> sensitive) {

  /** Inputs as numbers, row by row: {@code rows * columns} of them. */
  public Samples(float[] x, int[] y, List<String> columnNames, List<String> labelLevels, List<Attribute> sensitive) {
    this(new Inputs.Dense(x, y.length, columnNames.size()), y, columnNames, labelLevels, sensitive);
  }

  /**
   * Checks that the parts fit together.
   *
   * @throws IllegalArgumentException if a length or a label is out of range
   */
  public Samples {
    columnNames = List.copyOf(columnNames);
    labelLevels = List.copyOf(labelLevels);
    sensitive = List.copyOf(sensitive);
    if (inputs.rows() != y.length || inputs.columns() != columnNames.size()) {
      throw new IllegalArgumentException("samples: inputs of " + inputs.rows() + " rows and " + inputs.columns()
          + " columns do not go with " + y.length + " labels and " + columnNames.size() + " columns");
    }
    for (int row = 0; row < y.length; row++) {
      if (y[row] < 0 || y[row] >= labelLevels.size()) {
        throw new IllegalArgumentException("samples: label " + y[row] + " of row " + row + " is not in 0 .. "
            + (labelLevels.size() - 1));
      }
    }
    for (Attribute attribute : sensitive) {
      if (attribute.rows() != y.length) {
        throw new IllegalArgumentException("samples: attribute " + attribute.name() + " has " + attribute.rows()
            + " rows, the labels have " + y.length);
      }
    }
  }

  /** Number of rows. */
  public int rows() {
    return y.length;
  }

  /** Number of input columns. */
  public int columns() {
    return columnNames.size();
  }

  /** Number of different labels. */
  public int classes() {
    return labelLevels.size();
  }

  /** The given rows, in the given order; a row may recur. */
  public Samples select(int[] rows) {
    return new Samples(inputs.select(rows), Attribute.gather(y, rows), columnNames, labelLevels,
        sensitive.stream().map(attribute -> attribute.rows(rows)).toList());
  }

  /**
   * All rows of several parts, one after the other.
   *
   * @param parts one or more, with the same columns, labels and sensitive attributes
   * @throws IllegalArgumentException if there is none, or they differ in columns, label levels or attributes
   */
  public static Samples concat(List<Samples> parts) {
    Samples first = parts.stream().findFirst().orElseThrow(
        () -> new IllegalArgumentException("samples: there is nothing to concatenate; give at least one part"));
    for (Samples part : parts) {
      if (!part.columnNames.equals(first.columnNames) || !part.labelLevels.equals(first.labelLevels)
          || !part.groupLevels().equals(first.groupLevels())) {
        throw new IllegalArgumentException("samples: parts differ in columns, label levels or sensitive attributes;"
            + " only rows of the same kind can be put together");
      }
    }
    Inputs x = Inputs.concat(parts.stream().map(Samples::inputs).toList(), first.columns());
    int[] y = parts.stream().flatMapToInt(part -> Arrays.stream(part.y)).toArray();
    return new Samples(x, y, first.columnNames, first.labelLevels,
        IntStream.range(0, first.sensitive.size()).mapToObj(i -> new Attribute(first.sensitive.get(i).name(),
            first.sensitive.get(i).levels(),
            parts.stream().flatMapToInt(part -> Arrays.stream(part.sensitive.get(i).codes())).toArray())).toList());
  }

  /** A number for each row, the same for rows with the same label and group. */
  public int[] cells() {
    int[] groups = sensitive.isEmpty() ? new int[rows()] : groups().codes();
    return IntStream.range(0, rows()).map(row -> classes() * (groups[row] + 1) + y[row]).toArray();
  }

  /** The levels of each sensitive attribute by name. */
  private Map<String, List<String>> groupLevels() {
    Map<String, List<String>> levels = new LinkedHashMap<>();
    sensitive.forEach(attribute -> levels.put(attribute.name(), attribute.levels()));
    return levels;
  }

  /** The inputs, row by row: {@link Inputs#all}. */
  public float[] x() {
    return inputs.all();
  }

  /** The inputs as float32 {@code [rows, columns]}. */
  public Tensor features(Device device) {
    return device.tensor(x(), rows(), columns());
  }

  /** The inputs of the given rows as float32 {@code [rows, columns]}; the others stay where they are. */
  public Tensor features(Device device, int[] rows) {
    float[] chosen = new float[Math.multiplyExact(rows.length, columns())];
    for (int i = 0; i < rows.length; i++) {
      inputs.read(rows[i], chosen, i * columns());
    }
    return device.tensor(chosen, rows.length, columns());
  }

  /** Whether all inputs may be put on a device at once: those that would first have to be written out may not. */
  public boolean areDense() {
    return inputs instanceof Inputs.Dense;
  }

  /** The labels: float32 {@code [rows, 1]} of 0 and 1 for two classes, int32 {@code [rows]} for more. */
  public Tensor labels(Device device) {
    if (classes() > 2) {
      return device.tensor(y, rows());
    }
    float[] targets = new float[y.length];
    for (int row = 0; row < y.length; row++) {
      targets[row] = y[row];
    }
    return device.tensor(targets, rows(), 1);
  }

  /**
   * The groups to compare: the only sensitive attribute, or the cross of all.
   *
   * @throws DataException if there is no sensitive attribute
   */
  public Attribute groups() {
    if (sensitive.isEmpty()) {
      throw new DataException("these rows have no sensitive attribute; name one with --sensitive COL");
    }
    return Attribute.cross(sensitive);
  }
}
