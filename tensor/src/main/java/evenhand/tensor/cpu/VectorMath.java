package evenhand.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elementary functions of a vector, in single precision, each within 4 units in the last place of the true value.
 *
 * <p>All follow IEEE 754 at the borders: NaN stays NaN, results overflow to infinity and underflow through the
 * subnormal numbers to 0. A lane's result depends on that lane alone. The polynomials are least-maximum fits on the
 * stated intervals; ln 2 is split in two so that {@code n ln 2} is exact in its leading part (Cody and Waite).
 *
 * <p>Constants are vectors, not numbers to be broadcast: C2 stops inlining at a number of nodes, of which a broadcast
 * takes many, and a function that it does not inline boxes its vectors.
 */
final class VectorMath {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final FloatVector ZERO = FloatVector.zero(FLOATS);
  static final FloatVector ONE = constant(1);

  private static final FloatVector HALF = constant(0.5f);
  private static final FloatVector MINUS_HALF = constant(-0.5f);
  private static final FloatVector TWO = constant(2);
  private static final FloatVector MINUS_ONE = constant(-1);
  private static final FloatVector INFINITY = constant(Float.POSITIVE_INFINITY);
  private static final FloatVector MINUS_INFINITY = constant(Float.NEGATIVE_INFINITY);
  private static final FloatVector NAN = constant(Float.NaN);
  private static final FloatVector LOG2_E = constant(1.44269504f);
  private static final FloatVector LN2_HIGH = constant(0.693359375f);
  private static final FloatVector LN2_LOW = constant(-2.12194440e-4f);
  private static final FloatVector MINUS_LN2_HIGH = LN2_HIGH.neg();
  private static final FloatVector MINUS_LN2_LOW = LN2_LOW.neg();
  private static final FloatVector ROUND = constant(0x1.8p23f); // plus a small x: nearest integer in the low bits
  private static final IntVector ROUND_BITS = ROUND.reinterpretAsInts();
  private static final IntVector ROUND_BITS_PLUS_ONE = ROUND_BITS.add(1);
  private static final IntVector ONE_BITS = ONE.reinterpretAsInts();
  private static final IntVector SIGN_BIT = constant(-0f).reinterpretAsInts();
  private static final IntVector SQRT_HALF_BITS = constant(0.70710677f).reinterpretAsInts();
  private static final int EXPONENT_SHIFT = 23;
  private static final FloatVector EXP_LOW = constant(-104); // e^x rounds to 0 below
  private static final FloatVector EXP_HIGH = constant(89); // and to infinity above

  private VectorMath() {}

  private static FloatVector constant(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  // e^r - 1 = r + r^2 P(r), relative error 2e-8 for |r| <= 0.36
  private static final FloatVector E3 = constant(1.6666523e-1f);
  private static final FloatVector E4 = constant(4.1666217e-2f);
  private static final FloatVector E5 = constant(8.369208e-3f);
  private static final FloatVector E6 = constant(1.3950991e-3f);

  /** {@code e^x}. */
  static FloatVector exp(FloatVector x) {
    return expFromLow(x.blend(EXP_HIGH, x.compare(VectorOperators.GT, EXP_HIGH))); // NaN stays
  }

  /** {@code e^x} for x up to 89. */
  private static FloatVector expFromLow(FloatVector x) {
    return expBounded(x.blend(EXP_LOW, x.compare(VectorOperators.LT, EXP_LOW)));
  }

  /**
   * For x from -104 to 89, {@code e^x = 2^n e^r} with {@code |r| <= ln(2) / 2}; two factors of 2, since {@code 2^n}
   * alone may overflow.
   */
  private static FloatVector expBounded(FloatVector x) {
    FloatVector t = x.fma(LOG2_E, ROUND);
    IntVector whole = t.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
    FloatVector power = expm1Reduced(x, t.sub(ROUND)).add(ONE);
    return power.mul(powerOfTwo(half)).mul(powerOfTwo(whole.sub(half)));
  }

  /** {@code e^r - 1} for {@code r = x - n ln 2}. */
  private static FloatVector expm1Reduced(FloatVector x, FloatVector n) {
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
    return E6.fma(r, E5).fma(r, E4).fma(r, E3).fma(r, HALF).mul(r).fma(r, r);
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.lanewise(VectorOperators.LSHL, EXPONENT_SHIFT).add(ONE_BITS).reinterpretAsFloats();
  }

  private static final FloatVector EXPM1_LOW = constant(-30); // the result is -1 from -17 down

  /** {@code e^x - 1 = 2 (s q + (s - 1/2))} with {@code s = 2^(n-1)} and {@code q = e^r - 1}. */
  static FloatVector expm1(FloatVector x) {
    FloatVector low = x.blend(EXPM1_LOW, x.compare(VectorOperators.LT, EXPM1_LOW));
    FloatVector bounded = low.blend(EXP_HIGH, low.compare(VectorOperators.GT, EXP_HIGH));
    FloatVector t = bounded.fma(LOG2_E, ROUND);
    FloatVector q = expm1Reduced(bounded, t.sub(ROUND));
    FloatVector s = powerOfTwo(t.reinterpretAsInts().sub(ROUND_BITS_PLUS_ONE));
    FloatVector result = q.fma(s, s.sub(HALF)).mul(TWO);
    return result.blend(x, x.compare(VectorOperators.EQ, ZERO)); // keeps the sign of zero
  }

  private static final FloatVector MIN_NORMAL = constant(Float.MIN_NORMAL);
  private static final FloatVector TWO_POW_23 = constant(0x1p23f);
  private static final FloatVector TWENTY_THREE = constant(23);
  private static final FloatVector L3 = constant(3.3333331174e-1f);
  private static final FloatVector L4 = constant(-2.4999993993e-1f);
  private static final FloatVector L5 = constant(2.0000714765e-1f);
  private static final FloatVector L6 = constant(-1.6668057665e-1f);
  private static final FloatVector L7 = constant(1.4249322787e-1f);
  private static final FloatVector L8 = constant(-1.2420140846e-1f);
  private static final FloatVector L9 = constant(1.1676998740e-1f);
  private static final FloatVector L10 = constant(-1.1514610310e-1f);
  private static final FloatVector L11 = constant(7.0376836292e-2f);

  /** {@code log x}; subnormal numbers are scaled first. */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> subnormal = x.compare(VectorOperators.LT, MIN_NORMAL);
    FloatVector result = logNormal(x.blend(x.mul(TWO_POW_23), subnormal), ZERO.blend(TWENTY_THREE, subnormal));
    result = result.blend(x, x.compare(VectorOperators.EQ, INFINITY));
    result = result.blend(NAN, x.compare(VectorOperators.GE, ZERO).not()); // below 0, and NaN
    return result.blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, ZERO));
  }

  /**
   * For normal positive x, {@code log(2^-scale x) = (e - scale) ln 2 + log(1 + f)} with {@code x = 2^e (1 + f)} and
   * {@code sqrt(1/2) <= 1 + f < sqrt(2)}.
   */
  private static FloatVector logNormal(FloatVector x, FloatVector scale) {
    IntVector bits = x.reinterpretAsInts();
    IntVector exponent = bits.sub(SQRT_HALF_BITS).lanewise(VectorOperators.ASHR, EXPONENT_SHIFT);
    FloatVector f = bits.sub(exponent.lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)).reinterpretAsFloats().sub(ONE);
    FloatVector e = exponent.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND); // exact conversion of a small integer
    return logNearOne(f, e.sub(scale));
  }

  /** {@code log(1 + f) + e ln 2} by {@code f - f^2/2 + f^3 P(f)}; smallest terms first. */
  private static FloatVector logNearOne(FloatVector f, FloatVector e) {
    FloatVector p = L11.fma(f, L10).fma(f, L9).fma(f, L8).fma(f, L7).fma(f, L6).fma(f, L5).fma(f, L4).fma(f, L3);
    FloatVector square = f.mul(f);
    FloatVector small = square.fma(MINUS_HALF, p.mul(f).fma(square, e.mul(LN2_LOW)));
    return e.fma(LN2_HIGH, f.add(small));
  }

  /** {@code log(1 + x) = log u + (x - (u - 1)) / u} with {@code u = fl(1 + x)}: the last term is what rounding lost. */
  static FloatVector log1p(FloatVector x) {
    FloatVector u = x.add(ONE);
    FloatVector lost = x.sub(u.sub(ONE)).div(u);
    FloatVector result = log(u).add(lost);
    result = result.blend(x, x.compare(VectorOperators.EQ, ZERO)); // keeps the sign of zero
    result = result.blend(x, x.compare(VectorOperators.EQ, INFINITY));
    return result.blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, MINUS_ONE));
  }

  // tanh z = z + z^3 P(z^2) for |z| < 0.625
  private static final FloatVector T_BORDER = constant(0.625f);
  private static final FloatVector T1 = constant(-3.33332819422e-1f);
  private static final FloatVector T2 = constant(1.33314422036e-1f);
  private static final FloatVector T3 = constant(-5.37397155531e-2f);
  private static final FloatVector T4 = constant(2.06390887954e-2f);
  private static final FloatVector T5 = constant(-5.70498872745e-3f);

  /** {@code tanh |x| = 1 - 2 / (e^(2|x|) + 1)} from 0.625 up, an odd polynomial below; then the sign of x. */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector power = exp(magnitude.add(magnitude));
    FloatVector square = x.mul(x);
    FloatVector p = T5.fma(square, T4).fma(square, T3).fma(square, T2).fma(square, T1);
    FloatVector small = p.mul(square).fma(magnitude, magnitude);
    FloatVector large = ONE.sub(TWO.div(power.add(ONE)));
    return withSign(large.blend(small, magnitude.compare(VectorOperators.LT, T_BORDER)), x);
  }

  private static FloatVector withSign(FloatVector magnitude, FloatVector sign) {
    return magnitude.reinterpretAsInts().or(sign.reinterpretAsInts().and(SIGN_BIT)).reinterpretAsFloats();
  }

  /** {@code 1 / (1 + z)} for x above 0 and {@code z / (1 + z)} below, with {@code z = e^-|x|}: nothing overflows. */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector z = expFromLow(x.abs().neg());
    FloatVector positive = ONE.div(z.add(ONE));
    return positive.blend(z.mul(positive), x.compare(VectorOperators.LT, ZERO));
  }

  /** {@code max(x, 0) + log(1 + e^-|x|)}, the logarithm as in {@link #log1p} but with no case of its own. */
  static FloatVector softplus(FloatVector x) {
    FloatVector z = expFromLow(x.abs().neg());
    FloatVector u = z.add(ONE);
    FloatVector tail = logNormal(u, ZERO).add(z.sub(u.sub(ONE)).div(u));
    return x.blend(ZERO, x.compare(VectorOperators.LT, ZERO)).add(tail);
  }

  private static final FloatVector ERF_BORDER = constant(0.9f);
  private static final FloatVector ERF_HIGH = constant(4); // 1 - erf(4) is 1.5e-8
  private static final FloatVector Q0 = constant(1.7055203e-4f);
  private static final FloatVector Q1 = constant(-1.1294951f);
  private static final FloatVector Q2 = constant(-6.333867e-1f);
  private static final FloatVector Q3 = constant(-1.0823662e-1f);
  private static final FloatVector Q4 = constant(2.5091497e-2f);
  private static final FloatVector Q5 = constant(-4.160527e-3f);
  private static final FloatVector Q6 = constant(4.32303e-4f);
  private static final FloatVector Q7 = constant(-2.0909556e-5f);

  private static final FloatVector P0 = constant(1.2837917e-1f); // 2 / sqrt(pi) - 1
  private static final FloatVector P1 = constant(-3.7612635e-1f);
  private static final FloatVector P2 = constant(1.12837195e-1f);
  private static final FloatVector P3 = constant(-2.6860753e-2f);
  private static final FloatVector P4 = constant(5.204436e-3f);
  private static final FloatVector P5 = constant(-8.181926e-4f);
  private static final FloatVector P6 = constant(8.5388354e-5f);

  /** {@code x + x P(x^2)} below 0.9; above, {@code 1 - e^Q(|x|)} with Q a fit of the logarithm of the complement. */
  static FloatVector erf(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector t = magnitude.blend(ERF_HIGH, magnitude.compare(VectorOperators.GT, ERF_HIGH));
    FloatVector q = Q7.fma(t, Q6).fma(t, Q5).fma(t, Q4).fma(t, Q3).fma(t, Q2).fma(t, Q1).fma(t, Q0);
    FloatVector large = ONE.sub(expBounded(q));
    FloatVector square = t.mul(t);
    FloatVector p = P6.fma(square, P5).fma(square, P4).fma(square, P3).fma(square, P2).fma(square, P1).fma(square, P0);
    return withSign(large.blend(p.fma(t, t), t.compare(VectorOperators.LT, ERF_BORDER)), x);
  }
}
