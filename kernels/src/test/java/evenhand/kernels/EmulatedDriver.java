package evenhand.kernels;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A driver whose C functions are Java methods called back, so that every answer can be tried without hardware. */
final class EmulatedDriver implements AutoCloseable {
  @SuppressWarnings("restricted")
  private static final AddressLayout POINTER = ValueLayout.ADDRESS
      .withTargetLayout(MemoryLayout.sequenceLayout(1024, ValueLayout.JAVA_BYTE));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  private final Arena arena = Arena.ofConfined();
  private final Map<String, MemorySegment> functions = new HashMap<>();
  private List<String> names = List.of();

  DriverLibrary library() {
    return new DriverLibrary(name -> Optional.ofNullable(functions.get(name)));
  }

  /** {@code int name(int)} that only answers a status. */
  void function(String name, int status) {
    add(name, MethodHandles.dropArguments(MethodHandles.constant(int.class, status), 0, int.class), INT);
  }

  void cudaDevices(String... devices) {
    names = List.of(devices);
    function("cuInit", 0);
    add("cuDeviceGetCount", method("count", MemorySegment.class), POINTER);
    add("cuDeviceGet", method("ordinal", MemorySegment.class, int.class), POINTER, INT);
    add("cuDeviceGetName", method("name", MemorySegment.class, int.class, int.class), POINTER, INT, INT);
  }

  /** One platform per device, as several drivers register with the OpenCL loader; a name may start with CPU. */
  void openClDevices(String... devices) {
    names = List.of(devices);
    add("clGetPlatformIDs", method("platforms", int.class, MemorySegment.class, MemorySegment.class), INT, POINTER,
        POINTER);
    add("clGetDeviceIDs", method("devices", MemorySegment.class, long.class, int.class, MemorySegment.class,
        MemorySegment.class), ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, INT, POINTER, POINTER);
    add("clGetDeviceInfo", method("info", MemorySegment.class, int.class, long.class, MemorySegment.class,
        MemorySegment.class), ValueLayout.ADDRESS, INT, ValueLayout.JAVA_LONG, POINTER, POINTER);
  }

  int count(MemorySegment out) {
    out.set(INT, 0, names.size());
    return 0;
  }

  int ordinal(MemorySegment out, int index) {
    out.set(INT, 0, 10 + index);
    return 0;
  }

  int name(MemorySegment out, int length, int device) {
    out.setString(0, names.get(device - 10));
    return 0;
  }

  int platforms(int capacity, MemorySegment out, MemorySegment count) {
    if (names.isEmpty()) {
      return -1001;
    }
    for (int i = 0; i < capacity; i++) {
      out.setAtIndex(ValueLayout.ADDRESS, i, MemorySegment.ofAddress(10 + i));
    }
    return capacity == 0 ? count(count) : 0;
  }

  int devices(MemorySegment platform, long type, int capacity, MemorySegment out, MemorySegment count) {
    if (capacity == 0) {
      count.set(INT, 0, 1);
    } else {
      out.set(ValueLayout.ADDRESS, 0, platform);
    }
    return 0;
  }

  int info(MemorySegment device, int what, long length, MemorySegment out, MemorySegment written) {
    String name = names.get((int) device.address() - 10);
    if (what == 0x1000) {
      out.set(ValueLayout.JAVA_LONG, 0, name.startsWith("CPU") ? 2 : 4);
    } else {
      out.setString(0, name);
    }
    return 0;
  }

  private MethodHandle method(String name, Class<?>... parameters) {
    try {
      return MethodHandles.lookup().bind(this, name, MethodType.methodType(int.class, parameters));
    } catch (ReflectiveOperationException error) {
      throw new AssertionError(error);
    }
  }

  @SuppressWarnings("restricted")
  private void add(String name, MethodHandle body, MemoryLayout... parameters) {
    functions.put(name, Linker.nativeLinker().upcallStub(body, FunctionDescriptor.of(INT, parameters), arena));
  }

  @Override
  public void close() {
    arena.close();
  }
}
