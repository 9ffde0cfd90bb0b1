package evenhand.fairness.erase;

import evenhand.fairness.data.Samples;

/**
 * Rows of numbers, and nothing else of them: no label, no group. The array is not copied and not to be changed.
 *
 * @param x row by row: {@code rows * columns} numbers
 * @param columns numbers in a row; may be 0
 * @param rows number of rows
 */
public record Inputs(float[] x, int columns, int rows) {
  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if the numbers are not so many rows
   */
  public Inputs {
    if (x.length != (long) rows * columns) {
      throw new IllegalArgumentException("inputs: " + x.length + " numbers are not " + rows + " rows of " + columns);
    }
  }

  /** The inputs of these rows. */
  public static Inputs of(Samples rows) {
    return new Inputs(rows.x(), rows.columns(), rows.rows());
  }

  /** The given rows, in the given order. */
  public Inputs select(int[] chosen) {
    float[] out = new float[Math.multiplyExact(chosen.length, columns)];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(x, chosen[i] * columns, out, i * columns, columns);
    }
    return new Inputs(out, columns, chosen.length);
  }
}
