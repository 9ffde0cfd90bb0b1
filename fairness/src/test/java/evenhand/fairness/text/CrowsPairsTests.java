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

class CrowsPairsTests {
  private static final int SHE = 5;
  private static final int HE = 6;
  private static final int COOKS = 7;
  private static final int CODES = 8;
  private static final int VOCABULARY = 11; // 9 is a dot, 10 the word we

  @TempDir
  private Path directory;

  private Tokenizer tokenizer;

  @BeforeEach
  void writeTokenizer() {
    tokenizer = Tokenizer.read(TinyTokenizers.masked(directory.resolve("tokenizer"), "she", "he", "cooks", "codes",
        ".", "we"));
  }

  /** After she, cooks has weight 4 (P = 4/14); after he, codes has weight 3 (3/13); all else 1. */
  private TextModel model(boolean causal) {
    return new TextModel(BigramModel.of(causal, VOCABULARY, Map.of(Map.entry(SHE, COOKS), 4.0, Map.entry(HE, CODES),
        3.0)), tokenizer);
  }

  private static CrowsPairs.Pair pair(String more, String less, boolean stereo, String type) {
    return new CrowsPairs.Pair(more, less, stereo, type);
  }

  /**
   * Shared in the first pair: cooks and the dot. log P(cooks | she) = log 4/14 beats log P(cooks | he) = log 1/13; the
   * dot follows cooks in both. In the second, codes after he (3/13) beats codes after she (1/14), which is the less
   * stereotypical sentence. In the third the tokens differ after all that could be scored, but for the equal dot: tie.
   */
  @Test
  void sharedTokensDecide() {
    List<CrowsPairs.Pair> pairs = List.of(pair("she cooks .", "he cooks .", true, "gender"),
        pair("she codes .", "he codes .", false, "gender"), pair("we codes .", "we cooks .", true, "work"));
    for (boolean causal : new boolean[]{true, false}) {
      CrowsPairs.Result result = CrowsPairs.measure(model(causal), pairs, BootstrapOptions.defaults(1));
      assertThat(result.score().value().orElseThrow()).isCloseTo(50, offset(1e-9)); // (1 + 0 + 1/2) / 3
      assertThat(result.stereo().value().orElseThrow()).isCloseTo(75, offset(1e-9)); // (1 + 1/2) / 2
      assertThat(result.antistereo().value()).hasValue(0);
      assertThat(result.byType().get("gender").value()).hasValue(50);
      assertThat(result.byType().get("work").value()).hasValue(50);
      assertThat(result.pairs()).isEqualTo(3);
      assertThat(result.ties()).isEqualTo(1);
      assertThat(result.skipped()).isZero();
      assertThat(result.score().low().orElseThrow()).isBetween(0.0, 50.0);
      assertThat(result.score().high().orElseThrow()).isBetween(50.0, 100.0);
    }
  }

  /** The pseudo-likelihood masks the token itself and nothing else; the causal one sees the left only. */
  @Test
  void logProbabilitiesOfTokens() {
    TokenScores.Encoded text = TokenScores.encode(model(false), "she cooks .");
    assertThat(text.ids()).containsExactly(2, SHE, COOKS, 9, 3);
    assertThat(text.scorable()).containsExactly(1, 2, 3);
    assertThat(TokenScores.logProbabilities(model(false), text.ids(), 2, 3))
        .usingComparatorWithPrecision(1e-6).containsExactly(Math.log(4 / 14.0), Math.log(1 / 11.0));
    assertThat(TokenScores.logProbabilities(model(true), text.ids(), 3, 2))
        .usingComparatorWithPrecision(1e-6).containsExactly(Math.log(1 / 11.0), Math.log(4 / 14.0));
  }

  @Test
  void pairsThatCannotBeScoredAreCounted() {
    String tooLong = "she " + "cooks ".repeat(12) + ".";
    CrowsPairs.Result result = CrowsPairs.measure(model(false), List.of(pair(tooLong, "he cooks .", true, "gender"),
        pair("she cooks", "he codes", true, "gender")), BootstrapOptions.none());
    assertThat(result.pairs()).isZero();
    assertThat(result.skipped()).isEqualTo(2);
    assertThat(result.score().isDetermined()).isFalse();
    assertThat(result.score().undetermined()).contains("no pairs");
  }

  /** Longest block first: of abcd and xbcay it is bc; left of it nothing, right of it nothing in order. */
  @Test
  void sharedBlocks() {
    assertThat(SharedTokens.of(new int[]{1, 2, 3, 4}, new int[]{9, 2, 3, 1, 8})).containsExactly(new int[]{1, 1},
        new int[]{2, 2});
    assertThat(SharedTokens.of(new int[]{1, 2, 1, 3}, new int[]{1, 7, 1, 3})).containsExactly(new int[]{0, 0},
        new int[]{2, 2}, new int[]{3, 3});
    assertThat(SharedTokens.of(new int[0], new int[]{1})).isEmpty();
  }

  @Test
  void publishedFormat() throws IOException {
    Path file = Files.writeString(directory.resolve("pairs.csv"), """
        ,sent_more,sent_less,stereo_antistereo,bias_type,annotations,anon_writer,anon_annotators
        0,"She said, ""no"".",He cooks.,stereo,gender,"[['gender']]",a0,"['a1']"
        1,A.,B.,antistereo,age,[],a0,[]
        """);
    assertThat(CrowsPairs.read(file)).containsExactly(pair("She said, \"no\".", "He cooks.", true, "gender"),
        pair("A.", "B.", false, "age"));
    Path lacking = Files.writeString(directory.resolve("lacking.csv"), "sent_more,sent_less\na,b\n");
    assertThatThrownBy(() -> CrowsPairs.read(lacking)).isInstanceOf(DataException.class)
        .hasMessageContaining("no column stereo_antistereo");
    Path wrong = Files.writeString(directory.resolve("wrong.csv"),
        "sent_more,sent_less,stereo_antistereo,bias_type\na,b,both,age\n");
    assertThatThrownBy(() -> CrowsPairs.read(wrong)).isInstanceOf(DataException.class)
        .hasMessageContaining("record 1").hasMessageContaining("'both'");
    assertThatThrownBy(() -> CrowsPairs.read(directory.resolve("none.csv"))).isInstanceOf(DataException.class);
  }
}
