package evenhand.fairness.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import evenhand.fairness.data.DataException;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.tensor.Rng;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssociationTestTests {
  private static final double[][] EAST = {{2, 0}};
  private static final double[][] NORTH = {{0, 0.5}};

  @TempDir
  private Path directory;

  private static double[] at(double degrees) {
    return new double[]{Math.cos(Math.toRadians(degrees)), Math.sin(Math.toRadians(degrees))};
  }

  /**
   * With one attribute east and one north, s(w) = cos(angle) - sin(angle). X at 0 and 90 - 30 degrees, Y at 90 and 60:
   * s = 1 and (1 - sqrt 3) / 2 for X, -1 and (1 - sqrt 3) / 2 for Y. With c = (1 - sqrt 3) / 2 the mean of all is c / 2;
   * the difference of means is 1; the squared deviations are (1 - c/2)^2 + (1 + c/2)^2 + 2 (c/2)^2 = 2 + c^2, so that d
   * = 1 / sqrt((2 + c^2) / 3). Of the 6 splits, sums 1 + c, -1 + c (twice each), 0 and 2c: two reach 1 + c = .63.
   */
  @Test
  void effectSizeInClosedForm() {
    AssociationTest.Result result = AssociationTest.measure(new double[][]{at(0), at(60)},
        new double[][]{at(90), at(60)}, EAST, NORTH, BootstrapOptions.none());
    double c = (1 - Math.sqrt(3)) / 2;
    assertThat(result.effect().value().orElseThrow()).isCloseTo(1 / Math.sqrt((2 + c * c) / 3), offset(1e-12));
    assertThat(result.p()).isCloseTo(2 / 6.0, offset(1e-12));
  }

  /** Exchanging the targets, or the attributes, turns the sign; lengths do not matter. */
  @Test
  void symmetries() {
    double[][] x = {at(5), at(20), at(33)};
    double[][] y = {at(61), at(50), at(80), at(15)};
    BootstrapOptions none = BootstrapOptions.none();
    double d = AssociationTest.measure(x, y, EAST, NORTH, none).effect().value().orElseThrow();
    assertThat(AssociationTest.measure(y, x, EAST, NORTH, none).effect().value().orElseThrow())
        .isCloseTo(-d, offset(1e-12));
    assertThat(AssociationTest.measure(x, y, NORTH, EAST, none).effect().value().orElseThrow())
        .isCloseTo(-d, offset(1e-12));
    assertThat(d).isPositive();
  }

  @Test
  void intervalsHoldTheValueAndRepeat() {
    double[][] x = {at(5), at(20), at(33)};
    double[][] y = {at(61), at(50), at(80), at(15)};
    AssociationTest.Result once = AssociationTest.measure(x, y, EAST, NORTH, BootstrapOptions.defaults(1));
    assertThat(AssociationTest.measure(x, y, EAST, NORTH, BootstrapOptions.defaults(1))).isEqualTo(once);
    double d = once.effect().value().orElseThrow();
    assertThat(once.effect().low().orElseThrow()).isLessThan(d);
    assertThat(once.effect().high().orElseThrow()).isGreaterThan(d);
  }

  /** 12 and 12 targets have 2.7 million splits, so some are drawn; without an association p is near 1/2. */
  @Test
  void manySplitsAreDrawn() {
    Rng rng = new Rng(4);
    double[][] targets = IntStream.range(0, 24).mapToObj(_ -> at(90 * rng.nextDouble())).toArray(double[][]::new);
    double[][] east = IntStream.range(0, 12).mapToObj(i -> at(i)).toArray(double[][]::new);
    double[][] north = IntStream.range(0, 12).mapToObj(i -> at(90 - i)).toArray(double[][]::new);
    assertThat(AssociationTest.measure(east, north, EAST, NORTH, BootstrapOptions.none()).p())
        .isEqualTo(1.0 / 10_000); // the observed split alone
    double p = AssociationTest.measure(Arrays.copyOfRange(targets, 0, 12), Arrays.copyOfRange(
        targets, 12, 24), EAST, NORTH, BootstrapOptions.none()).p();
    double reversed = AssociationTest.measure(Arrays.copyOfRange(targets, 12, 24), Arrays
        .copyOfRange(targets, 0, 12), EAST, NORTH, BootstrapOptions.none()).p();
    assertThat(p + reversed).isCloseTo(1, offset(0.02)); // three standard deviations of the two draws
  }

  @Test
  void noDifferenceIsUndetermined() {
    AssociationTest.Result result = AssociationTest.measure(new double[][]{at(10), at(10)},
        new double[][]{at(10), at(10)}, EAST, NORTH, BootstrapOptions.none());
    assertThat(result.effect().isDetermined()).isFalse();
    assertThat(result.p()).isEqualTo(1);
  }

  /** The bigram model's hidden state is the one-hot of the last token: texts that end alike are alike. */
  @Test
  void textsAreEmbeddedByTheModel() throws IOException {
    Tokenizer tokenizer = Tokenizer.read(TinyTokenizers.write(directory.resolve("tokenizer"), """
        {"version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
         "post_processor": null, "decoder": null, "model": {"type": "WordLevel", "unk_token": "a",
         "vocab": {"a": 0, "b": 1, "c": 2}}}"""));
    TextModel model = new TextModel(BigramModel.of(true, 3, Map.of()), tokenizer);
    Path file = Files.writeString(directory.resolve("weat.jsonl"), """
        {"targ1": {"category": "X", "examples": ["c a", "a"]}, "targ2": {"category": "Y", "examples": ["b", "c"]},
         "attr1": {"category": "A", "examples": ["a"]}, "attr2": {"category": "B", "examples": ["c b"]}}""");
    AssociationTest.Sets sets = AssociationTest.read(file);
    assertThat(sets.x()).isEqualTo(new AssociationTest.Category("X", List.of("c a", "a")));
    // s = 1, 1 for X and -1, 0 for Y: mean 1/4, squared deviations .5625 * 2 + 1.5625 + .0625 = 2.75
    assertThat(AssociationTest.measure(model, sets, BootstrapOptions.none()).effect().value().orElseThrow())
        .isCloseTo(1.5 / Math.sqrt(2.75 / 3), offset(1e-6));
  }

  @Test
  void filesThatDoNotFitAreNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("short.json"), """
        {"targ1": {"examples": ["a", "b"]}, "targ2": {"examples": ["c"]}}""");
    assertThatThrownBy(() -> AssociationTest.read(file)).isInstanceOf(DataException.class)
        .hasMessageContaining("targ2.examples has 1 entries");
    assertThatThrownBy(() -> AssociationTest.read(directory.resolve("none.json"))).isInstanceOf(DataException.class);
  }
}
