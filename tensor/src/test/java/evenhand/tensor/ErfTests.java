package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErfTests {
  /** Abramowitz and Stegun, table 7.1, and its tail {@code 1 - erfc(x)}. */
  @ParameterizedTest
  @CsvSource({"0.5, 0.5204998778130465", "1, 0.8427007929497149", "2, 0.9953222650189527", "3, 0.9999779095030014",
      "0, 0", "6.5, 1", "Infinity, 1"})
  void knownValues(double x, double erf) {
    assertThat(Erf.erf(x)).isCloseTo(erf, within(2e-15));
    assertThat(Erf.erf(-x)).isEqualTo(-Erf.erf(x));
  }

  @Test
  void nearZeroItIsLinear() { // erf(x) = 2/sqrt(pi) (x - x^3/3 + ..)
    for (double x = 1e-300; x < 1e-9; x *= 1e10) {
      assertThat(Erf.erf(x) / x).isCloseTo(2 / Math.sqrt(Math.PI), within(1e-15));
    }
    assertThat(Erf.erf(-0.0)).isEqualTo(-0.0);
    assertThat(Erf.erf(Double.NaN)).isNaN();
  }

  @Test
  void itsDerivativeIsTheGaussianAlsoWhereTheFormulaChanges() { // erf' = 2/sqrt(pi) e^(-x^2)
    double h = 1e-4;
    for (double x = -6.2; x < 6.2; x += 0.01) {
      double slope = (Erf.erf(x + h) - Erf.erf(x - h)) / (2 * h);
      assertThat(slope).as("at %s", x).isCloseTo(2 / Math.sqrt(Math.PI) * Math.exp(-x * x), within(3e-8));
    }
    for (double edge : new double[]{2.5, 6}) {
      double step = Erf.erf(Math.nextUp(edge)) - Erf.erf(Math.nextDown(edge));
      assertThat(step).as("across %s", edge).isBetween(-1e-15, 3e-15);
    }
  }
}
