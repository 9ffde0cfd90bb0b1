package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.kernels.GpuRuntime.Lane;
import evenhand.tensor.Binary;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The order of copies and work, on the emulated driver, whose streams run late and take turns by chance.
 *
 * <p>With every wait in its place the numbers are right whatever the chance; with one left out, on purpose, they are
 * wrong for some of the same seeds.
 */
class CudaOrderTests {
  private static final int SEEDS = 10;
  private static final int LENGTH = 3_000;
  private static final int LARGE = 3 * (4 * GpuStaging.SLOT / Integer.BYTES) / 2; // around the ring of slots, and on

  /** A wait that the planted bug leaves out. */
  enum Wait {
    COPIES_FOR_WORK,
    WORK_FOR_COPIES,
    HOST_FOR_A_SLOT,
    HOST_FOR_ITS_NUMBERS
  }

  @BeforeAll
  static void requireEmulation() {
    Assumptions.assumeTrue(new CudaProvider().status().startsWith("Emulated"), "this needs the emulated driver");
  }

  @Test
  void numbersAreRightInAnyOrder() {
    assertThat(IntStream.rangeClosed(1, SEEDS).filter(seed -> !isRight(seed, (_, _) -> false))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aMissingWaitShows(Wait missing) {
    long wrong = IntStream.rangeClosed(1, SEEDS)
        .filter(seed -> !isRight(seed, (wait, lane) -> leavesOut(missing, wait, lane))).count();
    System.out.println("planted: no wait of " + missing + ", wrong for " + wrong + " of " + SEEDS + " orders");
    assertThat(wrong).isPositive();
  }

  private static boolean leavesOut(Wait missing, String wait, Lane lane) {
    return switch (missing) {
      case COPIES_FOR_WORK -> wait.equals("follow") && lane == Lane.COPIES;
      case WORK_FOR_COPIES -> wait.equals("follow") && lane == Lane.WORK;
      case HOST_FOR_A_SLOT -> wait.equals("await") && lane == Lane.COPIES;
      case HOST_FOR_ITS_NUMBERS -> wait.equals("await") && lane == Lane.WORK;
    };
  }

  /** Runs the work with some calls left out, by name and by the lane that waits or is waited for. */
  private static boolean isRight(int seed, BiPredicate<String, Lane> leftOut) {
    FakeCuda.driver().call("evenhandFakeSchedule", seed);
    try (Device device = new Device(new GpuBackend(without(CudaRuntime.open(true), leftOut)))) {
      return works(device);
    }
  }

  private static GpuRuntime without(GpuRuntime runtime, BiPredicate<String, Lane> leftOut) {
    Map<Object, Lane> recorded = new IdentityHashMap<>();
    return (GpuRuntime) Proxy.newProxyInstance(GpuRuntime.class.getClassLoader(), new Class<?>[]{GpuRuntime.class},
        (_, method, arguments) -> {
          Lane lane = method.getName().equals("follow") ? (Lane) arguments[0]
              : method.getName().equals("await") ? recorded.get(arguments[0]) : Lane.WORK;
          if (leftOut.test(method.getName(), lane)) {
            return null;
          }
          Object result = invoke(runtime, method, arguments);
          if (method.getName().equals("record")) {
            recorded.put(result, (Lane) arguments[0]);
          }
          return result;
        });
  }

  static Object invoke(GpuRuntime runtime, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(runtime, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Sums whose closed form is exact in float32; blocks go from step to step, arrays change once they are handed over. */
  private static boolean works(Device device) {
    boolean right = true;
    for (int step = 1; step <= 6; step++) {
      try (Scope _ = Scope.open()) {
        float[] numbers = new float[LENGTH];
        Arrays.fill(numbers, step);
        Tensor x = device.tensor(numbers, LENGTH);
        Arrays.fill(numbers, -1);
        right &= x.plus(x).sum().item() == 2 * step * LENGTH;
        Tensor y = x.times(3); // these wait still, when the next step takes their blocks
        y.plus(y).times(y);
      }
    }
    int[] large = IntStream.range(0, LARGE).toArray();
    Tensor there = device.tensor(large, LARGE);
    int[] doubled = there.apply(Binary.ADD, there).toInts();
    return right && IntStream.range(0, LARGE).allMatch(i -> doubled[i] == 2 * large[i]);
  }
}
