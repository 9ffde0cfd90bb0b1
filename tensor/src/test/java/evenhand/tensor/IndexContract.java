package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Gather and scatter-add, each along every axis. */
interface IndexContract {
  Device device();

  /** The position that an index tensor's element points to, in a tensor of shape {@code target}. */
  private static int pointed(int[] at, int axis, double chosen, int... target) {
    int[] to = at.clone();
    to[axis] = (int) chosen;
    return Host.position(to, target);
  }

  private static void checkGather(Sample x, int axis, Sample index) {
    double[] expected = new double[index.values().length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = x.values()[pointed(Host.index(i, index.shape()), axis, index.values()[i], x.shape())];
    }
    Tensor out = x.tensor().gather(axis, index.tensor());
    Host.assertShape(out, index.shape());
    Host.assertSame("gather " + index + " from " + x + " along " + axis, out, expected);
  }

  private static void checkScatterAdd(Sample x, int axis, Sample index, Sample source) {
    double[] expected = x.values().clone();
    double[] magnitude = new double[expected.length];
    for (int i = 0; i < index.values().length; i++) {
      int[] at = Host.index(i, index.shape());
      int to = pointed(at, axis, index.values()[i], x.shape());
      double value = source.values()[Host.position(at, source.shape())];
      expected[to] += value;
      magnitude[to] += Math.abs(value) + Math.abs(expected[to]);
    }
    Tensor out = x.tensor().scatterAdd(axis, index.tensor(), source.tensor());
    Host.assertShape(out, x.shape());
    Host.assertClose("scatterAdd " + index + " of " + source + " into " + x + " along " + axis, out, expected,
        i -> x.tensor().dtype() == DType.INT32 ? 0 : Host.EPS * 4 * magnitude[i]);
    Host.assertSame("the tensor added to is unchanged", x.tensor(), x.values());
  }

  /** Indices for an axis of the given length: the shape with that axis (and perhaps others) of another length. */
  private Sample index(Layout layout, int length, int... shape) {
    return layout.ints(device(), Host.randomInts(7, 0, length - 1, Host.size(shape)), shape);
  }

  @Test
  default void gatherPicksAlongEveryAxisOfEveryLayout() {
    for (Layout layout : Layout.values()) {
      for (Layout indexLayout : Layout.values()) {
        for (DType type : DType.values()) {
          Sample vector = layout.of(device(), type, Host.randomInts(1, -99, 99, 17), 17);
          checkGather(vector, 0, index(indexLayout, 17, 33));
          Sample matrix = layout.of(device(), type, Host.randomInts(1, -99, 99, 13 * 7), 13, 7);
          checkGather(matrix, 0, index(indexLayout, 13, 31, 7));
          checkGather(matrix, 1, index(indexLayout, 7, 13, 3));
          checkGather(matrix, 1, index(indexLayout, 7, 5, 100)); // shorter along the other axis
          Sample cube = layout.of(device(), type, Host.randomInts(1, -99, 99, 60), 3, 4, 5);
          checkGather(cube, 0, index(indexLayout, 3, 2, 4, 5));
          checkGather(cube, 1, index(indexLayout, 4, 3, 9, 1));
          checkGather(cube, 2, index(indexLayout, 5, 3, 4, 5));
        }
      }
    }
  }

  @Test
  default void gatherTakesAwkwardLengthsAndSpecialNumbers() {
    for (int n : Host.SIZES) {
      Sample x = Layout.ROWS.floats(device(), Host.random(n, -1, 1, 31), 31);
      checkGather(x, 0, index(Layout.ROWS, 31, n));
      Sample rows = Layout.ROWS.floats(device(), Host.random(n, -1, 1, 3 * n), 3, n);
      checkGather(rows, 0, index(Layout.ROWS, 3, 2, n));
    }
    double[] special = {Double.NaN, Double.POSITIVE_INFINITY, 1};
    checkGather(Layout.ROWS.floats(device(), special, 3), 0, index(Layout.ROWS, 3, 13));
    Tensor big = device().tensor(new int[]{16777217, Integer.MIN_VALUE, Integer.MAX_VALUE});
    Host.assertSame("integers are not rounded", big.gather(0, device().tensor(new int[]{2, 0, 1})),
        Integer.MAX_VALUE, 16777217, Integer.MIN_VALUE);
  }

  @Test
  default void indexSelectTakesWholeSlices() {
    Sample x = Layout.TRANSPOSED.floats(device(), Host.randomInts(1, -99, 99, 91), 13, 7);
    int[] chosen = {12, 0, 0, 5};
    Tensor rows = x.tensor().indexSelect(0, device().tensor(chosen));
    Tensor columns = x.tensor().indexSelect(-1, device().tensor(new int[]{6, 2}));
    Host.assertShape(rows, 4, 7);
    Host.assertShape(columns, 13, 2);
    for (int i = 0; i < 28; i++) {
      Host.assertSame("row", rows.reshape(28).slice(0, i, i + 1), x.values()[chosen[i / 7] * 7 + i % 7]);
    }
    for (int i = 0; i < 26; i++) {
      Host.assertSame("column", columns.reshape(26).slice(0, i, i + 1), x.values()[i / 2 * 7 + (i % 2 == 0 ? 6 : 2)]);
    }
  }

  @Test
  default void scatterAddIsTheAdjointAlongEveryAxisOfEveryLayout() {
    for (Layout layout : Layout.values()) {
      for (DType type : DType.values()) {
        for (Layout indexLayout : Layout.values()) {
          Sample vector = layout.of(device(), type, Host.randomInts(1, -99, 99, 5), 5);
          checkScatterAdd(vector, 0, index(indexLayout, 5, 33), source(layout, type, 33));
          Sample matrix = layout.of(device(), type, Host.randomInts(1, -99, 99, 13 * 7), 13, 7);
          checkScatterAdd(matrix, 0, index(indexLayout, 13, 31, 7), source(layout, type, 31, 7));
          checkScatterAdd(matrix, 1, index(indexLayout, 7, 13, 3), source(layout, type, 13, 3));
          checkScatterAdd(matrix, 0, index(indexLayout, 13, 6, 2), source(layout, type, 8, 7)); // larger source
          Sample cube = layout.of(device(), type, Host.randomInts(1, -99, 99, 60), 3, 4, 5);
          checkScatterAdd(cube, 1, index(indexLayout, 4, 3, 9, 5), source(layout, type, 3, 9, 5));
          checkScatterAdd(cube, 2, index(indexLayout, 5, 2, 4, 9), source(layout, type, 2, 4, 9));
        }
      }
    }
  }

  private Sample source(Layout layout, DType type, int... shape) {
    return layout.of(device(), type, Host.randomInts(9, -99, 99, Host.size(shape)), shape);
  }

  @Test
  default void scatterAddSumsManyIntoFew() {
    for (int n : Host.SIZES) {
      Sample bins = Layout.ROWS.floats(device(), new double[3], 3);
      Sample source = Layout.ROWS.floats(device(), Host.random(n, -1, 1, n), n);
      checkScatterAdd(bins, 0, index(Layout.ROWS, 3, n), source);
      Tensor once = bins.tensor().scatterAdd(0, index(Layout.ROWS, 3, n).tensor(), source.tensor());
      Tensor again = bins.tensor().scatterAdd(0, index(Layout.ROWS, 3, n).tensor(), source.tensor());
      Host.assertSame("the same bits each time", once, Host.read(again));
    }
    Sample table = Layout.ROWS.floats(device(), new double[7 * 207], 7, 207); // the gradient of an embedding
    Sample tokens = new Sample(Tensor.indexAlong(table.tensor().shape(), 0, device().tensor(new int[]{3, 3, 0, 6, 3})),
        new int[]{5, 207}, Host.broadcast(new double[]{3, 3, 0, 6, 3}, new int[]{5, 1}, 5, 207), "tokens");
    checkScatterAdd(table, 0, tokens, Layout.ROWS.floats(device(), Host.random(2, -1, 1, 5 * 207), 5, 207));
  }

  /** So many lines that a device may walk each; of both types, as a device has a kernel for each. */
  @Test
  default void scatterAddOfManyLines() {
    for (DType type : DType.values()) {
      Sample x = Layout.ROWS.of(device(), type, Host.randomInts(1, -99, 99, 3 * 260), 3, 260);
      checkScatterAdd(x, 0, index(Layout.ROWS, 3, 7, 260), source(Layout.ROWS, type, 7, 260));
    }
  }

  @Test
  default void nothingIsAddedForAnEmptyIndex() {
    Sample x = Layout.ROWS.floats(device(), Host.random(1, -1, 1, 6), 2, 3);
    checkScatterAdd(x, 0, index(Layout.ROWS, 2, 0, 3), Layout.ROWS.floats(device(), new double[0], 0, 3));
    checkGather(x, 1, index(Layout.ROWS, 3, 2, 0));
  }

  @Test
  default void anIndexOutOfRangeIsNamed() {
    for (int bad : new int[]{-1, 13, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      for (int at : new int[]{0, 16, 32}) {
        int[] chosen = new int[33];
        chosen[at] = bad;
        Tensor index = device().tensor(chosen);
        Tensor x = device().zeros(13);
        String message = "index " + bad + " is not within axis 0 of shape [13]";
        assertThatThrownBy(() -> x.gather(0, index).toFloats())
            .isInstanceOf(IndexOutOfBoundsException.class)
            .hasMessage("gather: " + message);
        assertThatThrownBy(() -> x.scatterAdd(0, index, device().ones(33)).toFloats())
            .isInstanceOf(IndexOutOfBoundsException.class)
            .hasMessage("scatterAdd: " + message);
      }
    }
    assertThatThrownBy(() -> device().zeros(2, 3).gather(1, device().tensor(new int[]{0, 3}, 2, 1)).toFloats())
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("gather: index 3 is not within axis 1 of shape [2, 3]");
    assertThatThrownBy(() -> device().zeros(0).gather(0, device().tensor(new int[]{0})).toFloats())
        .isInstanceOf(IndexOutOfBoundsException.class);
    Tensor none = device().zeros(0, 2);
    Tensor any = device().tensor(new int[]{0, 0}, 1, 2).flip(1); // neither rows nor one element: the general way
    assertThatThrownBy(() -> none.gather(0, any).toFloats()).isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("gather: index 0 is not within axis 0 of shape [0, 2]");
    assertThatThrownBy(() -> none.scatterAdd(0, any, device().ones(1, 2)).toFloats())
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("scatterAdd: index 0 is not within axis 0 of shape [0, 2]");
  }
}
