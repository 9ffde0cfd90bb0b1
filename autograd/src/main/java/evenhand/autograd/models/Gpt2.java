package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Convolutions;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.LayerNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * GPT-2 with its causal head: layer norm before each block, learned positions, weights stored as [in, out].
 *
 * <pre>
 *  x = wte[ids] + wpe[position]
 *  each layer:  x += attention(norm(x));  x += proj(gelu(fc norm(x)))
 *  logits = head norm(x)
 * </pre>
 *
 * <p>Source: Radford et al., Language models are unsupervised multitask learners, 2019.
 */
final class Gpt2 extends Pretrained {
  static final String ARCHITECTURE = "GPT2LMHeadModel";
  static final String PREFIX = "transformer.";

  /** What the configuration says. */
  private record Config(int vocabulary, int width, int inner, int layers, int heads, int maxLength, double eps,
      UnaryOperator<Var> activation, boolean scaled, boolean scaledByLayer, boolean tied) {
    static Config of(ModelConfig json) {
      int width = json.size("n_embd");
      json.headWidth("n_embd", width, "n_head", json.size("n_head"));
      json.requireOnly("add_cross_attention", false);
      return new Config(json.size("vocab_size"), width, json.size("n_inner", 4 * width), json.size("n_layer"),
          json.size("n_head"), json.size("n_positions", 1024), json.real("layer_norm_epsilon", 1e-5),
          FeedForward.activation(json, "activation_function", "gelu_new"), json.flag("scale_attn_weights", true),
          json.flag("scale_attn_by_inverse_layer_idx", false), json.flag("tie_word_embeddings", true));
    }
  }

  private record Block(LayerNorm attentionNorm, MultiHead attention, LayerNorm feedForwardNorm,
      FeedForward feedForward) {}

  private final Config config;
  private final Var tokens;
  private final Var positions;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Var head;

  Gpt2(ModelConfig json, Weights weights) {
    Config config = Config.of(json);
    super(json, weights, true, config.vocabulary, config.maxLength);
    this.config = config;
    tokens = weights.parameter("transformer.wte.weight", config.vocabulary, config.width);
    positions = weights.parameter("transformer.wpe.weight", config.maxLength, config.width);
    for (int i = 0; i < config.layers; i++) {
      blocks.add(block(weights, "transformer.h." + i + ".", i));
    }
    norm = weights.layerNorm("transformer.ln_f", config.width, config.eps);
    head = config.tied ? tokens : weights.parameter("lm_head.weight", config.vocabulary, config.width);
  }

  private Block block(Weights weights, String name, int index) {
    int width = config.width;
    double scale = (config.scaled ? 1 / Math.sqrt(width / config.heads) : 1)
        / (config.scaledByLayer ? index + 1 : 1);
    LayerNorm attentionNorm = weights.layerNorm(name + "ln_1", width, config.eps);
    Var packed = weights.parameter(name + "attn.c_attn.weight", width, 3 * width); // queries, keys, values
    Var packedBias = weights.parameter(name + "attn.c_attn.bias", 3 * width);
    MultiHead attention = new MultiHead(part(packed, packedBias, 0), part(packed, packedBias, 1),
        part(packed, packedBias, 2), linear(weights, name + "attn.c_proj", width, width), config.heads, config.heads,
        scale);
    LayerNorm feedForwardNorm = weights.layerNorm(name + "ln_2", width, config.eps);
    FeedForward feedForward = new FeedForward(linear(weights, name + "mlp.c_fc", width, config.inner),
        linear(weights, name + "mlp.c_proj", config.inner, width), Optional.empty(), config.activation);
    return new Block(attentionNorm, attention, feedForwardNorm, feedForward);
  }

  private static Layer linear(Weights weights, String name, int in, int out) {
    Var weight = weights.parameter(name + ".weight", in, out);
    Var bias = weights.parameter(name + ".bias", out);
    return (x, _) -> Convolutions.linear(x, weight.transpose(), Optional.of(bias));
  }

  /** One third of a packed map: {@code [in, out]} of {@code [in, 3 out]}. */
  private static Layer part(Var packed, Var bias, int index) {
    int width = packed.shape().dim(0);
    int start = index * width;
    return (x, _) -> Convolutions.linear(x, packed.slice(1, start, start + width).transpose(),
        Optional.of(bias.slice(0, start, start + width)));
  }

  @Override
  public Var hidden(TokenBatch batch) {
    batch.check(this);
    Optional<Var> bias = batch.attentionBias(device(), true, 1);
    Var x = batch.lookUp(tokens).plus(positions.slice(0, 0, batch.columns()));
    for (Block block : blocks) {
      x = x.plus(block.attention.forward(block.attentionNorm.forward(x), bias, UnaryOperator.identity()));
      x = x.plus(block.feedForward.forward(block.feedForwardNorm.forward(x)));
    }
    return norm.forward(x);
  }

  @Override
  public Var head(Var hidden) {
    return Convolutions.linear(hidden, head, Optional.empty());
  }
}
