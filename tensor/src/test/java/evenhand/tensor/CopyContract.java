package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Upload, download, copies between layouts, and conversion of types. */
interface CopyContract {
  Device device();

  @Test
  default void uploadAndDownloadKeepEveryBit() {
    for (int n : Host.SIZES) {
      float[] floats = Host.floats(Host.random(n, -5, 5, n));
      int[] ints = Host.ints(Host.randomInts(n, -50, 50, n));
      assertThat(device().tensor(floats).toFloats()).containsExactly(floats);
      assertThat(device().tensor(ints).toInts()).containsExactly(ints);
    }
    float[] odd = {-0f, 0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, Float.MAX_VALUE};
    float[] back = device().tensor(odd).toFloats();
    for (int i = 0; i < odd.length; i++) {
      assertThat(Float.floatToIntBits(back[i])).isEqualTo(Float.floatToIntBits(odd[i]));
    }
  }

  @Test
  default void fillAndRange() {
    Host.assertSame("scalar", device().scalar(2.5), 2.5);
    Host.assertShape(device().scalar(2.5));
    Host.assertSame("zeros", device().zeros(13, 3), new double[39]);
    Host.assertSame("ones", device().ones(7), 1, 1, 1, 1, 1, 1, 1);
    Host.assertSame("full", device().full(-3, Shape.of(2, 2)), -3, -3, -3, -3);
    Host.assertSame("range", device().range(4), 0, 1, 2, 3);
    Host.assertSame("range(0)", device().range(0));
  }

  @Test
  default void copyReadsEveryLayout() {
    for (int[] shape : shapes()) {
      for (Layout layout : Layout.values()) {
        for (DType type : DType.values()) {
          Sample x = layout.of(device(), type, Host.randomInts(3, -99, 99, Host.size(shape)), shape);
          Tensor copy = x.tensor().copy();
          assertThat(copy.isContiguous()).isTrue();
          Host.assertShape(copy, shape);
          Host.assertSame("copy of " + x, copy, x.values());
        }
      }
    }
  }

  @Test
  default void copyFromWritesEveryLayoutAndNothingBesideIt() {
    for (int[] shape : shapes()) {
      for (Layout from : Layout.values()) {
        Sample x = from.floats(device(), Host.random(5, -9, 9, Host.size(shape)), shape);
        for (Layout to : List.of(Layout.ROWS, Layout.TRANSPOSED, Layout.FLIPPED)) {
          Tensor target = to.floats(device(), new double[Host.size(shape)], shape).tensor();
          target.copyFrom(x.tensor());
          Host.assertSame(to + " from " + x, target, x.values());
        }
        Tensor block = device().ones(Shape.of(shape).rank() == 0 ? new int[]{1} : padded(shape));
        Tensor window = window(block, shape);
        window.copyFrom(x.tensor());
        Host.assertSame("window from " + x, window, x.values());
        double outside = block.size() - window.size();
        window.copyFrom(device().scalar(0));
        Host.assertSame("the rest of the block", block.sum(), outside);
      }
    }
  }

  private static Tensor window(Tensor block, int... shape) {
    Tensor window = shape.length == 0 ? block.reshape(Shape.SCALAR) : block;
    for (int axis = 0; axis < shape.length; axis++) {
      window = window.slice(axis, 2, 2 + shape[axis]);
    }
    return window;
  }

  private static int[] padded(int... shape) {
    return java.util.Arrays.stream(shape).map(dim -> dim + 5).toArray();
  }

  private static List<int[]> shapes() {
    return List.of(new int[]{}, new int[]{0}, new int[]{1}, new int[]{33}, new int[]{1, 7}, new int[]{7, 1},
        new int[]{13, 17}, new int[]{2, 0, 3}, new int[]{3, 5, 7}, new int[]{2, 3, 4, 5}, new int[]{100, 207});
  }

  @Test
  default void conversionRoundsTowardsZeroAndSaturates() {
    Tensor floats = device().tensor(new float[]{0, -0f, 1.9f, -1.9f, 0.9999999f, 1e-40f, 16777216f, 3e9f, -3e9f,
        Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, 2.5f, -7});
    int max = Integer.MAX_VALUE;
    int min = Integer.MIN_VALUE;
    Host.assertSame("to int32", floats.to(DType.INT32), 0, 0, 1, -1, 0, 0, 16777216, max, min, max, min, 0, 2, -7);
    Tensor ints = device().tensor(new int[]{0, -1, 16777217, 16777219, max, min});
    Host.assertSame("to float32, to nearest even", ints.to(DType.FLOAT32), 0, -1, 16777216, 16777220, 0x1p31, -0x1p31);
  }

  @Test
  default void conversionReadsEveryLayout() {
    for (Layout layout : Layout.values()) {
      Sample x = layout.floats(device(), Host.randomInts(6, -99, 99, 13 * 31), 13, 31);
      Host.assertSame("to int32 of " + x, x.tensor().to(DType.INT32), x.values());
      Sample y = layout.ints(device(), Host.randomInts(7, -99, 99, 13 * 31), 13, 31);
      Host.assertSame("to float32 of " + y, y.tensor().to(DType.FLOAT32), y.values());
    }
  }

  @Test
  default void copyKeepsTheSignOfZeroAndNaN() {
    Tensor x = device().tensor(new float[]{-0f, Float.NaN, 0f, Float.NEGATIVE_INFINITY}, 2, 2).transpose();
    float[] copy = x.copy().toFloats();
    assertThat(1 / copy[0]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(1 / copy[1]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(copy[2]).isNaN();
    assertThat(copy[3]).isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  default void randomNumbersAreThoseOfRng() {
    for (int n : Host.SIZES) {
      for (Rng.Law law : Rng.Law.values()) {
        float[] expected = new float[n];
        Rng.fill(law, 99, 0, expected);
        Rng rng = new Rng(99);
        Tensor numbers = law == Rng.Law.UNIFORM ? rng.uniform(device(), n) : rng.normal(device(), n);
        assertThat(numbers.toFloats()).as("%s %d", law, n).containsExactly(expected);
      }
    }
    float[] later = new float[207];
    long far = (1L << 34) + 4; // the counter passes 32 bits
    Rng.fill(Rng.Law.UNIFORM, -5, far, later);
    Tensor out = device().empty(DType.FLOAT32, Shape.of(207));
    device().backend().random(Rng.Law.UNIFORM, -5, far, out);
    assertThat(out.toFloats()).containsExactly(later);
  }
}
