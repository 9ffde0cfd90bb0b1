package evenhand.fairness.text;

import evenhand.autograd.fuzz.FuzzContract;
import evenhand.autograd.fuzz.FuzzTarget;
import evenhand.fairness.data.DataException;
import evenhand.fairness.gradiend.TextSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Files of tokenizers and of bias benchmarks. */
class HostileTextTests extends FuzzContract {
  private static final Set<Class<? extends RuntimeException>> REFUSALS = Set.of(DataException.class);
  private static final String DEEP = "[".repeat(5000);

  @Override
  public List<FuzzTarget> targets() {
    return List.of(tokenizer(), tokenizerConfig(), crowsPairs(), stereoSet(), associationTest(), templates(), prose());
  }

  private static FuzzTarget tokenizer() {
    Path directory = TinyTokenizers.masked(FuzzTarget.scratch(), "he", "she", "##s");
    Path file = directory.resolve("tokenizer.json");
    String valid = read(file);
    return FuzzTarget.text("tokenizer", valid,
        List.of(DEEP, valid.replace("\"he\": 5", "\"he\": -1"), valid.replace("\"he\": 5", "\"he\": 4294967295"),
            valid.replace("\"he\": 5", "\"he\": \"x\""), valid.replace("\"id\": 4", "\"id\": 2147483647")),
        REFUSALS, bytes -> {
          Files.write(file, bytes);
          try (Tokenizer tokenizer = Tokenizer.read(directory)) {
            tokenizer.size();
            tokenizer.decode(tokenizer.encode("he saw shes"));
          }
        });
  }

  private static FuzzTarget tokenizerConfig() {
    Path directory = TinyTokenizers.masked(FuzzTarget.scratch(), "he", "she");
    Path file = directory.resolve("tokenizer_config.json");
    return FuzzTarget.text("tokenizer config", "{\"mask_token\": {\"content\": \"[MASK]\"}, \"pad_token\": \"[PAD]\"}",
        List.of(DEEP), REFUSALS, bytes -> {
          Files.write(file, bytes);
          try (Tokenizer tokenizer = Tokenizer.read(directory)) {
            tokenizer.maskId();
            tokenizer.padId();
          }
        });
  }

  private static FuzzTarget crowsPairs() {
    Path file = FuzzTarget.scratch().resolve("crows.csv");
    return FuzzTarget.text("CrowS-Pairs", """
        ,sent_more,sent_less,stereo_antistereo,bias_type
        0,"She cried, again.",He cried again.,stereo,gender
        1,He cried.,She cried.,antistereo,gender
        """, List.of("sent_more,sent_less,stereo_antistereo,bias_type\n\"a", "sent_more,sent_more\n"), REFUSALS,
        bytes -> {
          Files.write(file, bytes);
          CrowsPairs.read(file);
        });
  }

  private static FuzzTarget stereoSet() {
    Path file = FuzzTarget.scratch().resolve("dev.json");
    return FuzzTarget.text("StereoSet",
        """
            {"data": {"intrasentence": [{"id": "1", "target": "nurse", "bias_type": "gender", "context": "BLANK is a nurse.",
              "sentences": [{"gold_label": "stereotype", "sentence": "She is a nurse."},
                {"gold_label": "anti-stereotype", "sentence": "He is a nurse."},
                {"gold_label": "unrelated", "sentence": "Fish is a nurse."}]}]}}""",
        List.of(DEEP), REFUSALS, bytes -> {
          Files.write(file, bytes);
          StereoSet.read(file);
        });
  }

  private static FuzzTarget associationTest() {
    Path file = FuzzTarget.scratch().resolve("seat.json");
    return FuzzTarget.text("association test", """
        {"targ1": {"category": "M", "examples": ["he", "him"]}, "targ2": {"category": "F", "examples": ["she", "her"]},
         "attr1": {"category": "C", "examples": ["office"]}, "attr2": {"category": "H", "examples": ["home"]}}""",
        List.of(DEEP), REFUSALS, bytes -> {
          Files.write(file, bytes);
          AssociationTest.read(file);
        });
  }

  private static FuzzTarget templates() {
    Path file = FuzzTarget.scratch().resolve("templates.jsonl");
    return FuzzTarget.text("templates", "{\"masked\": \"[NAME] said [PRONOUN] would\", \"book\": \"b\"}\n",
        List.of(DEEP),
        REFUSALS, bytes -> {
          Files.write(file, bytes);
          TextSources.embedded().withTemplates(file);
        });
  }

  private static FuzzTarget prose() {
    Path file = FuzzTarget.scratch().resolve("prose.txt");
    return FuzzTarget.text("prose", "It rained. Who knew?\nNobody!  So it was.\n", List.of(". ".repeat(5000)), REFUSALS,
        bytes -> {
          Files.write(file, bytes);
          TextSources.sentences(file);
        });
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
