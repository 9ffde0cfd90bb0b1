package evenhand.autograd.nn;

import evenhand.autograd.Var;

/** Elementwise functions beyond those of {@link Var} (relu, tanh, sigmoid). Kinks take PyTorch's derivative. */
public final class Activations {
  private static final double INVERSE_SQRT_2 = Math.sqrt(0.5);
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  private Activations() {}

  /** {@code x Phi(x) = x (1 + erf(x / sqrt 2)) / 2}. */
  public static Var gelu(Var x) {
    return x.times(x.times(INVERSE_SQRT_2).erf().plus(1)).times(0.5);
  }

  /** {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}, as GPT-2 has it. */
  public static Var geluTanh(Var x) {
    Var inner = x.plus(x.square().times(x).times(0.044715)).times(SQRT_2_OVER_PI);
    return x.times(inner.tanh().plus(1)).times(0.5);
  }

  /** {@code x sigmoid(x)}. */
  public static Var silu(Var x) {
    return x.times(x.sigmoid());
  }

  /** x above 0, else {@code slope x}; derivative {@code slope} at 0. */
  public static Var leakyRelu(Var x, double slope) {
    return x.step().where(x, x.times(slope));
  }

  /** {@code log(1 + e^(beta x)) / beta}, and x itself where {@code beta x > threshold}. */
  public static Var softplus(Var x, double beta, double threshold) {
    Var scaled = x.times(beta);
    return scaled.gt(x.like(threshold)).where(x, scaled.softplus().div(beta));
  }

  /** {@code log(sigmoid(x))}, without overflow. */
  public static Var logSigmoid(Var x) {
    return x.neg().softplus().neg();
  }

  /** x above 0, else {@code alpha (e^x - 1)}. */
  public static Var elu(Var x, double alpha) {
    Var positive = x.step();
    Var negative = positive.where(x.like(0), x); // keeps overflow of the other branch out of the derivative
    return positive.where(x, negative.expm1().times(alpha));
  }

  /** x within {@code [low, high]}, the nearer bound outside; derivative 0 at the bounds. */
  public static Var hardTanh(Var x, double low, double high) {
    Var inside = x.gt(x.like(low)).times(x.lt(x.like(high)));
    return inside.where(x, x.detach().max(x.like(low)).min(x.like(high)));
  }
}
