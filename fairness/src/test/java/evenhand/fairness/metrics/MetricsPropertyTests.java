package evenhand.fairness.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What holds for any predictions; scores are in 64ths, so that their sums are exact. */
class MetricsPropertyTests {
  private static final int TRIES = 200;

  @Property(seed = "2026", tries = TRIES)
  void theOrderOfRowsChangesNothing(
      @ForAll long seed, @ForAll @IntRange(max = 40) int rows, @ForAll @IntRange(min = 1, max = 5) int groups) {
    Predictions p = MetricsTests.random(rows, groups, new Rng(seed));
    int[] order = new Rng(seed).split("order").permutation(rows);
    var options = new BootstrapOptions(20, .9, seed);
    assertThat(Metrics.evaluate(rows(p, order), options)).isEqualTo(Metrics.evaluate(p, options));
  }

  @Property(seed = "2026", tries = TRIES)
  void theNamesAndOrderOfGroupsChangeNoValue(
      @ForAll long seed, @ForAll @IntRange(max = 40) int rows, @ForAll @IntRange(min = 1, max = 5) int groups) {
    Predictions p = MetricsTests.random(rows, groups, new Rng(seed));
    int[] to = new Rng(seed).split("to").permutation(groups);
    int[] group = IntStream.of(p.group()).map(g -> to[g]).toArray();
    List<String> names = List.of("v", "w", "x", "y", "z").subList(0, groups);
    var renamed = new Predictions(p.y(), p.yhat(), p.score(), group, names);
    assertThat(values(renamed)).isEqualTo(values(p));
  }

  @Property(seed = "2026", tries = TRIES)
  void countsOfPartsMergeInAnyWay(
      @ForAll long seed, @ForAll @IntRange(max = 40) int rows, @ForAll @IntRange(min = 1, max = 5) int groups) {
    Rng rng = new Rng(seed);
    Predictions p = MetricsTests.random(rows, groups, rng);
    int first = rng.nextInt(rows + 1);
    int second = first + rng.nextInt(rows - first + 1);
    Counts a = Counts.of(rows(p, IntStream.range(0, first).toArray()));
    Counts b = Counts.of(rows(p, IntStream.range(first, second).toArray()));
    Counts c = Counts.of(rows(p, IntStream.range(second, rows).toArray()));
    assertSame(a.merge(b).merge(c), Counts.of(p));
    assertSame(a.merge(b.merge(c)), Counts.of(p));
    assertSame(c.merge(a).merge(b), Counts.of(p));
  }

  /** The identity of FairBatch's disparity for two groups: max(q0, q1) |r1 - r0|, q the shares of the rate's rows. */
  @Property(seed = "2026", tries = TRIES)
  void groupToOverallIsTheDifferenceTimesTheLargerShare(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 40) int rows) {
    Counts counts = Counts.of(MetricsTests.random(rows, 2, new Rng(seed)));
    for (Rate rate : List.of(Rate.SELECTION, Rate.TRUE_POSITIVE, Rate.FALSE_POSITIVE)) {
      Measured toOverall = Gaps.toOverall(counts, rate);
      Measured difference = Gaps.difference(counts, rate);
      assertThat(toOverall.isDetermined()).isEqualTo(difference.isDetermined());
      if (difference.isDetermined()) {
        double all = rate.rows(counts.overall());
        double larger = counts.byGroup().stream().mapToDouble(g -> rate.rows(g) / all).max().orElseThrow();
        assertThat(toOverall.value().orElseThrow())
            .isCloseTo(larger * difference.value().orElseThrow(), within(1e-14));
      }
    }
  }

  @Property(seed = "2026", tries = TRIES)
  void valuesStayInTheirRange(
      @ForAll long seed, @ForAll @IntRange(max = 40) int rows, @ForAll @IntRange(min = 1, max = 5) int groups) {
    Predictions p = MetricsTests.random(rows, groups, new Rng(seed));
    for (PredictionMetric metric : Metrics.ofPredictions()) {
      OptionalDouble value = metric.of(p).value();
      assertThat(value.orElse(metric.ideal())).as(metric.name()).isBetween(metric.lowest(), metric.highest());
    }
  }

  /** The definition: pairs of a positive and a negative in the right order, a tie counting one half. */
  @Property(seed = "2026", tries = TRIES)
  void theAreaIsTheShareOfPairsInOrder(@ForAll long seed, @ForAll @IntRange(min = 2, max = 40) int rows) {
    Predictions p = MetricsTests.random(rows, 1, new Rng(seed));
    double inOrder = 0;
    double pairs = 0;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < rows; j++) {
        if (p.y()[i] == 1 && p.y()[j] == 0) {
          pairs++;
          inOrder += p.score()[i] > p.score()[j] ? 1 : p.score()[i] == p.score()[j] ? .5 : 0;
        }
      }
    }
    Assume.that(pairs > 0);
    assertThat(Metrics.ROC_AUC.of(p).value().orElseThrow()).isCloseTo(inOrder / pairs, within(1e-14));
  }

  /** Groups of 500 rows of which 30% and 60% are selected: far from the corners, where the interval would be biased. */
  @Property(seed = "2026", tries = 20)
  void intervalsContainTheirValue(@ForAll long seed) {
    int rows = 1000;
    Predictions p = MetricsTests.random(rows, 2, new Rng(seed));
    Rng rng = new Rng(seed).split("skew");
    for (int row = 0; row < rows; row++) {
      boolean likely = rng.nextDouble() < .3 + .3 * p.group()[row];
      p.yhat()[row] = likely ? 1 : 0;
      p.score()[row] = (likely ? 32 : 0) / 64.0 + p.score()[row] / 2;
    }
    Metrics.evaluate(p, new BootstrapOptions(200, .95, seed))
        .forEach(
            (name, measured) -> assertThat(measured.value().orElseThrow())
                .as(name)
                .isBetween(measured.low().orElseThrow(), measured.high().orElseThrow()));
  }

  private static void assertSame(Counts got, Counts expected) {
    assertThat(got.byGroup()).isEqualTo(expected.byGroup());
    assertThat(got.unknown()).isEqualTo(expected.unknown());
    assertThat(got.ranking().scores()).isEqualTo(expected.ranking().scores());
    assertThat(got.ranking().positives()).isEqualTo(expected.ranking().positives());
    assertThat(got.ranking().negatives()).isEqualTo(expected.ranking().negatives());
  }

  private static List<OptionalDouble> values(Predictions p) {
    return Metrics.ofPredictions().stream().map(metric -> metric.of(p).value()).toList();
  }

  private static Predictions rows(Predictions p, int[] rows) {
    return new Predictions(
        Arrays.stream(rows).map(row -> p.y()[row]).toArray(),
        Arrays.stream(rows).map(row -> p.yhat()[row]).toArray(),
        Arrays.stream(rows).mapToDouble(row -> p.score()[row]).toArray(),
        Arrays.stream(rows).map(row -> p.group()[row]).toArray(),
        p.groups());
  }
}
