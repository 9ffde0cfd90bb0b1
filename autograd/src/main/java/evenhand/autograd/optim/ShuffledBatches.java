package evenhand.autograd.optim;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Each epoch all rows once, in an order drawn anew; the same seed gives the same batches. */
public final class ShuffledBatches implements BatchSampler {
  private final int rows;
  private final int batchSize;
  private final Rng rng;
  private final boolean dropLast;

  /**
   * Batches of the rows {@code 0 .. rows - 1}.
   *
   * @param batchSize rows of each batch, at least 1
   * @param rng a stream of its own, from {@link Rng#split(String)}
   * @param dropLast leave out a last batch that is smaller than the others
   */
  public ShuffledBatches(int rows, int batchSize, Rng rng, boolean dropLast) {
    int left = dropLast ? rows - batchSize : rows - 1;
    if (batchSize < 1 || left < 0) {
      throw new IllegalArgumentException("batches: " + rows + " rows in batches of " + batchSize
          + (dropLast ? " without a smaller last one" : "")
          + " make no batch; use a batch size of at least 1 and enough rows");
    }
    this.rows = rows;
    this.batchSize = batchSize;
    this.rng = rng;
    this.dropLast = dropLast;
  }

  /** Batches of one epoch. */
  public int batchesPerEpoch() {
    return dropLast ? rows / batchSize : (rows + batchSize - 1) / batchSize;
  }

  @Override
  public Iterable<int[]> epoch() {
    int[] order = rng.permutation(rows);
    List<int[]> batches = new ArrayList<>();
    for (int b = 0; b < batchesPerEpoch(); b++) {
      batches.add(Arrays.copyOfRange(order, b * batchSize, Math.min((b + 1) * batchSize, rows)));
    }
    return batches;
  }
}
