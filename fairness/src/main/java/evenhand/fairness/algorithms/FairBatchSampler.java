package evenhand.fairness.algorithms;

import evenhand.autograd.optim.BatchSampler;
import evenhand.fairness.data.Attribute;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * FairBatch as a batch sampler: a plain training loop becomes FairBatch by taking its batches from here.
 *
 * <pre>{@code
 * // var batches = new ShuffledBatches(rows, 100, rng, true);                        // plain training
 * var batches = FairBatchSampler.of(y, groups, 100, Target.EQUAL_OPPORTUNITY, rng, () -> logits(model, x));
 * }</pre>
 *
 * <p>Each call of {@link #epoch} scores the training rows with the model as it is, moves the share of one pair of cells
 * by one step (see {@link FairBatch} for the rule and its symbols), and draws the epoch's batches.
 */
public final class FairBatchSampler implements BatchSampler {
  /**
   * One epoch's update. Arrays are by label, then by group; shares are within the label.
   *
   * @param epoch counted from 1
   * @param losses the cell losses A before the update; NaN for an empty cell
   * @param moved which share grew, as {@code label=1, group=Female}; empty if none moved
   * @param shares the shares after the update
   * @param sizes rows of each cell in a batch
   * @param repeats rows that were drawn again within one batch because their cell is smaller than its share
   */
  public record Epoch(int epoch, double[][] losses, Optional<String> moved, double[][] shares, int[][] sizes,
      long repeats) {}

  private final FairBatchShares shares;
  private final CellIndex cells;
  private final FairBatch.Config config;
  private final int batch;
  private final Rng rng;
  private final Supplier<Tensor> logits;
  private final int[] labels;
  private final int[] cellNumbers;
  private final List<Epoch> trajectory = new ArrayList<>();
  private int epochsAtEdge;

  /** A sampler with the default settings. */
  public static FairBatchSampler of(int[] y, Attribute groups, int batch, Target target, Rng rng,
      Supplier<Tensor> logits) {
    return new FairBatchSampler(y, groups, batch, target, new FairBatch().defaults(), rng, logits);
  }

  /**
   * A sampler.
   *
   * @param y the training rows' labels, 0 or 1
   * @param groups their groups; rows of unknown group are drawn in proportion and not compared
   * @param batch rows per batch; may come out different by one or two unless {@code config.exactBatch}
   * @param target what is to be alike across groups
   * @param rng the one source of randomness
   * @param logits scores all training rows with the model as it is, in evaluation mode: {@code [rows]} or {@code [rows,
   *     1]}, the probability of label 1 being their sigmoid
   * @throws IllegalArgumentException if the batch is larger than the data, a label is neither 0 nor 1, the groups are
   *     of other rows, or no gap of the target can be determined
   */
  public FairBatchSampler(int[] y, Attribute groups, int batch, Target target, FairBatch.Config config, Rng rng,
      Supplier<Tensor> logits) {
    if (batch < 1 || batch > y.length) {
      throw new IllegalArgumentException("fairbatch: batch " + batch + " must be between 1 and the number of training"
          + " rows, " + y.length + "; lower model.batch");
    }
    this.labels = y.clone();
    this.cells = CellIndex.of(y, 2, groups);
    this.shares = new FairBatchShares(cells, target, config, batch);
    this.cellNumbers = cells.numbers();
    this.config = config;
    this.batch = batch;
    this.rng = rng;
    this.logits = logits;
  }

  /** Batches of one epoch. */
  public int batchesPerEpoch() {
    return labels.length / batch;
  }

  @Override
  public List<int[]> epoch() {
    int number = trajectory.size() + 1;
    double[][] losses;
    try (Scope _ = Scope.open()) {
      losses = losses(number);
    }
    Optional<String> moved = shares.update(losses, number);
    epochsAtEdge += shares.atEdge() ? 1 : 0;
    int[][] sizes = shares.sizes();
    if (Arrays.stream(sizes).flatMapToInt(Arrays::stream).sum() == 0) {
      throw new IllegalArgumentException("fairbatch: a batch of " + batch + " leaves every cell less than half a row;"
          + " raise model.batch or set exact-batch=yes");
    }
    long[] repeats = {0};
    List<int[]> batches = config.replacement() ? drawWithReplacement(sizes, repeats) : draw(sizes, repeats);
    trajectory.add(new Epoch(number, losses, moved, shares.withinLabel(), sizes, repeats[0]));
    return batches;
  }

  /** What happened in each epoch so far. */
  public List<Epoch> trajectory() {
    return List.copyOf(trajectory);
  }

  /** The shares of each label's groups after each epoch's update: lambda, in the paper's words. */
  List<Curve> curves() {
    List<Curve> curves = new ArrayList<>();
    for (int y = 0; y < cells.labels(); y++) {
      for (int z = 0; z < cells.groups(); z++) {
        Curve.Builder curve = new Curve.Builder();
        for (Epoch epoch : trajectory) {
          curve.add(epoch.epoch(), epoch.shares()[y][z]);
        }
        curves.add(curve.build("share of the batches' rows with label " + y,
            z < cells.names().size() ? cells.names().get(z) : "group unknown", Curve.EPOCH));
      }
    }
    return curves;
  }

  /** The shares' current state, for tests and reports. */
  FairBatchShares shares() {
    return shares;
  }

  /** The cell losses: L_{y,z}, or L'_{y,z} for demographic parity; NaN for an empty cell. */
  private double[][] losses(int epoch) {
    Tensor scores = logits.get();
    if (scores.size() != labels.length) {
      throw new IllegalArgumentException(
          "fairbatch: the model scored " + scores.size() + " rows, the training data has "
              + labels.length + "; score all of them, in order");
    }
    Tensor flat = scores.reshape(labels.length);
    float[] values = flat.toFloats();
    for (int row = 0; row < values.length; row++) {
      if (!Float.isFinite(values[row])) {
        throw new IllegalStateException("fairbatch: the score of training row " + row + " is " + values[row]
            + " before epoch " + epoch + "; lower model.learning-rate or check the inputs");
      }
    }
    return shares.losses(towards -> {
      float[] targets = new float[labels.length];
      for (int row = 0; row < targets.length; row++) {
        targets[row] = towards == FairBatchShares.Towards.LABEL ? labels[row] : 1;
      }
      return flat.device().backend().cellSums(flat, flat.device().tensor(targets), cellNumbers, cells.rows().length);
    });
  }

  /** Without replacement: a permutation of each cell per epoch, read round and round. */
  private List<int[]> draw(int[][] sizes, long[] repeats) {
    int[][] orders = new int[cells.rows().length][];
    int[] cursors = new int[orders.length];
    for (int cell = 0; cell < orders.length; cell++) {
      orders[cell] = cells.rows()[cell].clone();
      rng.shuffle(orders[cell]);
    }
    List<int[]> batches = new ArrayList<>(batchesPerEpoch());
    for (int b = 0; b < batchesPerEpoch(); b++) {
      int[] rows = new int[Arrays.stream(sizes).flatMapToInt(Arrays::stream).sum()];
      int filled = 0;
      for (int cell = 0; cell < orders.length; cell++) {
        int wanted = sizes[cell / cells.groups()][cell % cells.groups()];
        repeats[0] += Math.max(0, wanted - orders[cell].length);
        for (int i = 0; i < wanted; i++) {
          rows[filled++] = orders[cell][cursors[cell]];
          cursors[cell] = (cursors[cell] + 1) % orders[cell].length;
        }
      }
      rng.shuffle(rows);
      batches.add(rows);
    }
    return batches;
  }

  /** With replacement: each batch draws anew, distinct rows as long as the cell has enough. */
  private List<int[]> drawWithReplacement(int[][] sizes, long[] repeats) {
    List<int[]> batches = new ArrayList<>(batchesPerEpoch());
    for (int b = 0; b < batchesPerEpoch(); b++) {
      int[] rows = new int[Arrays.stream(sizes).flatMapToInt(Arrays::stream).sum()];
      int filled = 0;
      for (int cell = 0; cell < cells.rows().length; cell++) {
        int wanted = sizes[cell / cells.groups()][cell % cells.groups()];
        repeats[0] += Math.max(0, wanted - cells.rows()[cell].length);
        System.arraycopy(CellIndex.draw(cells.rows()[cell], wanted, rng), 0, rows, filled, wanted);
        filled += wanted;
      }
      rng.shuffle(rows);
      batches.add(rows);
    }
    return batches;
  }

  /** What a reader of the results should know: cells that cannot be compared, corners, repeats. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(shares.notes());
    if (trajectory.isEmpty()) {
      return notes;
    }
    if (epochsAtEdge > 0) {
      notes.add(String.format(java.util.Locale.ROOT,
          "a share was at its limit in %d of %d epochs: the gap could not be closed further by sampling; a share-floor"
              + " keeps every group in the batches",
          epochsAtEdge, trajectory.size()));
    }
    long repeats = trajectory.stream().mapToLong(Epoch::repeats).sum();
    if (repeats > 0) {
      notes.add("small cells were drawn " + repeats + " times more than they have rows within a batch");
    }
    return notes;
  }
}
