package evenhand.fairness.erase;

import evenhand.fairness.data.Inputs;

/** A deployed model with a count of the rows it was asked about, and a cap on them. */
public final class QueryCount implements DeployedModel {
  private final DeployedModel model;
  private final long most;
  private long rows;

  /**
   * Counts from 0.
   *
   * @param most how many rows may be asked about
   */
  public QueryCount(DeployedModel model, long most) {
    this.model = model;
    this.most = most;
  }

  /** Counts from 0, without a cap. */
  public QueryCount(DeployedModel model) {
    this(model, Long.MAX_VALUE);
  }

  /**
   * Asks the model.
   *
   * @throws IllegalStateException if that would be beyond the cap; the model is not asked then
   */
  @Override
  public synchronized double[][] logits(Inputs asked) {
    if (asked.rows() > most - rows) {
      throw new IllegalStateException("deployed model: " + asked.rows() + " more rows after " + rows
          + " are beyond the cap of " + most + " queries; raise the cap or give fewer calibration rows");
    }
    rows += asked.rows();
    return model.logits(asked);
  }

  /** How many rows it was asked about so far. */
  public synchronized long rows() {
    return rows;
  }
}
