package evenhand.fairness.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RankCorrelationTests {
  private static double of(double[] a, double... b) {
    return RankCorrelation.of(a, b).orElseThrow();
  }

  /** 1 - 6 sum d^2 / (n (n^2 - 1)): d = 1, 1, 0, 2, 2 gives 1 - 60/120. */
  @Test
  void byHand() {
    double[] a = {10, 20, 30, 40, 50};
    assertThat(of(a, 1e9, -5, 2e9, 4e9, 3e9)).as("d = 1, 1, 0, 1, 1").isCloseTo(1 - 24.0 / 120, within(1e-15));
    assertThat(of(a, 2, 4, 6, 8, 100)).isCloseTo(1, within(1e-15));
    assertThat(of(a, 5, 4, 3, 2, 1)).isCloseTo(-1, within(1e-15));
  }

  /** Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4, centred: (2.25 + .0 + .0 + 2.25) / sqrt(4.5 * 5). */
  @Test
  void tiesShareTheirMeanRank() {
    assertThat(of(new double[]{1, 7, 7, 9}, 1, 2, 3, 4)).isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-15));
  }

  @Test
  void nothingToRankIsEmpty() {
    assertThat(RankCorrelation.of(new double[]{3, 3, 3}, new double[]{1, 2, 3})).isEmpty();
    assertThat(RankCorrelation.of(new double[0], new double[0])).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> RankCorrelation.of(new double[2], new double[3]))
        .withMessage("rank correlation: 2 numbers against 3; give as many of both");
  }
}
