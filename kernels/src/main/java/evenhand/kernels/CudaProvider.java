package evenhand.kernels;

import evenhand.kernels.DriverLibrary.Refusal;
import evenhand.kernels.DriverLibrary.Search;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.DeviceProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * NVIDIA devices through the CUDA driver, of which the first is used.
 *
 * <p>The search asks the driver's C library itself, so that a machine without one sees nothing of JCuda.
 */
public final class CudaProvider implements DeviceProvider {
  private static final int SUCCESS = 0;
  private static final int NO_DEVICE = 100;
  private static final int NAME_BYTES = 256;

  /** The search is made once a run: a driver may take a while to start. */
  private static final class Found {
    static final Search SEARCH = DriverLibrary.search(() -> devices(DriverLibrary.open(
        DriverLibrary.fileName("libcuda.so.1", "nvcuda.dll", "libcuda.dylib"),
        "(no NVIDIA driver); install the driver, or use --device cpu")));
  }

  private volatile Optional<String> outcome = Optional.empty(); // of the last time it was opened

  /** For {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int priority() {
    return 200;
  }

  @Override
  public String status() {
    return outcome.orElseGet(() -> Found.SEARCH.found() ? String.join(", ", Found.SEARCH.names())
        : Found.SEARCH.refusal());
  }

  @Override
  public Optional<Backend> open() {
    return open(true);
  }

  @Override
  public Optional<Backend> openPlain() {
    return open(false);
  }

  private Optional<Backend> open(boolean vendorProducts) {
    if (!Found.SEARCH.found()) {
      return Optional.empty();
    }
    try {
      CudaRuntime runtime = CudaRuntime.open(vendorProducts);
      outcome = Optional.of(runtime.description());
      return Optional.of(new GpuBackend(runtime));
    } catch (Refusal refusal) {
      outcome = Optional.of(refusal.getMessage());
      return Optional.empty();
    }
  }

  /**
   * The names of the devices, at least one.
   *
   * @throws Refusal if the driver fails or has none
   */
  static List<String> devices(DriverLibrary driver) {
    check(driver, "cuInit", 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      check(driver, "cuDeviceGetCount", count);
      if (count.get(ValueLayout.JAVA_INT, 0) < 1) {
        throw noDevice();
      }
      List<String> names = new ArrayList<>();
      for (int i = 0; i < count.get(ValueLayout.JAVA_INT, 0); i++) {
        MemorySegment device = arena.allocate(ValueLayout.JAVA_INT);
        MemorySegment name = arena.allocate(NAME_BYTES);
        check(driver, "cuDeviceGet", device, i);
        check(driver, "cuDeviceGetName", name, NAME_BYTES, device.get(ValueLayout.JAVA_INT, 0));
        names.add(name.getString(0));
      }
      return names;
    }
  }

  private static void check(DriverLibrary driver, String function, Object... arguments) {
    int result = driver.call(function, arguments);
    if (result == NO_DEVICE) {
      throw noDevice();
    }
    if (result != SUCCESS) {
      throw new Refusal("CUDA " + function + " failed with error " + result
          + "; check the driver with nvidia-smi, or use --device cpu");
    }
  }

  private static Refusal noDevice() {
    return new Refusal("the NVIDIA driver is there but reports no device; check nvidia-smi and CUDA_VISIBLE_DEVICES, "
        + "or use --device cpu");
  }
}
