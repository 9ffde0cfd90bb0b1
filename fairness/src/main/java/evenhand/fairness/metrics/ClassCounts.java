package evenhand.fairness.metrics;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows by group, label and predicted label: all that a metric reads where there are more than two labels.
 *
 * @param groups names of the groups
 * @param classes number of labels
 * @param cells rows of cell {@code ((g + 1) * classes + y) * classes + yhat}, g being -1 for unknown groups; not
 *     copied, not to be changed
 */
public record ClassCounts(List<String> groups, int classes, long[] cells) {
  /** Takes a copy of the names. */
  public ClassCounts {
    groups = List.copyOf(groups);
  }

  /** The counts of all rows. */
  public static ClassCounts of(ClassPredictions p) {
    long[] cells = new long[(p.groups().size() + 1) * p.classes() * p.classes()];
    for (int row = 0; row < p.y().length; row++) {
      cells[((p.group()[row] + 1) * p.classes() + p.y()[row]) * p.classes() + p.yhat()[row]]++;
    }
    return new ClassCounts(p.groups(), p.classes(), cells);
  }

  /**
   * The counts of the rows of both parts.
   *
   * @throws IllegalArgumentException if the parts have other groups or numbers of labels
   */
  public ClassCounts merge(ClassCounts other) {
    if (!groups.equals(other.groups) || classes != other.classes) {
      throw new IllegalArgumentException("ClassCounts.merge: parts differ, left " + classes + " labels and groups "
          + groups + ", right " + other.classes + " labels and groups " + other.groups);
    }
    long[] sum = cells.clone();
    Arrays.setAll(sum, cell -> cells[cell] + other.cells[cell]);
    return new ClassCounts(groups, classes, sum);
  }

  /** Number of rows. */
  public long rows() {
    return Arrays.stream(cells).sum();
  }

  /** The counts of as many rows, drawn with replacement; they depend on the cells and not on the order of the rows. */
  ClassCounts resample(Rng rng) {
    int rows = Math.toIntExact(rows());
    int[] cellOf = new int[rows];
    int at = 0;
    for (int cell = 0; cell < cells.length; cell++) {
      Arrays.fill(cellOf, at, at += (int) cells[cell], cell);
    }
    long[] drawn = new long[cells.length];
    for (int draw = 0; draw < rows; draw++) {
      drawn[cellOf[rng.nextInt(rows)]]++;
    }
    return new ClassCounts(groups, classes, drawn);
  }

  /** One label against the others: it is label 1, all others are label 0, in labels and predictions. */
  Counts against(int label) {
    List<GroupCounts> byGroup = new ArrayList<>();
    for (int g = -1; g < groups.size(); g++) {
      byGroup.add(against(label, g));
    }
    return new Counts(groups, byGroup.subList(1, byGroup.size()), byGroup.getFirst(), Ranking.NONE);
  }

  private GroupCounts against(int label, int group) {
    long rows = 0;
    long positives = 0;
    long selected = 0;
    int from = (group + 1) * classes * classes;
    for (int cell = 0; cell < classes * classes; cell++) {
      long count = cells[from + cell];
      rows += count;
      positives += cell / classes == label ? count : 0;
      selected += cell % classes == label ? count : 0;
    }
    return new GroupCounts(rows, positives, selected, cells[from + label * classes + label], 0, 0);
  }

  /** Right or wrong: label and prediction are 1 where the prediction is the label, else 0 and 1. */
  Counts rightness() {
    List<GroupCounts> byGroup = new ArrayList<>();
    for (int g = -1; g < groups.size(); g++) {
      long rows = 0;
      long right = 0;
      for (int label = 0; label < classes; label++) {
        GroupCounts own = against(label, g);
        rows += own.positives();
        right += own.truePositives();
      }
      byGroup.add(new GroupCounts(rows, right, rows, right, 0, 0));
    }
    return new Counts(groups, byGroup.subList(1, byGroup.size()), byGroup.getFirst(), Ranking.NONE);
  }
}
