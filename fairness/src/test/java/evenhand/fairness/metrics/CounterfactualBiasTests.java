package evenhand.fairness.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CounterfactualBiasTests {
  private static final CounterfactualBias METRIC = Metrics.COUNTERFACTUAL_BIAS;

  @Test
  void isTheMeanOverRows() {
    Measured measured = METRIC.of(new double[]{.5, 0, .1}, BootstrapOptions.none());
    assertThat(measured.value().orElseThrow()).isCloseTo(.2, within(1e-15));
    assertThat(measured.low()).isEmpty();
  }

  @Test
  void isUndeterminedWithoutRows() {
    assertThat(METRIC.of(new double[0], BootstrapOptions.defaults(1)))
        .isEqualTo(Measured.undetermined("no rows with a known sensitive value"));
  }

  /** Halves of 0 and 1: a mean of 100 rows has standard deviation 1/20, so the interval is .5 -+ 1.96/20. */
  @Test
  void itsIntervalIsThatOfAMean() {
    double[] differences = IntStream.range(0, 100).mapToDouble(row -> row % 2).toArray();
    Measured measured = METRIC.of(differences, new BootstrapOptions(4000, .95, 3));
    assertThat(measured.low().orElseThrow()).isCloseTo(.402, within(.015));
    assertThat(measured.high().orElseThrow()).isCloseTo(.598, within(.015));
  }

  @Test
  void itsIntervalDependsOnTheSeedAndNotOnTheOrderOfTheRows() {
    double[] differences = IntStream.range(0, 50).mapToDouble(row -> row * row / 2500.0).toArray();
    double[] reversed = IntStream.range(0, 50).mapToDouble(row -> differences[49 - row]).toArray();
    Measured measured = METRIC.of(differences, BootstrapOptions.defaults(1));
    assertThat(METRIC.of(reversed, BootstrapOptions.defaults(1))).isEqualTo(measured);
    assertThat(METRIC.of(differences, BootstrapOptions.defaults(2))).isNotEqualTo(measured);
    assertThat(Arrays.stream(differences).boxed()).isSorted(); // the input stays as it was
  }
}
