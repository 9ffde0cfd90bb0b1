package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lifetimes, devices that do not mix, and use by several threads at once. */
interface MemoryContract {
  Device device();

  /** Every operation of one tensor that reads its elements, by name; for a float32 matrix {@code [20, 20]}. */
  static Map<String, Consumer<Tensor>> readers() {
    return Map.ofEntries(
        Map.entry("toFloats", Tensor::toFloats),
        Map.entry("copy", Tensor::copy),
        Map.entry("to int32", x -> x.to(DType.INT32)),
        Map.entry("apply", x -> x.apply(Unary.EXP)),
        Map.entry("sum", Tensor::sum),
        Map.entry("argmax", x -> x.reduce(Reduction.ARGMAX, false, 0)),
        Map.entry("a view", x -> x.transpose().slice(0, 1, 3).flip(1).toFloats()),
        Map.entry("gather", x -> x.gather(0, x.device().tensor(new int[]{0}, 1, 1))));
  }

  /** Every operation of two float32 matrices {@code [20, 20]}, by name. */
  static Map<String, BiConsumer<Tensor, Tensor>> pairs() {
    int[] image = {1, 1, 20, 20};
    Shape one = Shape.of(1, 1, 1, 1);
    return Map.ofEntries(
        Map.entry("add", Tensor::plus),
        Map.entry("matmul", Tensor::matmul),
        Map.entry("where", (a, b) -> a.where(b, b)),
        Map.entry("copyFrom", Tensor::copyFrom),
        Map.entry("scatterAdd", (a, b) -> a.scatterAdd(0, a.device().tensor(new int[]{1}, 1, 1), b)),
        Map.entry("concat", (a, b) -> Tensor.concat(0, List.of(a, b))),
        Map.entry("conv2d", (a, b) -> a.reshape(image).conv2d(b.reshape(image), Conv.UNIT)),
        Map.entry("conv2dInput", (a, b) -> a.reshape(image).conv2dInput(
            b.reshape(image).slice(2, 0, 1).slice(3, 0, 1), Conv.UNIT, Shape.of(image))),
        Map.entry("conv2dWeight", (a, b) -> a.reshape(image).conv2dWeight(b.reshape(image), Conv.UNIT, one)));
  }

  private static Tensor closed(Device device) {
    try (Scope _ = Scope.open()) {
      return device.ones(20, 20);
    }
  }

  private static void assertRefused(String name, Runnable use) {
    assertThatThrownBy(use::run).as(name).isInstanceOf(IllegalStateException.class).hasMessage(
        "a tensor was used after the Scope that made it had closed; let it outlive the scope with scope.keep(tensor)");
  }

  @Test
  default void aTensorOfAClosedScopeIsRefusedByEveryOperation() {
    Tensor alive = device().ones(20, 20);
    readers().forEach((name, reader) -> assertRefused(name, () -> reader.accept(closed(device()))));
    pairs().forEach((name, pair) -> {
      assertRefused(name + ", left", () -> pair.accept(closed(device()), alive));
      assertRefused(name + ", right", () -> pair.accept(alive, closed(device())));
    });
  }

  @Test
  default void aTensorOfAClosedScopeNeverReadsForeignNumbers() {
    Tensor stale = closed(device());
    Tensor fresh = device().full(7, Shape.of(20, 20)); // perhaps in the same memory
    assertRefused("stale", stale::toFloats);
    Host.assertSame("fresh", fresh, Host.repeat(7, 400));
  }

  @Test
  default void devicesDoNotMix() {
    Device other = device() == Device.reference() ? Device.cpu() : Device.reference();
    Tensor here = device().ones(20, 20);
    Tensor there = other.ones(20, 20);
    pairs().forEach((name, pair) -> {
      assertThatThrownBy(() -> pair.accept(here, there))
          .as(name)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("operands are on devices " + device() + " and " + other + "; move one with to(Device)");
      assertThatThrownBy(() -> pair.accept(there, here)).as(name).isInstanceOf(IllegalArgumentException.class);
    });
    assertThatThrownBy(() -> here.gather(0, other.tensor(new int[]{0}, 1, 1)))
        .hasMessageStartingWith("gather: operands are on devices");
    assertThat(here.plus(there.to(device())).toFloats()).containsOnly(2f);
  }

  @Test
  default void tensorsMoveBetweenDevices() {
    Device other = device() == Device.reference() ? Device.cpu() : Device.reference();
    for (Layout layout : Layout.values()) {
      Sample x = layout.floats(device(), Host.random(1, -1, 1, 91), 13, 7);
      Tensor moved = x.tensor().to(other);
      assertThat(moved.device()).isSameAs(other);
      Host.assertSame("there", moved, x.values());
      Host.assertSame("and back", moved.transpose().to(device()).transpose(), x.values());
      Sample ints = layout.ints(device(), Host.randomInts(1, -9, 9, 91), 13, 7);
      Host.assertSame("integers", ints.tensor().to(other), ints.values());
    }
  }

  @Test
  default void operationsLeaveTheirInputsAlone() {
    Sample a = Layout.ROWS.floats(device(), Host.random(1, 0.5, 2, 400), 20, 20);
    Sample b = Layout.ROWS.floats(device(), Host.random(2, 0.5, 2, 400), 20, 20);
    readers().values().forEach(reader -> reader.accept(a.tensor()));
    pairs().forEach((name, pair) -> {
      pair.accept(name.equals("copyFrom") ? a.tensor().copy() : a.tensor(), b.tensor());
      Host.assertSame("left of " + name, a.tensor(), a.values());
      Host.assertSame("right of " + name, b.tensor(), b.values());
    });
  }

  @Test
  default void severalThreadsMayUseADeviceAtOnce() throws Exception {
    List<Callable<float[]>> tasks = IntStream.range(0, 8).<Callable<float[]>>mapToObj(seed -> () -> work(seed))
        .toList();
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<float[]>> together = threads.invokeAll(tasks);
      for (int seed = 0; seed < together.size(); seed++) {
        assertThat(together.get(seed).get()).as("seed %d", seed).containsExactly(work(seed));
      }
    }
  }

  private float[] work(int seed) {
    float[] last = {};
    for (int step = 0; step < 10; step++) {
      try (Scope _ = Scope.open()) {
        Tensor x = new Rng(seed).normal(device(), 70, 90);
        Tensor y = x.matmul(x.transpose()).apply(Unary.TANH).plus(x.sum(1)).sum(0);
        last = y.toFloats();
      }
    }
    return last;
  }
}
