package evenhand.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A driver's C library, of which only functions that return an int status are called. */
final class DriverLibrary {
  /** Why a device cannot be used: one line for people, with cause and remedy. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refusal(String line) {
      super(line);
    }
  }

  private final SymbolLookup symbols;

  DriverLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /**
   * The library of a file name, searched for as the operating system does; it stays loaded.
   *
   * @throws Refusal if native access is off or the library cannot be opened; {@code remedy} ends the line
   */
  @SuppressWarnings("restricted")
  static DriverLibrary open(String file, String remedy) {
    Module module = DriverLibrary.class.getModule();
    if (!module.isNativeAccessEnabled()) {
      // Asking first keeps the JVM's four-line warning off standard error.
      throw new Refusal("not looked for, as native access is off; start Java with --enable-native-access="
          + (module.isNamed() ? module.getName() : "ALL-UNNAMED") + ", or use --device cpu");
    }
    try {
      return new DriverLibrary(SymbolLookup.libraryLookup(file, Arena.global()));
    } catch (IllegalArgumentException _) {
      throw new Refusal(file + " cannot be opened " + remedy);
    }
  }

  /** What a search for devices gave: their names, or in one line why there are none. */
  record Search(List<String> names, String refusal) {
    boolean found() {
      return !names.isEmpty();
    }
  }

  /** Searches; whatever goes wrong becomes the refusal. */
  static Search search(Supplier<List<String>> devices) {
    try {
      return new Search(devices.get(), "");
    } catch (Refusal refusal) {
      return new Search(List.of(), refusal.getMessage());
    } catch (RuntimeException | LinkageError error) {
      String cause = String.valueOf(error.getMessage()).lines().findFirst().orElse("");
      return new Search(List.of(),
          "the search failed with " + error.getClass().getSimpleName() + ": " + cause + "; use --device cpu");
    }
  }

  /**
   * Calls {@code int function(arguments)}, where an {@code Integer}, {@code Long} or {@code MemorySegment} stands for
   * C's int, 64-bit integer or pointer.
   *
   * @throws Refusal if the library has no such function
   */
  @SuppressWarnings("restricted")
  int call(String function, Object... arguments) {
    MemorySegment address = symbols.find(function)
        .orElseThrow(() -> new Refusal("the driver has no function " + function + "; update it, or use --device cpu"));
    var layouts = Arrays.stream(arguments).map(DriverLibrary::layout).toArray(MemoryLayout[]::new);
    var handle = Linker.nativeLinker()
        .downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts));
    try {
      return (int) handle.invokeWithArguments(arguments);
    } catch (Throwable thrown) {
      throw new IllegalStateException(function + Arrays.stream(layouts).map(MemoryLayout::toString)
          .collect(Collectors.joining(", ", "(", ")")) + " cannot be called", thrown);
    }
  }

  private static MemoryLayout layout(Object argument) {
    return switch (argument) {
      case Integer _ -> ValueLayout.JAVA_INT;
      case Long _ -> ValueLayout.JAVA_LONG;
      case MemorySegment _ -> ValueLayout.ADDRESS;
      default -> throw new IllegalArgumentException("no C type for " + argument.getClass().getName());
    };
  }

  /** The file name for the operating system at hand. */
  static String fileName(String linux, String windows, String mac) {
    String system = System.getProperty("os.name");
    return system.startsWith("Windows") ? windows : system.startsWith("Mac") ? mac : linux;
  }
}
