package evenhand.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Matrix products: tile edges, views, batches. */
public interface MatmulContract {
  /** The device under test. */
  Device device();

  /** {@code [m, k] x [k, n]}. */
  record Size(int m, int k, int n) {}

  static List<Size> sizes() {
    return List.of(new Size(1, 1, 1), new Size(0, 3, 2), new Size(3, 0, 2), new Size(2, 3, 0), new Size(0, 0, 0),
        new Size(1, 7, 33), new Size(33, 7, 1), new Size(1, 207, 1), new Size(13, 1, 17), new Size(7, 13, 3),
        new Size(17, 31, 13), new Size(31, 33, 100), new Size(64, 64, 64), new Size(65, 129, 67),
        new Size(100, 207, 33));
  }

  static void check(Sample a, Sample b, int... result) {
    int rank = result.length;
    int m = result[rank - 2];
    int n = result[rank - 1];
    int k = a.shape()[a.shape().length - 1];
    double[] expected = new double[Host.size(result)];
    double[] magnitude = new double[expected.length];
    for (int i = 0; i < expected.length; i++) {
      int[] at = Host.index(i, result);
      for (int inner = 0; inner < k; inner++) {
        double product = element(a, at, at[rank - 2], inner) * element(b, at, inner, at[rank - 1]);
        expected[i] += product;
        magnitude[i] += Math.abs(product);
      }
    }
    Tensor out = a.tensor().matmul(b.tensor());
    Host.assertShape(out, result);
    Host.assertClose("[" + m + ", " + k + "] x [" + k + ", " + n + "], " + a + " x " + b, out, expected,
        i -> Host.EPS * Math.max(4, Math.sqrt(k)) * magnitude[i]);
  }

  /** The element at a row and column of the matrix that belongs to the result's batch index. */
  private static double element(Sample x, int[] batch, int row, int column) {
    int rank = x.shape().length;
    int[] at = new int[rank];
    for (int axis = 0; axis < rank - 2; axis++) {
      at[axis] = x.shape()[axis] == 1 ? 0 : batch[axis + batch.length - rank];
    }
    at[rank - 2] = row;
    at[rank - 1] = column;
    return x.values()[Host.position(at, x.shape())];
  }

  private Sample sample(Layout layout, int seed, int... shape) {
    return layout.floats(device(), Host.random(seed, -2, 2, Host.size(shape)), shape);
  }

  @Test
  default void matmulMatchesLoopsForEveryLayoutOfBothOperands() {
    for (Size size : sizes()) {
      for (Layout left : Layout.values()) {
        for (Layout right : Layout.values()) {
          check(sample(left, 1, size.m(), size.k()), sample(right, 2, size.k(), size.n()), size.m(), size.n());
        }
      }
    }
  }

  @Test
  default void matmulMatchesLoopsAtAwkwardLengths() {
    for (int n : Host.SIZES) {
      check(sample(Layout.ROWS, 1, 3, n), sample(Layout.ROWS, 2, n, 5), 3, 5);
      check(sample(Layout.ROWS, 1, 1, n), sample(Layout.TRANSPOSED, 2, n, 1), 1, 1);
      check(sample(Layout.ROWS, 3, n, 7), sample(Layout.ROWS, 4, 7, 2), n, 2);
      check(sample(Layout.TRANSPOSED, 3, 2, 7), sample(Layout.TRANSPOSED, 4, 7, n), 2, n);
    }
  }

  @Test
  default void matmulOfLargeMatricesMatchesTheReference() {
    for (Size size : List.of(new Size(300, 517, 261), new Size(129, 1030, 70))) { // past the cache blocks
      Sample a = sample(Layout.ROWS, 5, size.m(), size.k());
      Sample b = sample(Layout.ROWS, 6, size.n(), size.k());
      Tensor expected = Device.reference().tensor(a.tensor().toFloats(), size.m(), size.k())
          .matmul(Device.reference().tensor(b.tensor().toFloats(), size.n(), size.k()).transpose());
      double bound = 4.0 * size.k() * Host.EPS * Math.sqrt(size.k()); // entries are at most 2
      Host.assertClose("large", a.tensor().matmul(b.tensor().transpose()), Host.read(expected), i -> bound);
    }
  }

  @Test
  default void matmulBatchesAndBroadcastsThem() {
    for (Layout layout : Layout.values()) {
      check(sample(layout, 1, 5, 3, 4), sample(layout, 2, 5, 4, 2), 5, 3, 2);
      check(sample(layout, 1, 3, 4), sample(layout, 2, 5, 4, 2), 5, 3, 2);
      check(sample(layout, 1, 5, 3, 4), sample(layout, 2, 4, 2), 5, 3, 2);
      check(sample(layout, 1, 2, 1, 3, 4), sample(layout, 2, 3, 4, 2), 2, 3, 3, 2);
      check(sample(layout, 1, 2, 1, 7, 13), sample(layout, 2, 1, 3, 13, 17), 2, 3, 7, 17);
      check(sample(layout, 1, 0, 3, 4), sample(layout, 2, 4, 2), 0, 3, 2);
      check(sample(layout, 1, 3, 2, 0), sample(layout, 2, 3, 0, 4), 3, 2, 4);
      check(sample(layout, 1, 6, 1, 33), sample(layout, 2, 6, 33, 1), 6, 1, 1);
      check(sample(layout, 1, 3, 65, 33), sample(layout, 2, 33, 40), 3, 65, 40);
    }
  }

  /** So many matrices that a device takes its largest tiles; with edges, and rows that can be loaded in fours. */
  @Test
  default void matmulOfManyMatricesMatchesLoops() {
    for (Layout layout : List.of(Layout.ROWS, Layout.TRANSPOSED)) {
      check(sample(layout, 1, 64, 65, 5), sample(layout, 2, 64, 5, 66), 64, 65, 66);
      check(sample(layout, 1, 16, 129, 4), sample(layout, 2, 16, 4, 132), 16, 129, 132);
      check(sample(layout, 1, 16, 132, 4), sample(layout, 2, 4, 130), 16, 132, 130);
    }
  }

  @Test
  default void heads() { // [batch, time, heads, width] seen as [batch, heads, time, width], as attention does
    int[] shape = {2, 7, 3, 5};
    Sample stored = sample(Layout.ROWS, 1, shape);
    Tensor q = stored.tensor().permute(0, 2, 1, 3);
    Sample view = new Sample(q, new int[]{2, 3, 7, 5}, Host.read(q.copy()), "heads");
    Sample keys = new Sample(q.transpose(), new int[]{2, 3, 5, 7}, Host.read(q.transpose().copy()), "keys");
    check(view, keys, 2, 3, 7, 7);
  }

  @Test
  default void aProductOverNothingIsZeroWhateverTheMemoryHeld() {
    for (int repeat = 0; repeat < 3; repeat++) {
      ReduceContract.poison(device(), 300);
      Host.assertSame("k = 0", device().zeros(20, 0).matmul(device().zeros(0, 15)), new double[300]);
      ReduceContract.poison(device(), 300);
      Host.assertSame("k = 1", device().zeros(20, 1).matmul(device().zeros(1, 15)), new double[300]);
    }
  }

  @Test
  default void aBadRowStaysInItsRowOfTheProduct() {
    for (double bad : new double[]{Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      for (int row : new int[]{0, 6, 12}) {
        double[] values = Host.random(1, 0.5, 2, 13 * 31);
        values[row * 31 + 17] = bad;
        check(Layout.ROWS.floats(device(), values, 13, 31), sample(Layout.ROWS, 2, 31, 33), 13, 33);
        check(sample(Layout.ROWS, 2, 33, 31), Layout.TRANSPOSED.floats(device(), transposed(values), 31, 13), 33, 13);
      }
    }
    Tensor zero = device().zeros(3, 3);
    Tensor infinite = device().full(Double.POSITIVE_INFINITY, Shape.of(3, 3));
    Host.assertSame("0 x infinity", zero.matmul(infinite), Host.repeat(Double.NaN, 9));
  }

  private static double[] transposed(double... values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i % 13 * 31 + i / 13]).toArray();
  }

  @Test
  default void largeMagnitudesOverflowOnlyWhereTheResultDoes() {
    double[] big = Host.repeat(1e20f, 33);
    Sample a = Layout.ROWS.floats(device(), big, 1, 33);
    Host.assertSame("overflow", a.tensor().matmul(a.tensor().transpose()), Double.POSITIVE_INFINITY);
    check(a, Layout.ROWS.floats(device(), Host.repeat(1e18f, 33), 33, 1), 1, 1);
    check(Layout.ROWS.floats(device(), Arrays.stream(big).map(x -> (float) (1e-20 / x)).toArray(), 1, 33),
        Layout.ROWS.floats(device(), big, 33, 1), 1, 1);
  }
}
