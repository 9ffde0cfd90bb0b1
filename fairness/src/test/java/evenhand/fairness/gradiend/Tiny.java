package evenhand.fairness.gradiend;

import evenhand.autograd.models.HuggingFace;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.ModelConfig;
import evenhand.fairness.text.TextModel;
import evenhand.fairness.text.Tokenizer;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small language models over the words of tiny-language, made once for all tests. */
public final class Tiny {
  private Tiny() {}

  private static final class Shared {
    static final Path DIRECTORY = directory();
    static final TextModel MASKED = TextModel.read(DIRECTORY, Device.cpu());
    static final TextModel CAUSAL = causal(Tokenizer.read(DIRECTORY));
  }

  private static Path directory() {
    try {
      Path directory = Files.createTempDirectory("tiny-language-tests-");
      directory.toFile().deleteOnExit();
      TinyLanguage.write(directory, Device.cpu(), 0, 250, (_, _) -> {});
      try (var files = Files.list(directory)) {
        files.forEach(file -> file.toFile().deleteOnExit());
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TextModel causal(Tokenizer tokenizer) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("architectures", List.of("LlamaForCausalLM"));
    Map.of("vocab_size", tokenizer.size(), "hidden_size", 12, "num_hidden_layers", 1, "num_attention_heads", 2,
        "num_key_value_heads", 1, "intermediate_size", 20, "max_position_embeddings", 40).forEach(config::put);
    config.put("tie_word_embeddings", true);
    config.put("initializer_range", 0.3);
    LanguageModel model = HuggingFace.create(ModelConfig.of(config), new Rng(1), Device.cpu());
    return new TextModel(model, tokenizer);
  }

  /** A Hugging Face directory of the masked model. */
  public static Path path() {
    return Shared.DIRECTORY;
  }

  /** A masked model, trained for a few seconds: it knows which names are followed by she. */
  static TextModel masked() {
    return Shared.MASKED;
  }

  /** A causal model with random weights. */
  static TextModel causal() {
    return Shared.CAUSAL;
  }
}
