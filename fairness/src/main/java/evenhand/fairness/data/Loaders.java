package evenhand.fairness.data;

/** What loaders of published data share. */
final class Loaders {
  private Loaders() {}

  /** The data set itself, if it has as many rows as its card says. */
  static Dataset checked(Dataset dataset) {
    if (dataset.rows() != dataset.card().rows()) {
      throw new DataException(dataset.card().name() + ": " + dataset.rows() + " rows are left after filtering, the card"
          + " says " + dataset.card().rows() + "; replace the file by the one from " + dataset.card().source());
    }
    return dataset;
  }
}
