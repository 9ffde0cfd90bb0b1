package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Unary;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The vector functions against double precision, in units in the last place, over every size of argument. */
class VectorMathTests {
  private static final int STEP = 10_007; // prime, so that all patterns of low bits occur

  static Stream<Arguments> bounds() {
    return Stream.of(Arguments.of(Unary.EXP, 1.5), Arguments.of(Unary.EXPM1, 2.0), Arguments.of(Unary.LOG, 1.5),
        Arguments.of(Unary.LOG1P, 2.5), Arguments.of(Unary.TANH, 2.5), Arguments.of(Unary.SIGMOID, 3.0),
        Arguments.of(Unary.SOFTPLUS, 3.5), Arguments.of(Unary.ERF, 2.0), Arguments.of(Unary.SQRT, 0.0),
        Arguments.of(Unary.RSQRT, 1.5), Arguments.of(Unary.RECIPROCAL, 0.0));
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void staysWithinItsBoundEverywhere(Unary op, double bound) {
    float[] x = new float[(int) ((1L << 32) / STEP)];
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.intBitsToFloat(i * STEP); // every exponent of both signs, infinities' neighbours and NaN included
    }
    float[] actual = new float[x.length];
    new VectorKernels().unary(op, x, 0, actual, 0, x.length);
    double worst = 0;
    for (int i = 0; i < x.length; i++) {
      double error = ulps(actual[i], op.apply(x[i]));
      assertThat(error).as(op + "(" + x[i] + ") = " + actual[i]).isLessThanOrEqualTo(bound);
      worst = Math.max(worst, error);
    }
    assertThat(worst).as("the bound is not idle").isGreaterThanOrEqualTo(bound / 4);
  }

  /**
   * Distance of a float from the true value in units of the true value's float; 0 where both are NaN or round alike.
   */
  private static double ulps(float actual, double expected) {
    if (Float.compare(actual, (float) expected) == 0) {
      return 0;
    }
    if (Float.isNaN(actual) || Double.isNaN(expected) || Float.isInfinite((float) expected)) {
      return Double.POSITIVE_INFINITY;
    }
    return Math.abs(actual - expected) / Math.ulp((float) expected);
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void bordersAreExact(Unary op, double bound) {
    float[] x = {Float.NaN, 0f, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE,
        -Float.MAX_VALUE, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, 1, -1, 88.72283f, 88.72284f, 89, -87.3f,
        -87.4f, -103.97f, -103.98f, -104.1f, 1e-30f, -1e-30f, 3e38f, 0.625f, 0.9f, -0.9f, 4, 5, 17, -17, -30, 2e7f};
    float[] actual = new float[x.length];
    new VectorKernels().unary(op, x, 0, actual, 0, x.length);
    for (int i = 0; i < x.length; i++) {
      float expected = (float) op.apply(x[i]);
      assertThat(ulps(actual[i], op.apply(x[i]))).as(op + "(" + x[i] + ") = " + actual[i]).isLessThanOrEqualTo(bound);
      if (expected == 0) { // a zero keeps its sign
        assertThat(Float.floatToIntBits(actual[i])).as(op + "(" + x[i] + ")").isEqualTo(Float.floatToIntBits(expected));
      }
    }
  }
}
