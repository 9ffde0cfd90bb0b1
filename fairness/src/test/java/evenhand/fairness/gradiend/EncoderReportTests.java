package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EncoderReportTests {
  /**
   * Labels 1 1 -1 -1, features .9 .4 -.6 .2, neutral .1 -.7. Mean h .225, deviations .675 .175 -.825 -.025: sum of
   * products with the labels 1.7, squares 1.1675 * 4 under the root: 1.7 / sqrt(4.67) = .78666.
   */
  @Test
  void workedExample() {
    EncoderReport report = EncoderReport.of(new double[]{1, 1, -1, -1}, new double[]{.9, .4, -.6, .2},
        new double[]{.1, -.1, .2, -.2}, new double[]{.1, -.7});
    assertThat(report.pearson().orElseThrow()).isCloseTo(1.7 / Math.sqrt(4.67), within(1e-12));
    assertThat(report.signAccuracy()).isEqualTo(.75);
    assertThat(report.betterSignAccuracy()).isEqualTo(.75);
    assertThat(report.balancedAccuracy()).isEqualTo(.5); // recalls 1/2, 1/2, 1/2
    assertThat(report.meanFirst()).isCloseTo(.65, within(1e-12));
    assertThat(report.meanSecond()).isCloseTo(-.2, within(1e-12));
    assertThat(report.meanAbsolute()).isCloseTo(.525, within(1e-12));
    assertThat(report.meanAbsoluteOther()).isCloseTo(.15, within(1e-12));
    assertThat(report.meanAbsoluteNeutral().orElseThrow()).isCloseTo(.4, within(1e-12));
    // with label 0: mean h .05, products .85 .35 .65 -.15 = 1.7; labels' squares 4, features' .7225 + .1225 + .4225
    // + .0225 + .0025 + .5625 = 1.855
    assertThat(report.pearsonWithNeutral().orElseThrow()).isCloseTo(1.7 / Math.sqrt(4 * 1.855), within(1e-12));
  }

  @Test
  void theOtherOrientationIsReportedBeside() {
    EncoderReport report = EncoderReport.of(new double[]{1, 1, -1}, new double[]{-.9, -.4, .6}, new double[3],
        new double[0]);
    assertThat(report.signAccuracy()).isZero();
    assertThat(report.betterSignAccuracy()).isEqualTo(1);
    assertThat(report.pearsonWithNeutral()).isEmpty();
    assertThat(report.meanAbsoluteNeutral()).isEmpty();
  }

  @Test
  void constantFeaturesAndTwoRowsHaveNoCorrelation() {
    assertThat(Correlation.pearson(new double[]{1, -1, 1}, new double[]{.3, .3, .3})).isEmpty();
    assertThat(Correlation.pearson(new double[]{1, -1}, new double[]{.3, -.3})).isEmpty();
  }
}
