package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Attention;
import evenhand.autograd.nn.Layer;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Multi-head self-attention of {@code [rows, length, width]}, with as many key heads as query heads or fewer.
 *
 * <p>With fewer, query heads {@code 0 .. g - 1} share key head 0, the next g key head 1 and so on, g = heads / keyHeads.
 *
 * @param q maps the width to {@code heads * headWidth}
 * @param k maps the width to {@code keyHeads * headWidth}, as does v
 * @param o maps {@code heads * headWidth} back to the width
 * @param scale factor of the scores
 */
record MultiHead(Layer q, Layer k, Layer v, Layer o, int heads, int keyHeads, double scale) {
  /** How often a bias must repeat the queries: query heads for each key head. */
  int group() {
    return heads / keyHeads;
  }

  /**
   * The output, [rows, length, width].
   *
   * @param bias added to the scores, as {@link TokenBatch#attentionBias} gives it for {@link #group} repeats
   * @param turn applied to queries and keys, [rows, heads, length, headWidth]
   */
  Var forward(Var x, Optional<Var> bias, UnaryOperator<Var> turn) {
    int rows = x.shape().dim(0);
    int length = x.shape().dim(1);
    Var queries = turn.apply(split(q.forward(x), heads));
    int headWidth = queries.shape().dim(3);
    // Query heads that share a key head lie below one another: one product for all of them.
    Var grouped = queries.reshape(rows, keyHeads, group() * length, headWidth);
    Attention.Options options = Attention.Options.defaults().withScale(scale);
    Var mixed = Attention.scaledDotProduct(grouped, turn.apply(split(k.forward(x), keyHeads)),
        split(v.forward(x), keyHeads), bias.map(options::withBias).orElse(options));
    Var joined = mixed.reshape(rows, heads, length, headWidth).permute(0, 2, 1, 3);
    return o.forward(joined.reshape(rows, length, heads * headWidth));
  }

  /** {@code [rows, length, heads * headWidth] -> [rows, heads, length, headWidth]}. */
  private static Var split(Var x, int heads) {
    int width = x.shape().dim(2) / heads;
    return x.reshape(x.shape().dim(0), x.shape().dim(1), heads, width).permute(0, 2, 1, 3);
  }
}
