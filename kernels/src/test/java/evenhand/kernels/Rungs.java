package evenhand.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** What each rung of the verification leaves for {@code src-native/matrix}: a line for each kernel that passed. */
final class Rungs {
  private static final Path PLACE = Path.of("..", "src-native", "build", "rungs"); // of this module

  private Rungs() {}

  /** The kernels that a device's tests handed over. */
  static void record(String rung, Collection<Kernel> kernels) {
    write(rung, kernels.stream().map(Kernel::entry).toList());
  }

  /** Lines of a kernel's name and, if there is one, its figure. */
  static void write(String rung, List<String> lines) {
    try {
      Files.createDirectories(PLACE);
      Files.write(PLACE.resolve(rung), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
