package evenhand.fairness.algorithms;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of what a run records of itself: the loss by epoch, a group's share of the batches, a histogram.
 *
 * <p>Curves of one quantity are drawn together. This is the one way in which methods and studies hand on what reports
 * show of a run beside its metrics.
 *
 * @param quantity what is drawn, in words
 * @param line which of its lines this is; the empty string if there is one
 * @param over what x counts, in words: {@code epoch}
 * @param x ascending
 * @param y as many; finite
 */
public record Curve(String quantity, String line, String over, List<Double> x, List<Double> y) {
  /** What x counts in curves of a training. */
  public static final String EPOCH = "epoch";

  /** Checks and copies. */
  public Curve {
    x = List.copyOf(x);
    y = List.copyOf(y);
    if (x.size() != y.size()) {
      throw new IllegalArgumentException("curve " + quantity + ": " + x.size() + " values of x, " + y.size() + " of y");
    }
  }

  /** A curve that grows by a point at a time. */
  public static final class Builder {
    private final List<Double> x = new ArrayList<>();
    private final List<Double> y = new ArrayList<>();

    /** Adds a point, unless it is not finite. */
    public void add(double at, double value) {
      if (Double.isFinite(value)) {
        x.add(at);
        y.add(value);
      }
    }

    /** The curve so far. */
    public Curve build(String quantity, String line, String over) {
      return new Curve(quantity, line, over, x, y);
    }
  }
}
