package evenhand.fairness.algorithms;

import evenhand.tensor.spi.CellSums;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The outer variables of FairBatch: how a batch is shared out among the cells, and the rule that moves the shares.
 *
 * <p>Cells lie on <em>lines</em>; a line's total never changes, a move goes from one of its cells to another. In the
 * within-label form, and for equal opportunity and equalized odds in the whole-batch form, a line is a label with its
 * groups. For demographic parity in the whole-batch form a line is a group with its labels. The two forms differ
 * otherwise only in the unit of the step and in ties.
 */
final class FairBatchShares {
  /** What a row's loss is taken against: its label (equal opportunity, equalized odds) or always 1. */
  enum Towards {
    LABEL, ONE
  }

  /** A gap that the criterion wants closed: over one label, with the cells of the largest and smallest loss. */
  private record Gap(Towards towards, int label, int worst, int best, double size) {}

  private final CellIndex cells;
  private final Target target;
  private final FairBatch.Config config;
  private final double[][] base; // S_{y,z} = B m_{y,z} / m
  private final double[][] share; // of the cell in its line
  private final int batch;

  FairBatchShares(CellIndex cells, Target target, FairBatch.Config config, int batch) {
    this.cells = cells;
    this.target = target;
    this.config = config;
    this.batch = batch;
    this.base = new double[cells.labels()][cells.groups()];
    this.share = new double[cells.labels()][cells.groups()];
    for (int y = 0; y < cells.labels(); y++) {
      for (int z = 0; z < cells.groups(); z++) {
        base[y][z] = (double) batch * cells.count(y, z) / cells.total();
        share[y][z] = cells.count(y, z) == 0 ? 0 : (double) cells.count(y, z) / lineCount(y, z);
      }
    }
    if (linesAreGroups() && cells.compared() != 2) {
      throw new IllegalArgumentException(
          "fairbatch: shares=whole-batch with demographic parity is defined for two groups"
              + ", the data has " + cells.compared() + "; use shares=within-label");
    }
    if (criteria().stream().noneMatch(criterion -> comparable(criterion.label()).length >= 2)) {
      throw new IllegalArgumentException("fairbatch: no gap of " + target.word() + " can be determined, since "
          + (cells.compared() < 2
              ? "the groups " + cells.names() + " are fewer than two"
              : String.join("; ", emptyCells()) + " have no training rows")
          + "; choose another target or other groups");
    }
  }

  private boolean linesAreGroups() {
    return config.shares() == FairBatch.Shares.WHOLE_BATCH && target == Target.DEMOGRAPHIC_PARITY;
  }

  /** Rows of the line that a cell lies on. */
  private int lineCount(int y, int z) {
    return linesAreGroups() ? cells.groupCount(z) : cells.labelCount(y);
  }

  /** Which losses are compared over which labels, and the weight of their gap. */
  private record Criterion(Towards towards, int label, double weight) {}

  private List<Criterion> criteria() {
    List<Criterion> parity = List.of(new Criterion(Towards.ONE, 0, 1), new Criterion(Towards.ONE, 1, 1));
    return switch (target) {
      case EQUAL_OPPORTUNITY -> List.of(new Criterion(Towards.LABEL, 1, 1));
      case EQUALIZED_ODDS -> List.of(new Criterion(Towards.LABEL, 0, 1), new Criterion(Towards.LABEL, 1, 1));
      case DEMOGRAPHIC_PARITY -> {
        List<Criterion> all = new ArrayList<>(parity);
        if (config.oddsWeight() > 0) { // the combined criterion
          all.add(new Criterion(Towards.LABEL, 0, config.oddsWeight()));
          all.add(new Criterion(Towards.LABEL, 1, config.oddsWeight()));
        }
        yield all;
      }
    };
  }

  /** Groups whose cell with this label has rows, so that its loss is defined. */
  private int[] comparable(int y) {
    int[] groups = new int[cells.compared()];
    int found = 0;
    for (int z = 0; z < groups.length; z++) {
      if (cells.count(y, z) > 0) {
        groups[found++] = z;
      }
    }
    return Arrays.copyOf(groups, found);
  }

  /** The losses that the criterion compares, by label and group: L (or L' for demographic parity); NaN if undefined. */
  double[][] losses(Function<Towards, CellSums> sums) {
    Towards towards = target == Target.DEMOGRAPHIC_PARITY ? Towards.ONE : Towards.LABEL;
    double[][] losses = losses(towards, sums.apply(towards));
    if (target == Target.DEMOGRAPHIC_PARITY && config.oddsWeight() > 0) {
      double[][] odds = losses(Towards.LABEL, sums.apply(Towards.LABEL));
      return new double[][]{losses[0], losses[1], odds[0], odds[1]};
    }
    return losses;
  }

  /** L_{y,z}: the mean over the cell. L'_{y,z}: the sum over the cell divided by the rows of the whole group. */
  double[][] losses(Towards towards, CellSums sums) {
    double[][] losses = new double[cells.labels()][cells.groups()];
    for (int y = 0; y < cells.labels(); y++) {
      for (int z = 0; z < cells.groups(); z++) {
        int divisor = towards == Towards.LABEL ? cells.count(y, z) : cells.groupCount(z);
        boolean defined = z < cells.compared() && cells.count(y, z) > 0;
        losses[y][z] = defined ? sums.loss()[y * cells.groups() + z] / divisor : Double.NaN;
      }
    }
    return losses;
  }

  /** Moves one share by one step; names the cell that gained, if any did. */
  Optional<String> update(double[][] losses, int epoch) {
    Optional<Gap> largest = Optional.empty();
    for (Criterion criterion : criteria()) {
      double[] row = losses[target == Target.DEMOGRAPHIC_PARITY && criterion.towards() == Towards.LABEL
          ? cells.labels() + criterion.label()
          : criterion.label()];
      Optional<Gap> gap = gap(criterion, row);
      boolean laterWinsTies = config.shares() == FairBatch.Shares.WHOLE_BATCH;
      if (gap.isPresent() && (largest.isEmpty() || gap.get().size() > largest.get().size()
          || laterWinsTies && gap.get().size() == largest.get().size())) {
        largest = gap;
      }
    }
    return largest.flatMap(gap -> move(gap, epoch));
  }

  /** The gap over one label between the group with the largest loss (first, at a tie) and the smallest (last). */
  private Optional<Gap> gap(Criterion criterion, double[] losses) {
    int[] groups = comparable(criterion.label());
    if (groups.length < 2) {
      return Optional.empty(); // undetermined: cannot be chosen, never moves
    }
    int worst = groups[0];
    int best = groups[0];
    for (int z : groups) {
      worst = losses[z] > losses[worst] ? z : worst;
      best = losses[z] <= losses[best] ? z : best;
    }
    return Optional.of(new Gap(criterion.towards(), criterion.label(), worst, best,
        criterion.weight() * (losses[worst] - losses[best])));
  }

  private Optional<String> move(Gap gap, int epoch) {
    boolean parityTie = gap.size() == 0 && config.deadBand() == 0 && config.ties() == FairBatch.Ties.PARITY
        && config.shares() == FairBatch.Shares.WITHIN_LABEL;
    if (gap.size() <= config.deadBand() && !parityTie) {
      return Optional.empty();
    }
    double step = config.alpha() / (1 + config.decay() * (epoch - 1));
    // More rows for the group that does worse; but for negatives against target 1 fewer, so that their rate may rise.
    boolean reversed = gap.towards() == Towards.ONE && gap.label() == 0;
    if (linesAreGroups()) {
      // The split of group 0 answers the gap over label 0, that of group 1 the gap over label 1: if group 0 does worse
      // at label 0 its label 0 takes, if it does worse at label 1 label 1 of group 1 gives.
      int z = gap.label();
      boolean label0Gains = (gap.worst() == 0) != reversed;
      return shift(label0Gains ? 0 : 1, z, label0Gains ? 1 : 0, z, step * cells.total() / cells.groupCount(z));
    }
    double inLine = config.shares() == FairBatch.Shares.WHOLE_BATCH
        ? step * cells.total() / cells.labelCount(gap.label())
        : step;
    return shift(gap.label(), reversed ? gap.best() : gap.worst(), gap.label(), reversed ? gap.worst() : gap.best(),
        inLine);
  }

  /** Moves a share of a line from the donor's cell to the receiver's, if that has rows, down to the donor's floor. */
  private Optional<String> shift(int y, int z, int donorY, int donorZ, double step) {
    double amount = Math.min(step, share[donorY][donorZ] - config.shareFloor());
    if (amount <= 0 || cells.count(y, z) == 0) {
      return Optional.empty();
    }
    share[y][z] = Math.min(1, share[y][z] + amount);
    boolean two = linesAreGroups() || cells.groups() == 2;
    share[donorY][donorZ] = two ? 1 - share[y][z] : share[donorY][donorZ] - amount;
    return Optional.of(cells.name(y, z));
  }

  /** Rows of each cell in a batch, rounded half to even. */
  int[][] sizes() {
    double[][] wanted = new double[cells.labels()][cells.groups()];
    for (int y = 0; y < wanted.length; y++) {
      for (int z = 0; z < wanted[y].length; z++) {
        wanted[y][z] = isMoved(y) ? share[y][z] * quota(y, z) : base[y][z];
      }
    }
    return config.exactBatch() ? exact(wanted) : rounded(wanted);
  }

  /** Equal opportunity leaves label 0 as it is in the data. */
  private boolean isMoved(int y) {
    return target != Target.EQUAL_OPPORTUNITY || y == 1;
  }

  /** The batch rows of the line that a cell lies on. */
  private double quota(int y, int z) {
    double sum = 0;
    if (linesAreGroups()) {
      for (int label = 0; label < cells.labels(); label++) {
        sum += base[label][z];
      }
      return sum;
    }
    for (int group = 0; group < cells.groups(); group++) {
      sum += base[y][group];
    }
    return sum;
  }

  private static int[][] rounded(double[][] wanted) {
    return Arrays.stream(wanted)
        .map(row -> Arrays.stream(row).mapToInt(size -> (int) Math.rint(size)).toArray())
        .toArray(int[][]::new);
  }

  /** Whole parts first, then one more to the largest remainders until the batch is full. */
  private int[][] exact(double[][] wanted) {
    int[][] sizes = Arrays.stream(wanted)
        .map(row -> Arrays.stream(row).mapToInt(size -> (int) Math.floor(size)).toArray())
        .toArray(int[][]::new);
    int missing = batch - Arrays.stream(sizes).flatMapToInt(Arrays::stream).sum();
    boolean[] taken = new boolean[cells.rows().length];
    for (; missing > 0; missing--) {
      int best = -1;
      for (int cell = 0; cell < taken.length; cell++) {
        if (!taken[cell] && cells.rows()[cell].length > 0
            && (best < 0 || remainder(wanted, cell) > remainder(wanted, best))) {
          best = cell;
        }
      }
      taken[best] = true;
      sizes[best / cells.groups()][best % cells.groups()]++;
    }
    return sizes;
  }

  private double remainder(double[][] wanted, int cell) {
    double size = wanted[cell / cells.groups()][cell % cells.groups()];
    return size - Math.floor(size);
  }

  /** The share of each cell within its label. */
  double[][] withinLabel() {
    double[][] within = wholeBatch();
    for (double[] row : within) {
      double total = Arrays.stream(row).sum();
      for (int z = 0; z < row.length; z++) {
        row[z] = total == 0 ? 0 : row[z] / total;
      }
    }
    return linesAreGroups() ? within : Arrays.stream(share).map(double[]::clone).toArray(double[][]::new);
  }

  /** The share of each cell of the whole batch. */
  double[][] wholeBatch() {
    double[][] whole = new double[cells.labels()][cells.groups()];
    for (int y = 0; y < whole.length; y++) {
      for (int z = 0; z < whole[y].length; z++) {
        whole[y][z] = share[y][z] * lineCount(y, z) / cells.total();
      }
    }
    return whole;
  }

  /** Whether the share of a cell that has rows is 0 or at its floor. */
  boolean atEdge() {
    for (int y = 0; y < share.length; y++) {
      for (int z : comparable(y)) {
        if (isMoved(y) && share[y][z] <= config.shareFloor() + 1e-12) {
          return true;
        }
      }
    }
    return false;
  }

  /** Cells that cannot be compared or hold a single row. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    emptyCells().forEach(cell -> notes.add(cell + " has no training rows; its gap is undetermined and never moves"));
    for (int y = 0; y < cells.labels(); y++) {
      for (int z = 0; z < cells.compared(); z++) {
        if (cells.count(y, z) == 1) {
          notes.add(cells.name(y, z) + " has one training row, which is repeated in every batch");
        }
      }
    }
    return notes;
  }

  private List<String> emptyCells() {
    List<String> empty = new ArrayList<>();
    for (int y = 0; y < cells.labels(); y++) {
      for (int z = 0; z < cells.compared(); z++) {
        if (cells.count(y, z) == 0) {
          empty.add(cells.name(y, z));
        }
      }
    }
    return empty;
  }
}
