package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums, extrema and their positions, over every choice of axes. */
interface ReduceContract {
  Device device();

  /** One element of the expected result and the error allowed for it. */
  record Expected(double value, double tolerance) {}

  /** Reduces the given numbers by plain loops. */
  static Expected reduce(Reduction op, double[] values) {
    double magnitude = Arrays.stream(values).map(Math::abs).sum();
    return switch (op) {
      case SUM -> {
        boolean equal = Arrays.stream(values).distinct().count() == 1; // then roundings may all go the same way
        double roundings = equal ? values.length : Math.sqrt(values.length);
        yield new Expected(Arrays.stream(values).sum(), Host.EPS * Math.max(4, roundings) * magnitude);
      }
      case MAX -> new Expected(Arrays.stream(values).reduce(Double.NEGATIVE_INFINITY, Math::max), 0);
      case MIN -> new Expected(Arrays.stream(values).reduce(Double.POSITIVE_INFINITY, Math::min), 0);
      case ARGMAX -> {
        double best = reduce(Reduction.MAX, values).value();
        yield new Expected(
            IntStream.range(0, values.length).filter(i -> same(values[i], best)).findFirst().orElseThrow(), 0);
      }
    };
  }

  private static boolean same(double a, double b) {
    return a == b || Double.isNaN(a) && Double.isNaN(b);
  }

  static void check(Reduction op, Sample x, int... axes) {
    int[] shape = x.shape();
    int[] kept = Shape.of(shape).reduced(axes, true).dims();
    double[][] groups = new double[Host.size(kept)][0];
    for (int i = 0; i < x.values().length; i++) { // each element appended to the group it is reduced into
      int[] at = Host.index(i, shape);
      for (int axis : axes) {
        at[axis] = 0;
      }
      int group = Host.position(at, kept);
      groups[group] = Arrays.copyOf(groups[group], groups[group].length + 1);
      groups[group][groups[group].length - 1] = x.values()[i];
    }
    Expected[] expected = Arrays.stream(groups).map(group -> reduce(op, group)).toArray(Expected[]::new);
    double[] values = Arrays.stream(expected).mapToDouble(Expected::value).toArray();
    for (boolean keep : new boolean[]{true, false}) {
      Tensor out = x.tensor().reduce(op, keep, axes);
      assertThat(out.shape()).isEqualTo(Shape.of(shape).reduced(axes, keep));
      Host.assertClose(op + " over " + Arrays.toString(axes) + " of " + x, out, values, i -> expected[i].tolerance());
    }
  }

  /** Every non-empty set of axes; single ones for the operations that take one. */
  private static List<int[]> axes(Reduction op, int rank) {
    return IntStream.range(1, 1 << rank)
        .mapToObj(set -> IntStream.range(0, rank).filter(axis -> (set >> axis & 1) == 1).toArray())
        .filter(axes -> op != Reduction.ARGMAX || axes.length == 1)
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  default void reducesEveryChoiceOfAxesOfEveryLayout(Reduction op) {
    List<int[]> shapes = List.of(new int[]{1}, new int[]{7}, new int[]{33}, new int[]{207}, new int[]{1, 1, 1},
        new int[]{13, 17}, new int[]{3, 100}, new int[]{100, 3}, new int[]{2, 3, 4, 5}, new int[]{7, 1, 31});
    for (int[] shape : shapes) {
      for (int[] axes : axes(op, shape.length)) {
        for (Layout layout : Layout.values()) {
          check(op, layout.floats(device(), Host.random(5, -3, 3, Host.size(shape)), shape), axes);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  default void reducesAwkwardLengths(Reduction op) {
    for (int n : Host.SIZES) {
      if (n > 0) {
        check(op, Layout.ROWS.floats(device(), Host.random(n, -3, 3, n), n), 0);
        check(op, Layout.ROWS.floats(device(), Host.random(n, -3, 3, 3 * n), 3, n), 1);
        check(op, Layout.ROWS.floats(device(), Host.random(n, -3, 3, 3 * n), n, 3), 0);
      }
    }
  }

  @Test
  default void noAxesMeansAll() {
    Sample x = Layout.ROWS.floats(device(), Host.randomInts(6, -9, 9, 24), 2, 3, 4);
    Host.assertSame("sum", x.tensor().sum(), Arrays.stream(x.values()).sum());
    Host.assertShape(x.tensor().reduce(Reduction.MAX, true), 1, 1, 1);
    Host.assertSame("a scalar's sum", device().scalar(4).sum(), 4);
    Host.assertSame("a scalar's largest", device().scalar(4).reduce(Reduction.MAX, true), 4);
  }

  @Test
  default void aSumOverNothingIsZero() {
    for (int repeat = 0; repeat < 3; repeat++) {
      poison(device(), 300);
      Host.assertSame("rows", device().zeros(300, 0).sum(1), new double[300]);
      Host.assertSame("columns", device().zeros(0, 300).sum(0), new double[300]);
      Host.assertSame("all", device().zeros(0).sum(), 0);
      Host.assertSame("nothing", device().zeros(0, 3).sum(1));
    }
  }

  /** Leaves NaN in the memory that the next tensor of this size may be given. */
  static void poison(Device device, int size) {
    try (Scope _ = Scope.open()) {
      device.full(Double.NaN, Shape.of(size));
      device.full(Double.NaN, Shape.of(size));
    }
  }

  @Test
  default void aLongSumKeepsItsDigits() {
    int n = (1 << 20) + 3;
    Tensor x = device().full(0.1f, Shape.of(n));
    double exact = n * (double) 0.1f; // adding one float after the other would be off by about 1e-3 of it
    Host.assertClose("flat", x.sum(), new double[]{exact}, i -> 1e-5 * exact);
    Host.assertClose("as a column", x.reshape(n, 1).sum(0), new double[]{exact}, i -> 1e-5 * exact);
    Host.assertClose("expanded", device().scalar(0.1f).expand(Shape.of(n)).sum(), new double[]{exact},
        i -> 1e-5 * exact);
  }

  @Test
  default void aSumHasTheSameBitsEachTime() {
    Tensor x = Layout.ROWS.floats(device(), Host.random(3, -1, 1, 300 * 207), 300, 207).tensor();
    assertThat(x.sum().toFloats()).containsExactly(x.sum().toFloats());
    assertThat(x.sum(0).toFloats()).containsExactly(x.sum(0).toFloats());
    assertThat(x.sum(1).toFloats()).containsExactly(x.sum(1).toFloats());
  }

  @Test
  default void infinitiesAndNaNTravelThroughSums() {
    double infinity = Double.POSITIVE_INFINITY;
    for (int n : new int[]{3, 17, 100}) {
      for (int at = 0; at < n; at += 3) {
        double[] values = Host.random(n, -1, 1, n);
        values[at] = infinity;
        check(Reduction.SUM, Layout.ROWS.floats(device(), values, n), 0);
        values[(at + 1) % n] = -infinity;
        check(Reduction.SUM, Layout.ROWS.floats(device(), values, n), 0);
        values[(at + 1) % n] = Double.NaN;
        check(Reduction.SUM, Layout.ROWS.floats(device(), values, n), 0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MAX", "MIN", "ARGMAX"})
  default void extremaFindNaNAndInfinityWhereverTheyAre(Reduction op) {
    for (int n : new int[]{1, 3, 17, 33, 67}) {
      for (double special : new double[]{Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
        for (int at = 0; at < n; at++) {
          double[] values = Host.random(n, -1, 1, n);
          values[at] = special;
          values[n - 1] = special;
          check(op, Layout.ROWS.floats(device(), values, n), 0);
          check(op, Layout.TRANSPOSED.floats(device(), Host.broadcast(values, new int[]{n, 1}, n, 3), n, 3), 0);
        }
        check(op, Layout.ROWS.floats(device(), Host.repeat(special, n), n), 0);
      }
    }
  }

  @Test
  default void ofEqualLargestTheFirstIsFound() {
    for (int n : new int[]{2, 17, 100, 4098}) {
      for (int first : new int[]{0, 1, n / 2, n - 1}) {
        double[] values = Host.repeat(-1, n);
        Arrays.fill(values, first, n, 2);
        check(Reduction.ARGMAX, Layout.ROWS.floats(device(), values, n), 0);
        check(Reduction.ARGMAX, Layout.ROWS.floats(device(), Host.broadcast(values, new int[]{n, 1}, n, 2), n, 2), 0);
      }
    }
    Host.assertSame("zeros of both signs are equal",
        device().tensor(new float[]{-0f, 0f}).reduce(Reduction.ARGMAX, false, 0), 0);
  }

  @Test
  default void emptyResultsAreNoError() {
    for (Reduction op : Reduction.values()) {
      Host.assertShape(device().zeros(0, 3).reduce(op, false, 1), 0);
      Host.assertShape(device().zeros(2, 0, 3).reduce(op, true, 2), 2, 0, 1);
    }
  }
}
