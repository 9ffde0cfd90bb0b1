package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.ColoredMnistLoader.Colouring;
import evenhand.fairness.data.ColoredMnistLoader.Config;
import evenhand.fairness.data.ColoredMnistLoader.Digits;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Colours of digits: of invented images, and of MNIST where it is present. */
class ColoredMnistTests {
  /** Two pixels an image: its number, up to 127, and 255; labels go round. */
  private static final Digits IMAGES = digits(2000);

  private static Digits digits(int count) {
    byte[] pixels = new byte[2 * count];
    IntStream.range(0, count).forEach(i -> pixels[2 * i] = (byte) (i % 128));
    IntStream.range(0, count).forEach(i -> pixels[2 * i + 1] = (byte) 255);
    return new Digits(pixels, IntStream.range(0, count).map(i -> i % 10).toArray());
  }

  private static Config config(double ratio, Colouring colouring, double sd) {
    return new Config(ratio, colouring, sd, 1500, 400, 300);
  }

  private static Split split(Config config, long seed) {
    return ColoredMnistLoader.split(IMAGES, digits(300), config, new Rng(seed));
  }

  /** Rows of each digit and colour. */
  private static int[][] cells(Samples samples) {
    int[][] cells = new int[10][10];
    for (int row = 0; row < samples.rows(); row++) {
      cells[samples.y()[row]][samples.groups().codes()[row]]++;
    }
    return cells;
  }

  /** floor(.95 n) in the own colour, the rest over nine others, which differ by at most one. */
  @ParameterizedTest
  @CsvSource({"0.95", "0.995", "0.1", "0.07", "0", "1"})
  void theRatioIsExactForEachDigit(double ratio) {
    int[] labels = IntStream.range(0, 1000).map(i -> i % 10).toArray();
    int[] colours = ColoredMnistLoader.colours(labels, ratio, new Rng(1));
    for (int digit = 0; digit < 10; digit++) {
      int[] counts = new int[10];
      for (int row = digit; row < labels.length; row += 10) {
        counts[colours[row]]++;
      }
      int own = (int) Math.round(100 * ratio - (ratio == 0.995 ? 0.5 : 0));
      assertThat(counts[digit]).isEqualTo(own);
      counts[digit] = -1;
      int[] others = Arrays.stream(counts).filter(count -> count >= 0).toArray();
      assertThat(others).hasSize(9);
      assertThat(Arrays.stream(others).max().orElse(0) - Arrays.stream(others).min().orElse(0)).isLessThan(2);
    }
  }

  @Test
  void trainingIsBiasedAndTestingIsNot() {
    Split split = split(config(0.9, Colouring.FOREGROUND, 0.02), 1);
    assertThat(split.train().rows()).isEqualTo(1500);
    assertThat(split.train().columns()).isEqualTo(6);
    assertThat(split.train().classes()).isEqualTo(10);
    int[][] train = cells(split.train());
    int[][] test = cells(split.test());
    for (int digit = 0; digit < 10; digit++) {
      assertThat(train[digit][digit]).isEqualTo(Arrays.stream(train[digit]).sum() * 9 / 10);
      assertThat(test[digit]).containsOnly(3); // of 30
    }
  }

  /** Yellow is (225, 225, 0) / 255. */
  @Test
  void aForegroundPixelIsItsBrightnessTimesTheColour() {
    Samples train = split(config(1, Colouring.FOREGROUND, 0), 1).train();
    int row = IntStream.range(0, train.rows()).filter(i -> train.y()[i] == 3).findFirst().orElseThrow();
    float grey = train.x()[6 * row] / (225 / 255f);
    assertThat(Arrays.copyOfRange(train.x(), 6 * row, 6 * row + 6)).containsExactly(
        new float[]{grey * 225 / 255, 225 / 255f, grey * 225 / 255, 225 / 255f, 0, 0}, within(1e-6f));
    assertThat(grey * 255).isCloseTo(Math.round(grey * 255), within(1e-4f));
  }

  @Test
  void aBackgroundIsFilledAndTheDigitIsWhite() {
    Samples train = split(config(1, Colouring.BACKGROUND, 0.02), 1).train();
    float[] x = train.x();
    for (int row = 0; row < train.rows(); row++) {
      assertThat(new float[]{x[6 * row + 1], x[6 * row + 3], x[6 * row + 5]}).as("white").containsOnly(1);
      if (train.y()[row] == 6 && x[6 * row + 4] < 1) { // orange is (255, 128, 0)
        assertThat(new float[]{x[6 * row], x[6 * row + 2], x[6 * row + 4]})
            .containsExactly(new float[]{1, 128 / 255f, 0}, within(1e-6f));
      }
    }
    long filled = IntStream.range(0, train.rows()).filter(row -> x[6 * row + 4] < 1).count();
    assertThat(filled).as("images whose first pixel is black: 1 in 128").isBetween(1L, 40L);
  }

  /** Of grey digits, brightness 1: 3 * 150 draws of N(128/255, .05), with a standard error of .0017 of the spread. */
  @Test
  void theNoiseHasItsSpreadAndStaysWithinRange() {
    Samples train = split(config(1, Colouring.FOREGROUND, 0.05), 1).train();
    double[] grey = IntStream.range(0, train.rows()).filter(row -> train.y()[row] == 9)
        .mapToObj(row -> new int[]{6 * row + 1, 6 * row + 3, 6 * row + 5}).flatMapToInt(Arrays::stream)
        .mapToDouble(i -> train.x()[i]).toArray();
    double mean = Arrays.stream(grey).average().orElseThrow();
    double spread = Math.sqrt(Arrays.stream(grey).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
    assertThat(mean).isCloseTo(128 / 255.0, within(0.01));
    assertThat(spread).isCloseTo(0.05, within(0.006));
    float[] x = train.x();
    assertThat(IntStream.range(0, x.length)).allMatch(i -> x[i] >= 0 && x[i] <= 1);
  }

  @Test
  void pairsAreTheSameImageInItsOwnAndInAnotherColour() {
    Split split = split(config(0.9, Colouring.FOREGROUND, 0), 2);
    for (Pairs pairs : new Pairs[]{split.external().orElseThrow(), split.testPairs().orElseThrow()}) {
      assertThat(pairs.factual().groups().codes()).isEqualTo(pairs.factual().y());
      int[] others = pairs.counterfactual().groups().codes();
      assertThat(IntStream.range(0, others.length)).allMatch(i -> others[i] != pairs.factual().y()[i]);
      ColoredImages own = (ColoredImages) pairs.factual().inputs();
      ColoredImages other = (ColoredImages) pairs.counterfactual().inputs();
      assertThat(other.image()).isEqualTo(own.image()).doesNotHaveDuplicates();
      assertThat(other.pixels()).isSameAs(own.pixels());
      for (int[] digit : cells(pairs.counterfactual())) {
        assertThat(Arrays.stream(digit).filter(count -> count > 0).count()).isGreaterThan(5);
      }
    }
    Set<Integer> seen = new HashSet<>();
    for (Samples part : new Samples[]{split.train(), split.external().orElseThrow().factual()}) {
      Arrays.stream(((ColoredImages) part.inputs()).image()).forEach(image -> assertThat(seen.add(image)).isTrue());
    }
    assertThat(((ColoredImages) split.test().inputs()).image())
        .isEqualTo(((ColoredImages) split.testPairs().orElseThrow().factual().inputs()).image());
  }

  @Test
  void aSeedGivesTheSameImagesAndColours() {
    Config config = config(0.9, Colouring.FOREGROUND, 0.02);
    assertThat(split(config, 4).train().x()).isEqualTo(split(config, 4).train().x())
        .isNotEqualTo(split(config, 5).train().x());
    assertThat(split(config, 4).train().select(new int[]{7}).x())
        .isEqualTo(Arrays.copyOfRange(split(config, 4).train().x(), 42, 48));
  }

  @ParameterizedTest
  @CsvSource({"1.1, 0, 100, 100, 100", "NaN, 0, 100, 100, 100", "-0.1, 0, 100, 100, 100", "1, -1, 100, 100, 100",
      "1, 0, 9, 100, 100", "1, 0, 50000, 10001, 100", "1, 0, 100, 1, 100", "1, 0, 100, 100, 10001"})
  void settingsOutOfRangeAreRefused(double ratio, double sd, int train, int external, int test) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Config(ratio, Colouring.FOREGROUND, sd, train, external, test))
        .withMessageContaining("data settings of colored-mnist are out of range");
  }

  /** MNIST's own counts: 60,000 + 10,000 images; 7 is the second commonest digit. */
  @Test
  void thePublishedFilesAreRead() {
    ColoredMnistLoader loader = new ColoredMnistLoader();
    LongFunction<Split> splits = loader.splits(DatasetContractTests.present(loader), loader.defaults());
    Split split = splits.apply(3);
    assertThat(split.train().rows()).isEqualTo(50_000);
    assertThat(split.test().rows()).isEqualTo(10_000);
    assertThat(split.external().orElseThrow().size()).isEqualTo(10_000);
    assertThat(split.train().columns()).isEqualTo(2352);
    int[] digits = new int[10];
    Arrays.stream(split.test().y()).forEach(digit -> digits[digit]++);
    assertThat(digits).containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
    int[][] train = cells(split.train());
    for (int digit = 0; digit < 10; digit++) {
      assertThat(train[digit][digit]).isEqualTo(99 * Arrays.stream(train[digit]).sum() / 100);
    }
    // the mean of MNIST's pixels is .1307, that of the ten colours' planes .502
    float[] x = split.train().select(IntStream.range(0, 2000).toArray()).x();
    double mean = IntStream.range(0, x.length).mapToDouble(i -> x[i]).average().orElseThrow();
    assertThat(mean).isCloseTo(0.1307 * 0.502, within(0.004));
  }
}
