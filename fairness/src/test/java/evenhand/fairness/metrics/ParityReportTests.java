package evenhand.fairness.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.fairness.metrics.ParameterParity.Subgroups;
import evenhand.fairness.metrics.ParityReport.Check;
import evenhand.fairness.metrics.ParityReport.Comparison;
import evenhand.fairness.metrics.ParityReport.Options;
import evenhand.fairness.metrics.ParityReport.Pair;
import evenhand.fairness.metrics.ParityReport.Unit;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ParityReportTests {
  private static final Device CPU = Device.cpu();
  private static final int[] SIZES = {3, 6, 5, 1};
  private static final int ROWS = 120;
  private static final Tensor X = new Rng(4).normal(CPU, ROWS, 3);
  private static final int[] Y = IntStream.range(0, ROWS).map(row -> new Rng(7).split(row).nextInt(2)).toArray();
  /** 60 rows of a, 36 of b, 24 of c. */
  private static final int[] Z = IntStream.range(0, ROWS).map(row -> row % 10 < 5 ? 0 : row % 10 < 8 ? 1 : 2).toArray();
  private static final List<String> NAMES = List.of("a", "b", "c");

  private static Layer network() {
    return Mlp.of(new Rng(2), CPU, (x, phase) -> x.tanh(), SIZES);
  }

  private static Tensor labels() {
    float[] y = new float[ROWS];
    IntStream.range(0, ROWS).forEach(row -> y[row] = Y[row]);
    return CPU.tensor(y, ROWS, 1);
  }

  private static Subgroups subgroups(int label) {
    return Subgroups.of(label, Y, Z, NAMES);
  }

  private static ParityReport report(Layer network, Options options, Subgroups... compared) {
    return ParityReporter.report(network, X, labels(), List.of(compared), options);
  }

  private static Options options(Comparison comparison, int resamples, int ablationRows) {
    return new Options(comparison, new BootstrapOptions(resamples, 0.95, 5), 3, ablationRows);
  }

  /** The formulas in double precision, for a tanh network. */
  private record Reference(double[][] point) {
    static Reference of(Layer network) {
      return new Reference(
          network.parameters().values().stream().map(p -> doubles(p.value())).toArray(double[][]::new));
    }

    private static double[] doubles(Tensor tensor) {
      float[] floats = tensor.toFloats();
      return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
    }

    double loss(int[] rows) {
      double sum = 0;
      double[] x = doubles(X);
      for (int row : rows) {
        double[] h = Arrays.copyOfRange(x, 3 * row, 3 * row + 3);
        for (int l = 0; l + 1 < SIZES.length; l++) {
          double[] below = h;
          h = point[2 * l + 1].clone();
          for (int k = 0; k < h.length; k++) {
            for (int j = 0; j < below.length; j++) {
              h[k] += point[2 * l][k * below.length + j] * below[j];
            }
            h[k] = l + 2 < SIZES.length ? Math.tanh(h[k]) : h[k];
          }
        }
        sum += Math.log1p(Math.exp(h[0])) - Y[row] * h[0];
      }
      return sum / rows.length;
    }

    /** Sum of (W g)^2 of each unit, by central differences. */
    double[] influence(int[] rows, int l) {
      double[] units = new double[SIZES[l + 1]];
      double[] weight = point[2 * l];
      for (int i = 0; i < weight.length; i++) {
        double at = weight[i];
        weight[i] = at + 1e-5;
        double above = loss(rows);
        weight[i] = at - 1e-5;
        double slope = (above - loss(rows)) / 2e-5;
        weight[i] = at;
        units[i / SIZES[l]] += at * slope * at * slope;
      }
      return units;
    }

    /** (L - L with the unit's incoming weights and bias at 0)^2. */
    double[] effect(int[] rows, int l) {
      double[] units = new double[SIZES[l + 1]];
      double whole = loss(rows);
      for (int k = 0; k < units.length; k++) {
        double[][] without = Arrays.stream(point).map(double[]::clone).toArray(double[][]::new);
        Arrays.fill(without[2 * l], k * SIZES[l], (k + 1) * SIZES[l], 0);
        without[2 * l + 1][k] = 0;
        units[k] = Math.pow(whole - new Reference(without).loss(rows), 2);
      }
      return units;
    }

    static double cosine(double[] a, double[] b) {
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    }

    static double dot(double[] a, double[] b) {
      return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }
  }

  private static int[] rows(int label, int... groups) {
    return IntStream.range(0, ROWS).filter(row -> Arrays.stream(groups).anyMatch(g -> g == Z[row])
        && (label < 0 || Y[row] == label)).toArray();
  }

  @Test
  void scoresEffectsAndCorrelationsAgreeWithTheFormulas() {
    Layer network = network();
    Reference reference = Reference.of(network);
    for (int label = -1; label <= 1; label++) {
      ParityReport report = report(network, options(Comparison.PAIRS, 0, ROWS), subgroups(label));
      assertThat(report.pairs()).extracting(pair -> pair.layer() + " " + pair.a() + pair.b())
          .containsExactly("fc0.weight ab", "fc0.weight ac", "fc0.weight bc", "fc1.weight ab", "fc1.weight ac",
              "fc1.weight bc");
      for (Pair pair : report.pairs()) {
        int l = pair.layer().equals("fc0.weight") ? 0 : 1;
        int[] ofA = rows(label, NAMES.indexOf(pair.a()));
        int[] ofB = rows(label, NAMES.indexOf(pair.b()));
        double[] a = reference.influence(ofA, l);
        double[] b = reference.influence(ofB, l);
        assertThat(pair.units()).isEqualTo(SIZES[l + 1]);
        assertThat(pair.over()).isEqualTo(label < 0 ? "rows" : "rows with label=" + label);
        assertThat(pair.parity().value().orElseThrow()).isCloseTo(Reference.cosine(a, b), within(1e-5));
        assertThat(pair.parity().low()).isEmpty();
        assertThat(pair.ablated().value().orElseThrow())
            .isCloseTo(Reference.cosine(reference.effect(ofA, l), reference.effect(ofB, l)), within(1e-4));
        assertApart(pair.apart(), a, b);
      }
      for (Check check : report.checks()) {
        int l = check.layer().equals("fc0.weight") ? 0 : 1;
        int[] own = rows(label, NAMES.indexOf(check.group()));
        assertThat(check.rankCorrelation().value().orElseThrow()).isCloseTo(
            RankCorrelation.of(reference.influence(own, l), reference.effect(own, l)).orElseThrow(), within(1e-9));
      }
      assertThat(report.checks()).hasSize(6);
      assertThat(report.undetermined()).isEmpty();
    }
  }

  private static void assertApart(List<Unit> apart, double[] a, double[] b) {
    double lengthA = Math.sqrt(Reference.dot(a, a));
    double lengthB = Math.sqrt(Reference.dot(b, b));
    int[] order = IntStream.range(0, a.length).boxed()
        .sorted((i, j) -> Double.compare(Math.abs(a[j] / lengthA - b[j] / lengthB),
            Math.abs(a[i] / lengthA - b[i] / lengthB)))
        .mapToInt(i -> i).limit(3).toArray();
    assertThat(apart).extracting(Unit::number).containsExactly(order[0], order[1], order[2]);
    assertThat(apart.getFirst().a()).isCloseTo(a[order[0]] / lengthA, within(1e-4));
    assertThat(apart.getFirst().b()).isCloseTo(b[order[0]] / lengthB, within(1e-4));
  }

  /** Of three groups, each with the rows of both others together. */
  @Test
  void oneAgainstTheRest() {
    Layer network = network();
    Reference reference = Reference.of(network);
    ParityReport report = report(network, options(Comparison.ONE_VS_REST, 10, ROWS), subgroups(-1));
    assertThat(report.pairs()).hasSize(6).allSatisfy(pair -> {
      assertThat(pair.b()).isEqualTo("all others");
      int l = pair.layer().equals("fc0.weight") ? 0 : 1;
      int own = NAMES.indexOf(pair.a());
      int[] others = IntStream.range(0, 3).filter(g -> g != own).toArray();
      assertThat(pair.parity().value().orElseThrow()).isCloseTo(Reference.cosine(
          reference.influence(rows(-1, own), l), reference.influence(rows(-1, others), l)), within(1e-5));
      assertThat(pair.ablated().value().orElseThrow()).isCloseTo(Reference.cosine(
          reference.effect(rows(-1, own), l), reference.effect(rows(-1, others), l)), within(1e-4));
    });
    Subgroups two = Subgroups.of(-1, Y, Arrays.stream(Z).map(z -> Math.min(z, 1)).toArray(), NAMES.subList(0, 2));
    assertThat(report(network, options(Comparison.ONE_VS_REST, 0, 0), two).pairs())
        .as("of two groups there is one pair").hasSize(2).allMatch(pair -> pair.b().equals("b"));
  }

  /** With 24 to 60 rows a group, blocks are single rows or pairs; against a plain bootstrap of rows. */
  @Test
  void intervalsAreThoseOfABootstrapOverRows() {
    Layer network = network();
    Reference reference = Reference.of(network);
    Pair pair = report(network, options(Comparison.PAIRS, 2000, 0), subgroups(-1)).pairs().get(5); // fc1, b and c
    double[] drawn = new double[300];
    Rng random = new Rng(11);
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = Reference.cosine(reference.influence(drawn(rows(-1, 1), random), 1),
          reference.influence(drawn(rows(-1, 2), random), 1));
    }
    Arrays.sort(drawn);
    double width = drawn[292] - drawn[7];
    assertThat(pair.parity().low().orElseThrow()).isCloseTo(drawn[7], within(0.2 * width));
    assertThat(pair.parity().high().orElseThrow()).isCloseTo(drawn[292], within(0.2 * width));
    assertThat(width).as("an interval that says something").isGreaterThan(0.01);
  }

  private static int[] drawn(int[] rows, Rng random) {
    return Arrays.stream(rows).map(_ -> rows[random.nextInt(rows.length)]).toArray();
  }

  @Test
  void theSameSeedGivesTheSameBitsAndTheNetworkIsAsBefore() {
    Layer network = network();
    List<float[]> before = network.parameters().values().stream().map(p -> p.value().toFloats()).toList();
    ParityReport report = report(network, Options.defaults(3), subgroups(0), subgroups(1));
    assertThat(report(network, Options.defaults(3), subgroups(0), subgroups(1))).isEqualTo(report);
    assertThat(report.pairs().getFirst().parity())
        .isNotEqualTo(report(network, Options.defaults(4), subgroups(0)).pairs().getFirst().parity());
    assertThat(network.parameters().values().stream().map(p -> p.value().toFloats()).toList())
        .usingRecursiveComparison().isEqualTo(before);
  }

  @Test
  void emptyGroupsAndDeadLayersAreNamed() {
    Subgroups gap = Subgroups.of(-1, Y, Arrays.stream(Z).map(z -> z == 2 ? -1 : z).toArray(), NAMES);
    ParityReport report = report(network(), options(Comparison.PAIRS, 0, 0), gap);
    assertThat(report.pairs()).hasSize(2);
    assertThat(report.undetermined()).containsExactly("no rows in group c (counts: a 60, b 36, c 0)");
    Subgroups alone = Subgroups.of(-1, Y, new int[ROWS], NAMES);
    assertThat(report(network(), options(Comparison.PAIRS, 0, 0), alone).pairs()).isEmpty();

    Layer dead = Mlp.of(new Rng(2), CPU, SIZES); // relu
    dead.parameters().get("fc0.bias").value().copyFrom(CPU.full(-1e6, dead.parameters().get("fc0.bias").shape()));
    ParityReport ofDead = report(dead, options(Comparison.PAIRS, 20, 50), subgroups(-1));
    assertThat(ofDead.pairs().getFirst().parity().undetermined()).startsWith("the gradient of a group is zero");
    assertThat(ofDead.pairs().getFirst().ablated().undetermined()).startsWith("no unit has an effect");
    assertThat(ofDead.pairs().getFirst().apart()).isEmpty();
    assertThat(ofDead.checks().getFirst().rankCorrelation().undetermined()).startsWith("all units have the same");
  }

  @Test
  void logisticRegressionHasNoUnitsToCompare() {
    Layer logistic = Mlp.of(new Rng(1), CPU, 3, 1);
    assertThat(report(logistic, Options.defaults(1), subgroups(-1)))
        .isEqualTo(new ParityReport(List.of(), List.of(), List.of()));
  }

  @Test
  void optionsOutOfRangeAreRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> options(Comparison.PAIRS, 0, -1))
        .withMessage("parity report: top 3 and ablation rows -1 must be at least 0");
  }
}
