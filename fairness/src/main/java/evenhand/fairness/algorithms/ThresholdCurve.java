package evenhand.fairness.algorithms;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the thresholds of one group can reach, and, by drawing between thresholds, the upper hull of that.
 *
 * <p>Coordinates (x, y) of a threshold, k of the group's n rows being above it, tp with label 1 and fp with label 0; P
 * and N are the group's rows with label 1 and with label 0:
 *
 * <pre>
 *  demographic parity  x = k / n    y = tp + N - fp, the rows labelled right
 *  equal opportunity   x = tp / P   y = tp + N - fp
 *  equalized odds      x = fp / N   y = tp / P
 * </pre>
 */
final class ThresholdCurve {
  private static final double ROUNDING = 1e-9;

  /**
   * One threshold.
   *
   * @param threshold rows with a higher score get label 1; infinite where that is no row or every row
   * @param selected number of these rows: k
   */
  record Point(double x, double y, double threshold, int selected) {}

  /**
   * A draw among thresholds.
   *
   * @param thresholds from the highest to the lowest
   * @param weights probability of each; their sum is 1
   * @param drawn number of the group's rows whose score lies between the thresholds, so that the draw decides
   */
  record Mix(List<Double> thresholds, List<Double> weights, int drawn) {
    static Mix of(Point point) {
      return new Mix(List.of(point.threshold), List.of(1.0), 0);
    }

    /** Points of weights down to rounding are left out, so that nothing is drawn without need. */
    static Mix of(List<Point> points, double... weights) {
      List<Integer> kept = IntStream.range(0, weights.length).filter(i -> weights[i] > ROUNDING).boxed()
          .sorted(Comparator.comparing(i -> points.get(i).selected)).toList();
      double sum = kept.stream().mapToDouble(i -> weights[i]).sum();
      return new Mix(kept.stream().map(i -> points.get(i).threshold).toList(),
          kept.stream().map(i -> weights[i] / sum).toList(),
          points.get(kept.getLast()).selected - points.get(kept.getFirst()).selected);
    }

    /** The label of a score; {@code draw}, uniform on [0, 1), chooses the threshold. */
    int label(double score, double draw) {
      int chosen = 0;
      double below = weights.getFirst();
      while (draw >= below && chosen < weights.size() - 1) {
        below += weights.get(++chosen);
      }
      return score > thresholds.get(chosen) ? 1 : 0;
    }
  }

  private final List<Point> points;
  private final List<Point> hull = new ArrayList<>();

  /** The curve of the given rows; the target's denominators must not be 0. */
  ThresholdCurve(double[] scores, int[] y, int[] rows, Target target) {
    this.points = points(scores, y, rows, target);
    for (Point next : points) { // x never falls from one point to the next
      if (!hull.isEmpty() && next.x == hull.getLast().x && next.y <= hull.getLast().y) {
        continue;
      }
      while (hull.size() > 1 && isBelow(hull.get(hull.size() - 2), hull.getLast(), next)) {
        hull.removeLast();
      }
      hull.add(next); // points on an edge stay: the nearer two thresholds are, the fewer rows are drawn
    }
  }

  private static List<Point> points(double[] scores, int[] y, int[] rows, Target target) {
    int[] order = Arrays.stream(rows).boxed()
        .sorted(Comparator.comparing((Integer row) -> -scores[row])).mapToInt(Integer::intValue).toArray();
    int positives = (int) Arrays.stream(rows).filter(row -> y[row] == 1).count();
    int negatives = rows.length - positives;
    List<Point> points = new ArrayList<>();
    int tp = 0;
    for (int k = 0; k <= order.length; k++) {
      if (k > 0) {
        tp += y[order[k - 1]];
      }
      if (k > 0 && k < order.length && scores[order[k]] == scores[order[k - 1]]) {
        continue; // no threshold separates equal scores
      }
      int fp = k - tp;
      double right = tp + negatives - fp;
      double threshold = k == 0 ? Double.POSITIVE_INFINITY
          : k == order.length ? Double.NEGATIVE_INFINITY : between(scores[order[k]], scores[order[k - 1]]);
      points.add(switch (target) {
        case DEMOGRAPHIC_PARITY -> new Point((double) k / order.length, right, threshold, k);
        case EQUAL_OPPORTUNITY -> new Point((double) tp / positives, right, threshold, k);
        case EQUALIZED_ODDS -> new Point((double) fp / negatives, (double) tp / positives, threshold, k);
      });
    }
    return points;
  }

  /** The middle, or the lower of two neighbouring numbers that have none. */
  private static double between(double lower, double upper) {
    return Math.min(lower + (upper - lower) / 2, Math.nextDown(upper));
  }

  private static boolean isBelow(Point left, Point middle, Point right) {
    return (middle.x - left.x) * (right.y - left.y) - (middle.y - left.y) * (right.x - left.x) > ROUNDING * ROUNDING;
  }

  /** The corners of the hull, x not falling. */
  List<Point> hull() {
    return hull;
  }

  /** The corner with the greatest y, the first of several. */
  Point highest() {
    return hull.stream().max(Comparator.comparingDouble(Point::y)).orElseThrow();
  }

  /** The hull's y at x in [0, 1]. */
  double height(double x) {
    int left = left(x);
    Point from = hull.get(left);
    if (left == hull.size() - 1 || x <= from.x) {
      return from.y;
    }
    Point to = hull.get(left + 1);
    return from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x);
  }

  /** The last corner not right of x. */
  private int left(double x) {
    int low = 0;
    int high = hull.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (hull.get(middle).x <= x) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The draw that reaches the hull at x: between the thresholds of the edge's two ends. */
  Mix on(double x) {
    int left = left(x);
    Point from = hull.get(left);
    if (left == hull.size() - 1) {
      return Mix.of(from);
    }
    Point to = hull.get(left + 1);
    double weight = (x - from.x) / (to.x - from.x);
    return Mix.of(List.of(from, to), 1 - weight, weight);
  }

  /**
   * The draw that reaches (x, y), on or below an ROC hull and not below its diagonal.
   *
   * <p>Below the hull two ends of an edge do not suffice: among the triangles of an edge and a third corner that hold the
   * point, the one with the fewest rows between its thresholds.
   */
  Mix within(double x, double y) {
    if (y >= height(x) - ROUNDING) {
      return on(x);
    }
    Optional<Mix> best = Optional.empty();
    for (int edge = 0; edge + 1 < hull.size(); edge++) {
      for (Point third : hull) {
        Optional<Mix> mix = triangle(List.of(hull.get(edge), hull.get(edge + 1), third), x, y);
        if (mix.isPresent() && (best.isEmpty() || mix.get().drawn < best.get().drawn)) {
          best = mix;
        }
      }
    }
    return best.orElseGet(() -> on(x)); // within rounding of an edge
  }

  /** The draw among three points that reaches (x, y), by barycentric coordinates; none if it lies outside. */
  private static Optional<Mix> triangle(List<Point> corners, double x, double y) {
    Point a = corners.get(0);
    Point b = corners.get(1);
    Point c = corners.get(2);
    double area = (b.y - c.y) * (a.x - c.x) + (c.x - b.x) * (a.y - c.y);
    if (Math.abs(area) < ROUNDING * ROUNDING) {
      return Optional.empty();
    }
    double first = ((b.y - c.y) * (x - c.x) + (c.x - b.x) * (y - c.y)) / area;
    double second = ((c.y - a.y) * (x - c.x) + (a.x - c.x) * (y - c.y)) / area;
    double third = 1 - first - second;
    return Math.min(first, Math.min(second, third)) < -ROUNDING ? Optional.empty()
        : Optional.of(Mix.of(corners, first, second, third));
  }

  /** The single threshold nearest to x, or with an ROC curve to (x, y); the one with the greater y of equally near. */
  Mix nearest(double x, double y, Target target) {
    return Mix.of(points.stream()
        .min(Comparator.<Point>comparingDouble(point -> target == Target.EQUALIZED_ODDS
            ? Math.max(Math.abs(point.x - x), Math.abs(point.y - y)) : Math.abs(point.x - x))
            .thenComparing(Point::y, Comparator.reverseOrder()))
        .orElseThrow());
  }
}
