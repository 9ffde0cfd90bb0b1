// An audit as one of a project's own tests: it fails when a change of the model widens a gap beyond what was agreed on.
// Needs evenhand-fairness, JUnit and AssertJ on the test class path.

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AuditTests {
  private final Samples rows = testRows();
  private final Map<String, Measured> metrics = Metrics.evaluate(predictions(), BootstrapOptions.defaults(1));

  private static Samples testRows() {
    var data = Datasets.load("synthetic", 1);
    return data.split(data.publishedTestRows()).test();
  }

  /** The model under test: positive where x1 + x2 is above 1. */
  private Predictions predictions() {
    float[] x = rows.x(); // x1, x2 and z of each row
    int[] said = IntStream.range(0, rows.rows()).map(row -> x[3 * row] + x[3 * row + 1] > 1 ? 1 : 0).toArray();
    return new Predictions(rows.y(), said, new double[0], rows.groups().codes(), rows.groups().levels());
  }

  /** The whole interval is asked for, not the estimate alone: few rows then fail rather than pass by luck. */
  @Test
  void truePositiveRatesDifferByNoMoreThanAgreed() {
    assertThat(metrics.get("equal_opportunity_difference").high().orElseThrow()).isLessThan(0.35);
  }

  @Test
  void theWorstGroupIsNotLeftBehind() {
    assertThat(metrics.get("worst_group_accuracy").low().orElseThrow()).isGreaterThan(0.75);
  }
}
