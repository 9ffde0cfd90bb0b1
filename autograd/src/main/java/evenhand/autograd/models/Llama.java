package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Convolutions;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Norms;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Llama with its causal head: RMS norm before each block, rotary positions, grouped key heads, gated feed-forward.
 *
 * <pre>
 *  x = embedding[ids]
 *  each layer:  x += attention(norm(x));  x += down(silu(gate y) * up y),  y = norm(x)
 *  logits = head norm(x)
 * </pre>
 *
 * <p>Source: Touvron et al., Llama 2, 2023.
 */
final class Llama extends Pretrained {
  static final String ARCHITECTURE = "LlamaForCausalLM";
  static final String PREFIX = "model.";
  private static final int WIDEST_HEAD = 1 << 16; // each pair's turn is worked out before any weight confirms the width

  /** What the configuration says. */
  private record Config(int vocabulary, int width, int inner, int layers, int heads, int keyHeads, int headWidth,
      int maxLength, double eps, double[] frequencies, UnaryOperator<Var> activation, boolean attentionBias,
      boolean feedForwardBias, boolean tied) {
    static Config of(ModelConfig json) {
      int width = json.size("hidden_size");
      int heads = json.size("num_attention_heads");
      int keyHeads = json.size("num_key_value_heads", heads);
      json.headWidth("num_attention_heads", heads, "num_key_value_heads", keyHeads);
      int headWidth = json.has("head_dim") ? json.size("head_dim")
          : json.headWidth("hidden_size", width, "num_attention_heads", heads);
      if (headWidth % 2 != 0 || headWidth > WIDEST_HEAD) {
        throw json.fault("head_dim is " + headWidth + ", but rotary positions turn pairs; it must be even and at most "
            + WIDEST_HEAD);
      }
      json.requireOnly("pretraining_tp", 1);
      return new Config(json.size("vocab_size"), width, json.size("intermediate_size"), json.size("num_hidden_layers"),
          heads, keyHeads, headWidth, json.size("max_position_embeddings", 2048), json.real("rms_norm_eps", 1e-6),
          RotaryFrequencies.of(json, headWidth), FeedForward.activation(json, "hidden_act", "silu"),
          json.flag("attention_bias", false),
          json.flag("mlp_bias", false), json.flag("tie_word_embeddings", false));
    }
  }

  private record Block(Var attentionNorm, MultiHead attention, Var feedForwardNorm, FeedForward feedForward) {}

  private final Config config;
  private final Var embedding;
  private final List<Block> blocks = new ArrayList<>();
  private final Var norm;
  private final Var head;

  Llama(ModelConfig json, Weights weights) {
    Config config = Config.of(json);
    super(json, weights, true, config.vocabulary, config.maxLength);
    this.config = config;
    embedding = weights.parameter("model.embed_tokens.weight", config.vocabulary, config.width);
    for (int i = 0; i < config.layers; i++) {
      blocks.add(block(weights, "model.layers." + i + "."));
    }
    norm = weights.parameter("model.norm.weight", config.width);
    head = config.tied ? embedding : weights.parameter("lm_head.weight", config.vocabulary, config.width);
  }

  private Block block(Weights weights, String name) {
    int queries = config.heads * config.headWidth;
    int keys = config.keyHeads * config.headWidth;
    MultiHead attention = new MultiHead(
        linear(weights, name + "self_attn.q_proj", queries, config.width, config.attentionBias),
        linear(weights, name + "self_attn.k_proj", keys, config.width, config.attentionBias),
        linear(weights, name + "self_attn.v_proj", keys, config.width, config.attentionBias),
        linear(weights, name + "self_attn.o_proj", config.width, queries, config.attentionBias),
        config.heads, config.keyHeads, 1 / Math.sqrt(config.headWidth));
    Layer gate = linear(weights, name + "mlp.gate_proj", config.inner, config.width, config.feedForwardBias);
    FeedForward feedForward = new FeedForward(
        linear(weights, name + "mlp.up_proj", config.inner, config.width, config.feedForwardBias),
        linear(weights, name + "mlp.down_proj", config.width, config.inner, config.feedForwardBias),
        Optional.of(gate), config.activation);
    return new Block(weights.parameter(name + "input_layernorm.weight", config.width), attention,
        weights.parameter(name + "post_attention_layernorm.weight", config.width), feedForward);
  }

  private static Layer linear(Weights weights, String name, int out, int in, boolean bias) {
    return new Linear(weights.parameter(name + ".weight", out, in), weights.parameter(bias, name + ".bias", out));
  }

  @Override
  public Var hidden(TokenBatch batch) {
    batch.check(this);
    int group = config.heads / config.keyHeads;
    Optional<Var> bias = batch.attentionBias(device(), true, group);
    Rotary rotary = Rotary.of(device(), batch.columns(), config.frequencies);
    Var x = batch.lookUp(embedding);
    for (Block block : blocks) {
      x = x.plus(block.attention.forward(normalised(x, block.attentionNorm), bias, rotary::turn));
      x = x.plus(block.feedForward.forward(normalised(x, block.feedForwardNorm)));
    }
    return normalised(x, norm);
  }

  private Var normalised(Var x, Var weight) {
    return Norms.rmsNorm(x, Optional.of(weight), config.eps);
  }

  @Override
  public Var head(Var hidden) {
    return Convolutions.linear(hidden, head, Optional.empty());
  }
}
