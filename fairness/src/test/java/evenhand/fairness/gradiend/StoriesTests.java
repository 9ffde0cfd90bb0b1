package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import evenhand.fairness.data.DataFiles;
import evenhand.fairness.study.LanguageModels;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Device;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** GRADIEND on stories260k with the usual settings: minutes, so asked for by name, and skipped without the model. */
@EnabledIfSystemProperty(named = "evenhand.experiments", matches = "true")
class StoriesTests {
  @Test
  void threeSeedsFindTheFeatureAndRewritesReachTheirGoals() {
    DataFiles files = DataFiles.standard();
    assumeTrue(LanguageModels.STORIES260K.local(files).isPresent(), "stories260k is not here; set EVENHAND_DATA");
    TextModel text = LanguageModels.STORIES260K.load(files, Device.cpu(), (_, _) -> {});
    LanguageRewriter.Result result = new LanguageRewriter(text, TextSources.embedded(), List.of(0L, 1L, 2L),
        LanguageRewriter.Settings.DEFAULT).run(List.of(Goal.values()), LanguageRewriter.Progress.NONE);
    print("base", result.base(), result.base());
    result.rewritten().forEach((goal, reading) -> print(goal.word(), reading, result.base()));
    print("base, all names", result.baseAllNames(), result.baseAllNames());
    result.rewrittenAllNames()
        .forEach((goal, reading) -> print(goal.word() + ", all names", reading, result.baseAllNames()));
    assertThat(result.fit().seeds()).allMatch(seed -> seed.converged() && seed.encoder().pearson().orElse(0) >= .99);
    assertThat(result.encoders().withoutAnswers().pearson().orElseThrow()).isGreaterThanOrEqualTo(.99);
    assertThat(result.encoders().otherWords().orElseThrow().pearson().orElseThrow()).isGreaterThanOrEqualTo(.98);
    double base = result.base().gap().orElseThrow();
    Reading balanced = result.rewritten().get(Goal.BALANCED);
    assertThat(balanced.gap().orElseThrow()).isLessThanOrEqualTo(.154 / .254 * base);
    assertThat(balanced.loss()).isLessThanOrEqualTo(1.005 * result.base().loss());
    assertThat(balanced.lean()).isLessThanOrEqualTo(result.base().lean());
    assertThat(result.rewritten().get(Goal.FIRST).share(0).orElseThrow()).isGreaterThan(.9);
    assertThat(result.rewritten().get(Goal.SECOND).share(0).orElseThrow()).isLessThan(.1);
    for (Goal goal : List.of(Goal.FIRST, Goal.SECOND)) {
      assertThat(result.rewritten().get(goal).loss()).isLessThanOrEqualTo(1.01 * result.base().loss());
    }
  }

  private static void print(String name, Reading reading, Reading base) {
    System.out.printf(Locale.ROOT, "%-20s female %.3f male %.3f gap %.3f neutral %.3f loss %+.2f%%%n", name,
        reading.share(1).orElse(0), reading.share(-1).orElse(0), reading.gap().orElse(0), reading.share(0).orElse(0),
        100 * (reading.loss() / base.loss() - 1));
  }
}
