package evenhand.autograd.optim;

/**
 * Decides which rows each batch holds.
 *
 * <p>The one place where a training loop and a sampling method meet: to change how batches are drawn, change the line
 * that makes the sampler.
 */
@FunctionalInterface
public interface BatchSampler {
  /** The row numbers of each batch of the next epoch; each call begins another epoch. */
  Iterable<int[]> epoch();
}
