package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import evenhand.tensor.spi.HessianProducts;
import evenhand.tensor.spi.HessianProducts.Activation;
import evenhand.tensor.spi.HessianProducts.Below;
import evenhand.tensor.spi.HessianProducts.RLayer;
import evenhand.tensor.spi.HessianProducts.Slopes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Hessian-vector products of heads and of a perceptron's layer, against double loops. */
public interface HessianContract {
  Device device();

  /** Rows, features and classes of a head; one class means logistic. */
  record HeadSize(int n, int d, int c) {}

  static List<HeadSize> sizes() {
    return List.of(new HeadSize(0, 3, 2), new HeadSize(1, 1, 2), new HeadSize(1, 7, 1), new HeadSize(3, 17, 3),
        new HeadSize(13, 33, 10), new HeadSize(100, 207, 5), new HeadSize(517, 31, 2), new HeadSize(4098, 5, 3));
  }

  // ---- heads ----

  /** The scores x w^T of a row, with the bias where w has one; by magnitude if so asked. */
  private static double[] scores(double[] x, double[] w, int row, HeadSize size, int width, boolean magnitudes) {
    double[] scores = new double[size.c];
    for (int c = 0; c < size.c; c++) {
      for (int j = 0; j < width; j++) {
        double term = (j < size.d ? x[row * size.d + j] : 1) * w[c * width + j];
        scores[c] += magnitudes ? Math.abs(term) : term;
      }
    }
    return scores;
  }

  /** {@code q = p (u - <p, u>)}; for one class of two, {@code s (1 - s) u}. */
  private static double[] bend(double[] p, double[] u) {
    double[] q = new double[u.length];
    double mean = 0;
    for (int c = 0; c < u.length; c++) {
      mean += p[c] * u[c];
    }
    for (int c = 0; c < u.length; c++) {
      q[c] = u.length == 1 ? p[0] * (1 - p[0]) * u[0] : p[c] * (u[c] - mean);
    }
    return q;
  }

  private static double[] probabilities(double... z) {
    if (z.length == 1) {
      return new double[]{1 / (1 + Math.exp(-z[0]))};
    }
    double largest = Arrays.stream(z).max().orElseThrow();
    double[] power = Arrays.stream(z).map(value -> Math.exp(value - largest)).toArray();
    double sum = Arrays.stream(power).sum();
    return Arrays.stream(power).map(value -> value / sum).toArray();
  }

  private void checkHead(HeadSize size, boolean bias, Layout layout) {
    int width = size.d + (bias ? 1 : 0);
    Sample x = layout.floats(device(), Host.random(1, -2, 2, size.n * size.d), size.n, size.d);
    double[] w = Host.random(2, -0.3, 0.3, size.c * width);
    double[] v = Host.random(3, -1, 1, size.c * width);
    double[] expected = new double[w.length];
    double[] error = new double[w.length];
    for (int row = 0; row < size.n; row++) {
      double[] p = probabilities(scores(x.values(), w, row, size, width, false));
      double[] q = bend(p, scores(x.values(), v, row, size, width, false));
      double far = Arrays.stream(scores(x.values(), w, row, size, width, true)).max().orElse(0);
      double most = Arrays.stream(scores(x.values(), v, row, size, width, true)).max().orElse(0);
      for (int c = 0; c < size.c; c++) {
        for (int j = 0; j < width; j++) {
          double feature = j < size.d ? x.values()[row * size.d + j] : 1;
          expected[c * width + j] += q[c] * feature;
          error[c * width + j] += p[c] * most * (1 + far) * Math.abs(feature); // rounding of z moves p by as much
        }
      }
    }
    double roundings = 8 + Math.sqrt(size.n) + Math.sqrt(width);
    String what = (size.c == 1 ? "logistic " : "softmax ") + size + (bias ? " with bias, " : ", ") + x;
    for (boolean kept : new boolean[]{false, true}) {
      Tensor out = product(size, x.tensor(), w, v, kept);
      Host.assertClose(what + (kept ? ", kept" : ""), out, expected, i -> Host.EPS * roundings * error[i]);
    }
  }

  private Tensor product(HeadSize size, Tensor x, double[] w, double[] v, boolean kept) {
    int width = w.length / size.c;
    int[] shape = size.c == 1 ? new int[]{width} : new int[]{size.c, width};
    Tensor weights = device().tensor(Host.floats(w), shape);
    Tensor direction = device().tensor(Host.floats(v), shape);
    Tensor out = device().full(Double.NaN, Shape.of(shape));
    var backend = device().backend();
    if (size.c == 1 && kept) {
      backend.logisticHvpKept(x, HessianProducts.logisticCurvature(x, weights), direction, out);
    } else if (size.c == 1) {
      backend.logisticHvp(x, weights, direction, out);
    } else if (kept) {
      backend.softmaxHvpKept(x, HessianProducts.softmaxProbabilities(x, weights), direction, out);
    } else {
      backend.softmaxHvp(x, weights, direction, out);
    }
    return out;
  }

  @Test
  default void headsMatchLoops() {
    for (HeadSize size : sizes()) {
      for (boolean bias : new boolean[]{false, true}) {
        checkHead(size, bias, Layout.ROWS);
        checkHead(new HeadSize(size.n, size.d, 1), bias, Layout.ROWS);
      }
    }
  }

  @Test
  default void headsReadEveryLayout() {
    for (Layout layout : Layout.values()) {
      checkHead(new HeadSize(37, 21, 1), true, layout);
      checkHead(new HeadSize(37, 21, 4), true, layout);
    }
  }

  /** More rows and features than a block of any kind holds; the loops are checked above. */
  @Test
  default void largeHeadsMatchTheReference() {
    for (HeadSize size : List.of(new HeadSize(9001, 130, 1), new HeadSize(3001, 530, 1), new HeadSize(3001, 130, 11))) {
      checkHead(size, true, Layout.ROWS);
    }
  }

  /** At scores of 90 the float s is 1, but {@code s (1 - s) = e^-90} is not 0. */
  @Test
  default void curvatureDoesNotCancel() {
    Tensor x = device().tensor(new float[]{1, -1}, 2, 1);
    Tensor out = device().zeros(1);
    device().backend().logisticHvp(x, device().tensor(new float[]{80}), device().tensor(new float[]{1e30f}), out);
    double expected = 2e30 * Math.exp(-80); // each row's curvature, times x^2 = 1
    Host.assertClose("at a score of 80", out, new double[]{expected}, i -> 1e-5 * expected);
  }

  // ---- a layer ----

  private Tensor tensor(double[] values, int... shape) {
    return device().tensor(Host.floats(values), shape);
  }

  private Tensor blank(int... shape) {
    return device().full(Double.NaN, Shape.of(shape));
  }

  /** {@code a b^T} of row-major matrices {@code [m, k]} and {@code [n, k]}. */
  private static double[] product(double[] a, double[] b, int m, int n, int k) {
    double[] out = new double[m * n];
    for (int i = 0; i < out.length; i++) {
      for (int j = 0; j < k; j++) {
        out[i] += a[i / n * k + j] * b[i % n * k + j];
      }
    }
    return out;
  }

  private static double[] turned(double[] a, int rows, int columns) {
    double[] out = new double[a.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = a[i % rows * columns + i / rows];
    }
    return out;
  }

  private static double[] sum(double[] a, double[] b) {
    double[] out = new double[a.length];
    Arrays.setAll(out, i -> a[i] + b[i % b.length]);
    return out;
  }

  /** Entries are at most 1.5, so a sum of k products errs by about sqrt(k) roundings of 2.25 k. */
  private static double layerError(int k) {
    return Host.EPS * 10 * (4 + Math.sqrt(k)) * (2 + k);
  }

  /** One layer of random numbers. */
  record Case(int rows, int in, int units, Activation activation, boolean first) {
    double[] random(int seed, int n) {
      return Host.random(seed, -1, 1, n);
    }

    double[] w() {
      return random(1, units * in);
    }

    double[] b() {
      return random(2, units);
    }

    double[] v() {
      return random(3, units * in);
    }

    double[] c() {
      return random(4, units);
    }

    double[] x() {
      return random(5, rows * in);
    }

    double[] rx() {
      return first ? new double[rows * in] : random(6, rows * in);
    }

    double[] d() {
      return random(7, rows * units);
    }

    double[] rd() {
      return random(8, rows * units);
    }
  }

  private static List<Case> cases() {
    List<Case> all = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      for (boolean first : new boolean[]{true, false}) {
        for (int[] size : new int[][]{{1, 1, 1}, {0, 3, 2}, {7, 5, 3}, {33, 17, 13}, {100, 31, 1}, {65, 129, 70}}) {
          all.add(new Case(size[0], size[1], size[2], activation, first));
        }
      }
    }
    return all;
  }

  private RLayer layer(Case of) {
    return new RLayer(tensor(of.w(), of.units, of.in), tensor(of.b(), of.units), tensor(of.v(), of.units, of.in),
        tensor(of.c(), of.units), of.activation);
  }

  private Optional<Tensor> rx(Case of) {
    return of.first ? Optional.empty() : Optional.of(tensor(of.rx(), of.rows, of.in));
  }

  @Test
  default void layersForwardMatchLoops() {
    for (Case of : cases()) {
      for (boolean known : new boolean[]{false, true}) {
        Tensor x = tensor(of.x(), of.rows, of.in);
        double[] z = sum(product(of.x(), of.w(), of.rows, of.units, of.in), of.b());
        double[] h = Arrays.stream(z).map(value -> switch (of.activation) {
          case IDENTITY -> value;
          case RELU -> Math.max(value, 0);
          case TANH -> Math.tanh(value);
        }).toArray();
        Tensor result = known ? tensor(h, of.rows, of.units) : blank(of.rows, of.units);
        Tensor rate = blank(of.rows, of.units);
        device().backend().rForward(layer(of), x, rx(of), known, result, rate);
        double error = layerError(of.in);
        Host.assertClose("h of " + of, result, h, i -> error);
        double[] slopes = Arrays.stream(Host.read(result)).map(of.activation::slope).toArray();
        double[] rz = sum(sum(product(of.x(), of.v(), of.rows, of.units, of.in),
            product(of.rx(), of.w(), of.rows, of.units, of.in)), of.c());
        double[] rh = new double[rz.length];
        Arrays.setAll(rh, i -> slopes[i] * rz[i]);
        Host.assertClose("Rh of " + of, rate, rh, i -> 2 * error);
      }
    }
  }

  @Test
  default void layersBackwardMatchLoops() {
    for (Case of : cases()) {
      for (Activation below : Activation.values()) {
        for (boolean known : new boolean[]{false, true}) {
          checkBackward(of, below, known);
        }
      }
    }
  }

  private void checkBackward(Case of, Activation below, boolean known) {
    double[] xd = product(turned(of.d(), of.rows, of.units), turned(of.x(), of.rows, of.in), of.units, of.in, of.rows);
    double[] xrd = sum(
        product(turned(of.rd(), of.rows, of.units), turned(of.x(), of.rows, of.in), of.units, of.in, of.rows),
        product(turned(of.d(), of.rows, of.units), turned(of.rx(), of.rows, of.in), of.units, of.in, of.rows));
    double[] s = product(of.d(), turned(of.w(), of.units, of.in), of.rows, of.in, of.units);
    double[] rs = sum(product(of.rd(), turned(of.w(), of.units, of.in), of.rows, of.in, of.units),
        product(of.d(), turned(of.v(), of.units, of.in), of.rows, of.in, of.units));
    double[] x = of.x();
    double[] rx = of.rx();
    double[] under = new double[s.length];
    double[] rUnder = new double[s.length];
    for (int i = 0; i < s.length; i++) {
      double slope = below.slope(x[i]);
      under[i] = s[i] * slope;
      rUnder[i] = rs[i] * slope - (below == Activation.TANH ? 2 * x[i] * rx[i] * s[i] : 0);
    }
    Tensor d = known ? tensor(under, of.rows, of.in) : blank(of.rows, of.in);
    Tensor rd = blank(of.rows, of.in);
    Optional<Slopes> gradient = known ? Optional.empty()
        : Optional.of(new Slopes(blank(of.units, of.in), blank(of.units)));
    Slopes product = new Slopes(blank(of.units, of.in), blank(of.units));
    device().backend().rBackward(layer(of), tensor(of.x(), of.rows, of.in), rx(of), tensor(of.d(), of.rows, of.units),
        tensor(of.rd(), of.rows, of.units), gradient, product, Optional.of(new Below(below, d, rd, known)));
    String what = of + " above " + below + (known ? ", known" : "");
    double overRows = layerError(of.rows);
    double overUnits = layerError(of.units);
    gradient.ifPresent(slopes -> {
      Host.assertClose("dW of " + what, slopes.weight(), xd, i -> overRows);
      Host.assertClose("db of " + what, slopes.bias(), columns(of.d(), of), i -> overRows);
    });
    Host.assertClose("RdW of " + what, product.weight(), xrd, i -> 2 * overRows);
    Host.assertClose("Rdb of " + what, product.bias(), columns(of.rd(), of), i -> overRows);
    Host.assertClose("d below " + what, d, under, i -> overUnits);
    Host.assertClose("Rd below " + what, rd, rUnder, i -> 4 * overUnits);
  }

  private static double[] columns(double[] a, Case of) {
    double[] sums = new double[of.units];
    for (int i = 0; i < a.length; i++) {
      sums[i % of.units] += a[i];
    }
    return sums;
  }

  /** Where tanh is 1 in float32 its slope is 0, and nothing of what is below can be seen: 0, not 0 / 0. */
  @Test
  default void saturatedUnitsBelowGiveZero() {
    RLayer layer = new RLayer(device().ones(1, 2), device().zeros(1), device().ones(1, 2), device().zeros(1),
        Activation.IDENTITY);
    Tensor x = device().tensor(new float[]{1, -1}, 1, 2);
    Tensor rd = blank(1, 2);
    for (boolean known : new boolean[]{false, true}) {
      device().backend().rBackward(layer, x, Optional.of(device().zeros(1, 2)), device().ones(1, 1),
          device().ones(1, 1), Optional.empty(), new Slopes(blank(1, 2), blank(1)),
          Optional.of(new Below(Activation.TANH, device().zeros(1, 2), rd, known)));
      Host.assertSame("saturated", rd, 0, 0);
    }
  }

  @Test
  default void layersWithoutALayerBelowStopThere() {
    Case of = new Case(7, 5, 3, Activation.IDENTITY, true);
    Slopes product = new Slopes(blank(3, 5), blank(3));
    device().backend().rBackward(layer(of), tensor(of.x(), 7, 5), Optional.empty(), tensor(of.d(), 7, 3),
        tensor(of.rd(), 7, 3), Optional.empty(), product, Optional.empty());
    double[] expected = product(turned(of.rd(), 7, 3), turned(of.x(), 7, 5), 3, 5, 7);
    Host.assertClose("RdW", product.weight(), expected, i -> layerError(7));
  }

  @Test
  default void layersThatDoNotFitAreNamed() {
    assertThatIllegalArgumentException().isThrownBy(() -> new RLayer(device().zeros(3, 2), device().zeros(2),
        device().zeros(3, 2), device().zeros(3), Activation.RELU)).withMessageContaining("weight [3, 2], bias [2]");
  }
}
