package evenhand.fairness.cli;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --label}, {@code --sensitive} and {@code --drop}: what the columns of a table are. */
final class ColumnOptions {
  @Option(names = "--label", paramLabel = "COL", description = "The column of true labels, of a file of your own.")
  private Optional<String> label = Optional.empty();

  @Option(names = "--sensitive", paramLabel = "COL", split = ",",
      description = "Columns that make the groups; several are crossed (default: those of a known data set).")
  private List<String> sensitive = List.of();

  @Option(names = "--drop", paramLabel = "COL", split = ",", description = "Columns to leave out.")
  private List<String> drop = List.of();

  Optional<String> label() {
    return label;
  }

  List<String> sensitive() {
    return sensitive;
  }

  List<String> drop() {
    return drop;
  }
}
