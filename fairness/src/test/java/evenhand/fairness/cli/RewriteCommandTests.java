package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.gradiend.TextSources;
import evenhand.fairness.gradiend.Tiny;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a small masked model, trained first, which takes some seconds. */
class RewriteCommandTests {
  private static final String[] FEW = {"--seeds", "1", "--set", "gradiend.steps=60", "--set",
      "gradiend.validate-every=30", "--set", "gradiend.prompts=12"};

  private static Invocation rewrite(String... words) {
    String[] all = new String[words.length + FEW.length + 1];
    all[0] = "rewrite";
    System.arraycopy(words, 0, all, 1, words.length);
    System.arraycopy(FEW, 0, all, words.length + 1, FEW.length);
    return Invocation.of((Object[]) all);
  }

  @Test
  void aModelIsRewrittenAndReported(@TempDir Path dir) throws Exception {
    Path target = dir.resolve("she");
    Path json = dir.resolve("out.json");
    Invocation done = rewrite(Tiny.path().toString(), "--goal", "female", "--out", target.toString(), "--json",
        json.toString(), "--prompt", "the teacher said that [MASK] smiled.", "--crows-pairs", pairs(dir).toString());
    assertThat(done.err()).isEmpty();
    assertThat(done.code()).isZero();
    assertThat(done.out()).contains("seed 0", "without answers' rows", "on his, her, him", "Chosen of ",
        "she's share, neutral", "language-model loss", "crows_pairs_gender", "before: the teacher said that [",
        "Rewritten model: " + target);
    JsonNode root = new ObjectMapper().readTree(json.toFile());
    assertThat(root.get("seeds").get(0).get("encoder").get("pearson").asDouble()).isGreaterThan(.9);
    assertThat(root.get("after").get("share_neutral").asDouble())
        .isGreaterThan(root.get("before").get("share_neutral").asDouble());
    assertThat(root.get("encoder_without_answers").get("pearson").isNumber()).isTrue();
    assertThat(root.get("encoder_other_words").get("pearson").isNumber()).isTrue();
    assertThat(root.get("after").get("relative_index").get("first").asDouble()).isBetween(0.0, 1.0);
    assertThat(root.get("benchmarks_before").get("crows_pairs").get("value").isNumber()).isTrue();
    assertThat(root.get("benchmarks_after").get("crows_pairs").get("value").isNumber()).isTrue();
    assertThat(root.get("choice").get("h").asDouble() * root.get("choice").get("alpha").asDouble()).isNegative();
    try (var files = Files.list(target)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("config.json", "model.safetensors", "tokenizer.json");
    }
    double[] before = TextModel.read(Tiny.path(), Device.cpu()).probabilities("the teacher said that [MASK] smiled.");
    TextModel rewritten = TextModel.read(target, Device.cpu());
    int she = rewritten.tokenizer().singleToken("she").orElseThrow();
    assertThat(rewritten.probabilities("the teacher said that [MASK] smiled.")[she]).isGreaterThan(before[she]);
  }

  private static Path pairs(Path dir) throws Exception {
    return Files.writeString(dir.resolve("pairs.csv"), """
        ,sent_more,sent_less,stereo_antistereo,bias_type
        0,The doctor said that he smiled.,The doctor said that she smiled.,stereo,gender
        """);
  }

  private static double she(Path model) {
    TextModel text = TextModel.read(model, Device.cpu());
    return text.probabilities("the teacher said that [MASK] smiled.")[text.tokenizer().singleToken("she")
        .orElseThrow()];
  }

  @Test
  void aPatchIsKeptAppliedAtHalfItsStrengthAndTakenBack(@TempDir Path dir) throws Exception {
    String patch = dir.resolve("gender.safetensors").toString();
    String whole = dir.resolve("whole").toString();
    Invocation learned = rewrite(Tiny.path().toString(), "--goal", "female", "--out", whole, "--save-patch", patch);
    assertThat(learned.err()).isEmpty();
    assertThat(learned.out()).contains("Patch: " + patch);
    String again = dir.resolve("again").toString();
    Invocation applied = Invocation.of("rewrite", Tiny.path(), "--apply-patch", patch, "--out", again);
    assertThat(applied.err()).isEmpty();
    assertThat(applied.out()).contains("female of female and male", "strength 1", "Rewritten model: " + again);
    assertThat(Files.readAllBytes(Path.of(again, "model.safetensors")))
        .isEqualTo(Files.readAllBytes(Path.of(whole, "model.safetensors")));
    String half = dir.resolve("half").toString();
    assertThat(Invocation.of("rewrite", Tiny.path(), "--apply-patch", patch, "--strength", "0.5", "--out", half).code())
        .isZero();
    assertThat(she(Path.of(half))).isStrictlyBetween(she(Tiny.path()), she(Path.of(whole)));
    String male = dir.resolve("male").toString();
    assertThat(Invocation.of("rewrite", Tiny.path(), "--apply-patch", patch, "--feature", "1", "--out", male).code())
        .isZero();
    assertThat(she(Path.of(male))).isLessThan(she(Tiny.path()));
    String back = dir.resolve("back").toString();
    assertThat(Invocation.of("rewrite", whole, "--apply-patch", patch, "--strength", "-1", "--out", back).code())
        .isZero();
    assertThat(she(Path.of(back))).isCloseTo(she(Tiny.path()), within(1e-5));
    Invocation stranger = Invocation.of("rewrite", half, "--apply-patch", patch, "--out", dir.resolve("x").toString());
    assertThat(stranger.code()).isEqualTo(1);
    assertThat(stranger.err()).contains("is neither the model that", "--force");
    assertThat(Invocation.of("rewrite", Tiny.path(), "--strength", "2").err())
        .contains("--strength and --feature go with --apply-patch FILE");
  }

  @Test
  void anyTwoClassesAreLearnedFromProse(@TempDir Path dir) throws Exception {
    StringBuilder prose = new StringBuilder();
    for (String animal : List.of("dog", "cat", "bird")) {
      TextSources.embedded().templates().forEach(template -> prose.append(template.text()
          .replace("[NAME]", "the " + animal).replace("[PRONOUN]", "it")).append('\n'));
    }
    String text = Files.writeString(dir.resolve("prose.txt"), prose).toString();
    String words = Files.writeString(dir.resolve("words.json"), "{\"cat\": [\"cat\"], \"dog\": [\"dog\"]}").toString();
    Path json = dir.resolve("out.json");
    Invocation done = rewrite(Tiny.path().toString(), "--classes", "cat,dog", "--words", words, "--prose", text,
        "--goal",
        "cat", "--out", dir.resolve("new").toString(), "--json", json.toString());
    assertThat(done.err()).isEmpty();
    assertThat(done.out()).contains("h cat", "P(cat), dog texts", "gap of cat's share").doesNotContain("she's share");
    JsonNode root = new ObjectMapper().readTree(json.toFile());
    assertThat(root.get("goal").asText()).isEqualTo("cat");
    assertThat(root.get("seeds").get(0).get("encoder").get("pearson").asDouble()).isGreaterThan(.9);
    assertThat(root.get("after").get("share_second_class").asDouble())
        .isGreaterThan(root.get("before").get("share_second_class").asDouble());
    assertThat(Invocation.of("rewrite", Tiny.path(), "--classes", "christian,muslim").err())
        .contains("--classes needs --prose FILE");
    assertThat(Invocation.of("rewrite", Tiny.path(), "--classes", "christian,hindu", "--prose", text).err())
        .contains("'hindu' has no word list; choose two of asian, black, white, christian, jewish, muslim");
    assertThat(Invocation.of("rewrite", Tiny.path(), "--classes", "christian,muslim", "--prose", text).err())
        .contains("there are 0 sentences with exactly one word of class 'christian'");
    assertThat(Invocation.of("rewrite", Tiny.path(), "--classes", "cat,dog", "--words", text, "--prose", text).err())
        .contains("prose.txt cannot be read as JSON");
  }

  @Test
  void whatCannotBeDoneIsSaidBeforeTheWork(@TempDir Path dir) throws Exception {
    Files.writeString(dir.resolve("mine.txt"), "x");
    Invocation full = rewrite(Tiny.path().toString(), "--out", dir.toString());
    assertThat(full.code()).isEqualTo(1);
    assertThat(full.err()).isEqualToIgnoringNewLines(
        "evenhand: " + dir + " is there and not empty; choose another place with --out DIR");
    Invocation goal = rewrite(Tiny.path().toString(), "--goal", "fair");
    assertThat(goal.code()).isEqualTo(2);
    assertThat(goal.err()).startsWith("evenhand: --goal is balanced, female or male, got fair");
    Invocation setting = Invocation.of("rewrite", "m", "--set", "fairbatch.alpha=1");
    assertThat(setting.code()).isEqualTo(2);
    assertThat(setting.err()).contains("only settings of gradiend apply here");
    Invocation none = rewrite(dir.resolve("none").toString(), "--out", dir.resolve("new").toString());
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.err().lines()).hasSize(1);
  }

  @Test
  void nothingIsWrittenWithoutAFeatureOrAnImprovement(@TempDir Path dir) {
    Path target = dir.resolve("new");
    Invocation early = Invocation.of("rewrite", Tiny.path().toString(), "--out", target.toString(), "--seeds", "1",
        "--set", "gradiend.steps=1", "--set", "gradiend.prompts=3", "--set", "gradiend.learning-rate=1e-9");
    assertThat(early.code()).isEqualTo(1);
    assertThat(early.err()).contains("no seed found the feature").contains("--force");
    assertThat(target).doesNotExist();
  }

  @Test
  void aStudyOfALanguageModelTakesNoOptionsOfTables() {
    assertThat(Invocation.of("study", "--data", "tiny-language", "--methods", "fairbatch").err())
        .contains(
            "a language model is rewritten, not trained from a table; choose from erm, gradiend, mean-difference");
    assertThat(Invocation.of("study", "--data", "tiny-language", "--model", "logistic").err())
        .contains("--model is for tables; data set tiny-language is a language model");
    assertThat(Invocation.of("study", "--data", "tiny-language", "--drop", "x").err())
        .contains("options on tables do not go with --data tiny-language");
    assertThat(Invocation.of("study", "--data", "tiny-langage").err()).contains("did you mean", "tiny-language");
  }
}
