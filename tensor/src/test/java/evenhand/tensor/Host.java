package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/** What the device tests need on the host: row-major index arithmetic, sample numbers, comparison. */
final class Host {
  /** Half the distance from 1 to the next float: the relative error of one rounding. */
  static final double EPS = 0x1p-24;

  /** Lengths around vector widths, unrolls and blocks. */
  static final int[] SIZES = {0, 1, 3, 7, 13, 17, 31, 33, 100, 207, 4098};

  private Host() {}

  static int size(int... shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  /** The index of the element at a row-major position. */
  static int[] index(int position, int... shape) {
    int[] index = new int[shape.length];
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = position % shape[axis];
      position /= shape[axis];
    }
    return index;
  }

  /** The row-major position of an index. */
  static int position(int[] index, int... shape) {
    int position = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      position = position * shape[axis] + index[axis];
    }
    return position;
  }

  /** Values of one shape repeated to the target shape, as broadcasting does. */
  static double[] broadcast(double[] values, int[] shape, int... target) {
    double[] out = new double[size(target)];
    for (int i = 0; i < out.length; i++) {
      int[] at = index(i, target);
      int[] from = new int[shape.length];
      for (int axis = 0; axis < shape.length; axis++) {
        from[axis] = shape[axis] == 1 ? 0 : at[axis + target.length - shape.length];
      }
      out[i] = values[position(from, shape)];
    }
    return out;
  }

  /** Float32 numbers, uniform between two bounds. */
  static double[] random(long seed, double low, double high, int n) {
    Rng rng = new Rng(seed);
    double[] out = new double[n];
    Arrays.setAll(out, i -> (float) (low + (high - low) * rng.nextDouble()));
    return out;
  }

  /** Whole numbers between two bounds, both included. */
  static double[] randomInts(long seed, int low, int high, int n) {
    Rng rng = new Rng(seed);
    double[] out = new double[n];
    Arrays.setAll(out, i -> low + rng.nextInt(high - low + 1));
    return out;
  }

  /** The given numbers rounded to float32. */
  static double[] floats64(double... values) {
    return Arrays.stream(values).map(value -> (float) value).toArray();
  }

  static double[] repeat(double value, int n) {
    double[] out = new double[n];
    Arrays.fill(out, value);
    return out;
  }

  static float[] floats(double... values) {
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }

  static int[] ints(double... values) {
    return Arrays.stream(values).mapToInt(value -> (int) value).toArray();
  }

  /** The elements of a tensor of either type. */
  static double[] read(Tensor tensor) {
    if (tensor.dtype() == DType.INT32) {
      return Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
    }
    float[] values = tensor.toFloats();
    double[] out = new double[values.length];
    Arrays.setAll(out, i -> values[i]);
    return out;
  }

  /** Every element equal to the expected one rounded to the tensor's type; NaN equals NaN, -0 equals 0. */
  static void assertSame(String what, Tensor actual, double... expected) {
    assertClose(what, actual, expected, i -> 0);
  }

  /** Every element within a tolerance of the expected one; NaN and infinities exactly where expected. */
  static void assertClose(String what, Tensor actual, double[] expected, IntToDoubleFunction tolerance) {
    double[] got = read(actual);
    assertThat(got).as(what).hasSize(expected.length);
    for (int i = 0; i < got.length; i++) {
      double wanted = actual.dtype() == DType.FLOAT32 ? (float) expected[i] : expected[i];
      boolean special = Double.isNaN(wanted) || Double.isInfinite(wanted);
      boolean good = special ? Double.compare(got[i], wanted) == 0
          : Math.abs(got[i] - wanted) <= tolerance.applyAsDouble(i);
      if (!good) {
        fail("%s: element %d is %s, expected %s within %s", what, i, got[i], wanted, tolerance.applyAsDouble(i));
      }
    }
  }

  static void assertShape(Tensor actual, int... shape) {
    assertThat(actual.shape()).isEqualTo(Shape.of(shape));
  }
}
