package evenhand.fairness.algorithms;

import evenhand.fairness.data.Attribute;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;

/**
 * Training rows sorted into cells by label and group.
 *
 * <p>Cell (y, z) has number {@code y * groups + z}. Rows whose group is unknown form one more group, the last, which is
 * trained on but not compared.
 *
 * @param labels number of labels
 * @param groups number of groups, that of unknown membership included if there is one
 * @param hasUnknown whether the last group is that of unknown membership
 * @param names names of the groups
 * @param rows the rows of each cell, ascending
 */
record CellIndex(int labels, int groups, boolean hasUnknown, List<String> names, int[][] rows) {
  static CellIndex of(int[] y, int labels, Attribute group) {
    if (group.rows() != y.length) {
      throw new IllegalArgumentException("cells: attribute " + group.name() + " has " + group.rows()
          + " rows, the labels have " + y.length + "; give the groups of the same rows");
    }
    boolean unknown = Arrays.stream(group.codes()).anyMatch(code -> code < 0);
    int groups = group.levels().size() + (unknown ? 1 : 0);
    int[] sizes = new int[labels * groups];
    int[] numbers = new int[y.length];
    for (int row = 0; row < y.length; row++) {
      if (y[row] < 0 || y[row] >= labels) {
        throw new IllegalArgumentException("cells: label " + y[row] + " of row " + row + " is not in 0 .. "
            + (labels - 1) + "; number the labels from 0");
      }
      int z = group.codes()[row];
      numbers[row] = y[row] * groups + (z < 0 ? groups - 1 : z);
      sizes[numbers[row]]++;
    }
    int[][] rows = new int[sizes.length][];
    Arrays.setAll(rows, cell -> new int[sizes[cell]]);
    int[] filled = new int[sizes.length];
    for (int row = 0; row < y.length; row++) {
      rows[numbers[row]][filled[numbers[row]]++] = row;
    }
    return new CellIndex(labels, groups, unknown, group.levels(), rows);
  }

  /** Rows of cell (y, z): m_{y,z}. */
  int count(int y, int z) {
    return rows[y * groups + z].length;
  }

  /** Rows with a label: m_{y,*}. */
  int labelCount(int y) {
    int count = 0;
    for (int z = 0; z < groups; z++) {
      count += count(y, z);
    }
    return count;
  }

  /** Rows of a group: m_{*,z}. */
  int groupCount(int z) {
    int count = 0;
    for (int y = 0; y < labels; y++) {
      count += count(y, z);
    }
    return count;
  }

  /** All rows: m. */
  int total() {
    return Arrays.stream(rows).mapToInt(cell -> cell.length).sum();
  }

  /** Groups that are compared: all but that of unknown membership. */
  int compared() {
    return groups - (hasUnknown ? 1 : 0);
  }

  /** The cell number of each row; -1 where the group is unknown. */
  int[] numbers() {
    int[] numbers = new int[total()];
    for (int cell = 0; cell < rows.length; cell++) {
      for (int row : rows[cell]) {
        numbers[row] = cell % groups < compared() ? cell : -1;
      }
    }
    return numbers;
  }

  /** For messages: {@code label=1, group=Female}. */
  String name(int y, int z) {
    return "label=" + y + ", group=" + (z < names.size() ? names.get(z) : "(unknown)");
  }

  /** So many of the rows, distinct as far as there are enough of them; those beyond are drawn again. */
  static int[] draw(int[] rows, int wanted, Rng rng) {
    int[] order = rows.clone();
    int[] drawn = new int[wanted];
    for (int i = 0; i < wanted; i++) {
      if (i < order.length) { // Fisher and Yates, only as far as needed: distinct rows
        int j = i + rng.nextInt(order.length - i);
        drawn[i] = order[j];
        order[j] = order[i];
        order[i] = drawn[i];
      } else {
        drawn[i] = order[rng.nextInt(order.length)];
      }
    }
    return drawn;
  }
}
