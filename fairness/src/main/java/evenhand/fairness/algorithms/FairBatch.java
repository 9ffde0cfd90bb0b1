package evenhand.fairness.algorithms;

import evenhand.fairness.data.Samples;
import java.util.List;
import java.util.Optional;

/**
 * FairBatch: which rows a minibatch holds, adapted while training.
 *
 * <p>Paper: Y. Roh, K. Lee, S. E. Whang, C. Suh, FairBatch: batch selection for model fairness, ICLR 2021,
 * arXiv 2012.01696. The loss, the model and the optimizer stay as they are; only the composition of the minibatches
 * changes. Nothing is needed at prediction time, and the sensitive attribute need not be an input.
 *
 * <p>Symbols: m rows; m_{y,z} with label y in group z; B batch size; S_{y,z} = B m_{y,z} / m; p the model's probability
 * of label 1; l(t, p) = -t ln p - (1-t) ln(1-p), logarithms cut at -100.
 *
 * <pre>
 *  L_{y,z}  = 1/m_{y,z} * sum over cell (y,z) of l(y, p)     equal opportunity, equalized odds
 *  L'_{y,z} = 1/m_{*,z} * sum over cell (y,z) of l(1, p)     demographic parity: target 1 for all, divisor the group
 *
 *  equal opportunity   min |L_{1,0} - L_{1,1}|
 *  equalized odds      min max over y of |L_{y,0} - L_{y,1}|
 *  demographic parity  min max over y of |L'_{y,0} - L'_{y,1}|   (sufficient: equal parts give equal sums)
 * </pre>
 *
 * <p>Steps, once before every epoch ({@link FairBatchSampler}, {@link FairBatchShares}):
 *
 * <ol>
 *   <li>score all training rows in evaluation mode and take the cell losses;
 *   <li>among the labels that the target covers, find the largest gap A_{y,a} - A_{y,b};
 *   <li>move alpha of the label's share from group b to group a (for demographic parity at label 0 from a to b: for a
 *       negative row a high loss against 1 means a low positive rate, and less weight lets it rise);
 *   <li>round to whole rows per cell, half to even, and draw the epoch's batches.
 * </ol>
 *
 * <p>Deviations and choices:
 *
 * <ul>
 *   <li>{@code shares=within-label} is the parametrisation of the authors' published code, to which their numbers
 *       belong; {@code whole-batch} is the paper's. For equal opportunity and equalized odds they are one rule in two
 *       units; for demographic parity the paper splits each group's quota between labels, which is a different rule.
 *   <li>After the end of a cell's permutation the cursor goes on from the rows taken at the front; the published code
 *       sets it to the length of the tail. The model is back in training mode after scoring.
 *   <li>At an exact tie nothing moves ({@code ties=stay}); the published code's else-branches are {@code ties=parity}.
 *   <li>More than two groups: the largest gap over all pairs. With two groups this is the published rule.
 *   <li>Corner solutions are in the method: where a gap cannot be closed, a share runs to its limit. {@code
 *       share-floor} keeps every group in the batches; the trajectory and the notes show it.
 * </ul>
 */
public final class FairBatch implements Method<FairBatch.Config> {
  /** The two published parametrisations. */
  public enum Shares {
    /** Shares within each label; the published code's. */
    WITHIN_LABEL,
    /** Shares of the whole batch; the paper's. */
    WHOLE_BATCH
  }

  /** What happens when two losses are exactly equal. */
  public enum Ties {
    /** Nothing moves. */
    STAY,
    /** The published code's else-branch. */
    PARITY
  }

  /**
   * Settings.
   *
   * @param alpha step of the shares, above 0; it does not shrink unless {@code decay} is set
   * @param shares which parametrisation
   * @param replacement draw each batch anew instead of reading permutations
   * @param shareFloor no donor's share falls below this, in [0, 0.5]
   * @param deadBand gaps up to this move nothing, at least 0
   * @param decay the step of epoch t is alpha / (1 + decay (t - 1)), at least 0
   * @param ties what happens at equal losses
   * @param exactBatch make every batch exactly as large as asked, by largest remainder
   * @param oddsWeight with demographic parity: also close equalized odds' gaps, with this weight; 0 does not
   * @param pretrain epochs of plain training first, at least 0
   */
  public record Config(
      @Help("step of the shares") double alpha,
      @Help("which parametrisation: the published code's or the paper's") Shares shares,
      @Help("draw each batch anew instead of reading permutations") boolean replacement,
      @Help("no group's share of a label is taken below this") double shareFloor,
      @Help("gaps up to this move nothing") double deadBand,
      @Help("the step of epoch t is alpha / (1 + decay (t - 1))") double decay,
      @Help("what happens at equal losses: nothing, or the published code's branch") Ties ties,
      @Help("make every batch exactly as large as asked") boolean exactBatch,
      @Help("with demographic parity: also close equalized odds' gaps, with this weight") double oddsWeight,
      @Help("epochs of plain training first") int pretrain) {
    /** Checks the ranges. */
    public Config {
      if (!(alpha > 0) || !(shareFloor >= 0 && shareFloor <= 0.5) || !(deadBand >= 0) || !(decay >= 0)
          || !(oddsWeight >= 0) || pretrain < 0) {
        throw new IllegalArgumentException("fairbatch settings are out of range: alpha " + alpha
            + " must be above 0, share-floor " + shareFloor + " in [0, 0.5], dead-band " + deadBand + ", decay " + decay
            + ", odds-weight " + oddsWeight + " and pretrain " + pretrain + " at least 0");
      }
    }
  }

  /** For the service loader. */
  public FairBatch() {}

  @Override
  public String name() {
    return "fairbatch";
  }

  @Override
  public String summary() {
    return "Adapts, once per epoch, how many rows of each label and group a minibatch holds.";
  }

  @Override
  public String paper() {
    return "Roh, Lee, Whang and Suh, ICLR 2021, arXiv 2012.01696";
  }

  @Override
  public Config defaults() {
    return new Config(0.005, Shares.WITHIN_LABEL, false, 0, 0, 0, Ties.STAY, false, 0, 0);
  }

  @Override
  public Optional<Strength> strength() {
    return Optional.of(Strength.of("alpha", "0.001", "0.002", "0.005", "0.01", "0.02"));
  }

  @Override
  public List<Ablation> ablations() {
    return List.of(Ablation.of("no share updates", "dead-band", "1e9"),
        Ablation.of("shares of the whole batch", "shares", "whole-batch"),
        Ablation.of("batches with replacement", "replacement", "yes"));
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    Fitting fitting = new Fitting(task);
    if (settings.pretrain() > 0) {
      fitting.train(settings.pretrain(), fitting.shuffled("pretrain"), Fitting.BatchLoss.CROSS_ENTROPY);
    }
    FairBatchSampler sampler = sampler(task, settings, fitting);
    return fitting.train(task.training().epochs(), sampler, Fitting.BatchLoss.CROSS_ENTROPY)
        .predictor(sampler.notes(), sampler.curves());
  }

  /** The sampler that {@link #fit} trains with. */
  static FairBatchSampler sampler(Task task, Config settings, Fitting fitting) {
    Samples train = task.train();
    return new FairBatchSampler(train.y(), train.groups(), fitting.batch(), task.target(), settings,
        Fitting.rng(task, "batches"), fitting::logits);
  }
}
