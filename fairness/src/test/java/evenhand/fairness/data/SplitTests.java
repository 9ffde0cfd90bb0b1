package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Partitions have exact sizes and keep cells on both sides; samples and attributes follow their rows. */
class SplitTests {
  @Property(seed = "2026", tries = 300)
  void everyRowIsOnOneSideAndSizesAreExact(@ForAll long seed, @ForAll @IntRange(min = 4, max = 300) int rows,
      @ForAll @IntRange(min = 1, max = 12) int kinds, @ForAll @DoubleRange(min = 0.15, max = 0.85) double fraction) {
    Rng random = new Rng(seed);
    int[] cells = IntStream.range(0, rows).map(row -> random.nextInt(kinds)).toArray();
    Partition partition = Partition.stratified(cells, fraction, seed);
    assertThat(partition.test()).hasSize((int) Math.round(rows * fraction)).isSorted();
    assertThat(partition.train()).isSorted();
    int[] all = IntStream.concat(Arrays.stream(partition.train()), Arrays.stream(partition.test())).sorted().toArray();
    assertThat(all).isEqualTo(IntStream.range(0, rows).toArray());
  }

  @Test
  void cellsGiveTheirShareAndSmallOnesStayOnBothSides() {
    int[] cells = new int[100]; // cells of 70, 20, 8 and 2 rows; 20% are 14, 4, 1.6 and 0.4
    Arrays.fill(cells, 70, 90, 1);
    Arrays.fill(cells, 90, 98, 2);
    Arrays.fill(cells, 98, 100, 3);
    int[] counts = new int[4];
    for (int row : Partition.stratified(cells, 0.2, 5).test()) {
      counts[cells[row]]++;
    }
    assertThat(counts).containsExactly(14, 4, 1, 1);
  }

  @Test
  void theSeedDecides() {
    int[] cells = IntStream.range(0, 50).map(row -> row % 3).toArray();
    assertThat(Partition.stratified(cells, 0.3, 1).test()).isEqualTo(Partition.stratified(cells, 0.3, 1).test())
        .isNotEqualTo(Partition.stratified(cells, 0.3, 2).test());
  }

  @Test
  void impossibleFractionsAndRowsAreRefused() {
    for (double fraction : new double[]{0, 1, -1, 0.01, 0.99, Double.NaN}) {
      assertThatThrownBy(() -> Partition.stratified(new int[10], fraction, 0)).isInstanceOf(DataException.class)
          .hasMessageStartingWith("split: a test fraction of " + fraction + " of 10 rows leaves no row on one side");
    }
    assertThatThrownBy(() -> Partition.ofTest(3, new int[]{3})).isInstanceOf(DataException.class)
        .hasMessageContaining("test row 3 is not within 0 .. 2");
    assertThatThrownBy(() -> Partition.ofTest(3, new int[]{1, 1})).isInstanceOf(DataException.class)
        .hasMessageContaining("test row 1 is given twice");
    assertThatThrownBy(() -> Partition.ofTest(3, new int[0])).isInstanceOf(DataException.class);
    assertThat(Partition.ofTest(4, new int[]{2, 0}).train()).containsExactly(1, 3);
  }

  private static Dataset dataset(String sexes, String labels) {
    List<String> sex = sexes.chars().mapToObj(c -> c == '?' ? "" : String.valueOf((char) c)).toList();
    List<String> label = labels.chars().mapToObj(Character::toString).toList();
    double[] age = IntStream.range(0, sex.size()).asDoubleStream().toArray();
    Card card = new Card("toy", "", "", sex.size(), "y", "1", List.of("sex"), false, "logistic", 0.5, "", "", "",
        Map.of());
    return new Dataset(card, new Table("toy", List.of(Table.Categorical.of("sex", sex), new Table.Numeric("age", age),
        Table.Categorical.of("y", label))), true, new int[0]);
  }

  @Test
  void givenTestRowsAreEncodedByTheOthers() {
    Split split = dataset("FMFM?", "01000").split(new int[]{0, 3, 4});
    // training ages 1 and 2: mean 1.5, deviation .5
    assertThat(split.train().x()).containsExactly(-1, 1);
    assertThat(split.test().x()).containsExactly(-3, 3, 5);
    assertThat(split.train().y()).containsExactly(1, 0);
  }

  @Test
  void sidesWithoutLabelsOrGroupsAreRefused() {
    assertThatThrownBy(() -> dataset("FMFMFM", "001111").split(new int[]{0, 1})).isInstanceOf(DataException.class)
        .hasMessage("split: all 4 training rows have the label '1'; there is nothing to learn, so give rows of both"
            + " labels");
    assertThatThrownBy(() -> dataset("FMFMFM", "001100").split(new int[]{0, 2})).isInstanceOf(DataException.class)
        .hasMessage("split: of sex the test rows have no 'M', so there are no groups to compare; give more rows or"
            + " another --test-fraction");
    assertThatThrownBy(() -> dataset("FFF", "010")).isInstanceOf(DataException.class)
        .hasMessage("toy: column sex has the one value 'F' only, so there are no groups to compare; choose another"
            + " --sensitive column");
  }

  @Test
  void sensitiveColumnsAreInputsOnlyOnDemand() {
    Dataset dataset = dataset("FMFM", "0110");
    assertThat(dataset.inputs()).containsExactly("age");
    assertThat(dataset.withSensitiveInputs(true).inputs()).containsExactly("sex", "age");
    assertThat(dataset.withSensitive(List.of("age")).inputs()).containsExactly("sex");
    assertThat(dataset.withSensitive(List.of("age")).sensitive().getFirst().levels())
        .containsExactly("0", "1", "2", "3");
    assertThat(dataset.withSensitiveInputs(true).without(List.of("age")).inputs()).containsExactly("sex");
    assertThatThrownBy(() -> dataset.without(List.of("sex"))).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> dataset.withSensitive(List.of("sx"))).isInstanceOf(DataException.class)
        .hasMessageContaining("did you mean 'sex'?");
    assertThatThrownBy(() -> dataset.withSensitive(List.of("y"))).isInstanceOf(DataException.class)
        .hasMessageContaining("column y is the label");
    assertThatThrownBy(() -> dataset.withSensitive(List.of("sex", "sex"))).isInstanceOf(DataException.class);
  }

  @Test
  void attributesAreCrossed() {
    Attribute sex = new Attribute("sex", List.of("Female", "Male"), new int[]{0, 1, -1, 1});
    Attribute race = new Attribute("race", List.of("Black", "White"), new int[]{1, 0, 0, -1});
    Attribute cross = Attribute.cross(List.of(sex, race));
    assertThat(cross.name()).isEqualTo("sex*race");
    assertThat(cross.levels()).containsExactly("Female,Black", "Female,White", "Male,Black", "Male,White");
    assertThat(cross.codes()).containsExactly(1, 2, -1, -1);
    assertThat(cross.counts()).containsExactly(0, 1, 1, 0);
    assertThat(cross.rows(new int[]{1, 1, 0}).codes()).containsExactly(2, 2, 1);
    assertThatThrownBy(() -> new Attribute("a", List.of("x"), new int[]{1}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void samplesFollowTheirRows() {
    Attribute sex = new Attribute("sex", List.of("F", "M"), new int[]{0, 1, 1});
    Samples samples = new Samples(new float[]{1, 2, 3, 4, 5, 6}, new int[]{0, 1, 0}, List.of("a", "b"),
        List.of("no", "yes"), List.of(sex));
    Samples chosen = samples.select(new int[]{2, 0});
    assertThat(chosen.x()).containsExactly(5, 6, 1, 2);
    assertThat(chosen.groups().codes()).containsExactly(1, 0);
    assertThat(chosen.features(Device.reference()).shape().dims()).containsExactly(2, 2);
    assertThat(samples.labels(Device.reference()).toFloats()).containsExactly(0, 1, 0);
    assertThat(samples.labels(Device.reference()).shape().dims()).containsExactly(3, 1);
    assertThatThrownBy(() -> new Samples(new float[3], new int[2], List.of("a"), List.of("n", "y"), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
