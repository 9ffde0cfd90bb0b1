package evenhand.fairness.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reference results of the methods' and metrics' formulas.
 *
 * <p>The cases are those of {@code DIR/algorithms} if the system property {@code evenhand.conformance} names a DIR,
 * else the project's own. A kind of case is one entry of {@link #RUNNERS}; cases of other kinds are counted as
 * unsupported and named.
 */
class AlgorithmsConformanceTests {
  /** By the key {@code algorithm} of a case. */
  private static final Map<String, Function<Path, Result>> RUNNERS = Map.of("metrics", MetricsConformance::run);

  private static final String GIVEN = System.getProperty("evenhand.conformance", "");
  private static final String BUNDLED = "/conformance/algorithms";

  @Test
  void resultsAgreeWithTheReferences() throws Exception {
    Report report = run(directory());
    System.out.println(report.line());
    report.unsupported().forEach(System.out::println);
    report.failures().forEach(System.out::println);
    assertThat(report.failures()).isEmpty();
    if (GIVEN.isEmpty()) {
      assertThat(report.passed()).as("cases of the project").isPositive();
    }
  }

  /** A changed reference, 0 for an undefined rate, an unknown result, an unknown kind and a case without rows. */
  @Test
  void wrongResultsAreReported(@TempDir Path dir) throws Exception {
    String right = Files.readString(bundled().resolve("metrics_undefined_tpr.json"));
    Files.writeString(dir.resolve("a_right.json"), right);
    Files.writeString(dir.resolve("b_value.json"), right.replace("0.80567226890", "0.80567326890"));
    Files.writeString(dir.resolve("c_null.json"), right.replaceFirst("\"tpr\": null", "\"tpr\": 0.0"));
    Files.writeString(dir.resolve("d_name.json"), right.replace("\"auc\"", "\"other\""));
    Files.writeString(dir.resolve("e_kind.json"), "{\"algorithm\": \"unheard-of\"}");
    Files.writeString(dir.resolve("f_broken.json"), "{\"algorithm\": \"metrics\"}");
    Report report = run(dir);
    assertThat(report.line()).isEqualTo("conformance algorithms [cpu]: 1 passed, 4 failed, 1 unsupported");
    assertThat(report.unsupported()).containsExactly("e_kind.json: algorithm 'unheard-of' is not supported");
    assertThat(report.failures())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("b_value.json: auc: expected 0.80567326890"),
            line -> assertThat(line).startsWith("c_null.json: a.groups.2.tpr: expected 0.0, got OptionalDouble.empty"),
            line -> assertThat(line).startsWith("d_name.json: other: there is no such result"),
            line -> assertThat(line).startsWith("f_broken.json: java.lang.NullPointerException"));
  }

  private record Report(int passed, List<String> failures, List<String> unsupported) {
    String line() {
      return "conformance algorithms [cpu]: %d passed, %d failed, %d unsupported"
          .formatted(passed, failures.size(), unsupported.size());
    }
  }

  private static Report run(Path directory) throws IOException {
    List<Path> cases;
    try (Stream<Path> files = Files.list(directory)) {
      cases = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    int passed = 0;
    var failures = new ArrayList<String>();
    var unsupported = new ArrayList<String>();
    for (Path file : cases) {
      String kind = new ObjectMapper().readTree(file.toFile()).path("algorithm").asText();
      Result result = RUNNERS.containsKey(kind) ? attempt(RUNNERS.get(kind), file) : null;
      if (result == null) {
        unsupported.add(file.getFileName() + ": algorithm '" + kind + "' is not supported");
      } else if (result.passed()) {
        passed++;
      } else {
        failures.add(result.name() + ": " + String.join("; ", result.failures()));
      }
    }
    return new Report(passed, failures, unsupported);
  }

  /** The result; a case that cannot be run at all has failed, and those after it are still run. */
  private static Result attempt(Function<Path, Result> runner, Path file) {
    try {
      return runner.apply(file);
    } catch (RuntimeException e) {
      return new Result(String.valueOf(file.getFileName()), List.of(e.toString()));
    }
  }

  private static Path directory() throws URISyntaxException {
    if (GIVEN.isEmpty()) {
      return bundled();
    }
    Path given = Path.of(GIVEN, "algorithms");
    // Maven runs the tests in the module's folder, but a relative path is meant from the project's.
    return Files.isDirectory(given) ? given : Path.of("..").resolve(given);
  }

  private static Path bundled() throws URISyntaxException {
    return Path.of(AlgorithmsConformanceTests.class.getResource(BUNDLED).toURI());
  }
}
