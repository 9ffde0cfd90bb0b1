package evenhand.fairness.report;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.fairness.metrics.Measured;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Words on results that are given. */
class VerdictTests {
  private static Run run(String method, long seed, Measured gap, double accuracy, String... notes) {
    return new Run(method, seed, Map.of("equal_opportunity_difference", gap, "accuracy", Measured.of(accuracy)), 1, 1,
        List.of(notes), Map.of());
  }

  private static Run run(String method, long seed, double gap, double accuracy, String... notes) {
    return run(method, seed, Measured.of(gap), accuracy, notes);
  }

  private static StudyResult result(Run... runs) {
    return new StudyResult(new StudyResult.Data("toy", 10, 2, "y", 2, List.of("g")), "equal_opportunity", "cpu",
        "logistic", List.of(), Arrays.asList(runs));
  }

  @Test
  void namesTheSmallestGapItsCostAndOnHowManySeeds() {
    List<String> words = Verdict.of(result(run("erm", 0, 0.2, 0.9), run("good", 0, 0.1, 0.8), run("erm", 1, 0.2, 0.9),
        run("good", 1, 0.25, 0.8), run("erm", 2, 0.2, 0.9), run("good", 2, 0.1, 0.8)));
    // differences -.1, .05, -.1: mean -.05, s .0866, t 4.3027, so -.05 -+ .2151
    assertThat(words).containsExactly("good has the smallest gap: equal_opportunity_difference 0.150 against erm's"
        + " 0.200 (smaller on 2 of 3 seeds; difference -0.050, 95% interval -0.265 to 0.165), accuracy 0.800 against"
        + " 0.900 (-0.100).",
        "Seed by seed, these cannot be told apart from erm by the gap (the 95% interval of the mean"
            + " difference holds 0): good.");
  }

  @Test
  void saysWhichMethodMadeItWorse() {
    List<String> words = Verdict.of(result(run("erm", 0, 0.2, 0.9), run("bad", 0, 0.3, 0.95), run("erm", 1, 0.2, 0.9),
        run("bad", 1, 0.4, 0.95)));
    assertThat(words).hasSize(3);
    assertThat(words.get(0)).startsWith("No method has a smaller gap than plain training (erm)");
    assertThat(words.get(1)).contains("bad made the gap WORSE",
        "0.350 against erm's 0.200 (larger on 2 of 2 seeds; difference 0.150,",
        "(+0.050)");
  }

  /** One is .1 better than erm on every seed, the other as good as the first up to noise. */
  @Test
  void saysWhatSeedsTellApart() {
    List<String> words = Verdict.of(result(run("erm", 0, 0.2, 0.9), run("good", 0, 0.1, 0.9), run("near", 0, 0.12, 0.9),
        run("erm", 1, 0.3, 0.9), run("good", 1, 0.2, 0.9), run("near", 1, 0.19, 0.9), run("erm", 2, 0.25, 0.9),
        run("good", 2, 0.151, 0.9), run("near", 2, 0.17, 0.9)));
    assertThat(words).hasSize(2);
    assertThat(words.getLast()).isEqualTo("By the same measure, these cannot be told apart from good: near.");
  }

  @Test
  void aMethodThatGuessesIsNotTheBest() {
    Run guessing = new Run("guess", 0, Map.of("equal_opportunity_difference", Measured.of(0), "accuracy",
        Measured.of(0.5), "balanced_accuracy", Measured.of(0.5)), 1, 1, List.of(), Map.of());
    assertThat(Verdict.of(result(run("erm", 0, 0.2, 0.9), guessing, run("good", 0, 0.1, 0.8))))
        .anyMatch(line -> line.startsWith("good has the smallest gap"))
        .contains("guess hardly tells the labels apart (balanced accuracy 0.500), so its gap of 0.000 says little.");
  }

  @Test
  void withoutTheBaselineTheCostIsUnknown() {
    assertThat(Verdict.of(result(run("a", 0, 0.2, 0.9), run("b", 0, 0.1, 0.9), run("a", 1, 0.2, 0.9),
        run("b", 1, 0.1, 0.9)))).containsExactly("b has the smallest gap: equal_opportunity_difference 0.100 at"
            + " accuracy 0.900. Plain training (erm) was not run, so the cost is unknown.");
  }

  @Test
  void anUndeterminedGapIsSaidWithItsReasonAndCounts() {
    StudyResult result = result(run("erm", 0, Measured.undetermined("no rows with label=1, group=b"), 0.9),
        run("x", 0, Measured.undetermined("no rows with label=1, group=b"), 0.9));
    assertThat(Verdict.of(result)).singleElement().asString().contains("undetermined for every method");
    assertThat(Verdict.undetermined(result))
        .containsExactly("equal_opportunity_difference in 2 of 2 runs: no rows with label=1, group=b");
  }

  @Test
  void notesThatDifferInNumbersAreOne() {
    assertThat(Verdict.notes(result(run("m", 0, 0.2, 0.9, "limit in 3 of 10 epochs"),
        run("m", 1, 0.2, 0.9, "limit in 4 of 10 epochs"), run("m", 2, 0.2, 0.9, "other"))))
        .containsExactly("m: limit in 3 of 10 epochs (seed 0; alike on 1)", "m: other (seed 2)");
  }
}
