package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupDroTests {
  private static final GroupDro METHOD = new GroupDro();
  /** Cells (0,a), (0,b), (1,a), (1,b) have 1, 2, 2 and 0 rows. */
  private static final int[] Y = {0, 0, 0, 1, 1};
  private static final Attribute Z = new Attribute("z", List.of("a", "b"), new int[]{0, 1, 1, 0, 0});

  private static GroupDro.Config settings(double eta, GroupDro.By by, double adjustment) {
    return new GroupDro.Config(eta, by, adjustment);
  }

  /**
   * Three cells have rows: q = 1/3 each. Batch 1 holds rows 0, 1, 2 of losses ln 2, ln 4 and ln 1: cell means ln 2 and
   * ln 2; with eta 1 both double, (2, 2, 1)/5. Batch 2 holds rows 1, 4, 3 of losses ln 3, ln 1 and ln 4: means ln 3 and
   * ln 2; (2, 6, 2)/10.
   */
  @Test
  void twoStepsByHand() {
    GroupDro.Weights weights = new GroupDro.Weights(Y, 2, Z, settings(1, GroupDro.By.CELL, 0));
    assertThat(weights.q()).containsExactly(new double[]{1 / 3.0, 1 / 3.0, 1 / 3.0, 0}, within(1e-12));
    float[] factors = weights.next(logs(2, 4, 1), new int[]{0, 1, 2});
    assertThat(weights.q()).containsExactly(new double[]{0.4, 0.4, 0.2, 0}, within(1e-7));
    assertThat(factors).containsExactly(new float[]{0.4f, 0.2f, 0.2f}, within(1e-6f));
    factors = weights.next(logs(3, 1, 4), new int[]{1, 4, 3});
    assertThat(weights.q()).containsExactly(new double[]{0.2, 0.6, 0.2, 0}, within(1e-7));
    assertThat(factors).containsExactly(new float[]{0.6f, 0.1f, 0.1f}, within(1e-6f));
    assertThat(weights.note())
        .isEqualTo("at the end the heaviest of 3 groups was label=0, group=b, with weight 0.60 of 1");
  }

  /** Groups a and b, q = 1/2; a's mean of rows 0, 3 is ln 4, b's of row 2 is 0; eta 1/2: (2, 1)/3. */
  @Test
  void groupsWithoutLabelByHand() {
    GroupDro.Weights weights = new GroupDro.Weights(Y, 2, Z, settings(0.5, GroupDro.By.GROUP, 0));
    float[] factors = weights.next(logs(2, 8, 1), new int[]{0, 3, 2});
    assertThat(weights.q()).containsExactly(new double[]{2 / 3.0, 1 / 3.0}, within(1e-7));
    assertThat(factors).containsExactly(new float[]{1 / 3f, 1 / 3f, 1 / 3f}, within(1e-6f));
    assertThat(weights.note()).isEqualTo("at the end the heaviest of 2 groups was group=a, with weight 0.67 of 1");
  }

  /** At equal losses, sizes 1, 2, 2 and C = ln 4: exponents ln 4 (1, 1/sqrt 2, 1/sqrt 2). */
  @Test
  void theAdjustmentFavoursSmallGroups() {
    GroupDro.Weights weights = new GroupDro.Weights(Y, 2, Z, settings(1, GroupDro.By.CELL, Math.log(4)));
    weights.next(logs(5, 5, 5, 5, 5), new int[]{0, 1, 2, 3, 4});
    double small = Math.pow(4, 1 / Math.sqrt(2));
    double sum = 4 + 2 * small;
    assertThat(weights.q()).containsExactly(new double[]{4 / sum, small / sum, small / sum, 0}, within(1e-7));
  }

  /** Exponents of 1e5 would overflow e^x. */
  @Test
  void aLargeStepPutsAllWeightOnTheWorstGroup() {
    GroupDro.Weights weights = new GroupDro.Weights(Y, 2, Z, settings(1e5, GroupDro.By.CELL, 0));
    weights.next(logs(2, 3, 3, 5, 5), new int[]{0, 1, 2, 3, 4});
    assertThat(weights.q()).containsExactly(0, 0, 1, 0);
  }

  @Test
  void rowsOfUnknownGroupAreAGroupOfTheirOwn() {
    Attribute unknown = new Attribute("z", List.of("a", "b"), new int[]{0, 1, -1, 0, -1});
    GroupDro.Weights weights = new GroupDro.Weights(Y, 2, unknown, settings(1, GroupDro.By.GROUP, 0));
    weights.next(logs(1, 1, 2, 2), new int[]{0, 1, 2, 4});
    assertThat(weights.q()).containsExactly(new double[]{0.25, 0.25, 0.5}, within(1e-7));
    assertThat(weights.note()).contains("group=(unknown)");
  }

  private static float[] logs(double... values) {
    float[] logs = new float[values.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = (float) Math.log(values[i]);
    }
    return logs;
  }

  /** With eta 0 and the only cell being one group, the loss is the mean cross-entropy up to rounding. */
  @Test
  void oneGroupIsPlainTraining() {
    Samples rows = Rows.of(List.of("a"), new int[]{60}, new int[]{50}).samples(4);
    Task task = Task.of(rows, Target.EQUAL_OPPORTUNITY, ModelSpec.parse("mlp:6"), TrainingConfig.DEFAULT.withEpochs(4),
        Device.cpu(), 1);
    double[] plain = new Erm().fit(task, new Erm().defaults()).scores(rows);
    double[] scores = METHOD.fit(task, settings(0.5, GroupDro.By.GROUP, 0)).scores(rows);
    assertThat(scores).containsExactly(plain, within(1e-4));
  }

  /** The rare cell (1, b) is drowned by plain training; its loss is the one that falls. */
  @Test
  void theWorstCellsLossFalls() {
    Samples rows = Rows.of(120, 200, 150, 30).samples(5);
    Task task = Task.of(rows, Target.EQUAL_OPPORTUNITY, new ModelSpec(), new TrainingConfig(60, 100, 0.02,
        TrainingConfig.Optimizer.ADAM, 0, 1, 0), Device.cpu(), 1);
    double plain = worst(rows, new Erm().fit(task, new Erm().defaults()));
    Predictor robust = METHOD.fit(task, settings(0.1, GroupDro.By.CELL, 0));
    assertThat(worst(rows, robust)).isLessThan(0.8 * plain);
    assertThat(robust.notes()).singleElement().asString().startsWith("at the end the heaviest of 4 groups was label=");
  }

  /** The greatest mean cross-entropy of a cell. */
  private static double worst(Samples rows, Predictor predictor) {
    double[] scores = predictor.scores(rows);
    return Arrays.stream(CellIndex.of(rows.y(), 2, rows.groups()).rows())
        .mapToDouble(cell -> Arrays.stream(cell)
            .mapToDouble(row -> -Math.log(rows.y()[row] == 1 ? scores[row] : 1 - scores[row])).average().orElseThrow())
        .max().orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"eta, -0.1", "eta, NaN", "eta, Infinity", "adjustment, -1", "adjustment, NaN"})
  void settingsOutOfRangeAreRefused(String key, String word) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Configs.with(METHOD.defaults(), "group-dro", Map.of(key, word)))
        .withMessageContaining(key).withMessageContaining(word);
  }
}
