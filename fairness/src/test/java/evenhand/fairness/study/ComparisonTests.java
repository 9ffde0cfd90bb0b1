package evenhand.fairness.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import evenhand.fairness.metrics.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Methods compared seed by seed, and at matched accuracy, by hand. */
class ComparisonTests {
  private static final String GAP = "equal_opportunity_difference";

  private static StudyResult.Run run(String method, String variant, long seed, double accuracy, double gap) {
    return new StudyResult.Run(method, variant, seed, Map.of("accuracy", Measured.of(accuracy), GAP, Measured.of(gap)),
        1, 1, List.of(), Map.of(), Optional.empty(), Optional.empty(), List.of(), List.of(), Map.of());
  }

  private static StudyResult result(List<StudyResult.Run> runs, List<StudyResult.Run> sweep, double overlap) {
    return new StudyResult(new StudyResult.Data("toy", 30, 4, "hired", 2, List.of("sex")), "equal_opportunity", "cpu",
        "logistic", List.of(), runs, sweep, List.of(), overlap);
  }

  /** From tables of Student's t. */
  @ParameterizedTest
  @CsvSource({"1, .975, 12.7062", "2, .975, 4.3027", "3, .975, 3.1824", "4, .975, 2.7764", "5, .95, 2.0150",
      "9, .975, 2.2622", "10, .995, 3.1693", "30, .975, 2.0423", "99, .975, 1.9842", "1000, .975, 1.9623"})
  void quantilesOfStudentsT(int freedom, double probability, double expected) {
    assertThat(SeedInterval.quantile(probability, freedom)).isCloseTo(expected, within(5e-5));
  }

  /** Differences -.1, -.2, -.3: mean -.2, s .1; t of 2 degrees 4.3027, so .1 * 4.3027 / sqrt(3) = .24841. */
  @Test
  void differencesArePairedBySeed() {
    StudyResult result = result(List.of(run("erm", "", 0, .8, .3), run("other", "", 0, .8, .2),
        run("other", "", 1, .7, .4), run("erm", "", 1, .8, .6), run("erm", "", 2, .8, .5), run("other", "", 2, .6, .2)),
        List.of(), 0);
    assertThat(Comparison.ofMethods(result)).hasSize(1);
    Comparison comparison = Comparison.of(result, "other", "erm").orElseThrow();
    assertThat(comparison.seeds()).isEqualTo(3);
    Measured gap = comparison.differences().get(GAP);
    assertThat(gap.value().orElseThrow()).isCloseTo(-.2, within(1e-12));
    assertThat(gap.low().orElseThrow()).isCloseTo(-.2 - .24841, within(1e-5));
    assertThat(gap.high().orElseThrow()).isCloseTo(-.2 + .24841, within(1e-5));
    assertThat(comparison.tellsApart(GAP)).isFalse();
    assertThat(comparison.differences().get("group_to_overall_equal_opportunity").undetermined())
        .isEqualTo("no seed determines it for both");
    assertThat(Comparison.of(result, "other", "absent")).isEmpty();
  }

  /** With test rows a quarter of the training rows, dealt out anew: .1 * 4.3027 * sqrt(1/3 + 1/4) = .32862. */
  @Test
  void seedsThatShareRowsGiveWiderIntervals() {
    StudyResult result = result(List.of(run("erm", "", 0, .8, .3), run("erm", "", 1, .8, .6), run("erm", "", 2, .8, .5),
        run("other", "", 0, .8, .2), run("other", "", 1, .7, .4), run("other", "", 2, .6, .2)), List.of(), 0.25);
    assertThat(Comparison.of(result, "other", "erm").orElseThrow().differences().get(GAP).high().orElseThrow())
        .isCloseTo(-.2 + .32862, within(1e-5));
  }

  @Test
  void oneSeedHasNoInterval() {
    StudyResult result = result(List.of(run("erm", "", 0, .8, .3), run("other", "", 0, .8, .2)), List.of(), 0);
    Measured gap = Comparison.of(result, "other", "erm").orElseThrow().differences().get(GAP);
    assertThat(gap.value().orElseThrow()).isCloseTo(-.1, within(1e-12));
    assertThat(gap.low()).isEmpty();
    assertThat(MatchedAccuracy.of(result)).as("no strengths, no trade-off").isEmpty();
  }

  /**
   * erm is at .80. At .79 (cost .01) the method has, on seed 0, half of .30 at .80 and half of .10 at .78: .2; on seed 1
   * half of .40 and half of .06: .23. Means .35 and .08 give .215, as they should. The third strength is beaten.
   */
  @Test
  void gapsAtMatchedAccuracy() {
    List<StudyResult.Run> runs = new ArrayList<>(List.of(run("erm", "", 0, .79, .5), run("erm", "", 1, .81, .5),
        run("method", "", 0, .81, .30), run("method", "", 1, .79, .40), run("blunt", "", 0, .7, 0),
        run("blunt", "", 1, .7, 0)));
    List<StudyResult.Run> sweep = List.of(run("method", "alpha=1", 0, .78, .10), run("method", "alpha=1", 1, .78, .06),
        run("method", "alpha=2", 0, .70, .2), run("method", "alpha=2", 1, .70, .2));
    StudyResult result = result(runs, sweep, 0);
    MatchedAccuracy matched = MatchedAccuracy.of(result).orElseThrow();
    assertThat(matched.reference()).isEqualTo("erm");
    assertThat(matched.accuracy()).isCloseTo(.8, within(1e-12));
    MatchedAccuracy.Level level = matched.levels().get(1);
    assertThat(level.cost()).isEqualTo(.01);
    assertThat(level.methods()).extracting(MatchedAccuracy.Reached::method).containsExactly("erm", "method");
    MatchedAccuracy.Reached method = level.of("method").orElseThrow();
    assertThat(method.settings()).isEqualTo("alpha=1 for 50% of rows, else as asked");
    assertThat(method.bySeed().get(0L)).isCloseTo(.2, within(1e-9));
    assertThat(method.bySeed().get(1L)).isCloseTo(.23, within(1e-9));
    assertThat(method.gap().value().orElseThrow()).isCloseTo(.215, within(1e-9));
    // -.3 and -.27: mean -.285, s .0212, t 12.7062
    Measured difference = method.minus(level.of("erm").orElseThrow(), 0);
    assertThat(difference.value().orElseThrow()).isCloseTo(-.285, within(1e-9));
    assertThat(difference.high().orElseThrow()).isCloseTo(-.285 + 12.7062 * .015, within(1e-4));
    assertThat(matched.gap("method", .05).orElseThrow()).as("more than enough accuracy").isCloseTo(.08, within(1e-9));
    assertThat(matched.gap("blunt", .05)).isEmpty();

    JsonNode json = StudyJson.of(result).at("/sweep/matched_accuracy");
    assertThat(json.at("/levels/1/methods/1/settings").asText()).startsWith("alpha=1");
    assertThat(json.at("/levels/1/comparisons/0/against").asText()).isEqualTo("erm");
    assertThat(json.at("/levels/1/comparisons/0/difference/value").asDouble()).isCloseTo(-.285, within(1e-9));
    assertThat(StudyJson.of(result).at("/sweep/results/0/variant").asText()).isEqualTo("alpha=1");
    assertThat(StudyJson.of(result).at("/comparisons/0/differences/accuracy/value").isNumber()).isTrue();
    assertThat(StudyJson.of(result).at("/results/0").has("variant")).isFalse();
  }
}
