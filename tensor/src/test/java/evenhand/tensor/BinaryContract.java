package evenhand.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elementwise functions of two operands, and where. */
interface BinaryContract {
  Device device();

  /** Shapes of the two operands and of the result. */
  record Shapes(int[] left, int[] right, int[] result) {
    static Shapes of(int[] left, int[] right) {
      return new Shapes(left, right, Shape.broadcast("test", Shape.of(left), Shape.of(right)).dims());
    }
  }

  static List<Shapes> shapes() {
    return List.of(
        Shapes.of(new int[]{}, new int[]{}),
        Shapes.of(new int[]{}, new int[]{17}),
        Shapes.of(new int[]{33}, new int[]{1}),
        Shapes.of(new int[]{13, 17}, new int[]{13, 17}),
        Shapes.of(new int[]{13, 17}, new int[]{17}),
        Shapes.of(new int[]{13, 17}, new int[]{13, 1}),
        Shapes.of(new int[]{13, 1}, new int[]{1, 17}),
        Shapes.of(new int[]{2, 1, 5}, new int[]{3, 1}),
        Shapes.of(new int[]{2, 3, 4, 5}, new int[]{3, 1, 5}),
        Shapes.of(new int[]{0, 3}, new int[]{1, 3}),
        Shapes.of(new int[]{1}, new int[]{0}));
  }

  static double[] left(Binary op, int n) {
    return op == Binary.POW ? Host.random(1, 0.1, 5, n) : Host.random(1, -10, 10, n);
  }

  static double[] right(Binary op, int n) {
    double[] values = op == Binary.POW ? Host.random(2, -4, 4, n) : Host.random(2, -10, 10, n);
    double[] same = left(op, n);
    return op.isComparison() ? IntStream.range(0, n).mapToDouble(i -> i % 3 == 0 ? same[i] : values[i]).toArray()
        : values;
  }

  static double tolerance(Binary op, double result) {
    return switch (op) {
      case ADD, SUB, MUL, MAX, MIN, EQ, NE, LT, LE, GT, GE -> 0;
      case DIV -> 5 * Host.EPS * Math.abs(result) + Float.MIN_NORMAL;
      case POW -> 32 * Host.EPS * Math.abs(result) + Float.MIN_NORMAL;
    };
  }

  static void check(Binary op, Sample a, Sample b, int... result) {
    double[] x = Host.broadcast(a.values(), a.shape(), result);
    double[] y = Host.broadcast(b.values(), b.shape(), result);
    double[] expected = IntStream.range(0, x.length).mapToDouble(i -> op.apply(x[i], y[i])).toArray();
    if (a.tensor().dtype() == DType.INT32) {
      Arrays.setAll(expected, i -> (int) expected[i]); // towards zero
    }
    Tensor out = a.tensor().apply(op, b.tensor());
    Host.assertShape(out, result);
    Host.assertClose(op + " of " + a + " and " + b, out, expected, i -> tolerance(op, expected[i]));
  }

  @ParameterizedTest
  @EnumSource
  default void binaryMatchesItsMeaningAtAwkwardSizes(Binary op) {
    for (int n : Host.SIZES) {
      check(op, Layout.ROWS.floats(device(), left(op, n), n), Layout.ROWS.floats(device(), right(op, n), n), n);
    }
  }

  @ParameterizedTest
  @EnumSource
  default void binaryBroadcastsAndReadsViews(Binary op) {
    for (Shapes shapes : shapes()) {
      for (Layout leftLayout : Layout.values()) {
        for (Layout rightLayout : Layout.values()) {
          Sample a = leftLayout.floats(device(), left(op, Host.size(shapes.left())), shapes.left());
          Sample b = rightLayout.floats(device(), right(op, Host.size(shapes.right())), shapes.right());
          check(op, a, b, shapes.result());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void binaryFollowsIeeeAtTheEdges(Binary op) {
    double[] edges = Host.floats64(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0, 1, -1, 2,
        -2,
        0.5, 3, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_NORMAL, 1e-20, 1e20, 16777216);
    int n = edges.length;
    Sample a = Layout.ROWS.floats(device(), edges, n, 1);
    Sample b = Layout.ROWS.floats(device(), edges, n);
    check(op, a, b, n, n);
  }

  @ParameterizedTest
  @EnumSource
  default void binaryOnIntegersIsExact(Binary op) {
    for (int n : Host.SIZES) {
      double[] x = Host.randomInts(3, -1000, 1000, n);
      double[] y = op == Binary.POW ? Host.randomInts(4, 0, 3, n) : Host.randomInts(4, 1, 30, n);
      check(op, Layout.ROWS.ints(device(), x, n), Layout.ROWS.ints(device(), y, n), n);
    }
    for (Layout layout : Layout.values()) {
      Sample x = layout.ints(device(), Host.randomInts(5, -1000, 1000, 39), 13, 3);
      Sample y = layout.ints(device(), Host.randomInts(6, 1, 3, 13), 13, 1);
      check(op, x, y, 13, 3);
    }
  }

  @Test
  default void integersAreNotRoundedToFloatsOnTheWay() {
    int big = 16777217; // 2^24 + 1, not a float32
    Tensor a = device().tensor(new int[]{big, big, Integer.MAX_VALUE, Integer.MIN_VALUE});
    Tensor b = device().tensor(new int[]{1, big - 1, Integer.MAX_VALUE - 1, Integer.MAX_VALUE});
    Host.assertSame("max", a.apply(Binary.MAX, b), big, big, Integer.MAX_VALUE, Integer.MAX_VALUE);
    Host.assertSame("eq", a.apply(Binary.EQ, b), 0, 0, 0, 0);
    Host.assertSame("gt", a.apply(Binary.GT, b), 1, 1, 1, 0);
    Host.assertSame("sub", a.apply(Binary.SUB, b), big - 1, 1, 1, 1); // the last wraps around
  }

  @Test
  default void integerArithmeticWrapsAround() {
    int max = Integer.MAX_VALUE;
    int min = Integer.MIN_VALUE;
    Tensor a = device().tensor(new int[]{max, min, max, 123456789});
    Tensor b = device().tensor(new int[]{1, -1, max, 987654321});
    Host.assertSame("add", a.apply(Binary.ADD, b), max + 1, min - 1, max + max, 123456789 + 987654321);
    Host.assertSame("mul", a.apply(Binary.MUL, b), max, min * -1, max * max, 123456789 * 987654321);
    Host.assertSame("div", a.apply(Binary.DIV, b), max, min / -1, 1, 0);
  }

  @Test
  default void whereChoosesByElementAndBroadcasts() {
    for (Layout layout : Layout.values()) {
      for (DType condition : DType.values()) {
        for (DType type : DType.values()) {
          checkWhere(layout.of(device(), condition, Host.randomInts(7, 0, 1, 39), 13, 3),
              layout.of(device(), type, Host.randomInts(8, -50, 50, 3), 3),
              layout.of(device(), type, Host.randomInts(9, -50, 50, 26), 2, 13, 1), 2, 13, 3);
        }
      }
    }
    for (int n : Host.SIZES) {
      checkWhere(Layout.ROWS.floats(device(), Host.randomInts(n, -1, 1, n), n),
          Layout.ROWS.floats(device(), Host.random(n, -1, 1, n), n),
          Layout.ROWS.floats(device(), Host.random(n + 1, -1, 1, n), n), n);
    }
  }

  private static void checkWhere(Sample condition, Sample a, Sample b, int... result) {
    double[] c = Host.broadcast(condition.values(), condition.shape(), result);
    double[] x = Host.broadcast(a.values(), a.shape(), result);
    double[] y = Host.broadcast(b.values(), b.shape(), result);
    double[] expected = IntStream.range(0, c.length).mapToDouble(i -> c[i] != 0 ? x[i] : y[i]).toArray();
    Tensor out = condition.tensor().where(a.tensor(), b.tensor());
    Host.assertShape(out, result);
    Host.assertSame("where " + condition, out, expected);
  }

  @Test
  default void whereLetsNothingThroughFromTheOtherSide() {
    Tensor condition = device().tensor(new float[]{Float.NaN, -0f, 0, 1e-40f, Float.POSITIVE_INFINITY});
    Tensor nan = device().scalar(Double.NaN);
    Host.assertSame("NaN, subnormal and infinity count as true", condition.where(device().scalar(2), nan),
        2, Double.NaN, Double.NaN, 2, 2);
    Host.assertSame("both zeros count as false", condition.where(nan, device().scalar(3)),
        Double.NaN, 3, 3, Double.NaN, Double.NaN);
  }
}
