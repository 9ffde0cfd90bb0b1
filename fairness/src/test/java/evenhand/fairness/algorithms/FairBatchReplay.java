package evenhand.fairness.algorithms;

import evenhand.fairness.data.Attribute;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;

/** A FairBatch sampler with what it keeps to itself, for tests of other packages. */
public final class FairBatchReplay {
  private final FairBatchSampler sampler;

  /** A sampler with the published code's ties. */
  public FairBatchReplay(int[] y, Attribute groups, int batch, Target target, FairBatch.Shares form, double alpha,
      Supplier<Tensor> logits) {
    var config = new FairBatch.Config(alpha, form, false, 0, 0, 0, FairBatch.Ties.PARITY, false, 0, 0);
    this.sampler = new FairBatchSampler(y, groups, batch, target, config, new Rng(1), logits);
  }

  /** Shares within the label, by label and group. */
  public double[][] withinLabel() {
    return sampler.shares().withinLabel();
  }

  /** Shares of the whole batch, by label and group. */
  public double[][] wholeBatch() {
    return sampler.shares().wholeBatch();
  }

  /** Rows of each cell in a batch. */
  public int[][] sizes() {
    return sampler.shares().sizes();
  }

  /** Scores, moves the shares, draws. */
  public List<int[]> epoch() {
    return sampler.epoch();
  }

  /** The cell losses of the last epoch. */
  public double[][] losses() {
    return sampler.trajectory().getLast().losses();
  }
}
