package evenhand.tensor;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Convolution and its two derivatives, against loops over a zero-padded input. */
interface ConvContract {
  Device device();

  /** Input {@code [n, c, h, w]}, weight {@code [o, c / groups, kh, kw]}. */
  record Case(int n, int c, int h, int w, int o, int kh, int kw, Conv conv) {
    int[] input() {
      return new int[]{n, c, h, w};
    }

    int[] weight() {
      return new int[]{o, c / conv.groups(), kh, kw};
    }

    int[] output() {
      return new int[]{n, o, (h + 2 * conv.padH() - (kh - 1) * conv.dilationH() - 1) / conv.strideH() + 1,
          (w + 2 * conv.padW() - (kw - 1) * conv.dilationW() - 1) / conv.strideW() + 1};
    }

    /** Calls back for each product: positions in the input, the weight and the output. */
    void forEach(Taps taps) {
      int perGroup = o / conv.groups();
      for (int at = 0; at < Host.size(output()); at++) {
        int[] out = Host.index(at, output());
        for (int tap = 0; tap < Host.size(weight()) / o; tap++) {
          int[] in = Host.index(tap, c / conv.groups(), kh, kw);
          int row = out[2] * conv.strideH() + in[1] * conv.dilationH() - conv.padH();
          int column = out[3] * conv.strideW() + in[2] * conv.dilationW() - conv.padW();
          if (row >= 0 && row < h && column >= 0 && column < w) {
            int channel = out[1] / perGroup * (c / conv.groups()) + in[0];
            taps.accept(Host.position(new int[]{out[0], channel, row, column}, input()),
                Host.position(new int[]{out[1], in[0], in[1], in[2]}, weight()), at);
          }
        }
      }
    }
  }

  /** What to do with one product of a convolution. */
  interface Taps {
    void accept(int input, int weight, int output);
  }

  /** Sums of products, with what bounds their rounding errors. */
  final class Sums {
    private final double[] values;
    private final double[] magnitudes;
    private final int[] counts;

    Sums(int size) {
      values = new double[size];
      magnitudes = new double[size];
      counts = new int[size];
    }

    void add(int at, double product) {
      values[at] += product;
      magnitudes[at] += Math.abs(product);
      counts[at]++;
    }

    void check(String what, Tensor actual, int... shape) {
      Host.assertShape(actual, shape);
      Host.assertClose(what, actual, values, i -> Host.EPS * Math.max(4, Math.sqrt(counts[i])) * magnitudes[i]);
    }
  }

  static List<Case> cases() {
    Conv unit = Conv.UNIT;
    return List.of(
        new Case(1, 1, 1, 1, 1, 1, 1, unit),
        new Case(2, 3, 5, 7, 4, 1, 1, unit),
        new Case(2, 3, 8, 8, 5, 3, 3, unit),
        new Case(1, 2, 7, 13, 3, 3, 3, Conv.of(1, 1)),
        new Case(2, 3, 9, 9, 4, 3, 3, Conv.of(2, 1)),
        new Case(1, 3, 10, 7, 2, 2, 3, Conv.of(3, 0)), // rows and columns that no window reaches
        new Case(2, 2, 9, 11, 3, 3, 2, new Conv(2, 1, 0, 2, 1, 1, 1)),
        new Case(1, 2, 11, 13, 3, 3, 3, new Conv(1, 2, 2, 3, 2, 3, 1)),
        new Case(1, 1, 2, 2, 1, 1, 1, Conv.of(1, 3)), // more padding than kernel
        new Case(3, 2, 5, 5, 2, 5, 5, unit), // one window
        new Case(1, 4, 6, 6, 6, 3, 3, new Conv(1, 1, 1, 1, 1, 1, 2)),
        new Case(2, 5, 7, 7, 5, 3, 3, new Conv(2, 2, 1, 1, 1, 1, 5)), // depthwise
        new Case(1, 3, 7, 7, 6, 3, 3, new Conv(1, 1, 1, 1, 2, 2, 3)),
        new Case(2, 33, 6, 6, 17, 3, 3, Conv.of(1, 1)),
        new Case(3, 1, 28, 28, 6, 5, 5, Conv.of(1, 2)),
        new Case(4, 16, 1, 31, 33, 1, 7, new Conv(1, 1, 0, 3, 1, 1, 1)));
  }

  private static double[] sample(int seed, int... shape) {
    return Host.random(seed, -2, 2, Host.size(shape));
  }

  @Test
  default void conv2dMatchesLoops() {
    for (Case size : cases()) {
      for (Layout layout : Layout.values()) {
        Sample x = layout.floats(device(), sample(1, size.input()), size.input());
        Sample weight = layout.floats(device(), sample(2, size.weight()), size.weight());
        Sums sums = new Sums(Host.size(size.output()));
        size.forEach((in, tap, out) -> sums.add(out, x.values()[in] * weight.values()[tap]));
        sums.check(layout + " " + size, x.tensor().conv2d(weight.tensor(), size.conv()), size.output());
      }
    }
  }

  @Test
  default void conv2dInputMatchesLoops() {
    for (Case size : cases()) {
      for (Layout layout : Layout.values()) {
        Sample dOut = layout.floats(device(), sample(3, size.output()), size.output());
        Sample weight = layout.floats(device(), sample(2, size.weight()), size.weight());
        Sums sums = new Sums(Host.size(size.input()));
        size.forEach((in, tap, out) -> sums.add(in, dOut.values()[out] * weight.values()[tap]));
        ReduceContract.poison(device(), Host.size(size.input()));
        sums.check(layout + " " + size,
            dOut.tensor().conv2dInput(weight.tensor(), size.conv(), Shape.of(size.input())), size.input());
      }
    }
  }

  @Test
  default void conv2dWeightMatchesLoops() {
    for (Case size : cases()) {
      for (Layout layout : Layout.values()) {
        Sample x = layout.floats(device(), sample(1, size.input()), size.input());
        Sample dOut = layout.floats(device(), sample(3, size.output()), size.output());
        Sums sums = new Sums(Host.size(size.weight()));
        size.forEach((in, tap, out) -> sums.add(tap, x.values()[in] * dOut.values()[out]));
        ReduceContract.poison(device(), Host.size(size.weight()));
        sums.check(layout + " " + size,
            x.tensor().conv2dWeight(dOut.tensor(), size.conv(), Shape.of(size.weight())), size.weight());
      }
    }
  }

  @Test
  default void anEmptyBatchConvolvesToNothing() {
    Tensor x = device().zeros(0, 3, 5, 5);
    Tensor weight = device().ones(2, 3, 3, 3);
    Tensor y = x.conv2d(weight, Conv.UNIT);
    Host.assertShape(y, 0, 2, 3, 3);
    Host.assertShape(y.conv2dInput(weight, Conv.UNIT, x.shape()), 0, 3, 5, 5);
    Host.assertSame("its weights have no gradient", x.conv2dWeight(y, Conv.UNIT, weight.shape()), new double[54]);
  }

  @Test
  default void noInputChannelsGiveZeros() {
    Tensor x = device().zeros(2, 0, 4, 4);
    Tensor weight = device().zeros(3, 0, 2, 2);
    ReduceContract.poison(device(), 2 * 3 * 3 * 3);
    Host.assertSame("output", x.conv2d(weight, Conv.UNIT), new double[54]);
  }

  @Test
  default void paddingIsZeroEvenBesideInfinity() {
    Tensor x = device().full(Double.POSITIVE_INFINITY, Shape.of(1, 1, 3, 3));
    Tensor y = x.conv2d(device().ones(1, 1, 3, 3), Conv.of(1, 1));
    Host.assertSame("all windows see infinity alone", y, Host.repeat(Double.POSITIVE_INFINITY, 9));
    double[] values = new double[25];
    values[0] = Double.NaN;
    Sample one = Layout.ROWS.floats(device(), values, 1, 1, 5, 5);
    double[] expected = new double[9];
    expected[0] = Double.NaN;
    Host.assertSame("NaN reaches its window alone", one.tensor().conv2d(device().ones(1, 1, 3, 3), Conv.UNIT),
        expected);
  }
}
