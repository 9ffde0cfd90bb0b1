package evenhand.fairness.algorithms;

import java.util.function.DoubleUnaryOperator;

/**
 * The least value found of a function of a step's length: doubling or halving from 1 until a valley is enclosed, then
 * golden section.
 *
 * <p>For a function with one valley it finds its bottom; for any other what it returns is still below the value at 0. A
 * value that is not finite counts as infinitely high.
 *
 * @param at the length; 0 if no length tried is better than 0
 * @param value the function there
 * @param tried how many lengths were tried
 */
record LineSearch(double at, double value, int tried) {
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;
  private static final int DOUBLINGS = 20;
  private static final int SECTIONS = 25; // the valley shrinks to 6e-6 of its width

  /** Searches from 1, given the value at 0. */
  static LineSearch minimise(DoubleUnaryOperator function, double atZero) {
    return minimise(function, atZero, SECTIONS);
  }

  /** With so many golden sections, each of which shrinks the valley to .62 of its width. */
  static LineSearch minimise(DoubleUnaryOperator function, double atZero, int sections) {
    Search search = new Search(function, atZero);
    double low = 0;
    double high = 1;
    if (search.value(1) < atZero) {
      double middle = search.best;
      for (int i = 0; i < DOUBLINGS && search.value(2 * high) < middle; i++) {
        low = high;
        high *= 2;
        middle = search.best;
      }
      high *= 2;
    } else {
      for (int i = 0; i < DOUBLINGS && search.at == 0; i++) {
        high /= 2;
        search.value(high);
      }
      high *= 2;
    }
    return search.at == 0 ? new LineSearch(0, atZero, search.tried) : section(search, low, high, sections);
  }

  private static LineSearch section(Search search, double low, double high, int sections) {
    double from = low;
    double to = high;
    double left = to - GOLDEN * (to - from);
    double right = from + GOLDEN * (to - from);
    double atLeft = search.value(left);
    double atRight = search.value(right);
    for (int i = 0; i < sections; i++) {
      if (atLeft <= atRight) {
        to = right;
        right = left;
        atRight = atLeft;
        left = to - GOLDEN * (to - from);
        atLeft = search.value(left);
      } else {
        from = left;
        left = right;
        atLeft = atRight;
        right = from + GOLDEN * (to - from);
        atRight = search.value(right);
      }
    }
    return new LineSearch(search.at, search.best, search.tried);
  }

  /** The function, remembering the best. */
  private static final class Search {
    private final DoubleUnaryOperator function;
    private double at;
    private double best;
    private int tried;

    Search(DoubleUnaryOperator function, double atZero) {
      this.function = function;
      this.best = atZero;
    }

    double value(double length) {
      double found = function.applyAsDouble(length);
      tried++;
      if (found < best) {
        best = found;
        at = length;
      }
      return Double.isFinite(found) ? found : Double.POSITIVE_INFINITY;
    }
  }
}
