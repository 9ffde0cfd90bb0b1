package evenhand.autograd.nn;

import evenhand.autograd.Var;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/** Scaled dot-product attention. */
public final class Attention {
  private Attention() {}

  /**
   * Options of {@link #scaledDotProduct(Var, Var, Var, Options)}.
   *
   * @param bias added to the scores, broadcast to [.., queries, keys]; may hold -infinity
   * @param allowed 1 where a query may look at a key, 0 where not, broadcast to [.., queries, keys]
   * @param causal query i sees keys 0 .. i only
   * @param scale factor of the scores; {@code 1 / sqrt(width)} if absent
   */
  public record Options(Optional<Var> bias, Optional<Var> allowed, boolean causal, OptionalDouble scale) {
    /** No mask, the usual scale. */
    public static Options defaults() {
      return new Options(Optional.empty(), Optional.empty(), false, OptionalDouble.empty());
    }

    /** With numbers added to the scores. */
    public Options withBias(Var added) {
      return new Options(Optional.of(added), allowed, causal, scale);
    }

    /** With a mask of 0 and 1. */
    public Options withAllowed(Var mask) {
      return new Options(bias, Optional.of(mask), causal, scale);
    }

    /** With or without the causal mask. */
    public Options withCausal(boolean on) {
      return new Options(bias, allowed, on, scale);
    }

    /** With another factor of the scores. */
    public Options withScale(double factor) {
      return new Options(bias, allowed, causal, OptionalDouble.of(factor));
    }
  }

  /** {@code softmax(q k^T / sqrt(width)) v}. */
  public static Var scaledDotProduct(Var q, Var k, Var v) {
    return scaledDotProduct(q, k, v, Options.defaults());
  }

  /**
   * {@code softmax(scale q k^T + mask) v}; a query that may look at nothing gets zeros.
   *
   * @param q [.., queries, width]
   * @param k [.., keys, width]
   * @param v [.., keys, values]; the axes before the last two broadcast
   */
  public static Var scaledDotProduct(Var q, Var k, Var v, Options options) {
    double scale = options.scale().orElse(1 / Math.sqrt(q.shape().dim(-1)));
    Var scores = q.times(scale).matmul(k.transpose());
    if (options.bias().isPresent()) {
      scores = scores.plus(options.bias().get());
    }
    if (options.allowed().isPresent()) {
      scores = options.allowed().get().where(scores, scores.like(Double.NEGATIVE_INFINITY));
    }
    if (options.causal()) {
      scores = causalMask(q, k).where(scores, scores.like(Double.NEGATIVE_INFINITY));
    }
    boolean maybeEmpty = options.bias().isPresent() || options.allowed().isPresent();
    return (maybeEmpty ? scores.softmaxOrZero(-1) : scores.softmax(-1)).matmul(v);
  }

  private static Var causalMask(Var q, Var k) {
    int queries = q.shape().dim(-2);
    int keys = k.shape().dim(-2);
    float[] mask = new float[queries * keys];
    for (int i = 0; i < queries; i++) {
      Arrays.fill(mask, i * keys, i * keys + Math.min(i + 1, keys), 1);
    }
    return Var.of(q.device().tensor(mask, queries, keys));
  }
}
