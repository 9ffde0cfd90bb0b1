package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Columns become inputs as worked out by hand, and test rows have no say in it. */
class EncodingTests {
  private static final double NONE = Double.NaN;

  private static Table table(double[] ages, List<String> jobs) {
    return new Table("t", List.of(new Table.Numeric("age", ages), Table.Categorical.of("job", jobs)));
  }

  @Test
  void numbersAreStandardisedByThePopulationDeviation() {
    // mean 5, squares of deviations 9 1 1 9, variance 20 / 4 = 5
    Table train = table(new double[]{2, 4, 6, 8}, List.of("b", "a", "b", "a"));
    Encoder encoder = Encoder.fit(train, List.of("age"), true);
    double root = Math.sqrt(5);
    assertThat(encoder.encode(train)).containsExactly((float) (-3 / root), (float) (-1 / root), (float) (1 / root),
        (float) (3 / root));
    assertThat(encoder.columnNames()).containsExactly("age");
  }

  @Test
  void categoriesAreOneHotInSortedOrder() {
    Table train = table(new double[]{1, 1, 1}, List.of("cook", "baker", "cook"));
    Encoder encoder = Encoder.fit(train, List.of("job"), true);
    assertThat(encoder.columnNames()).containsExactly("job=baker", "job=cook");
    assertThat(encoder.encode(train)).containsExactly(0, 1, 1, 0, 0, 1);
  }

  @Test
  void testRowsHaveNoSay() {
    Table train = table(new double[]{0, 2}, List.of("baker", "cook"));
    Table test = table(new double[]{5, 1000, NONE}, List.of("abbot", "cook", ""));
    Encoder encoder = Encoder.fit(train, List.of("age", "job"), true);
    // training mean 1, deviation 1; the unseen abbot and the missing job are all zeros, the missing age is the mean
    assertThat(encoder.encode(test)).containsExactly(4, 0, 0, 999, 0, 1, 0, 0, 0);
  }

  @Test
  void missingCellsOfTrainingAreTold() {
    Table train = table(new double[]{0, NONE, 2}, List.of("baker", "", "cook"));
    Encoder encoder = Encoder.fit(train, List.of("age", "job"), true);
    assertThat(encoder.columnNames())
        .containsExactly("age", "age=(missing)", "job=baker", "job=cook", "job=(missing)");
    assertThat(encoder.encode(train)).containsExactly(
        -1, 0, 1, 0, 0,
        0, 1, 0, 0, 1,
        1, 0, 0, 1, 0);
  }

  @Test
  void constantNumbersAreZeroEvenWhereTheirMeanRounds() {
    double[] tenths = IntStream.range(0, 10).mapToDouble(i -> 0.1).toArray();
    Table train = new Table("t", List.of(new Table.Numeric("n", tenths)));
    Encoder encoder = Encoder.fit(train, List.of("n"), true);
    assertThat(encoder.encode(train)).containsOnly(0);
    assertThat(encoder.encode(new Table("t", List.of(new Table.Numeric("n", new double[]{7}))))).containsExactly(0);
  }

  @Test
  void numbersCanBeTakenAsTheyAre() {
    Table train = table(new double[]{3, NONE, 5}, List.of("a", "a", "a"));
    assertThat(Encoder.fit(train, List.of("age"), false).encode(train)).containsExactly(3, 0, 4, 1, 5, 0);
  }

  @Test
  void emptyColumnsAreLeftOutAndManyLevelsRefused() {
    Table empty = table(new double[]{NONE, NONE}, List.of("", ""));
    assertThatThrownBy(() -> Encoder.fit(empty, List.of("age", "job"), true)).isInstanceOf(DataException.class)
        .hasMessageStartingWith("t: no column with values is left as an input");
    List<String> ids = IntStream.range(0, 1001).mapToObj(i -> "id" + i).toList();
    Table identified = new Table("t", List.of(Table.Categorical.of("id", ids)));
    assertThatThrownBy(() -> Encoder.fit(identified, List.of("id"), true)).isInstanceOf(DataException.class)
        .hasMessage("t: column id has 1001 different values in 1001 rows, too many for one input each; drop it with"
            + " --drop id");
  }
}
