package evenhand.fairness.data;

import java.util.Optional;

/**
 * A data set that is known by name; found by {@link java.util.ServiceLoader}.
 *
 * <p>Adding one takes a class, a line of {@code provides} in the module descriptor and one in the service file. What is
 * shared stays out of it: {@link DataFiles} finds and checks files, {@link Dataset} splits and encodes tables.
 */
public sealed interface DatasetLoader permits TableLoader, SplitLoader {
  /** Of data sets that have no settings. */
  record NoSettings() {}

  /** What is to be known about the data set, without loading it. */
  Card card();

  /** The files it is read from; empty where it is generated. */
  default Optional<DataSource> source() {
    return Optional.empty();
  }
}
