package evenhand.fairness.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.algorithms.DecisionRationaleAlignmentConformance;
import evenhand.fairness.erase.EraserConformance;
import evenhand.fairness.gradiend.GradiendConformance;
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
  private static final Map<String, Function<Path, Result>> RUNNERS = Map.of(
      "metrics", MetricsConformance::run,
      "fairbatch", FairBatchConformance::run,
      "dralign", DecisionRationaleAlignmentConformance::run,
      "fmd", FmdConformance::run,
      "gradiend", GradiendConformance::run,
      "eraser", EraserConformance::run);

  private static final String GIVEN = System.getProperty("evenhand.conformance", "");
  private static final String BUNDLED = "/conformance/algorithms";

  @Test
  void resultsAgreeWithTheReferences() throws Exception {
    Report report = run(directory());
    System.out.println(report.line());
    report.unsupported().forEach(System.out::println);
    report.failures().forEach(System.out::println);
    assertThat(report.failures()).isEmpty();
    assertThat(report.unsupported())
        .noneMatch(line -> line.matches(".*'(metrics|fairbatch|dralign|fmd|gradiend|eraser)'.*"));
    if (GIVEN.isEmpty()) {
      assertThat(report.passed()).as("kinds of the project's cases").contains("metrics", "fairbatch", "dralign", "fmd",
          "gradiend", "eraser");
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

  /** A changed share, count and loss, and an unknown form. */
  @Test
  void wrongFairBatchResultsAreReported(@TempDir Path dir) throws Exception {
    String right = Files.readString(bundled().resolve("fairbatch_1.json"));
    Map<String, String> cases = Map.of(
        "a_right", right,
        "b_share", right.replaceFirst("\\[0.7239130434782609, ", "[0.7239130444782609, "),
        "c_count", right.replaceFirst("\"initial_counts\": \\[15, 7", "\"initial_counts\": [16, 6"),
        "d_loss", right.replaceFirst("0.875262348526001", "0.875362348526001"),
        "e_form", right.replaceFirst("whole_batch", "whole_world"));
    for (var entry : cases.entrySet()) {
      Files.writeString(dir.resolve(entry.getKey() + ".json"), entry.getValue());
      Files.copy(bundled().resolve("fairbatch_1.safetensors"), dir.resolve(entry.getKey() + ".safetensors"));
    }
    Report report = run(dir);
    assertThat(report.line()).isEqualTo("conformance algorithms [cpu]: 1 passed, 4 failed, 0 unsupported");
    assertThat(report.failures())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("b_share.json: runs[0].lambda[0]: expected [0.7239130444782609,"),
            line -> assertThat(line).startsWith("c_count.json: runs[0].initial_counts: expected [16,6,6,12], got [15,"),
            line -> assertThat(line).startsWith("d_loss.json: runs[0]: cell_loss[0]: expected [0.875362348526001,"),
            line -> assertThat(line).contains("form \"whole_world\" is unknown"));
  }

  /** A changed gap, parity, weight and activation. */
  @Test
  void wrongAlignmentResultsAreReported(@TempDir Path dir) throws Exception {
    String right = Files.readString(bundled().resolve("dralign_tanh_eo.json"));
    Map<String, String> cases = Map.of(
        "a_right", right,
        "b_gap", right.replaceFirst("\"gap\": 0.0476", "\"gap\": 0.0477"),
        "c_parity", right.replaceFirst("0.99766", "0.99756"),
        "d_lambda", right.replaceFirst("\"lambda\": 0.4", "\"lambda\": 0.3"),
        "e_activation", right.replaceFirst("tanh", "relu"));
    for (var entry : cases.entrySet()) {
      Files.writeString(dir.resolve(entry.getKey() + ".json"), entry.getValue());
      Files.copy(bundled().resolve("dralign_tanh_eo.safetensors"), dir.resolve(entry.getKey() + ".safetensors"));
    }
    Report report = run(dir);
    assertThat(report.line()).isEqualTo("conformance algorithms [cpu]: 1 passed, 4 failed, 0 unsupported");
    assertThat(report.failures())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("b_gap.json: gap: expected [0.0477").doesNotContain("; "),
            line -> assertThat(line).startsWith("c_parity.json: pps[0]: expected [0.83964").doesNotContain("; "),
            line -> assertThat(line).startsWith("d_lambda.json: loss: ").contains("; grad.bias0: "),
            line -> assertThat(line).startsWith("e_activation.json: bce: ").contains("; influence.z0y0.0: "));
  }

  /** A changed bias, order of rows and bias after an update, another lambda, and an unknown head. */
  @Test
  void wrongFmdResultsAreReported(@TempDir Path dir) throws Exception {
    String right = Files.readString(bundled().resolve("fmd_logistic_1.json"));
    Map<String, String> cases = Map.of(
        "a_right", right,
        "b_bias", right.replace("\"bias\": 0.22122", "\"bias\": 0.22123"),
        "c_top", right.replace("[19, 54,", "[54, 19,"),
        "d_after", right.replace("0.06126", "0.06156"),
        "e_lambda", right.replace("\"lam\": 0.001", "\"lam\": 0.002"),
        "f_head", right.replace("logistic", "linear"));
    for (var entry : cases.entrySet()) {
      Files.writeString(dir.resolve(entry.getKey() + ".json"), entry.getValue());
      Files.copy(bundled().resolve("fmd_logistic_1.safetensors"), dir.resolve(entry.getKey() + ".safetensors"));
    }
    Report report = run(dir);
    assertThat(report.line()).isEqualTo("conformance algorithms [cpu]: 1 passed, 5 failed, 0 unsupported");
    assertThat(report.failures())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("b_bias.json: bias: expected [0.22123"),
            line -> assertThat(line).startsWith("c_top.json: top: expected [54,19,12,38,80,16], got [19, 54,"),
            line -> assertThat(line).startsWith("d_after.json: bias_after.external: expected [0.06156"),
            line -> assertThat(line).startsWith("e_lambda.json: hessian: expected [").contains("theta_external: "),
            line -> assertThat(line).contains("head \"linear\" is unknown"));
  }

  /** A changed feature, loss, rewrite and learning rate, and an unknown source. */
  @Test
  void wrongGradiendResultsAreReported(@TempDir Path dir) throws Exception {
    String right = Files.readString(bundled().resolve("gradiend_1.json"));
    Map<String, String> cases = Map.of(
        "a_right", right,
        "b_h", right.replace("0.547906788", "0.547926788"),
        "c_loss", right.replace("0.0445941852", "0.0445961852"),
        "d_alpha", right.replace("\"alpha\": 0.05", "\"alpha\": 0.051"),
        "e_rate", right.replace("\"lr\": 0.001", "\"lr\": 0.002"),
        "f_source", right.replace("\"source\": \"factual\"", "\"source\": \"both\""));
    for (var entry : cases.entrySet()) {
      Files.writeString(dir.resolve(entry.getKey() + ".json"), entry.getValue());
      Files.copy(bundled().resolve("gradiend_1.safetensors"), dir.resolve(entry.getKey() + ".safetensors"));
    }
    Report report = run(dir);
    assertThat(report.line()).isEqualTo("conformance algorithms [cpu]: 1 passed, 5 failed, 0 unsupported");
    assertThat(report.failures())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("b_h.json: h: expected 0.54792").doesNotContain("; "),
            line -> assertThat(line).startsWith("c_loss.json: loss: expected 0.044596").doesNotContain("; "),
            line -> assertThat(line).startsWith("d_alpha.json: rewritten_theta: ").doesNotContain("; "),
            line -> assertThat(line).startsWith("e_rate.json: after.1.").contains("; rewritten_theta: "),
            line -> assertThat(line).contains("source \"both\" is unknown"));
  }

  /** Other labels, another prior, and an unknown estimator. */
  @Test
  void wrongEraserResultsAreReported(@TempDir Path dir) throws Exception {
    String right = Files.readString(bundled().resolve("eraser_2.json"));
    Map<String, String> cases = Map.of(
        "a_right", right,
        "b_prior", right.replace("[0.35, 0.65]", "[0.36, 0.64]"),
        "c_lambda", right.replace("[0.0, 0.5, 1.0]", "[0.0, 0.25]"),
        "d_estimator", right.replace("\"E3\"", "\"E9\""));
    for (var entry : cases.entrySet()) {
      Files.writeString(dir.resolve(entry.getKey() + ".json"), entry.getValue());
      Files.copy(bundled().resolve("eraser_2.safetensors"), dir.resolve(entry.getKey() + ".safetensors"));
    }
    Report report = run(dir);
    assertThat(report.line()).isEqualTo("conformance algorithms [cpu]: 1 passed, 3 failed, 0 unsupported");
    assertThat(report.failures())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("b_prior.json: corrected.E1.0.0: row 0: expected ["),
            line -> assertThat(line).contains("there is no tensor corrected.E1.0.25"),
            line -> assertThat(line).contains("estimator \"E9\" is unknown"));
  }

  private record Report(List<String> passed, List<String> failures, List<String> unsupported) {
    String line() {
      return "conformance algorithms [cpu]: %d passed, %d failed, %d unsupported"
          .formatted(passed.size(), failures.size(), unsupported.size());
    }
  }

  private static Report run(Path directory) throws IOException {
    List<Path> cases;
    try (Stream<Path> files = Files.list(directory)) {
      cases = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    var passed = new ArrayList<String>();
    var failures = new ArrayList<String>();
    var unsupported = new ArrayList<String>();
    for (Path file : cases) {
      String kind = new ObjectMapper().readTree(file.toFile()).path("algorithm").asText();
      Result result = RUNNERS.containsKey(kind) ? attempt(RUNNERS.get(kind), file) : null;
      if (result == null) {
        unsupported.add(file.getFileName() + ": algorithm '" + kind + "' is not supported");
      } else if (result.passed()) {
        passed.add(kind);
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
