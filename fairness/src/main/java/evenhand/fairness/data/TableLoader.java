package evenhand.fairness.data;

/** A data set that is a table. */
public non-sealed interface TableLoader extends DatasetLoader {
  /**
   * Reads or generates the data set.
   *
   * @param files where files are found
   * @param seed for generated data; read data does not depend on it
   * @throws DataException if a file is missing, damaged or does not have the rows of the card
   */
  Dataset load(DataFiles files, long seed);
}
