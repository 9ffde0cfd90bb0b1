package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Convolutions;
import evenhand.autograd.nn.LayerNorm;
import evenhand.autograd.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * BERT, DistilBERT and RoBERTa with their masked heads: layer norm behind each block, learned positions, all positions
 * see each other.
 *
 * <pre>
 *  x = norm(words[ids] + positions + types)
 *  each layer:  x = norm(x + attention(x));  x = norm(x + out(gelu(in x)))
 *  logits = decoder norm(gelu(transform x)) + bias
 * </pre>
 *
 * <p>They differ in names, in token types and in how positions are counted: {@link Family}. Sources: Devlin et al.,
 * BERT, 2019; Sanh et al., DistilBERT, 2019; Liu et al., RoBERTa, 2019.
 */
final class MaskedEncoder extends Pretrained {
  /** Names of a family's tensors, below the prefix for the body and as they are for the head. */
  enum Family {
    BERT("BertForMaskedLM", "bert.", "encoder.layer.",
        new BlockNames("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
            "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),
        new HeadNames("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias",
            "cls.predictions.decoder")),
    ROBERTA("RobertaForMaskedLM", "roberta.", BERT.layer, BERT.block,
        new HeadNames("lm_head.dense", "lm_head.layer_norm", "lm_head.bias", "lm_head.decoder")),
    DISTILBERT("DistilBertForMaskedLM", "distilbert.", "transformer.layer.",
        new BlockNames("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
            "ffn.lin1", "ffn.lin2", "output_layer_norm"),
        new HeadNames("vocab_transform", "vocab_layer_norm", "vocab_projector.bias", "vocab_projector"));

    private record BlockNames(String q, String k, String v, String o, String attentionNorm, String in, String out,
        String feedForwardNorm) {}

    /** The bias is a tensor of its own beside the decoder's, to which it is tied as the embedding is. */
    private record HeadNames(String transform, String norm, String bias, String decoder) {}

    final String architecture;
    final String prefix;
    private final String layer;
    private final BlockNames block;
    private final HeadNames head;

    Family(String architecture, String prefix, String layer, BlockNames block, HeadNames head) {
      this.architecture = architecture;
      this.prefix = prefix;
      this.layer = layer;
      this.block = block;
      this.head = head;
    }
  }

  /**
   * What the configuration says.
   *
   * @param positions rows of the table of positions
   * @param types 0 for a family without token types
   * @param firstPosition of the first token; one less is that of padding, where the family has one
   */
  private record Config(int vocabulary, int width, int inner, int layers, int heads, int positions, int types,
      int firstPosition, double eps, UnaryOperator<Var> activation, boolean tied) {
    static Config of(Family family, ModelConfig json) {
      boolean distil = family == Family.DISTILBERT;
      int width = json.size(distil ? "dim" : "hidden_size");
      String headsKey = distil ? "n_heads" : "num_attention_heads";
      int heads = json.size(headsKey);
      json.headWidth(distil ? "dim" : "hidden_size", width, headsKey, heads);
      json.requireOnly("position_embedding_type", "absolute");
      json.requireOnly("is_decoder", false);
      json.requireOnly("add_cross_attention", false);
      return new Config(json.size("vocab_size"), width, json.size(distil ? "hidden_dim" : "intermediate_size"),
          json.size(distil ? "n_layers" : "num_hidden_layers"), heads, json.size("max_position_embeddings", 512),
          distil ? 0 : json.size("type_vocab_size", 2),
          family == Family.ROBERTA ? json.integer("pad_token_id", 1) + 1 : 0,
          distil ? 1e-12 : json.real("layer_norm_eps", 1e-12),
          FeedForward.activation(json, distil ? "activation" : "hidden_act", "gelu"),
          json.flag("tie_word_embeddings", true));
    }
  }

  private record Block(MultiHead attention, LayerNorm attentionNorm, FeedForward feedForward,
      LayerNorm feedForwardNorm) {}

  private final Config config;
  private final Var words;
  private final Var positions;
  private final Optional<Var> types;
  private final LayerNorm embeddingNorm;
  private final List<Block> blocks = new ArrayList<>();
  private final Linear transform;
  private final LayerNorm headNorm;
  private final Var decoder;
  private final Var decoderBias;

  MaskedEncoder(Family family, ModelConfig json, Weights weights) {
    Config config = Config.of(family, json);
    super(json, weights, false, config.vocabulary, config.positions - config.firstPosition);
    this.config = config;
    String embeddings = family.prefix + "embeddings.";
    words = weights.parameter(embeddings + "word_embeddings.weight", config.vocabulary, config.width);
    positions = weights.parameter(embeddings + "position_embeddings.weight", config.positions, config.width);
    types = weights.parameter(config.types > 0, embeddings + "token_type_embeddings.weight", config.types,
        config.width);
    embeddingNorm = weights.layerNorm(embeddings + "LayerNorm", config.width, config.eps);
    for (int i = 0; i < config.layers; i++) {
      blocks.add(block(weights, family.prefix + family.layer + i + ".", family.block));
    }
    transform = weights.linear(family.head.transform, config.width, config.width);
    headNorm = weights.layerNorm(family.head.norm, config.width, config.eps);
    // Untied models of today's libraries store a bias with the decoder, which is the one in use.
    String own = family.head.decoder + ".bias";
    boolean second = !config.tied && !own.equals(family.head.bias) && weights.has(own);
    Optional<Var> bias = weights.parameter(!second || weights.has(family.head.bias), family.head.bias,
        config.vocabulary);
    decoder = config.tied ? words
        : weights.parameter(family.head.decoder + ".weight", config.vocabulary, config.width);
    decoderBias = second ? weights.parameter(own, config.vocabulary) : bias.orElseThrow();
  }

  private Block block(Weights weights, String name, Family.BlockNames names) {
    int width = config.width;
    MultiHead attention = new MultiHead(weights.linear(name + names.q, width, width),
        weights.linear(name + names.k, width, width), weights.linear(name + names.v, width, width),
        weights.linear(name + names.o, width, width), config.heads, config.heads,
        1 / Math.sqrt(width / config.heads));
    LayerNorm attentionNorm = weights.layerNorm(name + names.attentionNorm, width, config.eps);
    FeedForward feedForward = new FeedForward(weights.linear(name + names.in, config.inner, width),
        weights.linear(name + names.out, width, config.inner), Optional.empty(), config.activation);
    return new Block(attention, attentionNorm, feedForward,
        weights.layerNorm(name + names.feedForwardNorm, width, config.eps));
  }

  @Override
  public Var hidden(TokenBatch batch) {
    batch.check(this);
    Var embedded = batch.lookUp(words);
    if (types.isPresent()) {
      batch.checkTypes(config.types);
      embedded = embedded.plus(batch.lookUp(types.get(), batch.types()));
    }
    Var x = embeddingNorm.forward(embedded.plus(positions(batch)));
    Optional<Var> bias = batch.attentionBias(device(), false, 1);
    for (Block block : blocks) {
      x = block.attentionNorm.forward(block.attention.forward(x, bias, UnaryOperator.identity()).plus(x));
      x = block.feedForwardNorm.forward(block.feedForward.forward(x).plus(x));
    }
    return x;
  }

  /** [columns, width], or [rows, columns, width] where the count begins anew after padding. */
  private Var positions(TokenBatch batch) {
    if (config.firstPosition == 0) {
      return positions.slice(0, 0, batch.columns());
    }
    int[] counted = new int[batch.ids().length];
    for (int i = 0; i < counted.length; i++) {
      boolean token = batch.mask()[i] != 0;
      int before = i % batch.columns() == 0 ? 0 : counted[i - 1]; // tokens of this row so far
      counted[i] = before + (token ? 1 : 0);
    }
    int padding = config.firstPosition - 1;
    for (int i = 0; i < counted.length; i++) {
      counted[i] = batch.mask()[i] != 0 ? padding + counted[i] : padding;
    }
    return batch.lookUp(positions, counted);
  }

  @Override
  public Var head(Var hidden) {
    Var transformed = headNorm.forward(config.activation.apply(transform.forward(hidden)));
    return Convolutions.linear(transformed, decoder, Optional.of(decoderBias));
  }
}
