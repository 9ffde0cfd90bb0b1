package evenhand.fairness.data;

import java.util.Map;
import java.util.function.LongFunction;

/**
 * A data set that is no table, such as images: it makes its own training and test rows and pairs.
 *
 * @param <C> the record of its settings, {@code data.KEY} on the command line
 */
public non-sealed interface SplitLoader<C extends Record> extends DatasetLoader {
  /** Its settings with their defaults. */
  C defaults();

  /** What each setting means, by key: {@code tint-sd} for the component {@code tintSd}. */
  Map<String, String> help();

  /**
   * Reads the files once, and gives the split of each seed.
   *
   * @throws DataException if a file is missing or damaged
   */
  LongFunction<Split> splits(DataFiles files, C settings);
}
