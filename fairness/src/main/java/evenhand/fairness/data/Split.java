package evenhand.fairness.data;

import java.util.Optional;

/**
 * Training and test rows, and the pairs of rows and counterfactual rows that methods repair on and metrics measure on.
 *
 * @param train what methods may learn from
 * @param test what metrics are taken on
 * @param encoder how columns became inputs, fitted on the training rows alone; empty if the data are no table
 * @param external pairs to repair on, of rows that neither train nor test
 * @param testPairs pairs to measure counterfactual bias on; empty for a table, where the encoder makes them of the test
 *     rows
 * @param origin which rows of the data set train and test; empty if the data are no table
 */
public record Split(Samples train, Samples test, Optional<Encoder> encoder, Optional<Pairs> external,
    Optional<Pairs> testPairs, Optional<Partition> origin) {
  /** A table's rows, whose pairs the encoder makes. */
  public Split(Samples train, Samples test, Encoder encoder) {
    this(train, test, Optional.of(encoder), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** A table's rows, whose pairs the encoder makes. */
  Split(Samples train, Samples test, Encoder encoder, Partition origin) {
    this(train, test, Optional.of(encoder), Optional.empty(), Optional.empty(), Optional.of(origin));
  }

  /** Rows of data that are no table, with pairs that came with them or were made for them. */
  public Split(Samples train, Samples test, Pairs external, Pairs testPairs) {
    this(train, test, Optional.empty(), Optional.of(external), Optional.of(testPairs), Optional.empty());
  }

  /** What makes counterfactual rows; empty if no sensitive column of a table is an input, or the data are no table. */
  public Optional<Counterfactuals> counterfactuals() {
    return encoder.filter(each -> train.sensitive().stream().anyMatch(attribute -> each.uses(attribute.name())))
        .map(each -> rows -> Pairs.flipped(each, rows));
  }

  /**
   * This split with external pairs: those it has, else counterfactual ones of training rows that no longer train.
   *
   * <p>The rows are drawn by {@link Partition#heldOut}. The test rows and this split itself stay as they are, so that
   * methods without pairs train on all training rows. Without {@link #counterfactuals} it is this split.
   *
   * @param rows how many to hold out, above 0
   */
  public Split withExternal(int rows, long seed) {
    if (external.isPresent() || counterfactuals().isEmpty()) {
      return this;
    }
    Partition partition = Partition.heldOut(train, rows, seed);
    Pairs pairs = counterfactuals().get().of(train.select(partition.test()));
    return new Split(train.select(partition.train()), test, encoder, Optional.of(pairs), testPairs,
        origin.map(all -> new Partition(Attribute.gather(all.train(), partition.train()), all.test())));
  }
}
