package evenhand.bench;

import evenhand.fairness.data.DataException;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.data.Samples;

/** Data that benchmarks share. */
public final class BenchData {
  private BenchData() {}

  /**
   * All rows of Adult, encoded.
   *
   * @throws DataException if it is neither found nor can be fetched, saying where to put it
   */
  public static Samples adult() {
    Dataset adult = Datasets.load("adult", 0).withSensitiveInputs(true);
    Encoder encoder = Encoder.fit(adult.table(), adult.inputs(), true);
    return new Samples(encoder.encode(adult.table()), adult.labels(), encoder.columnNames(), adult.labelLevels(),
        adult.sensitive());
  }

}
