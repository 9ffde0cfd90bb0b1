package evenhand.autograd.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.autograd.io.FormatException;
import evenhand.autograd.io.Safetensors;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class HuggingFaceTests {
  static final List<String> ARCHITECTURES = TinyModels.ARCHITECTURES;

  @TempDir
  private Path directory;

  private final Device device = Device.cpu();

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void writtenAndReadAreTheSameBits(String architecture) throws IOException {
    for (boolean tied : new boolean[]{true, false}) {
      ModelConfig config = TinyModels.config(architecture).with("tie_word_embeddings", tied);
      LanguageModel model = TinyModels.create(config, device);
      Path other = Files.writeString(directory.resolve("tokenizer.json"), "{}");
      Path target = directory.resolve("model-" + tied);
      HuggingFace.write(model, target, List.of(other));
      LanguageModel again = HuggingFace.read(target, device);
      assertThat(again.parameters().keySet()).containsExactlyElementsOf(model.parameters().keySet());
      model.parameters().forEach((name, parameter) -> assertThat(again.parameters().get(name).value().toFloats())
          .as(name).containsExactly(parameter.value().toFloats()));
      assertThat(again.config().values()).containsAllEntriesOf(config.values()).containsEntry("dtype", "float32");
      assertThat(target.resolve("tokenizer.json")).hasContent("{}");
      try (Stream<Path> files = Files.list(target)) {
        assertThat(files).hasSize(3);
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).as("nothing left beside").hasSize(3);
    }
  }

  @Test
  void copyHasWeightsOfItsOwn() {
    LanguageModel model = tiny();
    LanguageModel copy = HuggingFace.copy(model);
    float[] before = model.logits(TokenBatch.of(1, 2)).value().toFloats();
    copy.parameters().forEach((_, parameter) -> parameter.value().copyFrom(parameter.value().times(2)));
    assertThat(model.logits(TokenBatch.of(1, 2)).value().toFloats()).containsExactly(before);
    assertThat(copy.parameters().keySet()).containsExactlyElementsOf(model.parameters().keySet());
  }

  @Test
  void olderNamesAreUnderstood() throws IOException {
    ModelConfig config = TinyModels.config("BertForMaskedLM");
    LanguageModel model = TinyModels.create(config, device);
    Path target = written(model, tensors -> {
      for (String name : List.copyOf(tensors.keySet())) {
        String older = name.replaceFirst("^bert\\.", "").replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta");
        tensors.put(older, tensors.remove(name));
      }
      tensors.put("pooler.dense.weight", device.zeros(3)); // of another head
      tensors.put("cls.predictions.decoder.weight", device.zeros(3)); // tied: not looked at
    });
    assertThat(HuggingFace.read(target, device).logits(TokenBatch.of(5, 6)).value().toFloats())
        .containsExactly(model.logits(TokenBatch.of(5, 6)).value().toFloats());
  }

  /** Untied models of today's libraries store a bias with the decoder, which is the one in use. */
  @Test
  void secondBiasOfAnUntiedHead() throws IOException {
    LanguageModel model = TinyModels.create(TinyModels.config("RobertaForMaskedLM").with("tie_word_embeddings", false),
        device);
    Path target = written(model, tensors -> tensors.put("lm_head.decoder.bias",
        tensors.get("lm_head.bias").plus(device.scalar(100))));
    LanguageModel read = HuggingFace.read(target, device);
    assertThat(read.parameters()).containsKeys("lm_head.bias", "lm_head.decoder.bias", "lm_head.decoder.weight");
    float first = model.logits(TokenBatch.of(5)).value().toFloats()[0];
    assertThat(read.logits(TokenBatch.of(5)).value().toFloats()[0]).isGreaterThan(first + 99);
    Path alone = written(model, tensors -> tensors.put("lm_head.decoder.bias", tensors.remove("lm_head.bias")));
    assertThat(HuggingFace.read(alone, device).logits(TokenBatch.of(5)).value().toFloats()[0]).isEqualTo(first);
  }

  @Test
  void olderPlaceOfTheRotaryBase() {
    ModelConfig config = TinyModels.config("LlamaForCausalLM");
    float[] old = logits(config.with("rope_theta", 500.0));
    float[] now = logits(config.with("rope_parameters", Map.of("rope_type", "default", "rope_theta", 500.0)));
    assertThat(old).containsExactly(now);
    assertThat(old).isNotEqualTo(logits(config));
  }

  /**
   * theta 16 and width 8 give 1, 1/2, 1/4, 1/8 radians a position. With 40 pi positions these are 20, 10, 5 and 2.5
   * turns: above high 10 as they are, below low 4 an eighth; 5 is a sixth of the way, 1/4 (1/6 + 5/6 / 8).
   */
  @Test
  void stretchedRotaryFrequencies() {
    ModelConfig config = TinyModels.config("LlamaForCausalLM").with("rope_theta", 16);
    assertThat(RotaryFrequencies.of(config, 8)).containsExactly(1, 0.5, 0.25, 0.125);
    assertThat(RotaryFrequencies.of(config.with("rope_scaling", Map.of("type", "linear", "factor", 4)), 8))
        .containsExactly(0.25, 0.125, 0.0625, 0.03125);
    Map<String, Object> stretched = Map.of("rope_type", "llama3", "factor", 8.0, "low_freq_factor", 4,
        "high_freq_factor", 10, "original_max_position_embeddings", 40 * Math.PI);
    double[] expected = {1, 0.5, 0.25 * (1 / 6.0 + 5 / 48.0), 0.125 / 8};
    assertThat(RotaryFrequencies.of(config.with("rope_scaling", stretched), 8))
        .usingComparatorWithPrecision(1e-12).containsExactly(expected);
    Map<String, Object> today = new LinkedHashMap<>(stretched);
    today.put("rope_theta", 16);
    assertThat(RotaryFrequencies.of(TinyModels.config("LlamaForCausalLM").with("rope_parameters", today), 8))
        .usingComparatorWithPrecision(1e-12).containsExactly(expected);
  }

  private float[] logits(ModelConfig config) {
    return TinyModels.create(config, device).logits(TokenBatch.of(5, 6, 7)).value().toFloats();
  }

  @Test
  void filesThatDoNotFitAreNamed() throws IOException {
    LanguageModel model = tiny();
    String name = "model.layers.1.mlp.up_proj.weight";
    assertThatThrownBy(() -> HuggingFace.read(written(model, t -> t.remove(name)), device))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("model.safetensors", "there is no tensor " + name, "[20, 12]");
    assertThatThrownBy(() -> HuggingFace.read(written(model, t -> t.put(name, device.zeros(12, 20))), device))
        .isInstanceOf(FormatException.class).hasMessageContainingAll(name + " has shape [12, 20]", "[20, 12]");
    assertThatThrownBy(() -> HuggingFace.read(written(model, t -> t.put("q_norm.weight", device.zeros(4))), device))
        .isInstanceOf(FormatException.class).hasMessageContainingAll("q_norm.weight is not part of the model");
    int[] whole = new int[240];
    assertThatThrownBy(() -> HuggingFace.read(written(model, t -> t.put(name, device.tensor(whole, 20, 12))), device))
        .isInstanceOf(FormatException.class).hasMessageContainingAll(name + " is I32", "convert it to F32");
    assertThatThrownBy(() -> HuggingFace.read(directory.resolve("none"), device))
        .isInstanceOf(UncheckedIOException.class).hasMessageContaining("config.json");
  }

  @Test
  void configurationsThatAreNotSupportedAreNamed() {
    assertFault("LlamaForCausalLM", "rope_parameters", Map.of("rope_type", "yarn"),
        "rope_parameters.rope_type is yarn");
    assertFault("LlamaForCausalLM", "rope_scaling", Map.of("type", "dynamic"), "rope_scaling.rope_type is dynamic");
    assertFault("LlamaForCausalLM", "rope_scaling", Map.of("type", "linear"), "rope_scaling.factor must be");
    assertFault("LlamaForCausalLM", "hidden_act", "gelu_10", "hidden_act is gelu_10", "silu");
    assertFault("LlamaForCausalLM", "num_key_value_heads", 4, "num_attention_heads 6 cannot be split");
    assertFault("LlamaForCausalLM", "head_dim", 3, "it must be even");
    assertFault("BertForMaskedLM", "position_embedding_type", "relative_key", "only absolute is");
    assertFault("BertForMaskedLM", "hidden_size", 13, "hidden_size 13 cannot be split into num_attention_heads 6");
    assertFault("BertForMaskedLM", "hidden_size", null, "hidden_size is missing");
    assertFault("BertForMaskedLM", "hidden_size", "wide", "hidden_size is wide, not a number");
    assertFault("BertForMaskedLM", "vocab_size", 0, "vocab_size is 0");
    assertFault("BertForMaskedLM", "vocab_size", 1.5, "vocab_size is 1.5, not a whole number");
    assertFault("GPT2LMHeadModel", "add_cross_attention", true, "add_cross_attention is true");
    assertFault("GPT2LMHeadModel", "architectures", List.of("T5Model"), "[T5Model]", "LlamaForCausalLM");
  }

  private void assertFault(String architecture, String key, Object value, String... expected) {
    ModelConfig config = TinyModels.config(architecture).with(key, value);
    assertThatThrownBy(() -> TinyModels.create(config, device)).isInstanceOf(FormatException.class)
        .hasMessageContaining("config.json").hasMessageContainingAll(expected);
  }

  @Test
  void damagedConfigurationsAreNamed() throws IOException {
    for (String text : List.of("", "[]", "{", "{\"a\": 1, \"a\": 2}", "{} {}", "{\"a\": nul}")) {
      Path file = Files.writeString(directory.resolve("config.json"), text);
      assertThatThrownBy(() -> ModelConfig.read(file)).as(text).isInstanceOf(FormatException.class)
          .hasMessageContaining("config.json");
    }
    Path file = directory.resolve("config.json");
    String text = "{\"a\": null, \"b\": [1, 2.5, true, \"x\"], \"c\": {\"d\": -3}}";
    ModelConfig config = ModelConfig.read(Files.writeString(file, text));
    assertThat(ModelConfig.read(Files.writeString(file, config.toJson())).values()).isEqualTo(config.values());
    assertThat(config.toJson().replaceAll("\\s", "")).isEqualTo(text.replaceAll("\\s", ""));
  }

  @Test
  void splitWeightsAreRefused() throws IOException {
    Path target = written(tiny(), _ -> {});
    Files.move(target.resolve("model.safetensors"), target.resolve("model.safetensors.index.json"));
    assertThatThrownBy(() -> HuggingFace.read(target, device)).hasMessageContaining("split over several files");
  }

  @Test
  void nothingIsOverwrittenAndNothingLeft() throws IOException {
    Path target = written(tiny(), _ -> {});
    assertThatThrownBy(() -> HuggingFace.write(tiny(), target, List.of())).hasMessageContaining("not empty");
    Path absent = directory.resolve("absent.json");
    Path fresh = directory.resolve("fresh");
    assertThatThrownBy(() -> HuggingFace.write(tiny(), fresh, List.of(absent))).hasMessageContaining("absent.json");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(target);
    }
  }

  private LanguageModel tiny() {
    return TinyModels.create(TinyModels.config("LlamaForCausalLM"), device);
  }

  /** Writes a model with other tensors than its own. */
  private Path written(LanguageModel model, Consumer<Map<String, Tensor>> change) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    model.parameters().forEach((name, parameter) -> tensors.put(name, parameter.value()));
    change.accept(tensors);
    Path target = Files.createDirectory(directory.resolve("given-" + UUID.randomUUID()));
    Files.writeString(target.resolve("config.json"), model.config().toJson());
    Safetensors.write(target.resolve("model.safetensors"), tensors, Map.of());
    return target;
  }
}
