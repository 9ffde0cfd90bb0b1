package evenhand.autograd.models;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Configurations of small models, one an architecture. */
public final class TinyModels {
  private TinyModels() {}

  /** All architectures, by name. */
  public static final List<String> ARCHITECTURES = List.of("BertForMaskedLM", "RobertaForMaskedLM",
      "DistilBertForMaskedLM", "GPT2LMHeadModel", "LlamaForCausalLM");

  /** Two layers, vocabulary 31, texts of up to 16 tokens. */
  public static ModelConfig config(String architecture) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("architectures", List.of(architecture));
    values.put("vocab_size", 31);
    values.put("initializer_range", 0.3);
    values.put("pad_token_id", 1);
    switch (architecture) {
      case "DistilBertForMaskedLM" -> values.putAll(Map.of("dim", 12, "hidden_dim", 20, "n_layers", 2, "n_heads", 3,
          "max_position_embeddings", 16));
      case "GPT2LMHeadModel" -> values.putAll(Map.of("n_embd", 12, "n_layer", 2, "n_head", 3, "n_positions", 16));
      default -> values.putAll(Map.of("hidden_size", 12, "intermediate_size", 20, "num_hidden_layers", 2,
          "num_attention_heads", 6, "max_position_embeddings", architecture.startsWith("Roberta") ? 18 : 16));
    }
    if (architecture.startsWith("Llama")) {
      values.put("num_key_value_heads", 2);
      values.put("head_dim", 4);
    }
    return ModelConfig.of(values);
  }

  /** With random weights, biases and norms too. */
  public static LanguageModel create(ModelConfig config, Device device) {
    LanguageModel model = HuggingFace.create(config, new Rng(7), device);
    Rng rng = new Rng(8);
    model.parameters().forEach((_, parameter) -> parameter.value()
        .copyFrom(parameter.value().plus(rng.normal(device, parameter.shape().dims()).times(0.2))));
    return model;
  }
}
