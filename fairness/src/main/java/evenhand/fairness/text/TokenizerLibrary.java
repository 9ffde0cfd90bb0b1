package evenhand.fairness.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Opens tokenizers of DJL, whose native library is unpacked into a directory that nobody else can write to.
 *
 * <p>DJL unpacks it into a cache and loads whatever it finds there under the name the next time, falls back to the
 * shared temporary directory, fetches builds for graphics cards, and reports its use to its makers. So the first
 * tokenizer is made with a fresh private directory as the cache, for the processor, with no network; afterwards the
 * directory is removed (on Windows when the program ends) and the settings are as before.
 */
final class TokenizerLibrary {
  private static final String NO_REPORTS = "OPT_OUT_TRACKING";
  private static boolean loaded;

  private TokenizerLibrary() {}

  static synchronized HuggingFaceTokenizer open(Path file) throws IOException {
    System.setProperty(NO_REPORTS, "true"); // asked for again with every tokenizer
    if (loaded) {
      return create(file);
    }
    Path directory = Files.createTempDirectory("evenhand-tokenizers-"); // readable and writable by this user alone
    Map<String, Optional<String>> before = new HashMap<>();
    Map.of("ENGINE_CACHE_DIR", directory.toString(), "RUST_FLAVOR", "cpu", "ai.djl.offline", "true")
        .forEach((key, value) -> before.put(key, Optional.ofNullable(System.setProperty(key, value))));
    try {
      HuggingFaceTokenizer tokenizer = create(file);
      loaded = true;
      return tokenizer;
    } finally {
      before.forEach((key, value) -> value.ifPresentOrElse(old -> System.setProperty(key, old),
          () -> System.clearProperty(key)));
      delete(directory);
    }
  }

  private static HuggingFaceTokenizer create(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return HuggingFaceTokenizer.newInstance(in, Map.of("truncation", "do_not_truncate", "padding", "do_not_pad"));
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.toFile().delete()) {
          path.toFile().deleteOnExit(); // in use, on Windows
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
