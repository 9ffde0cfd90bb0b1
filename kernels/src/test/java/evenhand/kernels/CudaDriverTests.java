package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.kernels.DriverLibrary.Refusal;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
  void backToNormal() throws Throwable {
    mode("");
    driver().call("evenhandFakeRepair", 0);
  }

  private static DriverLibrary driver() {
    return DriverLibrary.open("libcuda.so.1", "");
  }

  /** Sets what the emulated driver plays, see fakecuda.cpp. */
  @SuppressWarnings("restricted")
  private static void mode(String text) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      var descriptor = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);
      MemorySegment function = Linker.nativeLinker().defaultLookup().find("setenv").orElseThrow();
      int _ = (int) Linker.nativeLinker().downcallHandle(function, descriptor)
          .invoke(arena.allocateFrom("EVENHAND_FAKE_CUDA"), arena.allocateFrom(text), 1);
    }
  }

  @Test
  void aDriverWithoutDeviceIsRefused() throws Throwable {
    mode("none");
    assertThatThrownBy(() -> CudaProvider.devices(driver())).isInstanceOf(Refusal.class)
        .hasMessageStartingWith("the NVIDIA driver is there but reports no device");
    assertThatThrownBy(CudaRuntime::open).isInstanceOf(Refusal.class)
        .hasMessageStartingWith("CUDA failed with CUDA_ERROR_NO_DEVICE; check the driver with nvidia-smi");
  }

  @Test
  void aDriverTooOldForThePtxSaysSo() throws Throwable {
    mode("old");
    try (Device device = new Device(new GpuBackend(CudaRuntime.open()))) {
      assertThatThrownBy(() -> device.scalar(1)).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("update the NVIDIA driver, or use --device cpu").hasMessageNotContaining("\n");
    }
  }

  @Test
  void aFullDeviceSaysSoAfterFreeingWhatIsIdle() throws Throwable {
    try (Device device = new Device(new GpuBackend(CudaRuntime.open()))) {
      mode(Integer.toString(64 + driver().call("evenhandFakeMebibytes", 0))); // other devices hold some
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
    int before = driver().call("evenhandFakeAllocations", 0);
    try (Device device = new Device(new GpuBackend(CudaRuntime.open()))) {
      Tensor x = device.ones(33, 7);
      try (Scope _ = Scope.open()) {
        assertThat(x.matmul(x.transpose()).sum().item()).isEqualTo(33 * 33 * 7);
      }
      assertThat(driver().call("evenhandFakeAllocations", 0)).isGreaterThan(before);
    }
    assertThat(driver().call("evenhandFakeAllocations", 0)).isEqualTo(before);
  }

  @Test
  void aClosedDeviceIsRefused() {
    Device device = new Device(new GpuBackend(CudaRuntime.open()));
    Tensor x = device.ones(3);
    device.close();
    assertThatThrownBy(x::toFloats).isInstanceOf(IllegalStateException.class)
        .hasMessage("device cuda is closed; open it again with Device.open");
  }

  @Test
  void aKernelThatWritesPastItsMemoryIsCaught() {
    try (GpuRuntime runtime = CudaRuntime.open()) {
      GpuRuntime.Memory memory = runtime.allocate(40);
      runtime.launch(Kernel.FILL_BITS, 1, memory, 7, 11);
      assertThatThrownBy(runtime::synchronize).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
    }
  }

  @Test
  void ptxWithAnotherParameterThanTheSourceIsCaught() {
    try (GpuRuntime runtime = CudaRuntime.open()) {
      runtime.free(runtime.allocate(4)); // makes the context this thread's
      String stale = KernelSources.text("elementwise.ptx")
          .replace(".param .u32 fill_bits_param_2", ".param .u64 fill_bits_param_2");
      CUmodule module = new CUmodule();
      JCudaDriver.cuModuleLoadData(module, (stale + "\0").getBytes(StandardCharsets.US_ASCII));
      assertThatThrownBy(() -> JCudaDriver.cuModuleGetFunction(new CUfunction(), module, "fill_bits"))
          .isInstanceOf(CudaException.class).hasMessageContaining("CUDA_ERROR_INVALID_PTX");
    }
  }

  /** Launches are put off until something waits, so reading early would give what the memory held. */
  @Test
  void workIsDoneByTheTimeItsResultIsRead() {
    try (GpuRuntime runtime = CudaRuntime.open()) {
      GpuRuntime.Memory memory = runtime.allocate(40);
      int[] numbers = new int[10];
      runtime.upload(numbers, memory, 10);
      runtime.launch(Kernel.FILL_BITS, 1, memory, 7, 10);
      runtime.download(memory, numbers, 10);
      assertThat(numbers).containsOnly(7);
    }
  }
}
