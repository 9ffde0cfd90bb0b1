package evenhand.fairness.data;

import evenhand.tensor.Rng;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Training and test rows, and the pairs of rows and counterfactual rows that methods repair on and metrics measure on.
 *
 * @param train what methods may learn from
 * @param test what metrics are taken on
 * @param encoder how columns became inputs, fitted on the training rows alone; empty if the data are no table
 * @param external pairs to repair on, of rows that neither train nor test
 * @param testPairs pairs to measure counterfactual bias on; empty for a table, where the encoder makes them of the test
 *     rows
 */
public record Split(Samples train, Samples test, Optional<Encoder> encoder, Optional<Pairs> external,
    Optional<Pairs> testPairs) {
  private static final int LEAST_SHARE = 5; // at most one training row in five is held out

  /** A table's rows, whose pairs the encoder makes. */
  public Split(Samples train, Samples test, Encoder encoder) {
    this(train, test, Optional.of(encoder), Optional.empty(), Optional.empty());
  }

  /** Rows of data that are no table, with pairs that came with them or were made for them. */
  public Split(Samples train, Samples test, Pairs external, Pairs testPairs) {
    this(train, test, Optional.empty(), Optional.of(external), Optional.of(testPairs));
  }

  /**
   * This split with external pairs: those it has, else of training rows held out for them, which no longer train.
   *
   * <p>The rows are a draw by the seed, stratified by label and group, at most one training row in five. They are
   * flipped where a sensitive column is an input ({@link Pairs#flipped}), else matched with rows of another group ({@link
   * Pairs#matched}). The test rows and this split itself stay as they are, so that methods without pairs train on
   * all training rows.
   *
   * @param rows how many to hold out, above 0
   */
  public Split withExternal(int rows, long seed) {
    if (external.isPresent()) {
      return this;
    }
    Rng random = new Rng(seed).split("external pairs");
    int held = Math.clamp(train.rows() / LEAST_SHARE, 1, rows);
    Partition partition = Partition.stratified(cells(), (double) held / train.rows(), random.nextBits());
    Samples chosen = train.select(partition.test());
    boolean flips = encoder.isPresent() && train.sensitive().stream()
        .anyMatch(attribute -> encoder.get().uses(attribute.name()));
    Pairs pairs = flips ? Pairs.flipped(encoder.get(), chosen) : Pairs.matched(chosen, random);
    return new Split(train.select(partition.train()), test, encoder, Optional.of(pairs), testPairs);
  }

  /** A number for each training row, the same within label and group. */
  private int[] cells() {
    int[] groups = train.sensitive().isEmpty() ? new int[train.rows()] : train.groups().codes();
    return IntStream.range(0, train.rows()).map(row -> train.classes() * (groups[row] + 1) + train.y()[row]).toArray();
  }
}
