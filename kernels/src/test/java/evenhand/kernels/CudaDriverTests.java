package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.kernels.DriverLibrary.Refusal;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import jcuda.CudaException;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the emulated driver can do that a real one does only on a bad day: refuse, run full, catch planted bugs. */
class CudaDriverTests {
  private static final OpenDevice DEVICE = new OpenDevice(new CudaProvider());

  @BeforeAll
  static void requireEmulation() {
    DEVICE.require();
    Assumptions.assumeTrue(DEVICE.get().description().startsWith("Emulated"), "this is a real driver");
  }

  @AfterEach
  void backToNormal() {
    FakeCuda.mode("");
    FakeCuda.driver().call("evenhandFakeRepair", 0);
  }

  @Test
  void aDriverWithoutDeviceIsRefused() {
    FakeCuda.mode("none");
    assertThatThrownBy(() -> CudaProvider.devices(FakeCuda.driver())).isInstanceOf(Refusal.class)
        .hasMessageStartingWith("the NVIDIA driver is there but reports no device");
    assertThatThrownBy(() -> CudaRuntime.open(true)).isInstanceOf(Refusal.class)
        .hasMessageStartingWith("CUDA failed with CUDA_ERROR_NO_DEVICE; check the driver with nvidia-smi");
  }

  @Test
  void aDriverTooOldForThePtxIsRefused() {
    FakeCuda.mode("old");
    assertThatThrownBy(() -> CudaRuntime.open(true)).isInstanceOf(Refusal.class)
        .hasMessage(
            "CUDA failed with CUDA_ERROR_UNSUPPORTED_PTX_VERSION; update the NVIDIA driver, or use --device cpu");
  }

  @Test
  void aDeviceTooOldForTheKernelsIsRefused() {
    FakeCuda.mode("weak");
    assertThatThrownBy(() -> CudaRuntime.open(true)).isInstanceOf(Refusal.class)
        .hasMessage("Emulated CUDA device, compute capability 6.1, but the kernels need 7.0; use --device cpu");
  }

  @Test
  void aDeviceWhoseMemoryOthersHoldIsRefused() {
    FakeCuda.mode("full");
    assertThatThrownBy(() -> CudaRuntime.open(true)).isInstanceOf(Refusal.class).hasMessage(
        "CUDA failed with CUDA_ERROR_OUT_OF_MEMORY; end what else uses the device's memory (see nvidia-smi), "
            + "or use --device cpu");
  }

  @Test
  void aFullDeviceSaysSoAfterFreeingWhatIsIdle() {
    try (Device device = new Device(new GpuBackend(CudaRuntime.open(true)))) {
      FakeCuda.mode(Integer.toString(64 + FakeCuda.driver().call("evenhandFakeMebibytes", 0))); // other devices hold some
      for (int i = 0; i < 10; i++) { // 40 MiB at a time fit once; of a closed scope, in turn
        try (Scope _ = Scope.open()) {
          device.empty(DType.FLOAT32, Shape.of((10 << 20) + i * 1_000_000 / 4));
        }
      }
      assertThatThrownBy(() -> device.empty(DType.FLOAT32, Shape.of(40 << 20)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("device cuda has no room for 160 MiB more");
    }
  }

  @Test
  void everyBlockIsFreedWhenADeviceCloses() {
    int before = FakeCuda.driver().call("evenhandFakeAllocations", 0);
    try (Device device = new Device(new GpuBackend(CudaRuntime.open(true)))) {
      Tensor x = device.ones(33, 7);
      try (Scope _ = Scope.open()) {
        assertThat(x.matmul(x.transpose()).sum().item()).isEqualTo(33 * 33 * 7);
      }
      assertThat(FakeCuda.driver().call("evenhandFakeAllocations", 0)).isGreaterThan(before);
    }
    assertThat(FakeCuda.driver().call("evenhandFakeAllocations", 0)).isEqualTo(before);
  }

  @Test
  void aClosedDeviceIsRefused() {
    Device device = new Device(new GpuBackend(CudaRuntime.open(true)));
    Tensor x = device.ones(3);
    device.close();
    assertThatThrownBy(x::toFloats).isInstanceOf(IllegalStateException.class)
        .hasMessage("device cuda is closed; open it again with Device.open");
  }

  @Test
  void aKernelThatWritesPastItsMemoryIsCaught() {
    try (GpuRuntime runtime = CudaRuntime.open(true)) {
      GpuRuntime.Memory memory = runtime.allocate(40);
      runtime.launch(Kernel.FILL_BITS, 1, memory, 7, 11);
      assertThatThrownBy(runtime::synchronize).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
      FakeCuda.driver().call("evenhandFakeRepair", 0);
      runtime.free(memory);
    }
  }

  @Test
  void memoryFreedWhileWorkUsesItIsCaught() {
    try (GpuRuntime runtime = CudaRuntime.open(true)) {
      GpuRuntime.Memory memory = runtime.allocate(40);
      FakeCuda.driver().call("evenhandFakeSchedule", 1);
      for (int i = 0; i < 100; i++) { // more than are done by chance
        runtime.launch(Kernel.FILL_BITS, 1, memory, 7, 10);
      }
      assertThatThrownBy(() -> runtime.free(memory)).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
      runtime.synchronize();
      runtime.free(memory);
    }
  }

  @Test
  void ptxWithAnotherParameterThanTheSourceIsCaught() {
    try (GpuRuntime runtime = CudaRuntime.open(true)) {
      runtime.free(runtime.allocate(4)); // makes the context this thread's
      String stale = KernelSources.text("elementwise.ptx")
          .replace(".param .u32 fill_bits_param_2", ".param .u64 fill_bits_param_2");
      CUmodule module = new CUmodule();
      JCudaDriver.cuModuleLoadData(module, (stale + "\0").getBytes(StandardCharsets.US_ASCII));
      assertThatThrownBy(() -> JCudaDriver.cuModuleGetFunction(new CUfunction(), module, "fill_bits"))
          .isInstanceOf(CudaException.class).hasMessageContaining("CUDA_ERROR_INVALID_PTX");
      JCudaDriver.cuModuleUnload(module);
    }
  }
}
