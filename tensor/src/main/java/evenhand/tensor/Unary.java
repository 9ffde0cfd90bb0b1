package evenhand.tensor;

import java.util.function.DoubleUnaryOperator;

/**
 * The elementwise functions of one operand.
 *
 * <p>Each constant holds its scalar meaning, which is the definition of right: the reference device evaluates it in
 * double precision and rounds once. A new constant needs its derivative rule too; the compiler points at the place.
 */
public enum Unary {
  /** {@code -x}. */
  NEG(x -> -x),
  /** {@code |x|}. */
  ABS(Math::abs),
  /** -1, 0 or 1; NaN stays NaN. */
  SIGN(Math::signum),
  /** 1 where x is positive, else 0: the derivative of relu, 0 at the kink. */
  STEP(x -> x > 0 ? 1 : 0),
  /** {@code max(x, 0)}; NaN stays NaN. */
  RELU(x -> x > 0 || Double.isNaN(x) ? x : 0),
  /** {@code x * x}. */
  SQUARE(x -> x * x),
  /** Square root; NaN below 0. */
  SQRT(Math::sqrt),
  /** {@code 1 / sqrt(x)}. */
  RSQRT(x -> 1 / Math.sqrt(x)),
  /** {@code 1 / x}. */
  RECIPROCAL(x -> 1 / x),
  /** {@code e^x}. */
  EXP(Math::exp),
  /** {@code e^x - 1}, accurate near 0. */
  EXPM1(Math::expm1),
  /** Natural logarithm. */
  LOG(Math::log),
  /** {@code log(1 + x)}, accurate near 0. */
  LOG1P(Math::log1p),
  /** Hyperbolic tangent. */
  TANH(Math::tanh),
  /** Logistic function {@code 1 / (1 + e^-x)}. */
  SIGMOID(x -> x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  /** {@code log(1 + e^x)}, without overflow. */
  SOFTPLUS(x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  /** Error function. */
  ERF(Erf::erf),
  /** Sine. */
  SIN(Math::sin),
  /** Cosine. */
  COS(Math::cos),
  /** Largest integer not above x. */
  FLOOR(Math::floor);

  private final DoubleUnaryOperator meaning;

  Unary(DoubleUnaryOperator meaning) {
    this.meaning = meaning;
  }

  /** The function in double precision. */
  public double apply(double x) {
    return meaning.applyAsDouble(x);
  }
}
