package evenhand.autograd.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A reader of bytes from outside, with what it promises of any bytes at all.
 *
 * @param name of what is read
 * @param valid bytes that it takes
 * @param others further bytes to begin changes from, such as ones that did harm once
 * @param refusals the exceptions by which it may refuse bytes; their messages are not blank
 * @param reader reads bytes and uses what it has read
 */
public record FuzzTarget(String name, byte[] valid, List<byte[]> others,
    Set<Class<? extends RuntimeException>> refusals, Reader reader) {

  /** Reads bytes and uses what it has read. */
  @FunctionalInterface
  public interface Reader {
    void read(byte[] bytes) throws IOException;
  }

  /** What a reading may allocate: so much for libraries at first use, and so much for each byte. */
  private static final long ONCE = 32L << 20;
  private static final long EACH = 1024;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final List<byte[]> WORDS = Stream.of("{", "}", "[", "]", "\"", ",", ":", "\n", "null", "true", "0",
      "-1", "1e999", "NaN", "2147483647", "2147483648", "4294967296", "9223372036854775807", "18446744073709551616",
      "../", "/", "\0", "\uFEFF", "\\u0000", "\\ud800", "%", "*a", "&a ", "- ", "{}", "[]", "\"\"", "\u00e9",
      "shape", "vocab").map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();

  /** A target whose valid text is UTF-8. */
  public static FuzzTarget text(String name, String valid, List<String> others,
      Set<Class<? extends RuntimeException>> refusals, Reader reader) {
    return new FuzzTarget(name, valid.getBytes(StandardCharsets.UTF_8),
        others.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList(), refusals, reader);
  }

  /** A directory that goes when Java ends. */
  public static Path scratch() {
    try {
      Path directory = Files.createTempDirectory("evenhand-fuzz-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> {
        try (Stream<Path> paths = Files.walk(directory)) {
          paths.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads bytes; true if they were taken, false if they were refused.
   *
   * @throws AssertionError if they did anything else, memory beyond the bound included
   */
  public boolean taken(byte[] bytes) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    boolean taken = takenUnmeasured(bytes);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    if (allocated > ONCE + EACH * bytes.length) {
      throw new AssertionError(name + ": " + allocated + " bytes of memory for " + bytes.length + " bytes of input");
    }
    return taken;
  }

  /** The same without a look at memory, for where an agent's own work on classes would count. */
  boolean takenUnmeasured(byte[] bytes) {
    try {
      reader.read(bytes);
      return true;
    } catch (Exception e) {
      if (!refusals.contains(e.getClass()) || e.getMessage() == null || e.getMessage().isBlank()) {
        throw new AssertionError(name + ": " + e + " is no refusal", e);
      }
      return false;
    }
  }

  /** The valid bytes or others, changed in one to four places. */
  byte[] changed(SplittableRandom random) {
    int which = random.nextInt(2 * (others.size() + 1));
    byte[] bytes = which < others.size() ? others.get(which) : valid;
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      bytes = changedOnce(bytes, random);
    }
    return bytes;
  }

  private byte[] changedOnce(byte[] bytes, SplittableRandom random) {
    int at = random.nextInt(bytes.length + 1);
    int to = Math.min(bytes.length, at + 1 + random.nextInt(8));
    return switch (random.nextInt(8)) {
      case 0 -> replaced(bytes, at, to, new byte[0]);
      case 1 -> replaced(bytes, at, at, WORDS.get(random.nextInt(WORDS.size())));
      case 2 -> replaced(bytes, at, to, WORDS.get(random.nextInt(WORDS.size())));
      case 3 -> replaced(bytes, at, bytes.length, new byte[0]);
      case 4 -> replaced(bytes, at, at, part(bytes, random)); // a part again, elsewhere
      case 5 -> replaced(bytes, at, Math.min(bytes.length, at + 1), new byte[]{(byte) random.nextInt(256)});
      case 6 -> replaced(bytes, at, Math.min(bytes.length, at + 1), new byte[]{(byte) (' ' + random.nextInt(95))});
      default -> at == bytes.length ? bytes
          : replaced(bytes, at, at + 1, new byte[]{(byte) (bytes[at] ^ 1 << random.nextInt(8))});
    };
  }

  private static byte[] part(byte[] bytes, SplittableRandom random) {
    int from = random.nextInt(bytes.length + 1);
    return replaced(replaced(bytes, Math.min(bytes.length, from + random.nextInt(64)), bytes.length, new byte[0]), 0,
        Math.min(from, bytes.length), new byte[0]);
  }

  private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
    byte[] out = new byte[bytes.length - (to - from) + by.length];
    System.arraycopy(bytes, 0, out, 0, from);
    System.arraycopy(by, 0, out, from, by.length);
    System.arraycopy(bytes, to, out, from + by.length, bytes.length - to);
    return out;
  }

  @Override
  public String toString() {
    return name;
  }
}
