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
 */
final class VectorMath {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  private static final float ROUND = 0x1.8p23f; // added to a small number, leaves its nearest integer in the low bits
  private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
  private static final int ONE_BITS = Float.floatToRawIntBits(1f);
  private static final int EXPONENT_SHIFT = 23;
  private static final int SQRT_HALF_BITS = 0x3f3504f3;
  private static final float EXP_LOW = -104; // e^x rounds to 0 below
  private static final float EXP_HIGH = 89; // and to infinity above

  private VectorMath() {}

  /** {@code e^x = 2^n e^r} with {@code |r| <= ln(2) / 2}; two factors of 2, since {@code 2^n} alone may overflow. */
  static FloatVector exp(FloatVector x) {
    FloatVector bounded = bound(x);
    FloatVector t = bounded.fma(broadcast(LOG2_E), broadcast(ROUND));
    FloatVector n = t.sub(ROUND);
    IntVector whole = t.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
    FloatVector power = expm1Reduced(remainder(bounded, n)).add(1f);
    return power.mul(powerOfTwo(half)).mul(powerOfTwo(whole.sub(half)));
  }

  /** {@code e^x - 1 = 2 (s q + (s - 1/2))} with {@code s = 2^(n-1)} and {@code q = e^r - 1}. */
  static FloatVector expm1(FloatVector x) {
    FloatVector bounded = bound(x);
    bounded = bounded.blend(-30f, bounded.lt(-30f)); // the result is -1 from -17 down
    FloatVector t = bounded.fma(broadcast(LOG2_E), broadcast(ROUND));
    FloatVector q = expm1Reduced(remainder(bounded, t.sub(ROUND)));
    FloatVector s = powerOfTwo(t.reinterpretAsInts().sub(ROUND_BITS + 1));
    FloatVector result = q.fma(s, s.sub(0.5f)).mul(2f);
    return result.blend(x, x.eq(0f).or(x.eq(Float.POSITIVE_INFINITY))); // keeps the sign of zero
  }

  private static FloatVector bound(FloatVector x) {
    return x.blend(EXP_LOW, x.lt(EXP_LOW)).blend(EXP_HIGH, x.compare(VectorOperators.GT, EXP_HIGH)); // NaN stays
  }

  private static FloatVector remainder(FloatVector x, FloatVector n) {
    return n.fma(broadcast(-LN2_LOW), n.fma(broadcast(-LN2_HIGH), x));
  }

  /** {@code e^r - 1 = r + r^2 P(r)}, relative error 2e-8 for {@code |r| <= 0.36}. */
  private static FloatVector expm1Reduced(FloatVector r) {
    FloatVector p = broadcast(1.3950991e-3f);
    p = p.fma(r, broadcast(8.369208e-3f));
    p = p.fma(r, broadcast(4.1666217e-2f));
    p = p.fma(r, broadcast(1.6666523e-1f));
    p = p.fma(r, broadcast(0.5f));
    return p.mul(r).fma(r, r);
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.lanewise(VectorOperators.LSHL, EXPONENT_SHIFT).add(ONE_BITS).reinterpretAsFloats();
  }

  /** {@code log x = e ln 2 + log(1 + f)} with {@code x = 2^e (1 + f)} and {@code sqrt(1/2) <= 1 + f < sqrt(2)}. */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> subnormal = x.lt(Float.MIN_NORMAL);
    FloatVector normal = x.blend(x.mul(0x1p23f), subnormal);
    IntVector bits = normal.reinterpretAsInts();
    IntVector exponent = bits.sub(SQRT_HALF_BITS).lanewise(VectorOperators.ASHR, EXPONENT_SHIFT);
    FloatVector f = bits.sub(exponent.lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)).reinterpretAsFloats().sub(1f);
    FloatVector e = toFloat(exponent);
    e = e.blend(e.sub(23f), subnormal);
    FloatVector result = logNearOne(f, e);
    result = result.blend(x, x.eq(Float.POSITIVE_INFINITY).or(x.test(VectorOperators.IS_NAN)));
    return result.blend(Float.NaN, x.lt(0f)).blend(Float.NEGATIVE_INFINITY, x.eq(0f));
  }

  /** {@code log(1 + f) + e ln 2} by {@code f - f^2/2 + f^3 P(f)}; smallest terms first. */
  private static FloatVector logNearOne(FloatVector f, FloatVector e) {
    FloatVector p = broadcast(7.0376836292e-2f);
    p = p.fma(f, broadcast(-1.1514610310e-1f));
    p = p.fma(f, broadcast(1.1676998740e-1f));
    p = p.fma(f, broadcast(-1.2420140846e-1f));
    p = p.fma(f, broadcast(1.4249322787e-1f));
    p = p.fma(f, broadcast(-1.6668057665e-1f));
    p = p.fma(f, broadcast(2.0000714765e-1f));
    p = p.fma(f, broadcast(-2.4999993993e-1f));
    p = p.fma(f, broadcast(3.3333331174e-1f));
    FloatVector square = f.mul(f);
    FloatVector small = p.mul(f).fma(square, e.mul(LN2_LOW));
    small = square.fma(broadcast(-0.5f), small);
    return e.fma(broadcast(LN2_HIGH), f.add(small));
  }

  private static FloatVector toFloat(IntVector n) {
    // exact for |n| < 2^22, and cheaper to compile than a conversion between vector types
    return n.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND);
  }

  /** {@code log(1 + x) = log u + (x - (u - 1)) / u} with {@code u = fl(1 + x)}: the last term is what rounding lost. */
  static FloatVector log1p(FloatVector x) {
    FloatVector u = x.add(1f);
    FloatVector lost = x.sub(u.sub(1f)).div(u);
    FloatVector result = log(u).add(lost);
    VectorMask<Float> special = x.eq(0f).or(x.eq(Float.POSITIVE_INFINITY));
    return result.blend(x, special).blend(Float.NEGATIVE_INFINITY, x.eq(-1f));
  }

  /** {@code tanh |x| = 1 - 2 / (e^(2|x|) + 1)} from 0.625 up, an odd polynomial below; then the sign of x. */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector large = broadcast(1f).sub(broadcast(2f).div(exp(magnitude.add(magnitude)).add(1f)));
    FloatVector square = x.mul(x);
    FloatVector p = broadcast(-5.70498872745e-3f);
    p = p.fma(square, broadcast(2.06390887954e-2f));
    p = p.fma(square, broadcast(-5.37397155531e-2f));
    p = p.fma(square, broadcast(1.33314422036e-1f));
    p = p.fma(square, broadcast(-3.33332819422e-1f));
    FloatVector small = p.mul(square).fma(magnitude, magnitude);
    return withSign(large.blend(small, magnitude.lt(0.625f)), x);
  }

  /** {@code 1 / (1 + z)} for x above 0 and {@code z / (1 + z)} below, with {@code z = e^-|x|}: nothing overflows. */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector z = exp(x.abs().neg());
    FloatVector positive = broadcast(1f).div(z.add(1f));
    return positive.blend(z.mul(positive), x.lt(0f));
  }

  /** {@code max(x, 0) + log(1 + e^-|x|)}. */
  static FloatVector softplus(FloatVector x) {
    FloatVector tail = log1p(exp(x.abs().neg()));
    return x.blend(0f, x.lt(0f)).add(tail);
  }

  /** {@code x + x P(x^2)} below 0.9; above, {@code 1 - e^Q(|x|)} with Q a fit of the logarithm of the complement. */
  static FloatVector erf(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector t = magnitude.blend(4f, magnitude.compare(VectorOperators.GT, 4f)); // 1 - erf(4) is 1.5e-8
    FloatVector q = broadcast(-2.0909556e-5f);
    q = q.fma(t, broadcast(4.32303e-4f));
    q = q.fma(t, broadcast(-4.160527e-3f));
    q = q.fma(t, broadcast(2.5091497e-2f));
    q = q.fma(t, broadcast(-1.0823662e-1f));
    q = q.fma(t, broadcast(-6.333867e-1f));
    q = q.fma(t, broadcast(-1.1294951f));
    q = q.fma(t, broadcast(1.7055203e-4f));
    FloatVector large = broadcast(1f).sub(exp(q));
    FloatVector square = t.mul(t);
    FloatVector p = broadcast(8.5388354e-5f);
    p = p.fma(square, broadcast(-8.181926e-4f));
    p = p.fma(square, broadcast(5.204436e-3f));
    p = p.fma(square, broadcast(-2.6860753e-2f));
    p = p.fma(square, broadcast(1.12837195e-1f));
    p = p.fma(square, broadcast(-3.7612635e-1f));
    p = p.fma(square, broadcast(1.2837917e-1f)); // 2 / sqrt(pi) - 1
    FloatVector small = p.fma(t, t);
    return withSign(large.blend(small, t.lt(0.9f)), x);
  }

  private static FloatVector withSign(FloatVector magnitude, FloatVector sign) {
    IntVector bit = sign.reinterpretAsInts().lanewise(VectorOperators.AND, 0x80000000);
    return magnitude.reinterpretAsInts().lanewise(VectorOperators.OR, bit).reinterpretAsFloats();
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}
