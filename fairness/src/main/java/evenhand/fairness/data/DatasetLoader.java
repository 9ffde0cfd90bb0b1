package evenhand.fairness.data;

import java.util.Optional;

/**
 * A data set that is known by name; found by {@link java.util.ServiceLoader}.
 *
 * <p>Adding one takes a class, a line of {@code provides} in the module descriptor and one in the service file. What is
 * shared stays out of it: {@link DataFiles} finds and checks files, {@link Dataset} splits and encodes.
 */
public interface DatasetLoader {
  /** What is to be known about the data set, without loading it. */
  Card card();

  /** The files it is read from; empty where it is generated. */
  default Optional<DataSource> source() {
    return Optional.empty();
  }

  /**
   * Reads or generates the data set.
   *
   * @param files where files are found
   * @param seed for generated data; read data does not depend on it
   * @throws DataException if a file is missing, damaged or does not have the rows of the card
   */
  Dataset load(DataFiles files, long seed);
}
