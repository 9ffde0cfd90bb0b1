package evenhand.fairness.algorithms;

import evenhand.autograd.optim.BatchSampler;
import evenhand.autograd.optim.Training;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Partition;
import evenhand.fairness.data.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * How methods with a gap in their loss draw batches and choose an epoch; settings that they share.
 *
 * <p>As in the experiments of Decision Rationale Alignment (Li et al., ICML 2023): batches may hold so many rows of each
 * subgroup, and after a warm-up the epoch with the smallest gap on held-out rows may be kept. That alone would choose a
 * constant predictor, hence a floor for the average precision, which the paper does not have. An epoch of batches by
 * subgroup changes the risk: the loss is no longer the population's.
 *
 * @param rowsPerGroup rows of each subgroup in a batch (a group for demographic parity, else a label and group); 0 takes
 *     shuffled batches of {@code model.batch} rows
 * @param steps batches by subgroup in an epoch; 0 takes as many as whole ones fit the training rows
 * @param heldOut share of the training rows that chooses the epoch instead of training, in [0, 1); 0 keeps the last epoch
 * @param warmUp first epochs, which are not chosen
 * @param floor what share of the best epoch's average precision the chosen one needs, in [0, 1]
 */
public record GapTraining(
    @Help("rows of each subgroup in a batch; 0 takes shuffled batches of model.batch rows") int rowsPerGroup,
    @Help("batches by subgroup in an epoch; 0 takes as many as fit the training rows") int steps,
    @Help("share of the training rows that chooses the epoch to keep by its gap; 0 keeps the last") double heldOut,
    @Help("first epochs, which are never chosen") int warmUp,
    @Help("average precision that the chosen epoch needs, as a share of the best epoch's") double floor) {
  /** Shuffled batches, and the last epoch. */
  public static final GapTraining PLAIN = new GapTraining(0, 0, 0, 3, 0.95);

  /** Checks the ranges. */
  public GapTraining {
    if (rowsPerGroup < 0 || steps < 0 || !(heldOut >= 0 && heldOut < 1) || warmUp < 0
        || !(floor >= 0 && floor <= 1)) {
      throw new IllegalArgumentException("settings of batches and epochs are out of range: rows-per-group "
          + rowsPerGroup + ", steps " + steps + " and warm-up " + warmUp + " must be at least 0, held-out " + heldOut
          + " in [0, 1), floor " + floor + " in [0, 1]");
    }
    if (steps > 0 && rowsPerGroup == 0) {
      throw new IllegalArgumentException("setting steps " + steps + " counts batches by subgroup; set rows-per-group");
    }
  }

  /** What is trained, and what there is to say of it afterwards. */
  interface Objective extends Training.RowLoss {
    default List<String> notes() {
      return List.of();
    }
  }

  /**
   * Trains a model.
   *
   * @param loss given the task, without the held-out rows, and its model, gives the loss of row numbers of that task
   */
  Predictor fit(Task task, BiFunction<Task, Fitting, Objective> loss) {
    if (heldOut == 0) {
      Fitting fitting = new Fitting(task);
      Objective objective = loss.apply(task, fitting);
      return fitting.train(task.training().epochs(), batches(task, fitting), objective).predictor(objective.notes());
    }
    // the same shares of every label and group on both sides, those of unknown group too
    Samples all = task.train();
    Attribute groups = all.groups();
    int[] cells = new int[all.rows()];
    for (int row = 0; row < cells.length; row++) {
      cells[row] = 2 * (groups.codes()[row] + 1) + all.y()[row];
    }
    Partition parts = Partition.stratified(cells, heldOut, Fitting.rng(task, "held-out").nextBits());
    Task training = task.on(all.select(parts.train()));
    Fitting fitting = new Fitting(training);
    Objective objective = loss.apply(training, fitting);
    EpochWatch watch = new EpochWatch(fitting, task, all.select(parts.test()), this);
    fitting.train(task.training().epochs(), batches(training, fitting), objective, optimizer -> optimizer, watch);
    List<String> notes = new ArrayList<>(objective.notes());
    Trajectory trajectory = watch.keepBest(notes);
    return fitting.predictor(notes, Optional.of(trajectory));
  }

  private BatchSampler batches(Task task, Fitting fitting) {
    return rowsPerGroup == 0 ? fitting.shuffled()
        : SubgroupBatches.of(CellIndex.of(task.train().y(), 2, task.train().groups()), task.target(), rowsPerGroup,
            steps, Fitting.rng(task, "batches"));
  }
}
