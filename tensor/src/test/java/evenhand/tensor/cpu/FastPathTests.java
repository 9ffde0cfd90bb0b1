package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.Numbers.REFERENCE;
import static evenhand.tensor.cpu.Numbers.assertClose;
import static evenhand.tensor.cpu.Numbers.normal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fast device against the reference, on shapes and strides that take each of its ways. */
class FastPathTests {
  private static final double TIGHT = 1e-6; // a few units in the last place

  /** Runs {@code f} on both devices and compares. */
  private static void agree(Device device, double tolerance, Tensor x, UnaryOperator<Tensor> f) {
    agree(device, tolerance, List.of(x), t -> f.apply(t.getFirst()));
  }

  private static void agree(Device device, double tolerance, List<Tensor> inputs, Function<List<Tensor>, Tensor> f) {
    Tensor expected = f.apply(inputs);
    Tensor actual = f.apply(inputs.stream().map(x -> x.to(device)).toList());
    assertClose(actual, expected, tolerance);
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void everyUnaryOnAwkwardSizesAndViews(Device device) {
    for (Unary op : Unary.values()) {
      for (int n : Numbers.AWKWARD) {
        agree(device, TIGHT, normal(n, n), x -> x.apply(op));
      }
      agree(device, TIGHT, normal(1, 37, 50), x -> x.transpose().apply(op));
      agree(device, TIGHT, normal(2, 40), x -> x.flip(0).apply(op));
    }
    agree(device, TIGHT, normal(3, 300, 700), x -> x.apply(Unary.RELU)); // shared by threads
    agree(device, TIGHT, normal(3, 300, 700), x -> x.apply(Unary.TANH));
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void everyBinaryOnAwkwardSizesAndBroadcasts(Device device) {
    for (Binary op : Binary.values()) {
      for (int n : Numbers.AWKWARD) {
        agree(device, TIGHT, List.of(normal(n, n), normal(n + 1, n)), t -> t.get(0).apply(op, t.get(1)));
        agree(device, TIGHT, List.of(normal(n, n), normal(n + 1, 1)), t -> t.get(0).apply(op, t.get(1)));
        agree(device, TIGHT, List.of(normal(n, 1), normal(n + 1, n)), t -> t.get(0).apply(op, t.get(1)));
        agree(device, TIGHT, List.of(normal(n, 5, n), normal(n + 1, n)), t -> t.get(0).apply(op, t.get(1)));
        agree(device, TIGHT, List.of(normal(n, 5, 1), normal(n + 1, 5, n)), t -> t.get(0).apply(op, t.get(1)));
        agree(device, TIGHT, List.of(normal(n, n, 3), normal(n + 1, n, 1)), t -> t.get(0).apply(op, t.get(1)));
      }
      agree(device, TIGHT, List.of(normal(1, 20, 30), normal(2, 30, 20)),
          t -> t.get(0).transpose().apply(op, t.get(1)));
      agree(device, TIGHT, List.of(normal(1, 20, 1, 30), normal(2, 4, 30)), t -> t.get(0).apply(op, t.get(1)));
      agree(device, TIGHT, List.of(normal(1, 20, 1), normal(2, 1, 30)), t -> t.get(0).apply(op, t.get(1)));
      agree(device, TIGHT, List.of(normal(1, 1), normal(2, 1)),
          t -> t.get(0).expand(Shape.of(40)).apply(op, t.get(1).expand(Shape.of(40))));
    }
    agree(device, TIGHT, List.of(normal(1, 500, 400), normal(2, 400)), t -> t.get(0).plus(t.get(1)));
    agree(device, TIGHT, List.of(normal(1, 500, 400), normal(2, 500, 400)), t -> t.get(0).div(t.get(1)));
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void powersOfConstantExponents(Device device) {
    float[] bases = {-3, -1, -0f, 0, 0.5f, 1, 2, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    for (float exponent : new float[]{-2, -1, -0.5f, 0, 0.5f, 1, 2, 3, Float.NaN, Float.POSITIVE_INFINITY}) {
      agree(device, 1e-7, List.of(REFERENCE.tensor(bases), REFERENCE.scalar(exponent)),
          t -> t.get(0).apply(Binary.POW, t.get(1)));
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void extremesAndComparisonsOfSpecialNumbers(Device device) {
    float[] special = {Float.NaN, -0f, 0f, 1, -1, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE};
    Tensor column = REFERENCE.tensor(special, 8, 1).expand(Shape.of(8, 8)).copy();
    Tensor row = REFERENCE.tensor(special, 1, 8).expand(Shape.of(8, 8)).copy();
    for (Binary op : Binary.values()) {
      if (op != Binary.POW) {
        agree(device, 0, List.of(column, row), t -> t.get(0).apply(op, t.get(1)));
        for (float scalar : special) {
          agree(device, 0, List.of(column, REFERENCE.scalar(scalar)), t -> t.get(0).apply(op, t.get(1)));
          agree(device, 0, List.of(REFERENCE.scalar(scalar), row), t -> t.get(0).apply(op, t.get(1)));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void whereWithBothTypesOfConditionAndBroadcasts(Device device) {
    for (int n : Numbers.AWKWARD) {
      Tensor condition = normal(n, n).apply(Unary.STEP);
      agree(device, 0, List.of(condition, normal(1, n), normal(2, n)), t -> t.get(0).where(t.get(1), t.get(2)));
      agree(device, 0, List.of(condition, normal(1, n), normal(2, 1)), t -> t.get(0).where(t.get(1), t.get(2)));
      agree(device, 0, List.of(condition.to(DType.INT32), normal(1, 1), normal(2, n)),
          t -> t.get(0).where(t.get(1), t.get(2)));
      agree(device, 0, List.of(condition, normal(1, 6, 1), normal(2, 6, n)), t -> t.get(0).where(t.get(1), t.get(2)));
      agree(device, 0, List.of(condition, normal(1, n), normal(2, n)),
          t -> t.get(0).where(t.get(1).to(DType.INT32), t.get(2).to(DType.INT32)));
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void copiesOfViewsOfBothTypes(Device device) {
    List<UnaryOperator<Tensor>> views = List.of(x -> x.permute(2, 1, 0), x -> x.permute(1, 2, 0), x -> x.flip(1, 2),
        x -> x.slice(1, 1, 5).permute(0, 2, 1), x -> x.slice(2, 3, 4), x -> x.permute(0, 2, 1).flip(0),
        x -> x.slice(0, 0, 1).expand(x.shape()), x -> x.slice(2, 0, 1).expand(x.shape()), x -> x.slice(0, 0, 0));
    for (Tensor x : List.of(normal(1, 7, 40, 65), normal(2, 3, 300, 400))) {
      for (var view : views) {
        agree(device, 0, x, t -> view.apply(t).copy());
        agree(device, 0, x.times(100).to(DType.INT32), t -> view.apply(t).copy());
        agree(device, 0, x.times(100), t -> view.apply(t).to(DType.INT32));
        agree(device, 0, x.times(100).to(DType.INT32), t -> view.apply(t).to(DType.FLOAT32));
      }
    }
    agree(device, 0, List.of(normal(1, 8, 9, 10), normal(2, 10, 9)), t -> {
      Tensor target = t.get(0).copy();
      target.permute(0, 2, 1).copyFrom(t.get(1)); // into a view
      return target;
    });
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void reductionsOverEverySetOfAxes(Device device) {
    int[][] sets = {{0}, {1}, {2}, {3}, {0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}, {0, 1, 2}, {0, 2, 3}, {1, 2, 3},
        {0, 1, 2, 3}};
    for (Tensor x : List.of(normal(1, 3, 4, 5, 6), normal(2, 1, 17, 1, 33), normal(3, 9, 2, 40, 20),
        normal(4, 1, 1, 1, 1), normal(5, 2, 70, 80, 20))) {
      for (int[] axes : sets) {
        for (Reduction op : List.of(Reduction.SUM, Reduction.MAX, Reduction.MIN)) {
          agree(device, 2e-5, x, t -> t.reduce(op, true, axes));
          agree(device, 2e-5, x, t -> t.permute(2, 0, 3, 1).reduce(op, false, axes));
        }
        if (axes.length == 1) {
          agree(device, 0, x, t -> t.reduce(Reduction.ARGMAX, true, axes));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void reductionsOfAwkwardLengths(Device device) {
    for (int n : List.of(1, 3, 7, 13, 16, 17, 31, 33, 63, 64, 65, 100, 207, 4095, 4096, 4097, 8193, 300_001)) {
      for (Reduction op : Reduction.values()) {
        agree(device, 1e-4, normal(n, n), t -> t.reduce(op, false, 0));
        agree(device, 1e-4, normal(n, n, 2), t -> t.reduce(op, false, 0));
        agree(device, 1e-4, normal(n, 2, n), t -> t.reduce(op, false, 1));
      }
    }
    agree(device, 0, REFERENCE.zeros(4, 0), t -> t.sum(1));
    agree(device, 0, REFERENCE.zeros(0, 4), t -> t.sum(0));
  }

  /** Sums in four streams, copies and updates that threads share; 600,011 is two rounds of four streams and a rest. */
  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void longArrays(Device device) {
    Tensor x = normal(1, 2, 600_011);
    agree(device, 1e-4, x, t -> t.sum(1)); // sums of about 800 of numbers of about 1
    agree(device, 1e-4, x.slice(1, 7, 600_007), t -> t.sum());
    agree(device, 0, normal(2, 2_100_001), Tensor::copy);
    agree(device, 0, normal(3, 2_200_000), t -> { // from a part of an array to another that it overlaps
      Tensor storage = t.copy();
      storage.slice(0, 50_000, 2_200_000).copyFrom(storage.slice(0, 0, 2_150_000));
      return storage;
    });
    var adam = new Backend.AdamStep(0.01, 0.9, 0.999, 1e-8, 0.05, true);
    for (Updating update : List.<Updating>of((b, t) -> b.sgd(t.get(0), t.get(1), t.get(2), 0.1, 0, 0.01, true),
        (b, t) -> b.sgd(t.get(0), t.get(1), t.get(2), 0.1, 0.9, 0.01, false),
        (b, t) -> b.adam(t.get(0), t.get(1), t.get(2), t.get(3), adam, 3))) {
      agree(device, TIGHT, List.of(normal(4, 200_003), normal(5, 200_003), normal(6, 200_003),
          normal(7, 200_003).apply(Unary.SQUARE)), given -> {
            List<Tensor> moved = given.stream().map(Tensor::copy).toList();
            update.run(moved.getFirst().device().backend(), moved);
            return Tensor.concat(0, moved);
          });
    }
  }

  private interface Updating {
    void run(Backend backend, List<Tensor> parameterGradientAndState);
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void extremesPropagateNan(Device device) {
    for (int at : List.of(0, 5, 16, 40, 69)) {
      float[] values = normal(at, 70).toFloats();
      values[at] = Float.NaN;
      Tensor x = REFERENCE.tensor(values);
      for (Reduction op : Reduction.values()) {
        agree(device, 1e-5, x, t -> t.reduce(op, false, 0));
        agree(device, 1e-5, x.reshape(35, 2), t -> t.reduce(op, false, 0));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void convolutionsAndTheirDerivatives(Device device) {
    record Case(int n, int c, int h, int w, int o, int kh, int kw, Conv conv) {}
    for (Case at : List.of(new Case(2, 3, 7, 6, 4, 3, 3, Conv.of(1, 1)), new Case(1, 4, 8, 9, 6, 1, 1, Conv.UNIT),
        new Case(3, 4, 9, 11, 6, 3, 2, new Conv(2, 3, 1, 2, 2, 1, 2)), new Case(2, 2, 5, 5, 4, 5, 5, Conv.of(1, 4)),
        new Case(20, 6, 5, 4, 6, 2, 3, new Conv(1, 1, 0, 1, 1, 1, 6)), new Case(0, 2, 5, 5, 2, 3, 3, Conv.UNIT),
        new Case(2, 3, 4, 4, 2, 1, 1, Conv.of(2, 0)), new Case(1, 1, 3, 3, 1, 3, 3, new Conv(1, 1, 9, 9, 4, 4, 1)),
        new Case(4, 16, 20, 20, 33, 3, 3, Conv.of(1, 1)),
        new Case(1, 40, 3, 32, 23, 3, 3, Conv.of(1, 1)), // rows of whole tiles, taps in two blocks
        new Case(1, 64, 60, 40, 3, 3, 3, new Conv(1, 1, 2, 1, 2, 1, 1)), // several bands
        new Case(2, 6, 14, 14, 16, 5, 5, Conv.UNIT))) {
      Tensor x = normal(1, at.n, at.c, at.h, at.w);
      Tensor weight = normal(2, at.o, at.c / at.conv.groups(), at.kh, at.kw);
      agree(device, 1e-4, List.of(x, weight), t -> t.get(0).conv2d(t.get(1), at.conv));
      Tensor out = x.conv2d(weight, at.conv);
      Tensor d = normal(3, out.shape().dims());
      agree(device, 1e-4, List.of(d, weight), t -> t.get(0).conv2dInput(t.get(1), at.conv, x.shape()));
      agree(device, 1e-4, List.of(x, d), t -> t.get(0).conv2dWeight(t.get(1), at.conv, weight.shape()));
      agree(device, 1e-4, List.of(d.transpose(), weight.transpose()),
          t -> t.get(0).transpose().conv2dInput(t.get(1).transpose(), at.conv, x.shape()));
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void infinityReachesOnlyTheTapsThatSeeIt(Device device) {
    float[] values = normal(1, 2 * 9 * 9).toFloats();
    values[9] = Float.POSITIVE_INFINITY; // at the left edge: without padding, only the left taps see it
    Tensor x = REFERENCE.tensor(values, 1, 2, 9, 9);
    agree(device, 1e-4, List.of(x, normal(2, 1, 4, 7, 7)),
        t -> t.get(0).conv2dWeight(t.get(1), Conv.UNIT, Shape.of(4, 2, 3, 3)));
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void gathersRowsAndElements(Device device) {
    Tensor x = normal(1, 6, 5, 4);
    Tensor rows = REFERENCE.tensor(new int[]{4, 0, 4, 3});
    for (int axis : List.of(0, 1)) {
      agree(device, 0, List.of(x, rows), t -> t.get(0).indexSelect(axis, t.get(1)));
      agree(device, 0, List.of(x.to(DType.INT32), rows), t -> t.get(0).indexSelect(axis, t.get(1)));
    }
    agree(device, 0, List.of(x, REFERENCE.tensor(new int[]{3, 0})), t -> t.get(0).indexSelect(2, t.get(1)));
    agree(device, 0, List.of(x, rows), t -> t.get(0).transpose().indexSelect(2, t.get(1)));
    Tensor index = REFERENCE.tensor(new int[]{3, 1, 0, 2, 2, 2}, 3, 2, 1);
    for (int axis : List.of(0, 1, 2)) {
      agree(device, 0, List.of(x, index), t -> t.get(0).gather(axis, t.get(1)));
      agree(device, 0, List.of(x.to(DType.INT32), index), t -> t.get(0).gather(axis, t.get(1)));
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void scattersRowsAndElements(Device device) {
    Tensor x = normal(1, 6, 5, 4);
    Tensor rows = REFERENCE.tensor(new int[]{4, 0, 4, 3});
    for (int axis : List.of(0, 1)) {
      Tensor source = normal(2, x.shape().with(axis, 4).dims());
      agree(device, TIGHT, List.of(x, rows, source),
          t -> t.get(0).scatterAdd(axis, Tensor.indexAlong(x.shape(), axis, t.get(1)), t.get(2)));
    }
    Tensor index = REFERENCE.tensor(new int[]{3, 1, 0, 2, 2, 2}, 3, 2, 1);
    for (int axis : List.of(0, 1, 2)) {
      agree(device, TIGHT, List.of(x, index, normal(3, 3, 2, 1)),
          t -> t.get(0).scatterAdd(axis, t.get(1), t.get(2)));
      agree(device, TIGHT, List.of(x, index, normal(3, 1, 2, 3)),
          t -> t.get(0).scatterAdd(axis, t.get(1), t.get(2).transpose(0, 2)));
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void indicesOutOfRangeAreNamed(Device device) {
    Tensor x = device.zeros(3, 2);
    assertThatThrownBy(() -> x.indexSelect(0, device.tensor(new int[]{0, 3})))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("gather: index 3 is not within axis 0 of shape [3, 2]");
    assertThatThrownBy(() -> x.gather(1, device.tensor(new int[]{0, -1, 0}, 3, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("gather: index -1 is not within axis 1 of shape [3, 2]");
    assertThatThrownBy(() -> x.scatterAdd(0, device.tensor(new int[]{7, 7}, 1, 2), device.ones(1, 2)))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("scatterAdd: index 7 is not within axis 0 of shape [3, 2]");
  }

  @Test
  void threadsDoNotChangeBits() {
    Device one = Numbers.device(1, new VectorKernels());
    for (int threads : List.of(2, 3)) {
      Device many = Numbers.device(threads, new VectorKernels());
      Function<Device, List<Tensor>> results = device -> {
        Tensor x = new Rng(1).normal(device, 700, 611);
        Tensor y = new Rng(2).normal(device, 611, 500);
        Tensor image = new Rng(3).normal(device, 9, 8, 20, 20);
        Tensor weight = new Rng(4).normal(device, 16, 8, 3, 3);
        Tensor out = image.conv2d(weight, Conv.of(1, 1));
        return List.of(x, x.matmul(y), y.transpose().matmul(x.transpose()), x.sum(), x.sum(0), x.sum(1),
            x.reshape(7, 100, 611).sum(0, 2), x.apply(Unary.EXP), x.plus(x.sum(0)), x.transpose().copy(), out,
            x.matmul(y.slice(1, 0, 1).contiguous()), x.transpose().matmul(x.slice(1, 0, 1).contiguous()),
            out.conv2dInput(weight, Conv.of(1, 1), image.shape()),
            image.conv2dWeight(out, Conv.of(1, 1), weight.shape()));
      };
      List<Tensor> expected = results.apply(one);
      List<Tensor> actual = results.apply(many);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i).toFloats()).as("result " + i).isEqualTo(expected.get(i).toFloats());
      }
    }
  }

  @Test
  void randomNumbersAreTheReferences() {
    Device device = Numbers.device(3, new VectorKernels());
    for (Rng.Law law : Rng.Law.values()) {
      float[] expected = new float[10_001];
      Rng.fill(law, 5, 8, expected);
      Tensor out = device.empty(DType.FLOAT32, Shape.of(expected.length));
      device.backend().random(law, 5, 8, out);
      assertThat(out.toFloats()).isEqualTo(expected);
    }
  }

  @Test
  void describesItsLoopsAndThreads() {
    assertThat(Numbers.device(1, new ScalarKernels()).description())
        .isEqualTo("scalar loops (module jdk.incubator.vector is off), 1 thread");
    assertThat(Numbers.device(2, new VectorKernels()).description()).matches("\\d+-bit vectors, 2 threads");
  }
}
