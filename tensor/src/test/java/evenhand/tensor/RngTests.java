package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RngTests {
  /** Philox4x32-10 as the paper states it, over the full 128-bit counter, in unhurried arithmetic. */
  private static int[] philox(int[] counter, int[] key) {
    BigInteger[] multipliers = {BigInteger.valueOf(0xD2511F53L), BigInteger.valueOf(0xCD9E8D57L)};
    int[] c = counter.clone();
    int[] k = key.clone();
    for (int round = 0; round < 10; round++) {
      BigInteger p0 = multipliers[0].multiply(BigInteger.valueOf(Integer.toUnsignedLong(c[0])));
      BigInteger p1 = multipliers[1].multiply(BigInteger.valueOf(Integer.toUnsignedLong(c[2])));
      c = new int[]{p1.shiftRight(32).intValue() ^ c[1] ^ k[0], p1.intValue(),
          p0.shiftRight(32).intValue() ^ c[3] ^ k[1], p0.intValue()};
      k[0] += 0x9E3779B9; // the golden ratio
      k[1] += 0xBB67AE85; // sqrt(3) - 1
    }
    return c;
  }

  private static int[] words(long... values) {
    return Arrays.stream(values).mapToInt(value -> (int) value).toArray();
  }

  /** The known answers published with Random123 (kat_vectors, philox4x32 10). */
  @Test
  void theFormulaGivesThePublishedAnswers() {
    assertThat(philox(words(0, 0, 0, 0), words(0, 0)))
        .containsExactly(words(0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L));
    assertThat(philox(words(-1, -1, -1, -1), words(-1, -1)))
        .containsExactly(words(0x408f276dL, 0x41c83b0eL, 0xa20bc7c6L, 0x6d5451fdL));
    assertThat(philox(words(0x243f6a88L, 0x85a308d3L, 0x13198a2eL, 0x03707344L), words(0xa4093822L, 0x299f31d0L)))
        .containsExactly(words(0xd16cfe09L, 0x94fdccebL, 0x5001e420L, 0x24126ea1L));
  }

  @Test
  void ourBlocksAreThoseOfTheFormula() {
    int[] block = new int[4];
    Rng.philox(0, 0, block);
    assertThat(block).containsExactly(words(0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L));
    Rng numbers = new Rng(17);
    for (int i = 0; i < 200; i++) {
      long key = (long) numbers.nextBits() << 32 | numbers.nextBits() & 0xffffffffL;
      long index = (long) numbers.nextBits() << 32 | numbers.nextBits() & 0xffffffffL;
      Rng.philox(key, index, block);
      assertThat(block).containsExactly(philox(words(index, index >>> 32, 0, 0), words(key, key >>> 32)));
    }
  }

  @Test
  void aSeedIsAStreamAndSeedsDiffer() {
    Rng rng = new Rng(0);
    assertThat(new int[]{rng.nextBits(), rng.nextBits(), rng.nextBits(), rng.nextBits()})
        .containsExactly(words(0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L));
    assertThat(rng.nextBits()).isEqualTo(philox(words(1, 0, 0, 0), words(0, 0))[0]);
    assertThat(bits(new Rng(5))).containsExactly(bits(new Rng(5)));
    assertThat(bits(new Rng(5))).isNotEqualTo(bits(new Rng(6)));
    assertThat(bits(new Rng(5))).isNotEqualTo(bits(new Rng(5L << 32)));
  }

  private static int[] bits(Rng rng) {
    return IntStream.generate(rng::nextBits).limit(100).toArray();
  }

  @Test
  void uniformNumbersHaveTheirMoments() { // mean 1/2, variance 1/12, fourth central moment 1/80
    double[] scalar = doubles(new Rng(1)::nextDouble, 400_000);
    double[] tensor = Host.read(new Rng(2).uniform(Device.cpu(), 400_000));
    for (double[] values : new double[][]{scalar, tensor}) {
      assertThat(Arrays.stream(values).allMatch(x -> x >= 0 && x < 1)).isTrue();
      assertMean(values, 0.5, Math.sqrt(1.0 / 12));
      assertMean(map(values, x -> (x - 0.5) * (x - 0.5)), 1.0 / 12, Math.sqrt(1.0 / 80 - 1.0 / 144));
      assertMean(lagged(map(values, x -> x - 0.5), 1), 0, 1.0 / 12);
      assertMean(lagged(map(values, x -> x - 0.5), 4), 0, 1.0 / 12);
    }
  }

  @Test
  void normalNumbersHaveTheirMoments() { // E x = 0, E x^2 = 1, E x^3 = 0, E x^4 = 3; E x^6 = 15, E x^8 = 105
    double[] scalar = doubles(new Rng(3)::nextGaussian, 400_000);
    double[] tensor = Host.read(new Rng(4).normal(Device.cpu(), 400_000));
    for (double[] values : new double[][]{scalar, tensor}) {
      assertMean(values, 0, 1);
      assertMean(map(values, x -> x * x), 1, Math.sqrt(2));
      assertMean(map(values, x -> x * x * x), 0, Math.sqrt(15));
      assertMean(map(values, x -> x * x * x * x), 3, Math.sqrt(105 - 9));
      assertMean(lagged(values, 1), 0, 1);
      assertMean(lagged(map(values, x -> x * x - 1), 1), 0, 2); // the two of a pair share a radius and an angle
      assertMean(map(values, x -> Math.abs(x) > 1.959963984540054 ? 1 : 0), 0.05, Math.sqrt(0.05 * 0.95));
    }
  }

  /** The mean lies within four standard errors of what is expected. */
  private static void assertMean(double[] values, double mean, double deviation) {
    assertThat(Arrays.stream(values).average().orElseThrow())
        .isCloseTo(mean, within(4 * deviation / Math.sqrt(values.length)));
  }

  private static double[] doubles(java.util.function.DoubleSupplier supplier, int n) {
    return java.util.stream.DoubleStream.generate(supplier).limit(n).toArray();
  }

  private static double[] map(double[] values, java.util.function.DoubleUnaryOperator function) {
    return Arrays.stream(values).map(function).toArray();
  }

  private static double[] lagged(double[] values, int lag) {
    return IntStream.range(lag, values.length).mapToDouble(i -> values[i] * values[i - lag]).toArray();
  }

  @Test
  void nextIntIsUniform() {
    for (int bound : new int[]{2, 3, 7, 10, 100}) {
      Rng rng = new Rng(bound);
      int[] counts = new int[bound];
      int n = 20_000 * bound;
      for (int i = 0; i < n; i++) {
        counts[rng.nextInt(bound)]++;
      }
      assertChiSquare(counts, n);
    }
  }

  /** {@code sum (count - e)^2 / e} has mean d and variance 2 d for d degrees of freedom. */
  private static void assertChiSquare(int[] counts, int n) {
    double expected = (double) n / counts.length;
    double chiSquare = Arrays.stream(counts).mapToDouble(count -> (count - expected) * (count - expected) / expected)
        .sum();
    double freedom = counts.length - 1;
    assertThat(chiSquare).as("%d cells", counts.length).isLessThan(freedom + 5 * Math.sqrt(2 * freedom));
  }

  /** Without rejection, {@code bits * 3/8} rounded down would give the residues 0, 1, 2 in the ratio 3 : 3 : 2. */
  @Test
  void nextIntIsUnbiasedForLargeBounds() {
    int bound = 3 << 29;
    Rng rng = new Rng(8);
    int n = 300_000;
    int[] counts = new int[3];
    for (int i = 0; i < n; i++) {
      int value = rng.nextInt(bound);
      assertThat(value).isBetween(0, bound - 1);
      counts[value % 3]++;
    }
    assertChiSquare(counts, n);
  }

  @Test
  void nextIntRefusesABoundBelowOne() {
    Rng rng = new Rng(1);
    assertThat(rng.nextInt(1)).isZero();
    assertThatThrownBy(() -> rng.nextInt(0)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nextInt: bound must be at least 1, got 0");
  }

  @Test
  void permutationsHoldEachNumberOnceAndAreEquallyLikely() {
    for (int n : new int[]{0, 1, 2, 17, 1000}) {
      assertThat(new Rng(n).permutation(n)).containsExactlyInAnyOrder(IntStream.range(0, n).toArray());
    }
    Rng rng = new Rng(9);
    int[] counts = new int[27]; // by the digits in base 3; 6 of the 27 are permutations
    for (int i = 0; i < 60_000; i++) {
      int[] order = rng.permutation(3);
      counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    int[] seen = Arrays.stream(counts).filter(count -> count > 0).toArray();
    assertThat(seen).hasSize(6);
    assertChiSquare(seen, 60_000);
  }

  @Test
  void splitStreamsAreIndependentAndLeaveTheirParentAlone() {
    Rng parent = new Rng(10);
    Rng[] streams = {parent.split(0), parent.split(1), parent.split("dropout"), parent.split("shuffle"),
        parent.split(0).split(0), new Rng(10), new Rng(11).split(0)};
    double[][] values = Arrays.stream(streams).map(rng -> doubles(() -> rng.nextDouble() - 0.5, 50_000))
        .toArray(double[][]::new);
    for (int i = 0; i < values.length; i++) {
      for (int j = 0; j < i; j++) {
        double[] left = values[i];
        double[] right = values[j];
        assertMean(IntStream.range(0, left.length).mapToDouble(k -> left[k] * right[k]).toArray(), 0, 1.0 / 12);
      }
    }
    assertThat(bits(parent)).containsExactly(bits(new Rng(10)));
    assertThat(bits(parent.split("a"))).containsExactly(bits(new Rng(10).split("a")));
  }

  @Test
  void tensorsAreFilledAsTheDefinitionSays() {
    for (Rng.Law law : Rng.Law.values()) {
      Rng rng = new Rng(12);
      rng.nextBits(); // the tensor starts at the next whole block
      float[] first = draw(rng, law, 2, 3).toFloats();
      float[] second = draw(rng, law, 5).toFloats();
      float[] all = new float[13];
      Rng.fill(law, 12, 4, all);
      assertThat(first).containsExactly(Arrays.copyOfRange(all, 0, 6));
      assertThat(second).containsExactly(Arrays.copyOfRange(all, 8, 13)); // again a whole block further
      assertThat(rng.nextBits()).isEqualTo(philox(words(5, 0, 0, 0), words(12, 0))[0]);
    }
  }

  private static Tensor draw(Rng rng, Rng.Law law, int... shape) {
    return law == Rng.Law.UNIFORM ? rng.uniform(Device.cpu(), shape) : rng.normal(Device.cpu(), shape);
  }

  @Test
  void fillIsTheBitsOfTheStream() {
    float[] uniform = new float[10];
    Rng.fill(Rng.Law.UNIFORM, 77, 0, uniform);
    Rng rng = new Rng(77);
    for (float number : uniform) { // the upper 24 bits
      assertThat(number).isEqualTo((rng.nextBits() >>> 8) / 16777216f);
    }
    float[] normal = new float[2];
    Rng.fill(Rng.Law.NORMAL, 77, 0, normal);
    double radius = Math.hypot(normal[0], normal[1]);
    assertThat(Math.exp(-radius * radius / 2)).isCloseTo(uniform[0], within(1e-6)); // u1 = e^(-r^2/2)
    double turn = Math.atan2(normal[1], normal[0]) / (2 * Math.PI);
    assertThat(turn - Math.floor(turn)).isCloseTo(uniform[1], within(1e-6));
  }
}
