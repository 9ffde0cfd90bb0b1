package evenhand.fairness.erase;

import java.util.Arrays;

/** Weights of rows that make cells count alike, whatever their number of rows. */
final class CellWeights {
  private CellWeights() {}

  /** 1 / (cells with rows * rows of the own cell); 0 for a negative cell. They sum to 1 if any cell has rows. */
  static double[] of(int[] cells, int count) {
    int[] rows = new int[count];
    for (int cell : cells) {
      if (cell >= 0) {
        rows[cell]++;
      }
    }
    double present = Arrays.stream(rows).filter(n -> n > 0).count();
    return Arrays.stream(cells).mapToDouble(cell -> cell < 0 ? 0 : 1 / (present * rows[cell])).toArray();
  }

  /** Cell numbers {@code group * classes + label}, -1 where the group is unknown. */
  static int[] cells(int[] groups, int[] labels, int classes) {
    int[] cells = new int[groups.length];
    Arrays.setAll(cells, row -> groups[row] < 0 ? -1 : groups[row] * classes + labels[row]);
    return cells;
  }
}
