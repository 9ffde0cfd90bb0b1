package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Binary;
import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Laws of the operations that hold for any operands, on the fast CPU device.
 *
 * <p>Exact where float32 arithmetic keeps them: commuting operands, exact powers of two, moved elements. Else within a
 * bound that follows from the operands: a sum of n products errs by n 2^-24 of the sum of their magnitudes.
 */
class AlgebraicLawsTests {
  private static final int TRIES = 300;
  private static final double EPS = 0x1p-24;
  private static final Device DEVICE = Device.cpu();

  private static Tensor normal(long seed, String purpose, int... shape) {
    return new Rng(seed).split(purpose).normal(DEVICE, shape);
  }

  private static void assertSame(Tensor a, Tensor b) {
    assertThat(a.shape()).isEqualTo(b.shape());
    assertThat(a.toFloats()).containsExactly(b.toFloats());
  }

  /** Each element within its own bound. */
  private static void assertClose(Tensor a, Tensor b, Tensor bound) {
    assertThat(a.shape()).isEqualTo(b.shape());
    float[] left = a.toFloats();
    float[] right = b.toFloats();
    float[] most = bound.expand(a.shape()).toFloats();
    for (int i = 0; i < left.length; i++) {
      double difference = Math.abs((double) left[i] - right[i]);
      assertThat(difference).as("element %d, %s and %s", i, left[i], right[i]).isLessThanOrEqualTo(most[i]);
    }
  }

  private static Tensor abs(Tensor x) {
    return x.apply(Unary.ABS);
  }

  private static Tensor permuted(Tensor x, int[] order) {
    return x.indexSelect(0, DEVICE.tensor(order));
  }

  private static int[] order(long seed, int n) {
    return new Rng(seed).split("order").permutation(n);
  }

  @Property(seed = "2026", tries = TRIES)
  void elementwiseLawsThatAreExact(@ForAll long seed, @ForAll @IntRange(max = 40) int rows,
      @ForAll @IntRange(max = 40) int columns) {
    Tensor a = normal(seed, "a", rows, columns);
    Tensor b = normal(seed, "b", rows, 1);
    for (Binary op : List.of(Binary.ADD, Binary.MUL, Binary.MAX, Binary.MIN, Binary.EQ, Binary.NE)) {
      assertSame(a.apply(op, b), b.apply(op, a));
    }
    assertSame(a.minus(b), b.minus(a).apply(Unary.NEG));
    assertSame(a.apply(Binary.LT, b), b.apply(Binary.GT, a));
    assertSame(a.plus(a), a.times(2));
    assertSame(a.times(0.25).times(4), a);
    assertSame(a.apply(Unary.SQUARE), a.times(a));
    assertSame(a.apply(Unary.RELU), a.apply(Binary.MAX, DEVICE.scalar(0)));
    assertSame(a.apply(Unary.SIGN).times(abs(a)), a);
    assertSame(a.apply(Unary.TANH), a.apply(Unary.NEG).apply(Unary.TANH).apply(Unary.NEG));
    assertSame(a.apply(Unary.ERF), a.apply(Unary.NEG).apply(Unary.ERF).apply(Unary.NEG));
  }

  @Property(seed = "2026", tries = TRIES)
  void movedElementsComeBack(@ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int n,
      @ForAll @IntRange(min = 1, max = 12) int m, @ForAll @IntRange(min = 1, max = 12) int k) {
    Tensor a = normal(seed, "a", n, m, k);
    assertSame(a.permute(2, 0, 1).permute(1, 2, 0).copy(), a);
    assertSame(a.flip(0, 2).flip(2, 0).copy(), a);
    assertSame(a.reshape(n * m, k).transpose().copy().transpose().reshape(n, m, k), a);
    int cut = new Rng(seed).split("cut").nextInt(m + 1);
    assertSame(Tensor.concat(1, List.of(a.slice(1, 0, cut), a.slice(1, cut, m))), a);
    int[] order = order(seed, n);
    int[] back = new int[n];
    IntStream.range(0, n).forEach(i -> back[order[i]] = i);
    assertSame(permuted(permuted(a, order), back), a);
  }

  /** (4 A) B = 4 (A B) exactly; (A B)' = B' A' and A (B + C) = A B + A C nearly. */
  @Property(seed = "2026", tries = TRIES)
  void lawsOfTheMatrixProduct(@ForAll long seed, @ForAll @IntRange(min = 1, max = 33) int m,
      @ForAll @IntRange(max = 70) int k, @ForAll @IntRange(min = 1, max = 33) int n) {
    Tensor a = normal(seed, "a", m, k);
    Tensor b = normal(seed, "b", k, n);
    Tensor c = normal(seed, "c", k, n);
    Tensor product = a.matmul(b);
    Tensor bound = abs(a).matmul(abs(b).plus(abs(c))).times(4 * (k + 3) * EPS);
    assertClose(product, b.transpose().matmul(a.transpose()).transpose(), bound);
    assertClose(a.matmul(b.plus(c)), product.plus(a.matmul(c)), bound);
    assertSame(a.times(4).matmul(b), product.times(4));
    int[] order = order(seed, m);
    assertClose(permuted(a, order).matmul(b), permuted(product, order), permuted(bound, order));
  }

  @Property(seed = "2026", tries = TRIES)
  void reductionsDoNotDependOnTheOrder(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int rows,
      @ForAll @IntRange(min = 1, max = 9) int columns) {
    Tensor a = normal(seed, "a", rows, columns);
    Tensor other = permuted(a, order(seed, rows));
    assertSame(a.reduce(Reduction.MAX, false, 0), other.reduce(Reduction.MAX, false, 0));
    assertSame(a.reduce(Reduction.MIN, false, 0), a.apply(Unary.NEG).reduce(Reduction.MAX, false, 0).apply(Unary.NEG));
    assertThat(a.times(4).reduce(Reduction.ARGMAX, false, 1).toInts())
        .isEqualTo(a.reduce(Reduction.ARGMAX, false, 1).toInts());
    Tensor bound = abs(a).sum(0).times(2 * (rows + 1) * EPS);
    assertClose(a.sum(0), other.sum(0), bound);
    assertClose(a.sum(1).sum(), a.sum(0).sum(), bound.sum().times(columns));
  }

  /** Numbers on a grid of 1/64 and a whole shift: the shifted numbers, and so the deviations, are exact. */
  @Property(seed = "2026", tries = TRIES)
  void softmaxAndVarianceDoNotSeeAShift(@ForAll long seed, @ForAll @IntRange(min = 1, max = 50) int columns,
      @ForAll @IntRange(min = -9000, max = 9000) int shift) {
    Tensor grid = normal(seed, "a", 3, columns).times(64).apply(Unary.FLOOR).times(1 / 64.0);
    Var x = Var.of(grid);
    Var shifted = Var.of(grid.plus(DEVICE.scalar(shift)));
    assertSame(shifted.softmax(1).value(), x.softmax(1).value());
    assertSame(shifted.logSoftmax(1).value(), x.logSoftmax(1).value());
    Tensor size = abs(shifted.value()).reduce(Reduction.MAX, true, 1).plus(DEVICE.scalar(8));
    assertClose(shifted.logSumExpKeep(1).value(), x.logSumExpKeep(1).value().plus(DEVICE.scalar(shift)),
        size.times(4 * EPS));
    assertClose(x.softmax(1).value().sum(1), DEVICE.ones(3), DEVICE.scalar(2 * (columns + 2) * EPS));
    // the mean errs by (n + 1) eps of the size, e; the variance about it is larger by e^2 and has n roundings of its own
    Tensor e = size.times((columns + 1) * EPS);
    Tensor variance = x.varianceKeep(0, 1).value();
    assertClose(shifted.varianceKeep(0, 1).value(), variance,
        variance.times(4 * (columns + 3) * EPS).plus(e.times(e).times(4)));
  }

  /** The gradient of 4 f is 4 times that of f, bit by bit; that of f + g the sum of theirs, nearly. */
  @Property(seed = "2026", tries = TRIES)
  void gradientsAreLinearInTheLoss(@ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int rows,
      @ForAll @IntRange(min = 1, max = 20) int columns) {
    Var w = Var.parameter(normal(seed, "w", columns, 3));
    Var x = Var.of(normal(seed, "x", rows, columns));
    Var f = x.matmul(w).tanh().square().sum();
    Var g = x.matmul(w).logSumExpKeep(1).sum();
    Tensor df = Grad.of(f, List.of(w)).getFirst();
    Tensor dg = Grad.of(g, List.of(w)).getFirst();
    assertSame(Grad.of(f.times(4), List.of(w)).getFirst(), df.times(4));
    Tensor bound = abs(x.value()).transpose().matmul(DEVICE.full(2, Shape.of(rows, 3))).times((rows + 8) * 8 * EPS);
    assertClose(Grad.of(f.plus(g), List.of(w)).getFirst(), df.plus(dg), bound);
  }

  /** What gather picks, scatterAdd puts back: each is the other's adjoint, <gather x, y> = <x, scatterAdd y>. */
  @Property(seed = "2026", tries = TRIES)
  void gatherAndScatterAddAreAdjoint(@ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int rows,
      @ForAll @IntRange(max = 60) int picks) {
    Tensor x = normal(seed, "x", rows, 5);
    Tensor y = normal(seed, "y", picks, 5);
    Rng rng = new Rng(seed).split("index");
    int[] index = IntStream.range(0, 5 * picks).map(_ -> rng.nextInt(rows)).toArray();
    Tensor at = DEVICE.tensor(index, picks, 5);
    Tensor picked = x.gather(0, at);
    Tensor put = DEVICE.zeros(rows, 5).scatterAdd(0, at, y);
    Tensor magnitude = abs(picked).times(abs(y)).sum();
    assertClose(picked.times(y).sum(), x.times(put).sum(), magnitude.times((10 * picks + 10) * EPS));
  }
}
