package evenhand.tensor.spi;

/**
 * Per cell of rows: how many, the sum of their losses and the sum of their scores.
 *
 * <p>Sums are in double precision and in row order, so they do not depend on threads. Parts of the data can be summed
 * anywhere and {@link #merge}d.
 *
 * @param count rows of each cell
 * @param loss sum of each cell's binary cross-entropies, each at most {@link #LARGEST_LOSS}
 * @param score sum of each cell's probabilities of label 1
 */
public record CellSums(long[] count, double[] loss, double[] score) {
  /** Logarithms of probabilities are cut at -100, as is usual for cross-entropy. */
  public static final float LARGEST_LOSS = 100;

  /** Sums of rows whose losses and scores are known. */
  public static CellSums of(int[] cells, int cellCount, float[] losses, float[] scores) {
    long[] count = new long[cellCount];
    double[] loss = new double[cellCount];
    double[] score = new double[cellCount];
    for (int row = 0; row < cells.length; row++) {
      int cell = cells[row];
      if (cell >= 0) {
        count[cell]++;
        loss[cell] += Math.min(losses[row], LARGEST_LOSS);
        score[cell] += scores[row];
      }
    }
    return new CellSums(count, loss, score);
  }

  /** The sums over both parts. */
  public CellSums merge(CellSums other) {
    CellSums sum = new CellSums(count.clone(), loss.clone(), score.clone());
    for (int cell = 0; cell < count.length; cell++) {
      sum.count[cell] += other.count[cell];
      sum.loss[cell] += other.loss[cell];
      sum.score[cell] += other.score[cell];
    }
    return sum;
  }
}
