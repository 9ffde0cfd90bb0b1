package evenhand.fairness.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.autograd.models.HuggingFace;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.ModelConfig;
import evenhand.fairness.data.DataException;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTests {
  @TempDir
  private Path directory;

  @Test
  void wordsAndPieces() {
    try (Tokenizer tokenizer = Tokenizer.read(TinyTokenizers.masked(directory, "a", "he", "nurse", "##s", "."))) {
      assertThat(tokenizer.encode("a nurses .")).containsExactly(2, 5, 7, 8, 9, 3);
      assertThat(tokenizer.encodeBare("a [MASK] zebra")).containsExactly(5, 4, 1);
      assertThat(tokenizer.decode(2, 5, 7, 8, 3)).isEqualTo("a nurses");
      assertThat(tokenizer.word("nurses")).containsExactly(7, 8);
      assertThat(tokenizer.singleToken("he")).hasValue(6);
      assertThat(tokenizer.singleToken("nurses")).isEmpty();
      assertThat(tokenizer.id("##s")).hasValue(8);
      assertThat(tokenizer.id("none")).isEmpty();
      assertThat(tokenizer.size()).isEqualTo(10);
      assertThat(tokenizer.tokens()).hasSize(10).containsEntry(7, "nurse");
      assertThat(tokenizer.mask()).isEqualTo("[MASK]");
      assertThat(tokenizer.maskId()).isEqualTo(4);
      assertThat(tokenizer.padId()).isZero();
      assertThat(tokenizer.endId()).hasValue(3);
    }
  }

  /** As GPT-2 and RoBERTa have it: the space is part of the token, and the mask takes the one before it. */
  @Test
  void bytesWithSpaces() {
    TinyTokenizers.write(directory, """
        {"version": "1.0", "added_tokens": [{"id": 6, "content": "<mask>", "single_word": false, "lstrip": true,
           "rstrip": false, "normalized": false, "special": true}],
         "normalizer": null, "post_processor": null,
         "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
         "model": {"type": "BPE", "vocab": {"a": 0, "h": 1, "e": 2, "Ġ": 3, "he": 4, "Ġhe": 5, "<mask>": 6},
                   "merges": ["h e", "Ġ he"]}}""");
    try (Tokenizer tokenizer = Tokenizer.read(directory)) {
      assertThat(tokenizer.encode("he a he")).containsExactly(4, 3, 0, 5);
      assertThat(tokenizer.singleToken("he")).hasValue(5);
      assertThat(tokenizer.word("a")).containsExactly(3, 0);
      assertThat(tokenizer.encode("he <mask> he")).containsExactly(4, 6, 5);
      assertThat(tokenizer.decode(4, 3, 0, 5)).isEqualTo("he a he");
      assertThat(tokenizer.tokens()).containsEntry(5, "Ġhe");
      assertThat(tokenizer.padId()).isZero();
      assertThat(tokenizer.endId()).isEmpty();
    }
  }

  @Test
  void longTextsAreNotCut() {
    try (Tokenizer tokenizer = Tokenizer.read(TinyTokenizers.masked(directory, "a"))) {
      assertThat(tokenizer.encodeBare("a ".repeat(3000))).hasSize(3000);
    }
  }

  @Test
  void configurationNamesTheSpecialTokens() throws IOException {
    TinyTokenizers.masked(directory, "blank", "fill", "a");
    Files.writeString(directory.resolve("tokenizer_config.json"),
        "{\"mask_token\": {\"content\": \"blank\"}, \"pad_token\": \"fill\", \"eos_token\": null}");
    try (Tokenizer tokenizer = Tokenizer.read(directory)) {
      assertThat(tokenizer.maskId()).isEqualTo(5);
      assertThat(tokenizer.padId()).isEqualTo(6);
      assertThat(tokenizer.endId()).hasValue(3);
    }
    assertThat(Tokenizer.files(directory)).extracting(Path::getFileName).extracting(Path::toString)
        .containsExactly("tokenizer.json", "tokenizer_config.json");
  }

  @Test
  void filesThatAreNoTokenizersAreNamed() {
    assertThatThrownBy(() -> Tokenizer.read(directory)).isInstanceOf(DataException.class)
        .hasMessageContaining("has no tokenizer.json");
    for (String json : List.of("{", "{}", "{\"model\": {\"vocab\": {\"a\": 0}}}")) {
      TinyTokenizers.write(directory, json);
      assertThatThrownBy(() -> Tokenizer.read(directory)).as(json).isInstanceOf(DataException.class)
          .hasMessageContaining("tokenizer.json");
    }
  }

  @Test
  void tokenizerOfAnotherModelIsRefused() {
    try (Tokenizer tokenizer = Tokenizer.read(TinyTokenizers.masked(directory, "a", "b", "c"))) {
      tokenizer.requireFits(bert(8));
      tokenizer.requireFits(bert(64)); // tables are often rounded up
      assertThatThrownBy(() -> tokenizer.requireFits(bert(7))).isInstanceOf(DataException.class)
          .hasMessageContaining("8 tokens").hasMessageContaining("vocabulary 7");
      assertThatThrownBy(() -> new TextModel(bert(5000), tokenizer)).hasMessageContaining("vocabulary 5000");
    }
  }

  @Test
  void nativeLibraryLeavesNothingBehind() throws IOException {
    Tokenizer.read(TinyTokenizers.masked(directory, "a")).close();
    assertThat(System.getProperty("ENGINE_CACHE_DIR")).isNull();
    assertThat(System.getProperty("ai.djl.offline")).isNull();
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertThat(files.filter(path -> path.getFileName().toString().startsWith("evenhand-tokenizers-"))
          .filter(path -> path.toFile().lastModified() > ProcessHandle.current().info().startInstant().orElseThrow()
              .toEpochMilli()))
          .isEmpty();
    }
  }

  private static LanguageModel bert(int vocabulary) {
    Map<String, Object> values = Map.of("architectures", List.of("BertForMaskedLM"), "vocab_size", vocabulary,
        "hidden_size", 4, "intermediate_size", 4, "num_hidden_layers", 1, "num_attention_heads", 1);
    return HuggingFace.create(ModelConfig.of(values), new Rng(1), Device.cpu());
  }
}
