package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.fairness.data.DataException;
import evenhand.fairness.gradiend.TextSources.Template;
import evenhand.tensor.Rng;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextsTests {
  private static final TextSources SOURCES = TextSources.embedded();

  @Test
  void partsAreDisjointAndCoverAll() {
    List<Integer> things = IntStream.range(0, 33).boxed().toList();
    Map<Part, List<Integer>> dealt = Part.deal("things", things, new Rng(1));
    List<Integer> all = new ArrayList<>();
    dealt.values().forEach(all::addAll);
    assertThat(all).containsExactlyInAnyOrderElementsOf(things);
    assertThat(dealt.get(Part.TRAIN)).hasSize(20); // .6 of 33
    assertThat(Part.deal("things", List.of(1, 2, 3, 4), new Rng(1)).values()).allMatch(part -> part.size() == 1);
    assertThatThrownBy(() -> Part.deal("names of class 'male'", List.of("Tom", "Tom", "Ben", "Max"), new Rng(1)))
        .hasMessage("there are 3 names of class 'male', too few to train on some and measure on others; give at least"
            + " 4");
  }

  @Test
  void noNameAndNoTemplateIsInTwoParts() {
    PronounTexts texts = new PronounTexts(SOURCES, 7);
    for (int label = 1; label >= -1; label -= 2) {
      Set<String> seen = new HashSet<>();
      for (Part part : Part.values()) {
        assertThat(texts.names(part, label)).isNotEmpty().noneMatch(seen::contains);
        seen.addAll(texts.names(part, label));
      }
    }
    Set<String> groups = new HashSet<>();
    for (Part part : Part.values()) {
      Set<String> own = new HashSet<>();
      texts.templates(part).forEach(template -> own.add(template.group()));
      assertThat(own).isNotEmpty().noneMatch(groups::contains);
      groups.addAll(own);
    }
  }

  @Test
  void textsHaveANameOfTheirClassAndItsPronoun() {
    PronounTexts texts = new PronounTexts(SOURCES, 7);
    for (SlotText text : texts.texts(Part.SELECT, -1, 20, new Rng(1))) {
      assertThat(text.right()).isEqualTo("he");
      assertThat(text.opposite()).isEqualTo("she");
      assertThat(texts.names(Part.SELECT, -1)).anyMatch(text.text()::contains);
      assertThat(text.text()).doesNotContain("{").doesNotContain("[PRONOUN]").doesNotContain("[NAME]");
    }
    assertThat(texts.neutralPrompts(Part.REPORT, 20, new Rng(1))).allMatch(text -> text.label() == 0)
        .allMatch(text -> text.text().matches(".*\\b[Tt]he \\w+.*"));
    assertThat(texts.otherWords(Part.REPORT, 1, 8, new Rng(1))).allMatch(text -> text.right().equals("her"))
        .anyMatch(text -> text.opposite().equals("his")).anyMatch(text -> text.opposite().equals("him"));
  }

  @Test
  void aTemplateWithoutASlotIsAnError() {
    TextSources sources = new TextSources(List.of(new Template("[NAME] was sad.", "a")), List.of(), SOURCES.first(),
        SOURCES.second(), SOURCES.subjects(), SOURCES.neutral());
    assertThatThrownBy(() -> new PronounTexts(sources, 0)).hasMessage(
        "the template \"[NAME] was sad.\" needs [NAME] and [PRONOUN]; add them or leave it out");
  }

  @Test
  void patternsAreExpanded() {
    assertThat(TextSources.expand("a {b|c} d {e|f}")).containsExactly("a b d e", "a b d f", "a c d e", "a c d f");
    assertThat(SOURCES.templates()).hasSizeGreaterThan(300);
    assertThat(SOURCES.first()).hasSizeGreaterThan(100).doesNotContainAnyElementsOf(SOURCES.second());
    assertThat(SOURCES.templates()).allMatch(t -> t.text().contains("[NAME]") && t.text().contains("[PRONOUN]"));
  }

  @Test
  void neutralTextsAndSubjectsTellNoGender() {
    assertThat(SOURCES.withProse(
        SOURCES.neutral().stream().map(t -> t.text().replace(".", "") + " and nothing else was there at that time")
            .filter(t -> t.length() <= 160).toList())
        .neutral().size()).isEqualTo(SOURCES.neutral().size());
    List<String> prose = List.of("It was a long and quiet road that led over the hills to the sea.",
        "It was a long and quiet road that led her over the hills to the sea.",
        "It was a long and quiet road that led Mary over the hills to the sea.",
        "It was a long and quiet road that led the king over the hills to the sea.", "Too short.");
    assertThat(SOURCES.withProse(prose).neutral()).extracting(Template::text).containsExactly(prose.getFirst());
  }

  @Test
  void wordListsAreParallelAndAnUnknownFeatureIsAnError() {
    for (String feature : List.of("gender", "race", "religion")) {
      Map<String, List<String>> words = TextSources.words(feature);
      assertThat(words.values()).extracting(List::size).containsOnly(words.values().iterator().next().size());
      List<String> all = words.values().stream().flatMap(List::stream).toList();
      assertThat(all).doesNotHaveDuplicates();
    }
    assertThatThrownBy(() -> TextSources.words("age")).isInstanceOf(DataException.class)
        .hasMessage("feature 'age' has no word lists; choose one of gender, race, religion");
  }

  @Test
  void filesOfTemplatesAndProseAreRead(@TempDir Path dir) throws Exception {
    Path templates = dir.resolve("t.jsonl");
    Files.writeString(templates, "{\"masked\": \"[NAME] said [PRONOUN] was\", \"book\": \"a\"}\n\n");
    assertThat(SOURCES.withTemplates(templates).templates())
        .containsExactly(new Template("[NAME] said [PRONOUN] was", "a"));
    Files.writeString(templates, "{\"masked\": \"x\"}\nnot json\n");
    assertThatThrownBy(() -> SOURCES.withTemplates(templates)).isInstanceOf(DataException.class)
        .hasMessageContaining("t.jsonl: line 2 is not JSON").hasMessageEndingWith("replace the file");
    assertThatThrownBy(() -> SOURCES.withTemplates(dir.resolve("none"))).isInstanceOf(DataException.class)
        .hasMessageEndingWith("check the path");
    Path prose = dir.resolve("p.txt.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(prose))) {
      out.write("One thing. Two things!\nThree?".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    assertThat(TextSources.sentences(prose)).containsExactly("One thing.", "Two things!", "Three?");
  }

  @Test
  void proseIsMaskedWhereOneClassWordOccurs() {
    List<String> sentences = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      sentences.add("House " + i + " stood by the Church, and it was old.");
      sentences.add("The mosque of town " + i + " was large.");
      sentences.add("Road " + i + " led to a church and to another church.");
      sentences.add("Nothing is in sentence " + i + " at all.");
      sentences.add("A synagogue was at place " + i + ".");
    }
    sentences.add("One more mosque.");
    ProseTexts texts = ProseTexts.of(sentences, TextSources.words("religion"), "christian", "muslim", 0);
    List<SlotText> christian = new ArrayList<>();
    List<SlotText> muslim = new ArrayList<>();
    for (Part part : Part.values()) {
      christian.addAll(texts.texts(part, 1, 99, new Rng(1)));
      muslim.addAll(texts.texts(part, -1, 99, new Rng(1)));
      assertThat(texts.neutral(part, 99, new Rng(1))).isNotEmpty()
          .allMatch(text -> text.startsWith("Nothing"));
    }
    assertThat(christian).hasSize(10).allMatch(text -> text.right().equals("Church")
        && text.opposite().equals("Mosque") && text.text().contains("by the [SLOT], and"));
    assertThat(muslim).hasSizeBetween(9, 10).allMatch(text -> text.right().equals("mosque") && text.label() == -1);
    assertThatThrownBy(() -> ProseTexts.of(sentences, TextSources.words("religion"), "christian", "hindu", 0))
        .hasMessageStartingWith("class 'hindu' is unknown; choose two of [christian");
    assertThatThrownBy(() -> ProseTexts.of(List.of("A church."), TextSources.words("religion"), "christian", "muslim",
        0)).hasMessageStartingWith("there are 1 sentences with exactly one word of class 'christian'");
  }
}
