package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Losses;
import evenhand.kernels.DriverLibrary.Refusal;
import evenhand.tensor.Binary;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A driver whose calls fail, in schedules drawn by a seed: no memory, no resources, or the device lost for good.
 *
 * <p>Whatever fails, the numbers are those of a run without failures or there is an error of one line that says what to
 * do, and nothing of the device is left behind.
 */
class FaultyDriverTests {
  private static final int SCHEDULES = Boolean.getBoolean("evenhand.experiments") ? 1000 : 200;

  private enum Outcome {
    RIGHT,
    NOT_OPENED,
    FAILED
  }

  @BeforeAll
  static void requireEmulation() {
    Assumptions.assumeTrue(new CudaProvider().status().startsWith("Emulated"), "this needs the emulated driver");
  }

  @Test
  void failuresAreErrorsNeverWrongNumbersAndLeaveNothing() {
    var driver = FakeCuda.driver();
    driver.call("evenhandFakeSchedule", 1);
    float[] expected = new float[0];
    try (Device device = new Device(new GpuBackend(CudaRuntime.open(true)))) {
      expected = work(device);
    }
    Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
    for (int seed = 1; seed <= SCHEDULES; seed++) {
      driver.call("evenhandFakeFaults", seed);
      outcomes.merge(outcome(seed, expected), 1, Integer::sum);
      driver.call("evenhandFakeFaults", 0);
      assertThat(driver.call("evenhandFakeAllocations", 0)).as("blocks left, schedule %d", seed).isZero();
      assertThat(driver.call("evenhandFakeLeaks", 0)).as("things left, schedule %d", seed).isZero();
    }
    System.out.println("calls that fail, of " + SCHEDULES + " schedules: " + outcomes);
    assertThat(outcomes).containsOnlyKeys(Outcome.values());
  }

  @Test
  void aLeakedBlockIsCaught() {
    var driver = FakeCuda.driver();
    try (GpuRuntime runtime = CudaRuntime.open(true)) {
      runtime.allocate(40);
    }
    assertThat(driver.call("evenhandFakeLeaks", 0)).isEqualTo(1);
  }

  private static Outcome outcome(int seed, float[] expected) {
    boolean opened = false;
    try (Device device = new Device(new GpuBackend(CudaRuntime.open(true)))) {
      opened = true;
      assertThat(work(device)).as("schedule %d", seed).containsExactly(expected);
      return Outcome.RIGHT;
    } catch (Refusal e) {
      assertThat(opened).isFalse();
      assertThat(e).hasMessageMatching("CUDA failed with CUDA_ERROR_\\w+; .+, or use --device cpu");
      return Outcome.NOT_OPENED;
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageMatching("device cuda.+; .*use .*--device cpu");
      return Outcome.FAILED;
    }
  }

  /** A few steps of training a small network, and what becomes of it. */
  private static float[] work(Device device) {
    Tensor x = new Rng(1).uniform(device, 33, 5);
    Tensor y = x.slice(1, 0, 1).apply(Binary.GT, device.scalar(0.5));
    Tensor w = new Rng(2).uniform(device, 5, 7);
    Tensor v = new Rng(3).uniform(device, 7, 1);
    for (int step = 0; step < 3; step++) {
      try (Scope _ = Scope.open()) {
        Tensor chosen = device.tensor(new int[]{step, 7, 32 - step, 9});
        List<Var> parameters = List.of(Var.parameter(w), Var.parameter(v));
        Var hidden = Var.of(x.indexSelect(0, chosen)).matmul(parameters.get(0)).tanh();
        Var loss = Losses.binaryCrossEntropyWithLogits(hidden.matmul(parameters.get(1)),
            Var.of(y.indexSelect(0, chosen)));
        List<Tensor> gradients = Grad.of(loss, parameters);
        w.copyFrom(w.minus(gradients.get(0)));
        v.copyFrom(v.minus(gradients.get(1)));
      }
    }
    return x.matmul(w).matmul(v).toFloats();
  }
}
