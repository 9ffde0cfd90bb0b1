package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class LineSearchTests {
  /** A V with its bottom at 10^exponent, and other slopes on either side. */
  @Property(seed = "2026", tries = 300)
  void theBottomOfAValleyIsFound(@ForAll @DoubleRange(min = -5, max = 5) double exponent,
      @ForAll @DoubleRange(min = 0.1, max = 10) double steepness) {
    double bottom = Math.pow(10, exponent);
    DoubleUnaryOperator valley = t -> t < bottom ? bottom - t : steepness * (t - bottom);
    LineSearch found = LineSearch.minimise(valley, bottom);
    assertThat(found.at()).isCloseTo(bottom, within(1e-4 * bottom));
    assertThat(found.value()).isEqualTo(valley.applyAsDouble(found.at()));
    assertThat(found.tried()).isLessThan(60);
  }

  /** Whatever the function, what is returned was tried and is below the value at 0, or it is 0. */
  @Property(seed = "2026", tries = 300)
  void nothingWorseThanTheStartIsReturned(@ForAll @DoubleRange(min = -3, max = 3) double a,
      @ForAll @DoubleRange(min = -9, max = 9) double b) {
    DoubleUnaryOperator wild = t -> Math.sin(b * t) + a * t;
    LineSearch found = LineSearch.minimise(wild, 0);
    assertThat(found.value()).isLessThanOrEqualTo(0).isEqualTo(wild.applyAsDouble(found.at()));
  }

  @Test
  void aFunctionThatRisesHasNoLength() {
    assertThat(LineSearch.minimise(t -> 1 + t, 1)).returns(0.0, LineSearch::at).returns(1.0, LineSearch::value);
    assertThat(LineSearch.minimise(_ -> Double.NaN, 1).at()).isZero();
  }

  /** Beyond 3 nothing is allowed: the least value allowed is at 3. */
  @Test
  void aForbiddenStretchIsNotEntered() {
    LineSearch found = LineSearch.minimise(t -> t <= 3 ? 5 - t : Double.POSITIVE_INFINITY, 5);
    assertThat(found.at()).isLessThanOrEqualTo(3).isCloseTo(3, within(1e-3));
  }
}
