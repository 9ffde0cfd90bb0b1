package evenhand.fairness.data;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** Where data sets are found: the known ones by name, any other as a CSV file. */
public final class Datasets {
  private Datasets() {}

  /** The loaders of all known data sets, by name. */
  public static List<DatasetLoader> all() {
    return ServiceLoader.load(DatasetLoader.class, Datasets.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(loader -> loader.card().name()))
        .toList();
  }

  /**
   * The loader of a data set.
   *
   * @throws DataException if there is none of that name
   */
  public static DatasetLoader find(String name) {
    List<DatasetLoader> all = all();
    List<String> names = all.stream().map(loader -> loader.card().name()).toList();
    return all.stream()
        .filter(loader -> loader.card().name().equals(name))
        .findFirst()
        .orElseThrow(() -> new DataException("data set '" + name + "' is unknown; " + Nearest.hint(name, names)
            + "known ones: " + String.join(", ", names) + "; for a file of your own use --csv FILE"));
  }

  /**
   * The table of a name, with files from where {@link DataFiles#standard()} finds them.
   *
   * @param seed for generated data; read data does not depend on it
   * @throws DataException if the name is unknown or not of a table, or its files cannot be had
   */
  public static Dataset load(String name, long seed) {
    return switch (find(name)) {
      case TableLoader table -> table.load(DataFiles.standard(), seed);
      case SplitLoader<?> _ -> throw new DataException("data set " + name + " is no table; split it by its loader's"
          + " splits");
    };
  }

  /**
   * A CSV file as a data set.
   *
   * @throws DataException if the file cannot be used so
   */
  public static Dataset csv(CsvOptions options) {
    return CsvDataset.read(options);
  }

  /**
   * A CSV file as a table, without roles: named columns as categories, the others of the type their cells show.
   *
   * @throws DataException if the file cannot be read, or has no or several columns of a name
   */
  public static Table csvTable(Path file, List<String> categorical) {
    Cells cells = Cells.read(file, Cells.Layout.HEADER);
    categorical.forEach(cells::requireOne);
    return new Table(cells.file(), cells.names().stream()
        .map(name -> categorical.contains(name) ? cells.categorical(name) : cells.inferred(name)).toList());
  }

  /**
   * The names of a CSV file's columns, in order.
   *
   * @throws DataException if the file cannot be read
   */
  public static List<String> csvColumns(Path file) {
    return Cells.read(file, Cells.Layout.HEADER).names();
  }
}
