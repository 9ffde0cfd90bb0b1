package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.fairness.text.TextModel;
import evenhand.fairness.text.Tokenizer;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotEncoderTests {
  private static SlotText she(String text) {
    return new SlotText(text, "she", "he", 1);
  }

  private static int id(String word) {
    return Tiny.masked().tokenizer().id(word).orElseThrow();
  }

  @Test
  void aMaskedModelSeesTheWholeTextWithItsGapsMasked() {
    Tokenizer tokenizer = Tiny.masked().tokenizer();
    SlotRow row = new SlotEncoder(Tiny.masked(), 48)
        .encode(she("Anna was sad because [SLOT] lost a toy, so [SLOT] cried."));
    assertThat(row.ids()).isEqualTo(tokenizer.encode("Anna was sad because [MASK] lost a toy, so [MASK] cried."));
    assertThat(Arrays.stream(row.positions()).map(at -> row.ids()[at]))
        .containsExactly(tokenizer.maskId(), tokenizer.maskId());
    assertThat(row.right()).containsExactly(id("she"), id("she"));
    assertThat(row.opposite()).containsExactly(id("he"), id("he"));
  }

  @Test
  void aCausalModelSeesTheTextBeforeTheFirstGap() {
    SlotRow row = new SlotEncoder(Tiny.causal(), 48)
        .encode(new SlotText("Tom was sad because [SLOT] lost a toy, so [SLOT] cried.", "he", "she", -1));
    int[] before = Tiny.causal().tokenizer().encodeBare("Tom was sad because");
    assertThat(Arrays.copyOfRange(row.ids(), 1, row.ids().length)).isEqualTo(before); // and a token that begins texts
    assertThat(row.positions()).containsExactly(row.ids().length - 1);
    assertThat(row.right()).containsExactly(id("he"));
    assertThat(row.first()).containsExactly(id("she"));
    assertThat(row.second()).containsExactly(id("he"));
  }

  @Test
  void wordsAreCapitalisedWhereASentenceBegins() {
    assertThat(she("[SLOT] ran.").with("she")).isEqualTo("She ran.");
    assertThat(she("Anna fell. [SLOT] cried, and [SLOT] sat.").with("she"))
        .isEqualTo("Anna fell. She cried, and she sat.");
    assertThat(she("Anna fell! [SLOT] cried").with("she")).isEqualTo("Anna fell! She cried");
    assertThat(she("Well... [SLOT] cried").with("she")).isEqualTo("Well... she cried");
    assertThat(she("Anna said that [SLOT] was").with("she")).isEqualTo("Anna said that she was");
  }

  @Test
  void aTextWithoutAGapIsAnError() {
    assertThatThrownBy(() -> she("Anna was sad.")).hasMessage(
        "the text \"Anna was sad.\" has no [SLOT]; mark the place of the word 'she'");
  }

  @Test
  void aWordOfSeveralTokensIsAnError() {
    for (TextModel model : List.of(Tiny.masked(), Tiny.causal())) {
      assertThatThrownBy(() -> new SlotEncoder(model, 48)
          .encode(new SlotText("Anna was sad because [SLOT] lost a toy.", "she-he", "he", 1)))
          .hasMessageStartingWith("the word 'she-he' is not a single token ")
          .hasMessageEndingWith("choose a word that is one in this tokenizer's vocabulary");
    }
  }

  @Test
  void textsThatCannotBeUsedAreCountedAndNoneLeftIsAnError() {
    SlotEncoder encoder = new SlotEncoder(Tiny.causal(), 8);
    SlotText good = she("Anna smiled when [SLOT] sang");
    SlotText tooLong = she("Anna was sad because the dog and the cat and the bird ran away when [SLOT] sang");
    SlotText first = she("[SLOT] sang");
    SlotEncoder.Encoded encoded = encoder.encodeAll(List.of(good, tooLong, first));
    assertThat(encoded.rows()).hasSize(1);
    assertThat(encoded.skipped()).isEqualTo(2);
    assertThat(encoded.reason().orElseThrow()).startsWith("a text of 16 tokens is longer than 8: \"Anna was sad");
    assertThatThrownBy(() -> encoder.encodeSome("training texts of class 'female'", List.of(first)))
        .hasMessage("none of the 1 training texts of class 'female' can be used: a causal model sees nothing before the"
            + " gap: \"[SLOT] sang\"");
    assertThatThrownBy(() -> encoder.encodeSome("training texts of class 'female'", List.of()))
        .hasMessage("there are no training texts of class 'female'; give texts of both classes");
  }

  @Test
  void neutralRowsHaveOneAnswer() {
    Rng rng = new Rng(3);
    for (TextModel model : List.of(Tiny.masked(), Tiny.causal())) {
      String text = "The dog ran near the house.";
      int[] ids = model.tokenizer().encode(text);
      SlotRow row = new SlotEncoder(model, 48).neutral(text, rng).orElseThrow();
      assertThat(row.right()).isEqualTo(row.opposite());
      int next = model.model().causal() ? 1 : 0;
      assertThat(ids[row.positions()[0] + next]).isEqualTo(row.right()[0]);
    }
    assertThat(new SlotEncoder(Tiny.masked(), 48).neutral("dog", rng)).isEmpty();
  }
}
