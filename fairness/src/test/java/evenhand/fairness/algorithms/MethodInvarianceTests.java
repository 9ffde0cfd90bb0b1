package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must not change the outcome of a method: names of groups, the order of rows, the unit of the loss. */
class MethodInvarianceTests {
  private static final int TRIES = 10;
  private static final Device CPU = Device.cpu();
  private static final TrainingConfig ALL = new TrainingConfig(20, 250, 0.01, TrainingConfig.Optimizer.SGD, 0, 1, 0);

  static List<Method<?>> methods() {
    return Methods.all();
  }

  private static Samples with(Samples rows, Attribute groups) {
    return new Samples(rows.x(), rows.y(), rows.columnNames(), rows.labelLevels(), List.of(groups));
  }

  private static <C extends Record> double[] scores(Method<C> method, Samples rows, TrainingConfig training,
      long seed) {
    Task task = Task.of(rows, Target.EQUAL_OPPORTUNITY, ModelSpec.parse("logistic"), training, CPU, seed);
    return method.fit(task, method.defaults()).scores(rows);
  }

  /** Group "a" called "zulu", "b" called "alpha": the same bits. */
  @ParameterizedTest
  @MethodSource("methods")
  void theNamesOfGroupsDoNotMatter(Method<?> method) {
    Samples rows = Rows.of(90, 40, 35, 85).samples(1);
    Samples renamed = with(rows, new Attribute("other", List.of("zulu", "alpha"), rows.groups().codes()));
    TrainingConfig training = TrainingConfig.DEFAULT.withEpochs(3);
    assertThat(scores(method, renamed, training, 5)).isEqualTo(scores(method, rows, training, 5));
  }

  /** Those that see all rows in each step, and take no random draw of rows. */
  static List<Method<?>> methodsOfAllRows() {
    return methods().stream().filter(method -> List.of("erm", "reweighing", "gap-regularization", "group-dro",
        "decision-rationale-alignment", "fast-model-debias", "threshold-optimizer").contains(method.name())).toList();
  }

  /** Group a as number 1, b as number 0: sums over two groups commute, so the same bits. */
  @ParameterizedTest
  @MethodSource("methodsOfAllRows")
  void theNumbersOfGroupsDoNotMatter(Method<?> method) {
    Samples rows = Rows.of(90, 40, 35, 85).samples(1);
    int[] swapped = Arrays.stream(rows.groups().codes()).map(code -> 1 - code).toArray();
    Samples other = with(rows, new Attribute("z", List.of("b", "a"), swapped));
    assertThat(scores(method, other, ALL, 5)).isEqualTo(scores(method, rows, ALL, 5));
  }

  /** With all rows in each batch, only the order of additions differs: 20 steps of a few roundings of 6e-8 each. */
  @ParameterizedTest
  @MethodSource("methodsOfAllRows")
  void theOrderOfRowsDoesNotMatter(Method<?> method) {
    Samples rows = Rows.of(90, 40, 35, 85).samples(1);
    int[] order = new Rng(9).permutation(rows.rows());
    double[] expected = scores(method, rows, ALL, 5);
    double[] permuted = scores(method, rows.select(order), ALL, 5);
    for (int i = 0; i < order.length; i++) {
      assertThat(permuted[i]).isCloseTo(expected[order[i]], within(1e-6));
    }
  }

  /** SGD on 4 times the loss with a quarter of the rate takes the same steps, bit by bit. */
  @Property(seed = "2026", tries = TRIES)
  void theUnitOfTheLossDoesNotMatterToSgd(@ForAll long seed, @ForAll @IntRange(min = 5, max = 40) int cell) {
    Samples rows = Rows.of(cell, 2 * cell, cell + 3, cell).samples(seed);
    assertThat(trained(rows, 0.25f, 4, seed)).isEqualTo(trained(rows, 1, 1, seed));
  }

  private static double[] trained(Samples rows, double rate, double unit, long seed) {
    var training = new TrainingConfig(3, 16, 0.01 * rate, TrainingConfig.Optimizer.SGD, 0, 1, 0);
    Task task = Task.of(rows, Target.EQUAL_OPPORTUNITY, ModelSpec.parse("mlp:7"), training, CPU, seed);
    Fitting fitting = new Fitting(task);
    Fitting.BatchLoss loss = (logits, labels, batch) -> Fitting.BatchLoss.CROSS_ENTROPY.of(logits, labels, batch)
        .times(unit);
    return fitting.train(3, fitting.shuffled(), loss).predictor(List.of()).scores(rows);
  }
}
