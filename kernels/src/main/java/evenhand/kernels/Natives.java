package evenhand.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads the native half of a Java binding from a directory that belongs to this process alone.
 *
 * <p>Left to themselves, JCuda and JOCL unpack to a fixed name in the temporary directory and use what lies there: a
 * leftover cut short ends the JVM, two JVMs that start together collide, and anyone may plant a file of that name.
 */
final class Natives {
  private static final String TEMPORARY = "java.io.tmpdir";

  private Natives() {}

  /**
   * Runs {@code load}, which makes the binding load its libraries, with a private temporary directory that holds them.
   *
   * @param libraries as the binding names them, without system and architecture
   * @throws DriverLibrary.Refusal if they cannot be unpacked or loaded
   */
  static synchronized void load(Runnable load, String... libraries) {
    String before = System.getProperty(TEMPORARY);
    try {
      Path directory = Files.createTempDirectory("evenhand-natives"); // readable by this user only
      try {
        for (String library : libraries) {
          unpack(System.mapLibraryName(library + platform()), directory);
        }
        System.setProperty(TEMPORARY, directory.toString());
        load.run();
      } finally {
        System.setProperty(TEMPORARY, before);
        delete(directory);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new DriverLibrary.Refusal("its native library cannot be unpacked to " + before + " (" + e.getMessage()
          + "); make room there, or use --device cpu");
    } catch (LinkageError e) {
      throw new DriverLibrary.Refusal("its native library cannot be loaded: " + reason(e) + "; use --device cpu");
    }
  }

  /** The line of a binding's report, which holds two stack traces, that says what could not be opened. */
  private static String reason(LinkageError error) {
    return String.valueOf(error.getMessage()).lines().map(String::strip)
        .filter(line -> line.contains("cannot open") || line.contains("No such") || line.contains("native access"))
        .findFirst().orElse(error.getClass().getSimpleName());
  }

  private static void unpack(String file, Path directory) throws IOException {
    try (InputStream in = Natives.class.getClassLoader().getResourceAsStream("lib/" + file)) {
      if (in != null) { // else the binding says what is missing
        Files.copy(in, directory.resolve(file));
      }
    }
  }

  private static String platform() {
    String arch = System.getProperty("os.arch");
    return "-" + DriverLibrary.fileName("linux", "windows", "apple") + "-"
        + (arch.equals("amd64") ? "x86_64" : arch.equals("aarch64") ? "arm64" : arch);
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (!file.toFile().delete()) { // in use, as on Windows
          file.toFile().deleteOnExit();
        }
      }
    }
    if (!directory.toFile().delete()) {
      directory.toFile().deleteOnExit();
    }
  }
}
