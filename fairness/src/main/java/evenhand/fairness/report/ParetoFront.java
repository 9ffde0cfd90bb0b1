package evenhand.fairness.report;

import evenhand.fairness.report.Figure.Point;
import evenhand.fairness.study.TradeOff;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** The points that no other beats in both: x is a gap, the smaller the better, y an accuracy, the larger the better. */
final class ParetoFront {
  private ParetoFront() {}

  /** Those points, by ascending gap. */
  static Set<Point> of(Collection<Point> points) {
    TradeOff front = new TradeOff(points.stream().map(point -> new TradeOff.Point(point.y(), point.x())).toList());
    return points.stream().filter(point -> front.points().contains(new TradeOff.Point(point.y(), point.x())))
        .sorted(Comparator.comparingDouble(Point::x)).collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
