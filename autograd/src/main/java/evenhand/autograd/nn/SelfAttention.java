package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Map;

/**
 * Multi-head self-attention of {@code [rows, length, width]}.
 *
 * @param q queries, a map from width to width, as are keys k, values v and the output o
 * @param heads a divisor of the width
 * @param causal position i sees positions 0 .. i only
 */
public record SelfAttention(Linear q, Linear k, Linear v, Linear o, int heads, boolean causal) implements Layer {
  /** Checks that the heads divide the width. */
  public SelfAttention {
    int width = q.weight().shape().dim(0);
    if (heads < 1 || width % heads != 0) {
      throw new IllegalArgumentException("selfAttention: width " + width + " cannot be split into " + heads + " heads");
    }
  }

  /** With biases and the default initialisation of {@link Linear}. */
  public static SelfAttention of(Rng rng, Device device, int width, int heads, boolean causal) {
    return new SelfAttention(Linear.of(rng, device, width, width), Linear.of(rng, device, width, width),
        Linear.of(rng, device, width, width), Linear.of(rng, device, width, width), heads, causal);
  }

  @Override
  public Var forward(Var x, Phase phase) {
    Var mixed = Attention.scaledDotProduct(split(q.forward(x, phase)), split(k.forward(x, phase)),
        split(v.forward(x, phase)), Attention.Options.defaults().withCausal(causal));
    return o.forward(mixed.permute(0, 2, 1, 3).reshape(x.shape()), phase);
  }

  /** {@code [rows, length, width] -> [rows, heads, length, width / heads]}. */
  private Var split(Var x) {
    int width = x.shape().dim(2);
    return x.reshape(x.shape().dim(0), x.shape().dim(1), heads, width / heads).permute(0, 2, 1, 3);
  }

  @Override
  public Map<String, Var> parameters() {
    return new Named<Var>().add("q", q.parameters()).add("k", k.parameters()).add("v", v.parameters())
        .add("o", o.parameters()).map();
  }
}
