package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReweighingTests {
  /**
   * m = 10, labels 6 and 4, groups 5 and 5: w(0,a) = 6*5/(10*4), w(0,b) = 30/20, w(1,a) = 4*5/(10*1), w(1,b) = 20/30.
   */
  @Test
  void weightsByHand() {
    Rows rows = Rows.of(4, 2, 1, 3);
    assertThat(Reweighing.weights(rows.y(), 2, rows.groups())).containsExactly(
        new float[]{0.75f, 0.75f, 0.75f, 0.75f, 1.5f, 1.5f, 2, 2 / 3f, 2 / 3f, 2 / 3f}, within(1e-6f));
  }

  @Test
  void independentLabelsAndGroupsKeepTheirWeight() {
    Rows rows = Rows.of(6, 3, 4, 2);
    assertThat(Reweighing.weights(rows.y(), 2, rows.groups())).containsOnly(1);
  }

  /** Rows of unknown group count for the label totals: w(0,a) = 4*4/(9*2). */
  @Test
  void unknownGroupsWeighOne() {
    Rows rows = Rows.of(List.of("a", "b"), new int[]{2, 1, 1}, new int[]{2, 2, 1});
    assertThat(Reweighing.weights(rows.y(), 2, rows.groups())).containsExactly(
        new float[]{8 / 9f, 8 / 9f, 4 / 3f, 1, 10 / 9f, 10 / 9f, 5 / 6f, 5 / 6f, 1}, within(1e-6f));
  }

  @Test
  void groupsWithoutRowsOfALabelDoNotDivideByZero() {
    Rows rows = Rows.of(4, 2, 0, 3);
    assertThat(Reweighing.weights(rows.y(), 2, rows.groups())).hasSize(9).doesNotContain(Float.NaN)
        .doesNotContain(Float.POSITIVE_INFINITY);
  }

  /** With weights of one the method is plain training, bit for bit; with others it is not. */
  @Test
  void theWeightsEnterTheLoss() {
    Rows even = Rows.of(60, 30, 40, 20);
    assertThat(scores(new Reweighing(), even)).isEqualTo(scores(new Erm(), even));
    Rows uneven = Rows.of(60, 10, 20, 60);
    assertThat(scores(new Reweighing(), uneven)).isNotEqualTo(scores(new Erm(), uneven));
  }

  /** Against plain training on data in which each row recurs in proportion to its weight, in one full batch. */
  @Test
  void aWeightIsANumberOfCopies() {
    Rows rows = Rows.of(4, 2, 1, 3); // weights 3/4, 3/2, 2, 2/3, times 12: 9, 18, 24, 8 copies
    Samples samples = rows.samples(3);
    int[] copies = {9, 9, 9, 9, 18, 18, 24, 8, 8, 8};
    int[] recurring = IntStream.range(0, 10)
        .flatMap(row -> IntStream.generate(() -> row).limit(copies[row])).toArray();
    assertThat(recurring).hasSize(120);
    Task weighted = inOneBatch(samples);
    Task copied = inOneBatch(samples.select(recurring));
    assertThat(new Reweighing().fit(weighted, new Reweighing.Config()).scores(samples)).containsExactly(
        new Erm().fit(copied, new Erm.Config()).scores(samples), within(1e-5));
  }

  private static Task inOneBatch(Samples samples) {
    var training = new TrainingConfig(20, samples.rows(), 0.1, TrainingConfig.Optimizer.SGD, 0, 1, 0);
    return Task.of(samples, Target.EQUAL_OPPORTUNITY, new ModelSpec(), training, Device.cpu(), 1);
  }

  private static <C extends Record> double[] scores(Method<C> method, Rows rows) {
    Samples samples = rows.samples(3);
    return method.fit(Task.of(samples, Target.EQUAL_OPPORTUNITY, new ModelSpec(), TrainingConfig.DEFAULT, Device.cpu(),
        1), method.defaults()).scores(samples);
  }
}
