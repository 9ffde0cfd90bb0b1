package evenhand.fairness.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What gap a method leaves at what average precision, as one of its settings varies; for comparison at matched
 * precision.
 *
 * <p>Only points that no other beats in both count. Between two of them the gap is interpolated along a line, which is
 * what drawing one of the two models for each row gives on average; nothing is extrapolated.
 *
 * @param points without those that another beats, by ascending precision and so by ascending gap
 */
public record TradeOff(List<Point> points) {
  /**
   * One model.
   *
   * @param precision average precision
   * @param gap the smaller the better
   */
  public record Point(double precision, double gap) {
    private boolean isBeatenBy(Point other) {
      return other.precision >= precision && other.gap <= gap && !equals(other);
    }
  }

  /**
   * Sorts the points and drops those that others beat.
   *
   * @throws IllegalArgumentException if there is none, or one is not finite
   */
  public TradeOff {
    if (points.isEmpty() || points.stream().anyMatch(p -> !Double.isFinite(p.precision) || !Double.isFinite(p.gap))) {
      throw new IllegalArgumentException("trade-off: one or more points of finite numbers are needed, got " + points);
    }
    List<Point> all = points;
    points = all.stream().distinct().filter(point -> all.stream().noneMatch(point::isBeatenBy))
        .sorted(Comparator.comparingDouble(Point::precision)).toList();
  }

  /** The smallest gap at this precision or a higher one; empty above the most precise point. */
  public OptionalDouble gapAt(double precision) {
    if (precision > points.getLast().precision) {
      return OptionalDouble.empty();
    }
    int above = IntStream.range(0, points.size()).filter(i -> points.get(i).precision >= precision).findFirst()
        .orElseThrow();
    Point right = points.get(above);
    if (above == 0) {
      return OptionalDouble.of(right.gap);
    }
    Point left = points.get(above - 1);
    double share = (precision - left.precision) / (right.precision - left.precision);
    return OptionalDouble.of(left.gap + share * (right.gap - left.gap));
  }

  /**
   * The mean over so many precisions, evenly spread over those that both reach by interpolation, of this gap minus the
   * other's; empty if they share none.
   */
  public OptionalDouble excess(TradeOff other, int steps) {
    double from = Math.max(points.getFirst().precision, other.points.getFirst().precision);
    double to = Math.min(points.getLast().precision, other.points.getLast().precision);
    List<Double> differences = new ArrayList<>();
    DoubleStream levels = from > to ? DoubleStream.empty()
        : IntStream.range(0, steps).mapToDouble(i -> steps == 1 ? from : from + (to - from) * i / (steps - 1));
    levels.map(level -> Math.min(level, to)) // rounding must not lead beyond the end
        .forEach(level -> differences.add(gapAt(level).orElseThrow() - other.gapAt(level).orElseThrow()));
    return differences.stream().mapToDouble(Double::doubleValue).average();
  }
}
