package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.gradiend.Tiny;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
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
        json.toString(), "--prompt", "the teacher said that [MASK] smiled.");
    assertThat(done.err()).isEmpty();
    assertThat(done.code()).isZero();
    assertThat(done.out()).contains("seed 0", "without answers' rows", "on his, her, him", "Chosen of ",
        "she's share, neutral", "language-model loss", "before: the teacher said that [", "Rewritten model: " + target);
    JsonNode root = new ObjectMapper().readTree(json.toFile());
    assertThat(root.get("seeds").get(0).get("encoder").get("pearson").asDouble()).isGreaterThan(.9);
    assertThat(root.get("after").get("share_neutral").asDouble())
        .isGreaterThan(root.get("before").get("share_neutral").asDouble());
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
        .contains("a language model is rewritten, not trained from a table; choose from erm, gradiend");
    assertThat(Invocation.of("study", "--data", "tiny-language", "--model", "logistic").err())
        .contains("--model is for tables; data set tiny-language is a language model");
    assertThat(Invocation.of("study", "--data", "tiny-language", "--drop", "x").err())
        .contains("options on tables do not go with --data tiny-language");
    assertThat(Invocation.of("study", "--data", "tiny-langage").err()).contains("did you mean", "tiny-language");
  }
}
