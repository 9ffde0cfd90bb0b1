package evenhand.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What tests ask of the emulated CUDA driver, {@code src-native/fakedriver/fakecuda.cpp}. */
final class FakeCuda {
  private FakeCuda() {}

  /** Has functions {@code evenhandFake..}, of one int each. */
  static DriverLibrary driver() {
    return DriverLibrary.open("libcuda.so.1", "");
  }

  /** Sets what the driver plays: a driver without device, an old one, so many MiB of memory. */
  @SuppressWarnings("restricted")
  static void mode(String text) {
    try (Arena arena = Arena.ofConfined()) {
      var descriptor = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);
      MemorySegment function = Linker.nativeLinker().defaultLookup().find("setenv").orElseThrow();
      int _ = (int) Linker.nativeLinker().downcallHandle(function, descriptor)
          .invoke(arena.allocateFrom("EVENHAND_FAKE_CUDA"), arena.allocateFrom(text), 1);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
