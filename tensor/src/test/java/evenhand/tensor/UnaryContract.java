package evenhand.tensor;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elementwise functions of one operand. */
interface UnaryContract {
  Device device();

  /** A range on which the function is defined and neither overflows nor vanishes. */
  record Domain(double low, double high) {}

  static Domain domain(Unary op) {
    return switch (op) {
      case NEG, ABS, SIGN, STEP, RELU, SQUARE, RECIPROCAL, TANH, SIGMOID, SOFTPLUS -> new Domain(-10, 10);
      case SQRT, RSQRT, LOG -> new Domain(1e-3, 1e3);
      case EXP, EXPM1 -> new Domain(-20, 20);
      case LOG1P -> new Domain(-0.99, 100);
      case ERF -> new Domain(-4, 4);
      case SIN, COS -> new Domain(-30, 30);
      case FLOOR -> new Domain(-100, 100);
    };
  }

  /** The error allowed for a result; results below the smallest normal number may be flushed to 0. */
  static double tolerance(Unary op, double result) {
    return switch (op) {
      case NEG, ABS, SIGN, STEP, RELU, FLOOR -> 0;
      case SQUARE, SQRT, RECIPROCAL -> 5 * Host.EPS * Math.abs(result) + Float.MIN_NORMAL;
      case SIN, COS -> 16 * Host.EPS * Math.abs(result) + 4 * Host.EPS; // zeros lie at irrational places
      case RSQRT, EXP, EXPM1, LOG, LOG1P, TANH, SIGMOID, SOFTPLUS, ERF ->
        16 * Host.EPS * Math.abs(result) + Float.MIN_NORMAL;
    };
  }

  static void check(Unary op, Sample x) {
    double[] expected = Arrays.stream(x.values()).map(op::apply).toArray();
    Tensor y = x.tensor().apply(op);
    Host.assertShape(y, x.shape());
    Host.assertClose(op + " of " + x, y, expected, i -> tolerance(op, expected[i]));
  }

  @ParameterizedTest
  @EnumSource
  default void unaryMatchesItsMeaningAtAwkwardSizes(Unary op) {
    for (int n : Host.SIZES) {
      check(op, Layout.ROWS.floats(device(), Host.random(n, domain(op).low(), domain(op).high(), n), n));
    }
  }

  @ParameterizedTest
  @EnumSource
  default void unaryReadsViews(Unary op) {
    for (int[] shape : List.of(new int[]{}, new int[]{33}, new int[]{13, 17}, new int[]{3, 1, 7}, new int[]{2, 0})) {
      for (Layout layout : Layout.values()) {
        double[] values = Host.random(11, domain(op).low(), domain(op).high(), Host.size(shape));
        check(op, layout.floats(device(), values, shape));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void unaryFollowsIeeeAtTheEdges(Unary op) {
    double[] edges = Host.floats64(
        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0, 1, -1, 0.5, -0.5, 1e-40, -1e-40,
        Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, 1e-7, -1e-7, 1e-3, -1e-3, 1.0000001, 0.9999999, 88.5, -87,
        89.5, 100, -100, 200, -200, 1e4, -1e4, 1e6, -1e6, 1e10, 8388609, 16777217, 2.5, -2.5, 9.02, -9.02);
    check(op, Layout.ROWS.floats(device(), edges, edges.length));
    for (double edge : edges) { // alone, and repeated so that whole vectors of it take the same path
      check(op, Layout.ROWS.floats(device(), new double[]{edge}, 1));
      check(op, Layout.EXPANDED.floats(device(), Host.repeat(edge, 67), 67));
    }
  }
}
