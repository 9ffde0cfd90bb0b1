package evenhand.fairness.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What gap a method leaves at what quality, as one of its settings varies; for comparison at matched quality, such as
 * accuracy or average precision.
 *
 * <p>Only points that no other beats in both count. Between two of them the gap is interpolated along a line, which is
 * what drawing one of the two models for each row gives on average; nothing is extrapolated.
 *
 * @param points without those that another beats, by ascending quality and so by ascending gap
 */
public record TradeOff(List<Point> points) {
  /**
   * One model.
   *
   * @param quality the larger the better
   * @param gap the smaller the better
   */
  public record Point(double quality, double gap) {
    private boolean isBeatenBy(Point other) {
      return other.quality >= quality && other.gap <= gap && !equals(other);
    }
  }

  /**
   * Sorts the points and drops those that others beat.
   *
   * @throws IllegalArgumentException if there is none, or one is not finite
   */
  public TradeOff {
    if (points.isEmpty() || points.stream().anyMatch(p -> !Double.isFinite(p.quality) || !Double.isFinite(p.gap))) {
      throw new IllegalArgumentException("trade-off: one or more points of finite numbers are needed, got " + points);
    }
    List<Point> all = points;
    points = all.stream().distinct().filter(point -> all.stream().noneMatch(point::isBeatenBy))
        .sorted(Comparator.comparingDouble(Point::quality)).toList();
  }

  /**
   * Two models, and which rows go to which.
   *
   * @param left the one of less quality; the same as right if one model is enough
   * @param share of the rows for right, in [0, 1]
   */
  public record Mix(Point left, Point right, double share) {
    /** Its gap, along the line. */
    public double gap() {
      return left.gap + share * (right.gap - left.gap);
    }
  }

  /** What has the smallest gap at this quality or a higher one; empty above the best point. */
  public Optional<Mix> at(double quality) {
    if (quality > points.getLast().quality) {
      return Optional.empty();
    }
    int above = IntStream.range(0, points.size()).filter(i -> points.get(i).quality >= quality).findFirst()
        .orElseThrow();
    Point right = points.get(above);
    Point left = above == 0 || right.quality == quality ? right : points.get(above - 1);
    return Optional.of(new Mix(left, right,
        left.equals(right) ? 1 : (quality - left.quality) / (right.quality - left.quality)));
  }

  /** The smallest gap at this quality or a higher one; empty above the best point. */
  public OptionalDouble gapAt(double quality) {
    return at(quality).stream().mapToDouble(Mix::gap).findFirst();
  }

  /**
   * The mean over so many qualities, evenly spread over those that both reach by interpolation, of this gap minus the
   * other's; empty if they share none.
   */
  public OptionalDouble excess(TradeOff other, int steps) {
    double from = Math.max(points.getFirst().quality, other.points.getFirst().quality);
    double to = Math.min(points.getLast().quality, other.points.getLast().quality);
    List<Double> differences = new ArrayList<>();
    DoubleStream levels = from > to ? DoubleStream.empty()
        : IntStream.range(0, steps).mapToDouble(i -> steps == 1 ? from : from + (to - from) * i / (steps - 1));
    levels.map(level -> Math.min(level, to)) // rounding must not lead beyond the end
        .forEach(level -> differences.add(gapAt(level).orElseThrow() - other.gapAt(level).orElseThrow()));
    return differences.stream().mapToDouble(Double::doubleValue).average();
  }
}
