package evenhand.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The kernels' texts as the module ships them. */
final class KernelSources {
  private KernelSources() {}

  /** OpenCL source of a family: the dialect, then the kernels. */
  static String openCl(String family) {
    return text("dialect.h") + text(family + ".krn");
  }

  /** A file of the module. */
  static String text(String file) {
    try (InputStream in = KernelSources.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("kernels: " + file + " is missing from the module; build it again with Maven");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("kernels: " + file + " cannot be read", e);
    }
  }
}
