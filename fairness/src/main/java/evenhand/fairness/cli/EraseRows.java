package evenhand.fairness.cli;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.DataException;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Table;
import evenhand.fairness.erase.Answers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The rows that {@code erase} reads from a CSV file.
 *
 * @param table all columns; label and sensitive ones as categories
 * @param label the column of true labels, if there is one
 * @param sensitive names of the sensitive columns
 * @param classes names of the classes, in the order of the model's outputs; empty where they are to be found
 */
record EraseRows(Table table, Optional<String> label, List<String> sensitive, List<String> classes) {
  private static final List<String> PREFIXES = List.of("logit_", "probability_");

  /** Reads a file; the label and the sensitive columns are categories, whatever their cells. */
  static EraseRows read(Path file, Optional<String> label, List<String> sensitive, List<String> classes) {
    Set<String> categorical = new LinkedHashSet<>(sensitive);
    label.ifPresent(categorical::add);
    return new EraseRows(Datasets.csvTable(file, List.copyOf(categorical)), label, sensitive, classes);
  }

  /** Columns that are named after a class: {@code logit_yes}. */
  List<String> namedOutputs() {
    return PREFIXES.stream()
        .map(prefix -> table.names().stream().filter(name -> name.startsWith(prefix)).toList())
        .filter(names -> !names.isEmpty()).findFirst().orElse(List.of());
  }

  /** The classes of such columns. */
  static List<String> classes(List<String> outputs) {
    return outputs.stream().map(name -> name.substring(name.indexOf('_') + 1)).toList();
  }

  /** The label's values in order, the positive one last if there are two. */
  List<String> labelValues() {
    return label.map(name -> table.categorical(name).levels()).orElse(List.of());
  }

  /**
   * The numbers in the output columns, {@code [rows][columns]}.
   *
   * @throws DataException if a column has texts, which are hard labels, or a missing cell
   */
  double[][] numbers(List<String> outputs) {
    double[][] out = new double[table.rows()][outputs.size()];
    for (int j = 0; j < outputs.size(); j++) {
      String name = outputs.get(j);
      if (table.column(name) instanceof Table.Categorical) {
        throw new DataException(table.source() + ": column " + name + " has texts, hard labels; a rule is subtracted"
            + " from logits, and no shift of a hard label says where the model was in doubt, so give columns of logits or"
            + " probabilities");
      }
      double[] values = table.numeric(name).values();
      for (int row = 0; row < values.length; row++) {
        if (Double.isNaN(values[row])) {
          throw new DataException(table.source() + ": row " + (row + 1) + ", column " + name
              + ": the model's output is missing; fill it in or remove the row");
        }
        out[row][j] = values[row];
      }
    }
    return out;
  }

  /** The answers in the output columns. */
  Answers answers(List<String> outputs, Answers.Kind kind) {
    try {
      return Answers.of(numbers(outputs), kind);
    } catch (IllegalArgumentException e) {
      throw new DataException(table.source() + ": " + e.getMessage(), e);
    }
  }

  /** The number of each row's class. */
  Optional<int[]> labels() {
    return label.map(name -> {
      Table.Categorical column = table.categorical(name);
      int[] codes = new int[table.rows()];
      for (int row = 0; row < codes.length; row++) {
        codes[row] = classes.indexOf(column.text(row));
        if (codes[row] < 0) {
          throw new DataException(table.source() + ": label " + name + " of row " + (row + 1) + " is "
              + (column.missing(row) ? "missing" : "'" + column.text(row) + "'") + ", and the classes are "
              + String.join(", ", classes) + "; correct it, or name the classes with --classes");
        }
      }
      return codes;
    });
  }

  /** The sensitive attributes. */
  List<Attribute> attributes() {
    return sensitive.stream().map(table::categorical)
        .map(column -> new Attribute(column.name(), column.levels(), column.codes())).toList();
  }

  /** Group numbers in the order of some names; -1 for rows of another group. */
  int[] groups(List<String> names) {
    Attribute groups = Attribute.cross(attributes());
    int[] place = groups.levels().stream().mapToInt(names::indexOf).toArray();
    return Arrays.stream(groups.codes()).map(code -> code < 0 ? -1 : place[code]).toArray();
  }

  /** Columns for the patch to read: those named, or all that are nothing else. */
  List<String> inputs(List<String> named, List<String> outputs, List<String> drop) {
    named.forEach(table::column);
    drop.forEach(table::column);
    List<String> out = new ArrayList<>(named.isEmpty() ? table.names() : named);
    out.removeAll(outputs);
    out.removeAll(sensitive);
    out.removeAll(drop);
    label.ifPresent(out::remove);
    return out;
  }

  /** The inputs of all rows, by an encoder. */
  Inputs encoded(Encoder encoder) {
    return new Inputs.Dense(encoder.encode(table), table.rows(), encoder.columnNames().size());
  }

  /** Rows without inputs, for a table patch. */
  Inputs noInputs() {
    return new Inputs.Dense(new float[0], table.rows(), 0);
  }

  /** Columns of numbers as they are, for a model of one's own. */
  Inputs raw(List<String> columns) {
    float[] x = new float[Math.multiplyExact(table.rows(), columns.size())];
    for (int j = 0; j < columns.size(); j++) {
      double[] values = values(table.column(columns.get(j)));
      for (int row = 0; row < values.length; row++) {
        if (Double.isNaN(values[row])) {
          throw new DataException(table.source() + ": row " + (row + 1) + ", column " + columns.get(j)
              + ": an input of the model is missing or no number; correct it, or leave the column out");
        }
        x[row * columns.size() + j] = (float) values[row];
      }
    }
    return new Inputs.Dense(x, table.rows(), columns.size());
  }

  /** A column's numbers; label and sensitive columns are read as texts, which may be numbers. */
  private static double[] values(Table.Column column) {
    return switch (column) {
      case Table.Numeric numeric -> numeric.values();
      case Table.Categorical texts -> IntStream.range(0, texts.rows())
          .mapToDouble(row -> texts.text(row).matches("[-+]?\\d+(\\.\\d+)?") ? Double.parseDouble(texts.text(row))
              : Double.NaN)
          .toArray();
    };
  }

  /** This with the classes known. */
  EraseRows with(List<String> names) {
    return new EraseRows(table, label, sensitive, names);
  }

  /** All row numbers. */
  int[] all() {
    return IntStream.range(0, table.rows()).toArray();
  }
}
