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
 * OpenCL devices through the ICD loader.
 *
 * <p>The search asks the loader's C library itself, so that a machine without OpenCL sees nothing of JOCL.
 */
public final class OpenClProvider implements DeviceProvider {
  private static final int SUCCESS = 0;
  private static final int DEVICE_NOT_FOUND = -1;
  private static final int PLATFORM_NOT_FOUND = -1001;
  private static final long ALL_DEVICE_TYPES = 0xFFFFFFFFL;
  private static final int DEVICE_NAME = 0x102B;
  private static final int DEVICE_TYPE = 0x1000;
  private static final long CPU_TYPE = 2;
  private static final String CPU = " (a CPU, which --device auto does not take)";
  private static final int NAME_BYTES = 1024;

  /** The search is made once a run: a driver may take a while to start. */
  private static final class Found {
    static final Search SEARCH = DriverLibrary.search(() -> names(devices(DriverLibrary.open(
        DriverLibrary.fileName("libOpenCL.so.1", "OpenCL.dll", "/System/Library/Frameworks/OpenCL.framework/OpenCL"),
        "(no OpenCL loader); install the device's OpenCL driver, or use --device cpu"))));
  }

  /** A device's name, and whether it is a processor that only emulates one. */
  record Named(String name, boolean cpu) {}

  private volatile Optional<String> failure = Optional.empty();

  /** For {@link java.util.ServiceLoader}. */
  public OpenClProvider() {}

  @Override
  public String name() {
    return "opencl";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public boolean automatic() {
    return Found.SEARCH.names().stream().noneMatch(name -> name.endsWith(CPU));
  }

  @Override
  public String status() {
    return failure.orElseGet(() -> Found.SEARCH.found() ? String.join(", ", Found.SEARCH.names())
        : Found.SEARCH.refusal());
  }

  @Override
  public Optional<Backend> open() {
    if (!Found.SEARCH.found()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new GpuBackend(OpenClRuntime.open()));
    } catch (Refusal refusal) {
      failure = Optional.of(refusal.getMessage());
      return Optional.empty();
    }
  }

  /** The names of what the runtime would choose from: the GPUs, or without one the rest. */
  static List<String> names(List<Named> devices) {
    List<String> graphics = devices.stream().filter(device -> !device.cpu()).map(Named::name).toList();
    return graphics.isEmpty() ? devices.stream().map(device -> device.name() + CPU).toList() : graphics;
  }

  /**
   * The devices of all platforms, at least one.
   *
   * @throws Refusal if the driver fails or has none
   */
  static List<Named> devices(DriverLibrary driver) {
    List<Named> devices = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      for (MemorySegment platform : list(arena, driver, "clGetPlatformIDs", PLATFORM_NOT_FOUND)) {
        for (MemorySegment device : list(arena, driver, "clGetDeviceIDs", DEVICE_NOT_FOUND, platform,
            ALL_DEVICE_TYPES)) {
          MemorySegment name = arena.allocate(NAME_BYTES);
          check("clGetDeviceInfo", driver.call("clGetDeviceInfo", device, DEVICE_NAME, (long) NAME_BYTES, name,
              MemorySegment.NULL));
          MemorySegment type = arena.allocate(ValueLayout.JAVA_LONG);
          check("clGetDeviceInfo", driver.call("clGetDeviceInfo", device, DEVICE_TYPE, type.byteSize(), type,
              MemorySegment.NULL));
          devices.add(new Named(name.getString(0).strip(), (type.get(ValueLayout.JAVA_LONG, 0) & CPU_TYPE) != 0));
        }
      }
    }
    if (devices.isEmpty()) {
      throw new Refusal("the OpenCL loader is there but no device is registered with it; install the device's OpenCL "
          + "driver (on Linux, a file in /etc/OpenCL/vendors), or use --device cpu");
    }
    return devices;
  }

  /**
   * Calls {@code function(leading.., capacity, out, count)} twice, as OpenCL's lists are read: length, then content.
   */
  private static List<MemorySegment> list(Arena arena, DriverLibrary driver, String function, int none,
      Object... leading) {
    MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
    int result = driver.call(function, append(leading, 0, MemorySegment.NULL, count));
    if (result == none) {
      return List.of();
    }
    check(function, result);
    int length = count.get(ValueLayout.JAVA_INT, 0);
    if (length == 0) {
      return List.of();
    }
    MemorySegment ids = arena.allocate(ValueLayout.ADDRESS, length);
    check(function, driver.call(function, append(leading, length, ids, MemorySegment.NULL)));
    List<MemorySegment> out = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      out.add(ids.getAtIndex(ValueLayout.ADDRESS, i));
    }
    return out;
  }

  private static Object[] append(Object[] leading, Object... trailing) {
    List<Object> all = new ArrayList<>(List.of(leading));
    all.addAll(List.of(trailing));
    return all.toArray();
  }

  private static void check(String function, int result) {
    if (result != SUCCESS) {
      throw new Refusal("OpenCL " + function + " failed with error " + result
          + "; check the driver with clinfo, or use --device cpu");
    }
  }
}
