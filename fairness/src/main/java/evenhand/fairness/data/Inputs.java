package evenhand.fairness.data;

import java.util.List;

/**
 * The inputs of rows as float32, held in whatever form is small: {@link Dense} numbers, or images that are coloured when
 * they are read.
 */
public interface Inputs {
  /** Number of rows. */
  int rows();

  /** Number of inputs of a row. */
  int columns();

  /** Writes the inputs of a row into an array, from a position on. */
  void read(int row, float[] into, int at);

  /** The given rows, in the given order; a row may recur. */
  Inputs select(int[] rows);

  /** All inputs, row by row; not to be changed. Those that are not {@link Dense} are written out anew at each call. */
  default float[] all() {
    float[] all = new float[Math.multiplyExact(rows(), columns())];
    for (int row = 0; row < rows(); row++) {
      read(row, all, row * columns());
    }
    return all;
  }

  /** All rows of several parts of as many columns, one after the other. */
  static Inputs concat(List<Inputs> parts, int columns) {
    int rows = parts.stream().mapToInt(Inputs::rows).reduce(0, Math::addExact);
    float[] all = new float[Math.multiplyExact(rows, columns)];
    int at = 0;
    for (Inputs part : parts) {
      for (int row = 0; row < part.rows(); row++, at += columns) {
        part.read(row, all, at);
      }
    }
    return new Dense(all, rows, columns);
  }

  /**
   * Numbers as they are.
   *
   * @param all {@code rows * columns} numbers, row by row; not copied, not to be changed
   * @param rows number of rows
   * @param columns number of inputs of a row
   */
  record Dense(float[] all, int rows, int columns) implements Inputs {
    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if there are more or fewer numbers
     */
    public Dense {
      if (all.length != (long) rows * columns) {
        throw new IllegalArgumentException("samples: " + all.length + " inputs are not " + rows + " rows of " + columns
            + " columns");
      }
    }

    @Override
    public void read(int row, float[] into, int at) {
      System.arraycopy(all, row * columns, into, at, columns);
    }

    @Override
    public Inputs select(int[] chosen) {
      float[] out = new float[Math.multiplyExact(chosen.length, columns)];
      for (int i = 0; i < chosen.length; i++) {
        read(chosen[i], out, i * columns);
      }
      return new Dense(out, chosen.length, columns);
    }
  }
}
