package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.cpu.ReferenceBackend;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.DeviceProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Views, copies and errors: what is the tensor's own, whatever the device. */
class TensorTests {
  private final Device device = Device.cpu();

  /** {@code 0, 1, 2, ..} in the given shape. */
  private Tensor counting(int... shape) {
    return device.range(Shape.of(shape).size()).to(DType.FLOAT32).reshape(shape);
  }

  private static void assertShares(Tensor view, Tensor base) {
    assertThat(view.storage()).isSameAs(base.storage());
  }

  private static void assertError(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  // ---- making and reading ----

  @Test
  void valuesFillAShape() {
    Tensor x = Tensor.of(new float[]{1, 2, 3, 4, 5, 6}, 2, 3);
    assertThat(x.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(x).hasToString("float32[2, 3]");
    assertThat(Tensor.of(new int[]{1, 2})).hasToString("int32[2]");
    assertThat(device.scalar(2).item()).isEqualTo(2f);
    assertThat(device.ones(1, 1).item()).isEqualTo(1f);
    assertError(() -> Tensor.of(new float[5], 2, 3), "tensor: 5 values do not fill shape [2, 3] of 6 elements");
    assertError(x::item, "item: shape [2, 3] has 6 elements, not one");
    assertError(x::toInts, "toInts: needs a int32 tensor, got float32[2, 3]; convert it with to(DType.INT32)");
  }

  @Test
  void aTensorDoesNotShareTheArrayItWasMadeFrom() {
    float[] values = {1, 2};
    Tensor x = device.tensor(values);
    values[0] = 9;
    x.toFloats()[1] = 9;
    assertThat(x.toFloats()).containsExactly(1, 2);
  }

  // ---- views ----

  @Test
  void viewsShareMemoryBothWays() {
    Tensor base = counting(3, 4);
    List<Tensor> views = List.of(base.transpose(), base.permute(1, 0), base.slice(0, 1, 3), base.slice(1, 1, 2),
        base.flip(0, 1), base.unsqueeze(0), base.unsqueeze(-1), base.reshape(2, 6), base.expand(Shape.of(2, 3, 4)));
    views.forEach(view -> assertShares(view, base));
    base.copyFrom(device.scalar(5));
    views.forEach(view -> assertThat(view.toFloats()).containsOnly(5f));
    base.transpose().slice(0, 3, 4).copyFrom(device.tensor(new float[]{7, 8, 9}, 1, 3));
    assertThat(base.toFloats()).containsExactly(5, 5, 5, 7, 5, 5, 5, 8, 5, 5, 5, 9);
  }

  @Test
  void permuteAndTransposeMoveAxes() {
    Tensor x = counting(2, 3, 4);
    Tensor moved = x.permute(2, 0, 1);
    assertThat(moved.shape()).isEqualTo(Shape.of(4, 2, 3));
    for (int i = 0; i < 24; i++) {
      int[] at = Host.index(i, 4, 2, 3);
      assertThat(moved.toFloats()[i]).isEqualTo(at[1] * 12 + at[2] * 4 + at[0]);
    }
    assertThat(x.permute(-1, 0, 1).toFloats()).containsExactly(moved.toFloats());
    assertThat(x.transpose().shape()).isEqualTo(Shape.of(2, 4, 3));
    assertThat(x.transpose(0, -1).shape()).isEqualTo(Shape.of(4, 3, 2));
    assertThat(device.scalar(3).permute().item()).isEqualTo(3f);
    assertError(() -> x.permute(0, 1), "permute: 2 axes given for shape [2, 3, 4]");
    assertError(() -> x.permute(0, 1, 1), "permute: axis 1 appears twice in [0, 1, 1]");
    assertError(() -> device.ones(3).transpose(), "shape [3] has no axis -2; it has 1 axes");
  }

  @Test
  void sliceTakesARange() {
    Tensor x = counting(3, 4);
    assertThat(x.slice(0, 1, 2).toFloats()).containsExactly(4, 5, 6, 7);
    assertThat(x.slice(-1, 2, 4).toFloats()).containsExactly(2, 3, 6, 7, 10, 11);
    assertThat(x.slice(0, 1, 3).slice(0, 1, 2).slice(1, 3, 4).item()).isEqualTo(11f);
    assertThat(x.slice(0, 3, 3).shape()).isEqualTo(Shape.of(0, 4));
    assertThat(x.slice(0, 0, 2).isContiguous()).isTrue();
    assertThat(x.slice(1, 0, 2).isContiguous()).isFalse();
    assertError(() -> x.slice(1, 2, 5), "slice: 2 .. 5 is not within axis 1 of shape [3, 4]");
    assertError(() -> x.slice(0, 2, 1), "slice: 2 .. 1 is not within axis 0 of shape [3, 4]");
    assertError(() -> x.slice(0, -1, 1), "slice: -1 .. 1 is not within axis 0 of shape [3, 4]");
  }

  @Test
  void flipReversesAxes() {
    Tensor x = counting(2, 3);
    assertThat(x.flip(0).toFloats()).containsExactly(3, 4, 5, 0, 1, 2);
    assertThat(x.flip(1).toFloats()).containsExactly(2, 1, 0, 5, 4, 3);
    assertThat(x.flip(0, -1).toFloats()).containsExactly(5, 4, 3, 2, 1, 0);
    assertThat(x.flip(1).flip(1).isContiguous()).isTrue();
    assertThat(x.flip(1).slice(1, 0, 1).toFloats()).containsExactly(2, 5);
    assertThat(device.zeros(0, 2).flip(0, 1).toFloats()).isEmpty();
  }

  @Test
  void expandRepeatsAxesOfSizeOne() {
    Tensor x = counting(3, 1);
    assertThat(x.expand(Shape.of(2, 3, 2)).toFloats()).containsExactly(0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2);
    assertThat(device.scalar(4).expand(Shape.of(2, 2)).toFloats()).containsExactly(4, 4, 4, 4);
    assertThat(device.ones(1).expand(Shape.of(0)).toFloats()).isEmpty();
    assertError(() -> x.expand(Shape.of(2, 1)), "expand: shape [3, 1] does not broadcast to [2, 1]");
    assertError(() -> x.expand(Shape.of(3)), "expand: shape [3, 1] does not broadcast to [3]");
  }

  @Test
  void unsqueezeAddsAnAxis() {
    Tensor x = counting(2, 3);
    assertThat(x.unsqueeze(0).shape()).isEqualTo(Shape.of(1, 2, 3));
    assertThat(x.unsqueeze(1).shape()).isEqualTo(Shape.of(2, 1, 3));
    assertThat(x.unsqueeze(-1).shape()).isEqualTo(Shape.of(2, 3, 1));
    assertThat(x.unsqueeze(-3).shape()).isEqualTo(Shape.of(1, 2, 3));
    assertThat(device.scalar(1).unsqueeze(0).shape()).isEqualTo(Shape.of(1));
    assertError(() -> x.unsqueeze(3), "unsqueeze: shape [2, 3] has no place for an axis at 3; choose -3 .. 2");
    assertError(() -> x.unsqueeze(-4), "unsqueeze: shape [2, 3] has no place for an axis at -4; choose -3 .. 2");
  }

  // ---- reshape ----

  @Test
  void reshapeOfRowsIsAView() {
    Tensor x = counting(4, 6);
    for (int[] dims : new int[][]{{24}, {2, -1, 3}, {6, 4}, {1, 4, 1, 6, 1}, {-1}}) {
      assertShares(x.reshape(dims), x);
      assertThat(x.reshape(dims).toFloats()).containsExactly(x.toFloats());
    }
    assertShares(x.slice(0, 1, 3).reshape(12), x);
    assertThat(device.ones(1, 1).reshape().shape()).isEqualTo(Shape.SCALAR);
    assertError(() -> x.reshape(5, 5), "reshape: [4, 6] has 24 elements, [5, 5] has 25");
    assertError(() -> x.reshape(Shape.of(5)), "reshape: [4, 6] has 24 elements, [5] has 5");
  }

  @Test
  void reshapeCopiesOnlyIfItMust() {
    Tensor x = counting(4, 6, 5);
    Tensor columns = x.slice(2, 1, 4); // rows with gaps: axes 0 and 1 still follow each other
    assertShares(columns.reshape(24, 3), x);
    assertShares(columns.reshape(2, 12, 1, 3), x);
    assertShares(columns.unsqueeze(0).reshape(4, 3, 2, 3), x);
    assertThat(columns.reshape(72).storage()).isNotSameAs(x.storage());
    assertShares(x.transpose().reshape(4, 5, 2, 3), x); // [4, 5, 6], each axis divided by itself
    assertThat(x.transpose().reshape(20, 6).storage()).isNotSameAs(x.storage());
    assertShares(x.flip(0, 1, 2).reshape(120), x);
    Tensor one = device.scalar(1);
    assertShares(one.expand(Shape.of(3, 4)).reshape(12), one);
    Tensor row = counting(1, 5);
    assertShares(row.expand(Shape.of(4, 5)).reshape(2, 2, 5), row);
    assertThat(row.expand(Shape.of(4, 5)).reshape(20).storage()).isNotSameAs(row.storage());
  }

  @Test
  void reshapeReadsTheSameElementsOfAnyView() {
    Rng rng = new Rng(5);
    int[][] targets = {{24}, {2, 12}, {12, 2}, {4, 6}, {3, 8}, {2, 3, 4}, {4, 3, 2}, {1, 24, 1}, {2, 2, 2, 3}};
    for (int i = 0; i < 2000; i++) {
      Tensor view = randomView(rng);
      float[] elements = view.copy().toFloats();
      int[] target = targets[rng.nextInt(targets.length)];
      assertThat(view.reshape(target).toFloats()).as("%s to %s", view, Arrays.toString(target))
          .containsExactly(elements);
    }
  }

  /** A view of 24 elements, made by random steps. */
  private Tensor randomView(Rng rng) {
    Tensor view = rng.nextInt(2) == 0 ? counting(4, 1, 3, 5).slice(3, 1, 3) : counting(3, 4, 4).slice(1, 1, 3);
    for (int step = rng.nextInt(5); step >= 0; step--) {
      int rank = view.shape().rank();
      view = switch (rng.nextInt(4)) {
        case 0 -> view.permute(rng.permutation(rank));
        case 1 -> view.flip(rng.nextInt(rank));
        case 2 -> rank < 6 ? view.unsqueeze(rng.nextInt(rank + 1)) : view;
        default -> {
          int axis = rng.nextInt(rank); // keeps 24 elements: one slice, then repeated as often as it was long
          Tensor one = view.slice(axis, 0, 1);
          yield one.expand(view.shape());
        }
      };
    }
    return view;
  }

  // ---- copies ----

  @Test
  void contiguousAndToCopyOnlyWhatIsNotYetSo() {
    Tensor x = counting(2, 3);
    assertThat(x.contiguous()).isSameAs(x);
    assertThat(x.to(DType.FLOAT32)).isSameAs(x);
    assertThat(x.to(device)).isSameAs(x);
    assertThat(x.copy().storage()).isNotSameAs(x.storage());
    assertThat(x.transpose().contiguous().storage()).isNotSameAs(x.storage());
    assertThat(x.transpose().contiguous().toFloats()).containsExactly(0, 3, 1, 4, 2, 5);
  }

  @Test
  void copyFromMayOverlap() {
    Tensor x = counting(6);
    x.slice(0, 1, 6).copyFrom(x.slice(0, 0, 5));
    assertThat(x.toFloats()).containsExactly(0, 0, 1, 2, 3, 4);
    x.copyFrom(x.flip(0));
    assertThat(x.toFloats()).containsExactly(4, 3, 2, 1, 0, 0);
    Tensor square = counting(3, 3);
    square.copyFrom(square.transpose());
    assertThat(square.toFloats()).containsExactly(0, 3, 6, 1, 4, 7, 2, 5, 8);
  }

  @Test
  void copyFromConvertsAndBroadcasts() {
    Tensor ints = device.range(6).reshape(2, 3);
    ints.copyFrom(device.tensor(new float[]{1.9f, -2.9f, 3}));
    assertThat(ints.toInts()).containsExactly(1, -2, 3, 1, -2, 3);
    assertError(() -> ints.copyFrom(device.zeros(2)), "expand: shape [2] does not broadcast to [2, 3]");
    assertError(() -> device.zeros(3).expand(Shape.of(2, 3)).copyFrom(device.zeros(2, 3)),
        "copyFrom: the target float32[2, 3] is an expanded view, whose elements share places;"
            + " write to the tensor it was expanded from");
  }

  // ---- joining ----

  @Test
  void concatJoinsAlongAnAxis() {
    Tensor x = counting(2, 2);
    assertThat(Tensor.concat(0, List.of(x, x.transpose())).toFloats()).containsExactly(0, 1, 2, 3, 0, 2, 1, 3);
    Tensor wide = Tensor.concat(-1, List.of(x, device.zeros(2, 0), device.ones(2, 1)));
    assertThat(wide.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(wide.toFloats()).containsExactly(0, 1, 1, 2, 3, 1);
    assertThat(Tensor.concat(0, List.of(device.range(2), device.range(1))).toInts()).containsExactly(0, 1, 0);
    assertError(() -> Tensor.concat(0, List.of(x, device.zeros(2, 3))),
        "concat: shapes [2, 2] and [2, 3] differ in more than axis 0");
    assertError(() -> Tensor.concat(0, List.of(x, device.zeros(2))),
        "concat: shapes [2, 2] and [2] differ in more than axis 0");
    assertError(() -> Tensor.concat(0, List.of(x, x.to(DType.INT32))),
        "concat: types differ, left float32[2, 2], right int32[2, 2]; convert one with to(DType)");
    assertError(() -> Tensor.concat(0, List.of()), "concat: no tensors given; give at least one");
  }

  @Test
  void embedIsSurroundedByZeros() {
    Tensor x = counting(1, 2).plus(device.ones(1));
    assertThat(x.embed(Shape.of(2, 4), 1, 1).toFloats()).containsExactly(0, 0, 0, 0, 0, 1, 2, 0);
    assertThat(x.embed(Shape.of(2, 2), 1).toFloats()).containsExactly(0, 0, 1, 2);
    assertThat(x.embed(Shape.of(1, 3)).toFloats()).containsExactly(1, 2, 0);
    Tensor ints = device.range(3).embed(Shape.of(5), 2);
    assertThat(ints.toInts()).containsExactly(0, 0, 0, 1, 2);
    assertError(() -> x.embed(Shape.of(2, 2), 0, 1), "slice: 1 .. 3 is not within axis 1 of shape [1, 2]");
    assertError(() -> x.embed(Shape.of(4), 0),
        "embed: shape [1, 2] at [0] in [4]; it needs as many axes in both, and no more positions than axes");
  }

  // ---- errors of operations ----

  @Test
  void elementwiseErrorsNameBothOperands() {
    assertError(() -> device.ones(32, 10).plus(device.ones(32)), "add: shapes [32, 10] and [32] do not broadcast at"
        + " axis 1 (10 against 32); reshape the right operand to [32, 1] to apply it per row");
    assertError(() -> device.ones(2).times(device.range(2)),
        "mul: types differ, left float32[2], right int32[2]; convert one with to(DType)");
    assertError(() -> device.range(2).apply(Unary.EXP),
        "exp: needs a float32 tensor, got int32[2]; convert it with to(DType.FLOAT32)");
    assertError(() -> device.ones(2).where(device.ones(2), device.range(2)),
        "where: types differ, left float32[2], right int32[2]; convert one with to(DType)");
    assertError(() -> device.ones(2).plus(Device.reference().ones(2)),
        "add: operands are on devices cpu and reference; move one with to(Device)");
    assertThatThrownBy(() -> device.range(2).div(device.range(2))).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void reductionErrors() {
    assertError(() -> device.zeros(2, 0).reduce(Reduction.MAX, false, 1),
        "max: shape [2, 0] has no elements along axes [1]; the result would be undefined");
    assertError(() -> device.zeros(0).reduce(Reduction.MIN, false),
        "min: shape [0] has no elements along axes [0]; the result would be undefined");
    assertError(() -> device.zeros(2, 3).reduce(Reduction.ARGMAX, false),
        "argmax: give exactly one axis of shape [2, 3]; reshape first if needed");
    assertError(() -> device.zeros(2, 3).sum(2), "shape [2, 3] has no axis 2; it has 2 axes");
    assertThat(device.ones(2, 3).sum(1, -1, 1).toFloats()).as("an axis named twice counts once").containsExactly(3, 3);
  }

  @Test
  void matmulErrors() {
    assertError(() -> device.ones(256, 20).matmul(device.ones(21, 1)),
        "matmul: inner dimensions differ, left [256, 20] x right [21, 1]");
    assertError(() -> device.ones(256, 20).matmul(device.ones(1, 20)),
        "matmul: inner dimensions differ, left [256, 20] x right [1, 20]; did you mean right.transpose()?");
    assertError(() -> device.ones(3).matmul(device.ones(3, 2)),
        "matmul: both operands need two axes or more, left [3], right [3, 2]; use unsqueeze for vectors");
    assertError(() -> device.ones(2, 2).matmul(device.range(4).reshape(2, 2)),
        "matmul: needs a float32 tensor, got int32[2, 2]; convert it with to(DType.FLOAT32)");
    assertError(() -> device.ones(2, 3, 3).matmul(device.ones(4, 3, 3)),
        "matmul: shapes [2] and [4] do not broadcast at"
            + " axis 0 (2 against 4); give both the same size there, or size 1");
  }

  @Test
  void convolutionErrors() {
    Tensor x = device.ones(1, 4, 5, 5);
    assertError(() -> x.conv2d(device.ones(2, 3, 3, 3), Conv.UNIT),
        "conv2d: input [1, 4, 5, 5] and weight [2, 3, 3, 3] do"
            + " not match; expected [n, c, h, w] and [o, c / groups, kh, kw] with groups 1");
    assertError(() -> x.conv2d(device.ones(3, 2, 3, 3), new Conv(1, 1, 0, 0, 1, 1, 2)), "conv2d: input [1, 4, 5, 5] and"
        + " weight [3, 2, 3, 3] do not match; expected [n, c, h, w] and [o, c / groups, kh, kw] with groups 2");
    assertError(() -> x.conv2d(device.ones(2, 4, 6, 3), Conv.UNIT),
        "conv2d: kernel of weight [2, 4, 6, 3] does not fit into input [1, 4, 5, 5]; add padding");
    assertError(() -> x.conv2d(device.ones(2, 4, 5, 1), new Conv(1, 1, 0, 0, 1 << 30, 1, 1)), // spans 2^32 rows
        "conv2d: kernel of weight [2, 4, 5, 1] does not fit into input [1, 4, 5, 5]; add padding");
    assertError(() -> device.ones(1, 2, 4, 3).conv2dInput(device.ones(2, 4, 3, 3), Conv.UNIT, x.shape()),
        "conv2dInput: input [1, 4, 5, 5] and weight [2, 4, 3, 3] give output [1, 2, 3, 3],"
            + " but its derivative has shape [1, 2, 4, 3]");
    assertError(() -> x.conv2dWeight(device.ones(1, 2, 3, 3), Conv.UNIT, Shape.of(3, 4, 3, 3)),
        "conv2dWeight: input [1, 4, 5, 5] and weight [3, 4, 3, 3] give output [1, 3, 3, 3],"
            + " but its derivative has shape [1, 2, 3, 3]");
    assertError(() -> x.to(DType.INT32).conv2d(device.ones(2, 4, 3, 3), Conv.UNIT),
        "conv2d: needs a float32 tensor, got int32[1, 4, 5, 5]; convert it with to(DType.FLOAT32)");
    assertError(() -> new Conv(0, 1, 0, 0, 1, 1, 1),
        "conv2d: stride, dilation and groups must be at least 1 and padding"
            + " at least 0, got stride [0, 1], padding [0, 0], dilation [1, 1], groups 1");
  }

  @Test
  void indexingErrors() {
    Tensor x = device.ones(3, 2);
    Tensor index = device.tensor(new int[]{0, 1, 2, 0}, 2, 2);
    assertError(() -> x.gather(0, index.to(DType.FLOAT32)),
        "gather: needs a int32 tensor, got float32[2, 2]; convert it with to(DType.INT32)");
    assertError(() -> x.gather(0, device.range(2)), "gather: index [2] does not fit [3, 2] at axis 0;"
        + " it needs as many axes, none longer than the other's");
    assertError(() -> x.slice(1, 0, 1).gather(0, index), "gather: index [2, 2] does not fit [3, 1] at axis 0;"
        + " it needs as many axes, none longer than the other's");
    assertError(() -> x.scatterAdd(0, index, device.ones(1, 2)),
        "scatterAdd: source [1, 2] does not cover index [2, 2];"
            + " it needs as many axes, none shorter than the index's");
    assertError(() -> x.scatterAdd(0, index, device.ones(2, 2, 1)), "scatterAdd: source [2, 2, 1] does not cover index"
        + " [2, 2]; it needs as many axes, none shorter than the index's");
    assertError(() -> x.scatterAdd(0, index, index),
        "scatterAdd: types differ, left float32[3, 2], right int32[2, 2]; convert one with to(DType)");
  }

  // ---- devices ----

  @Test
  void devicesAreFoundByName() {
    assertThat(Device.open("reference", 1)).isSameAs(Device.reference());
    try (Device two = Device.open("cpu", 2)) {
      assertThat(two).hasToString("cpu").isNotSameAs(Device.cpu());
    }
    assertThat(Device.offers()).extracting(Device.Offer::name).contains("cpu", "reference");
    assertThatThrownBy(() -> Device.open("abacus", 1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("device abacus is unknown; choose one of auto, ");
    Device.cpu().close();
    assertThat(IntStream.range(0, 3).mapToObj(i -> Device.cpu().scalar(i).item())).containsExactly(0f, 1f, 2f);
  }

  @Test
  void anOfferClosesWhatItOpened() {
    List<String> events = new ArrayList<>();
    DeviceProvider provider = new DeviceProvider() {
      @Override
      public String name() {
        return "abacus";
      }

      @Override
      public int priority() {
        return 1;
      }

      @Override
      public String status() {
        return "ten beads";
      }

      @Override
      public Optional<Backend> open() {
        events.add("open");
        return Optional.of(new ReferenceBackend() {
          @Override
          public void close() {
            events.add("close");
          }
        });
      }
    };
    assertThat(Device.offer(provider)).isEqualTo(new Device.Offer("abacus", true, "ten beads"));
    assertThat(events).containsExactly("open", "close");
  }
}
