package evenhand.fairness.metrics;

/**
 * How intervals are made.
 *
 * @param resamples how often the rows are drawn again; 0 for no intervals
 * @param level the share of the resamples inside the interval, between 0 and 1, exclusive
 * @param seed of the draws; the same seed gives the same bits for any number of threads
 */
public record BootstrapOptions(int resamples, double level, long seed) {
  private static final int DEFAULT_RESAMPLES = 1000;
  private static final double DEFAULT_LEVEL = 0.95;

  /** Checks the ranges. */
  public BootstrapOptions {
    if (resamples < 0) {
      throw new IllegalArgumentException("BootstrapOptions: resamples must not be negative, got " + resamples);
    }
    if (!(level > 0 && level < 1)) {
      throw new IllegalArgumentException("BootstrapOptions: level must be between 0 and 1, got " + level);
    }
  }

  /** 1000 resamples, 95%. */
  public static BootstrapOptions defaults(long seed) {
    return new BootstrapOptions(DEFAULT_RESAMPLES, DEFAULT_LEVEL, seed);
  }

  /** No intervals. */
  public static BootstrapOptions none() {
    return new BootstrapOptions(0, DEFAULT_LEVEL, 0);
  }
}
