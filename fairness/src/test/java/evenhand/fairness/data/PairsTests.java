package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Pairs of rows and counterfactual rows, flipped or matched, and their holding out of the training rows. */
class PairsTests {
  private static final Attribute JOB = new Attribute("job", List.of("a", "b", "c"), new int[]{0, 1, 2, -1});
  private static final Attribute SEX = new Attribute("sex", List.of("f", "m"), new int[]{0, 1, -1, 1});
  private static final Table TABLE = new Table("t", List.of(new Table.Numeric("n", new double[]{0, 1, 2, 3}),
      Table.Categorical.of("job", List.of("a", "b", "c", "")),
      Table.Categorical.of("sex", List.of("f", "m", "", "m"))));

  private static Samples samples(Encoder encoder, Attribute... sensitive) {
    return new Samples(encoder.encode(TABLE), new int[]{0, 1, 2, 1}, encoder.columnNames(), List.of("0", "1", "2"),
        List.of(sensitive));
  }

  /** A row: n, its label and group; n is the row's number, so that it tells which row it was. */
  private static Samples rows(int classes, List<String> groups, int[] y, int... codes) {
    float[] x = new float[y.length];
    IntStream.range(0, x.length).forEach(row -> x[row] = row);
    return new Samples(x, y, List.of("n"), IntStream.range(0, classes).mapToObj(Integer::toString).toList(),
        List.of(new Attribute("z", groups, codes)));
  }

  /** Three values give a row two pairs; a row of unknown value has none; three classes are as good as two. */
  @Test
  void flippedRowsTakeEachOtherValue() {
    Encoder encoder = Encoder.fit(TABLE, List.of("n", "job"), false); // n, a, b, c, (missing)
    Pairs pairs = Pairs.flipped(encoder, samples(encoder, JOB));
    assertThat(pairs.units()).containsExactly(0, 1, 2, 0, 1, 2);
    assertThat(pairs.unitCount()).isEqualTo(3);
    assertThat(pairs.factual().x()).startsWith(0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0, 0, 1, 0).hasSize(30);
    assertThat(pairs.counterfactual().x()).containsExactly(
        0, 0, 1, 0, 0,
        1, 0, 0, 1, 0,
        2, 1, 0, 0, 0,
        0, 0, 0, 1, 0,
        1, 1, 0, 0, 0,
        2, 0, 1, 0, 0);
    assertThat(pairs.factual().y()).isEqualTo(pairs.counterfactual().y()).containsExactly(0, 1, 2, 0, 1, 2);
    assertThat(pairs.factual().groups().codes()).containsExactly(0, 1, 2, 0, 1, 2);
    assertThat(pairs.counterfactual().groups().codes()).containsExactly(1, 2, 0, 2, 0, 1);
  }

  /** Row 2 has a job alone, row 3 a sex alone: units are the rows 0, 1, 2, 3. */
  @Test
  void eachSensitiveInputIsFlippedInTurn() {
    Encoder encoder = Encoder.fit(TABLE, List.of("n", "job", "sex"), false);
    Pairs pairs = Pairs.flipped(encoder, samples(encoder, JOB, SEX));
    assertThat(pairs.units()).containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 3);
    Pairs chosen = pairs.select(new int[]{3, 0});
    assertThat(chosen.units()).containsExactly(1, 1, 1, 0);
    assertThat(chosen.factual().y()).containsExactly(0, 0, 0, 1);
    Encoder blind = Encoder.fit(TABLE, List.of("n"), false);
    assertThat(Pairs.flipped(blind, samples(blind, JOB, SEX)).size()).isZero();
  }

  /** Label 0 has 3 rows of a and 2 of b, label 1 one of each, label 2 only b. */
  @Test
  void matchedRowsShareALabelAndAreNotReused() {
    Samples rows = rows(3, List.of("a", "b"), new int[]{0, 0, 0, 0, 0, 1, 1, 2, 2, 0}, 0, 0, 0, 1, 1, 0, 1, 1, 1, -1);
    Pairs pairs = Pairs.matched(rows, new Rng(1));
    assertThat(pairs.size()).isEqualTo(pairs.unitCount()).isEqualTo(3);
    assertThat(pairs.factual().y()).containsExactly(0, 0, 1);
    assertThat(pairs.factual().groups().codes()).containsOnly(0);
    assertThat(pairs.counterfactual().groups().codes()).containsOnly(1);
    Set<Float> used = new HashSet<>();
    for (float row : pairs.factual().x()) {
      assertThat(used.add(row)).isTrue();
    }
    for (float row : pairs.counterfactual().x()) {
      assertThat(used.add(row)).isTrue();
    }
  }

  @Test
  void matchedRowsOfThreeGroupsGoRound() {
    int[] y = new int[7];
    Pairs pairs = Pairs.matched(rows(2, List.of("a", "b", "c"), y, 0, 0, 1, 1, 1, 2, 2), new Rng(1));
    assertThat(pairs.factual().groups().codes()).containsExactly(0, 0, 1, 1, 2, 2);
    assertThat(pairs.counterfactual().groups().codes()).containsExactly(1, 1, 2, 2, 0, 0);
  }

  @Test
  void externalRowsAreHeldOutOfTheTrainingRowsAlone() {
    int[] y = IntStream.range(0, 1000).map(row -> row % 2).toArray();
    int[] z = IntStream.range(0, 1000).map(row -> row % 10 < 3 ? 0 : 1).toArray();
    Table table = new Table("t", List.of(
        new Table.Numeric("n", IntStream.range(0, 1000).asDoubleStream().toArray()),
        Table.Categorical.of("z", Arrays.stream(z).mapToObj(code -> code == 0 ? "a" : "b").toList())));
    Encoder encoder = Encoder.fit(table, List.of("n", "z"), false);
    Samples train = new Samples(encoder.encode(table), y, encoder.columnNames(), List.of("0", "1"),
        List.of(new Attribute("z", List.of("a", "b"), z)));
    Split split = new Split(train, train.select(new int[]{0, 1}), encoder);
    Split own = split.withExternal(100, 3);
    Pairs pairs = own.external().orElseThrow();
    assertThat(pairs.factual().groups().counts()).as("stratified").containsExactly(30, 70);
    assertThat(pairs.counterfactual().groups().counts()).as("flipped").containsExactly(70, 30);
    assertThat(own.train().rows()).isEqualTo(900);
    Set<Float> held = new HashSet<>();
    IntStream.range(0, 100).forEach(pair -> held.add(pairs.factual().x()[3 * pair]));
    assertThat(held).hasSize(100);
    IntStream.range(0, 900).forEach(row -> assertThat(held).doesNotContain(own.train().x()[3 * row]));
    assertThat(own.test()).isSameAs(split.test());
    assertThat(split.withExternal(100, 3).external().orElseThrow().factual().x()).isEqualTo(pairs.factual().x());
    assertThat(split.withExternal(100, 4).external().orElseThrow().factual().x()).isNotEqualTo(pairs.factual().x());
    assertThat(split.withExternal(700, 3).train().rows()).as("at most one row in five").isEqualTo(800);
    assertThat(own.withExternal(50, 3)).as("pairs that are there stay").isSameAs(own);
  }

  /** Where the attribute is no input there is nothing to flip. */
  @Test
  void withoutASensitiveInputNothingIsHeldOut() {
    Encoder blind = Encoder.fit(TABLE, List.of("n"), false);
    Split split = new Split(samples(blind, JOB), samples(blind, JOB), blind);
    assertThat(split.counterfactuals()).isEmpty();
    assertThat(split.withExternal(20, 1)).isSameAs(split);
  }

  @Test
  void sidesThatDoNotFitAreRefused() {
    Samples rows = rows(2, List.of("a", "b"), new int[]{0, 1}, 0, 1);
    Samples other = rows(2, List.of("a", "b"), new int[]{0, 0}, 1, 0);
    assertThatIllegalArgumentException().isThrownBy(() -> new Pairs(rows, other))
        .withMessage(
            "pairs: the labels of row and counterfactual row differ in pair 1; only the protected attribute may"
                + " change");
    assertThatIllegalArgumentException().isThrownBy(() -> new Pairs(rows, rows.select(new int[]{0})))
        .withMessageStartingWith(
            "pairs: 2 rows of 1 columns, 1 counterfactual rows of 1 columns and 2 units do not fit");
    assertThatIllegalArgumentException().isThrownBy(() -> new Pairs(rows, rows, new int[]{0, 2}))
        .withMessageStartingWith("pairs: units are 0 .. 2 with gaps");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Samples.concat(List.of(rows, rows(2, List.of("a", "c"), new int[]{0}, 1))))
        .withMessageStartingWith("samples: parts differ");
    assertThatIllegalArgumentException().isThrownBy(() -> Samples.concat(List.of()))
        .withMessageContaining("give at least one part");
  }
}
