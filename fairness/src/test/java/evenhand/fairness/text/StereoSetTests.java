package evenhand.fairness.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import evenhand.fairness.data.DataException;
import evenhand.fairness.metrics.BootstrapOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StereoSetTests {
  private static final int SHE = 5;
  private static final int HE = 6;
  private static final int COOKS = 7;
  private static final int CODES = 8;
  private static final int CLOUD = 9;
  private static final int PIECE = 10; // ##s

  @TempDir
  private Path directory;

  private Tokenizer tokenizer;

  @BeforeEach
  void writeTokenizer() {
    tokenizer = Tokenizer.read(TinyTokenizers.masked(directory.resolve("tokenizer"), "she", "he", "cooks", "codes",
        "cloud", "##s", "."));
  }

  private TextModel model(boolean causal) {
    return new TextModel(BigramModel.of(causal, 12, Map.of(Map.entry(SHE, COOKS), 4.0, Map.entry(SHE, CODES), 2.0,
        Map.entry(HE, CLOUD), 5.0, Map.entry(HE, CODES), 3.0, Map.entry(CLOUD, PIECE), 0.1)), tokenizer);
  }

  private static StereoSet.Example example(String subject, String unrelated) {
    return new StereoSet.Example(subject, "gender", subject + " BLANK .", subject + " cooks .", subject + " codes .",
        subject + " " + unrelated + " .");
  }

  /**
   * she: cooks (4) over codes (2) over cloud (1): ss 100, lms 100. he: cloud (5) over codes (3) over cooks (1): ss 0,
   * lms 0. Mean over the two terms, although she has two examples: ss 50, lms 50, icat 50 * 50 / 50 = 50. In a causal
   * sentence all else is equal: each word is followed by the dot with probability 1/12, but cloud with 1/11.1.
   */
  @Test
  void meansOverTerms() {
    List<StereoSet.Example> examples = List.of(example("she", "cloud"), example("he", "cloud"),
        example("she", "cloud"));
    for (boolean causal : new boolean[]{true, false}) {
      StereoSet.Result result = StereoSet.measure(model(causal), examples, BootstrapOptions.defaults(3));
      assertThat(result.all().ss().value()).hasValue(50);
      assertThat(result.all().lms().value()).hasValue(50);
      assertThat(result.all().icat().value()).hasValue(50);
      assertThat(result.all().ss().low()).hasValue(0);
      assertThat(result.all().ss().high()).hasValue(100);
      assertThat(result.byType()).containsOnlyKeys("gender");
      assertThat(result.examples()).isEqualTo(3);
      assertThat(result.skipped()).isZero();
    }
  }

  /**
   * clouds is cloud and ##s: (log 5/17 + log .1/11.1) / 2 = -2.97 after he, below codes with log 3/17 = -1.73 and cooks
   * with log 1/17 = -2.83: the unrelated word never wins, so lms is 100.
   */
  @Test
  void wordsOfSeveralTokensAreAveraged() {
    StereoSet.Result result = StereoSet.measure(model(false), List.of(example("he", "clouds")),
        BootstrapOptions.none());
    assertThat(result.all().lms().value()).hasValue(100);
    assertThat(result.all().ss().value()).hasValue(0);
    assertThat(result.all().icat().value().orElseThrow()).isCloseTo(0, offset(1e-9));
  }

  @Test
  void examplesThatAreTooLongAreCounted() {
    String rest = " BLANK" + " .".repeat(12);
    StereoSet.Example tooLong = new StereoSet.Example("she", "gender", "she" + rest, "she" + rest.replace("BLANK",
        "cooks"), "she" + rest.replace("BLANK", "codes"), "she" + rest.replace("BLANK", "cloud"));
    StereoSet.Result result = StereoSet.measure(model(true), List.of(tooLong), BootstrapOptions.none());
    assertThat(result.skipped()).isEqualTo(1);
    assertThat(result.all().lms().undetermined()).contains("no examples");
  }

  @Test
  void publishedFormat() throws IOException {
    String text = """
        {"version": "1.1", "data": {"intersentence": [], "intrasentence": [
          {"id": "e1", "target": "she", "bias_type": "gender", "context": "she BLANK .", "sentences": [
            {"id": "a", "sentence": "she codes .", "labels": [], "gold_label": "anti-stereotype"},
            {"id": "b", "sentence": "she cloud .", "labels": [], "gold_label": "unrelated"},
            {"id": "c", "sentence": "she cooks .", "labels": [], "gold_label": "%s"}]}]}}
        """;
    Path file = Files.writeString(directory.resolve("dev.json"), text.formatted("stereotype"));
    assertThat(StereoSet.read(file)).containsExactly(example("she", "cloud"));
    Path lacking = Files.writeString(directory.resolve("lacking.json"), text.formatted("none"));
    assertThatThrownBy(() -> StereoSet.read(lacking)).isInstanceOf(DataException.class)
        .hasMessageContaining("example e1");
    Path other = Files.writeString(directory.resolve("other.json"), "{\"data\": {}}");
    assertThatThrownBy(() -> StereoSet.read(other)).isInstanceOf(DataException.class)
        .hasMessageContaining("no data.intrasentence");
    assertThatThrownBy(() -> StereoSet.read(directory.resolve("none.json"))).isInstanceOf(DataException.class);
  }
}
