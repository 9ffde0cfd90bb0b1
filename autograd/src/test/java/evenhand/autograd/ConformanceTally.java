package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Counts the conformance cases of a kind that pass, fail, or ask for something unsupported. */
final class ConformanceTally {
  private final String kind;
  private final Device device;
  private int passed;
  private final List<String> failed = new ArrayList<>();
  private final List<String> unsupported = new ArrayList<>();

  ConformanceTally(String kind, Device device) {
    this.kind = kind;
    this.device = device;
  }

  /** The project's own cases of a kind, or those below {@code -Devenhand.conformance=DIR}. */
  static Path directory(String kind) throws URISyntaxException {
    String given = System.getProperty("evenhand.conformance", "");
    return given.isEmpty() ? Path.of(ConformanceTally.class.getResource("/conformance/" + kind).toURI())
        : new File(given, kind).toPath();
  }

  /** Runs one case, which returns a line for each result that is off. */
  void run(String name, Callable<List<String>> check) {
    try {
      List<String> wrong = check.call();
      if (wrong.isEmpty()) {
        passed++;
      } else {
        failed.add(name + ": " + String.join("; ", wrong));
      }
    } catch (UnsupportedOperationException e) {
      unsupported.add(name + ": " + e.getMessage());
    } catch (Exception | AssertionError e) {
      failed.add(name + ": " + e);
    }
  }

  /** Prints the counts and what was off; fails unless all cases passed and there was one. */
  void report() {
    System.out.println("conformance " + kind + " [" + device.name() + "]: " + passed + " passed, " + failed.size()
        + " failed, " + unsupported.size() + " unsupported");
    failed.forEach(line -> System.out.println("  failed " + line));
    unsupported.forEach(line -> System.out.println("  unsupported " + line));
    assertThat(failed).isEmpty();
    assertThat(unsupported).isEmpty();
    assertThat(passed).isPositive();
  }
}
