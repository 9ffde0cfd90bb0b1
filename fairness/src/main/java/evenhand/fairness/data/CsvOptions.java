package evenhand.fairness.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a user says of a CSV file of their own.
 *
 * @param file the rows, below a line of column names
 * @param label the column to predict
 * @param positive the label's value that counts as 1; may be left out where the label has two values, then it is the
 *     larger one (as numbers if both are, else in the order of letters: {@code 1}, {@code yes}, {@code true})
 * @param sensitive columns of group membership; read as categories
 * @param drop columns to leave out
 * @param categorical columns to read as categories even if their cells are numbers
 * @param test a file with the test rows, if they are separate
 * @param sensitiveInputs are the sensitive columns inputs of the model?
 */
public record CsvOptions(Path file, String label, Optional<String> positive, List<String> sensitive, List<String> drop,
    List<String> categorical, Optional<Path> test, boolean sensitiveInputs) {

  /** Takes copies of the lists. */
  public CsvOptions {
    sensitive = List.copyOf(sensitive);
    drop = List.copyOf(drop);
    categorical = List.copyOf(categorical);
  }

  /** The label's larger value is positive, nothing is dropped, sensitive columns are no inputs. */
  public static CsvOptions of(Path file, String label, List<String> sensitive) {
    return new CsvOptions(file, label, Optional.empty(), sensitive, List.of(), List.of(), Optional.empty(), false);
  }

  /** With the label's value that counts as 1. */
  public CsvOptions withPositive(String value) {
    return new CsvOptions(file, label, Optional.of(value), sensitive, drop, categorical, test, sensitiveInputs);
  }

  /** With columns to leave out. */
  public CsvOptions withDrop(List<String> columns) {
    return new CsvOptions(file, label, positive, sensitive, columns, categorical, test, sensitiveInputs);
  }

  /** With columns to read as categories. */
  public CsvOptions withCategorical(List<String> columns) {
    return new CsvOptions(file, label, positive, sensitive, drop, columns, test, sensitiveInputs);
  }

  /** With a file of test rows. */
  public CsvOptions withTest(Path path) {
    return new CsvOptions(file, label, positive, sensitive, drop, categorical, Optional.of(path), sensitiveInputs);
  }

  /** With the sensitive columns as inputs of the model, or not. */
  public CsvOptions withSensitiveInputs(boolean inputs) {
    return new CsvOptions(file, label, positive, sensitive, drop, categorical, test, inputs);
  }
}
