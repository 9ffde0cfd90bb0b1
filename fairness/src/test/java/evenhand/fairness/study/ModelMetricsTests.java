package evenhand.fairness.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.nn.Layer;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.data.Table;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModelMetricsTests {
  private static final Attribute JOB = new Attribute("job", List.of("a", "b", "c"), new int[]{0, 1, 2, -1});
  private static final Attribute SEX = new Attribute("sex", List.of("f", "m"), new int[]{0, 1, 1, -1});

  /** Four rows with a number and two sensitive columns; the last row's values are unknown. */
  private static Split split(List<Attribute> sensitive, List<String> inputs) {
    Table table = new Table("t", List.of(new Table.Numeric("n", new double[]{0, 1, 2, 3}),
        Table.Categorical.of("job", List.of("a", "b", "c", "")),
        Table.Categorical.of("sex", List.of("f", "m", "m", ""))));
    Encoder encoder = Encoder.fit(table, inputs, false);
    Samples rows = new Samples(encoder.encode(table), new int[]{0, 1, 0, 1}, encoder.columnNames(), List.of("0", "1"),
        sensitive);
    return new Split(rows, rows, encoder);
  }

  /** Logistic regression: sigmoid(x w). */
  private static Predictor logistic(double... w) {
    return rows -> IntStream.range(0, rows.rows()).mapToDouble(row -> {
      double logit = 0;
      for (int j = 0; j < w.length; j++) {
        logit += rows.x()[row * w.length + j] * w[j];
      }
      return sigmoid(logit);
    }).toArray();
  }

  private static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  private static Measured bias(Predictor predictor, Split split) {
    return ModelMetrics.counterfactualBias(predictor, split, predictor.scores(split.test()), BootstrapOptions.none());
  }

  /** Weights n .5, job a 0, b 1, c -2, missing 7: each row's score moves to those of the other two jobs. */
  @Test
  void counterfactualBiasOfThreeLevelsInClosedForm() {
    Split split = split(List.of(JOB), List.of("n", "job"));
    double row0 = (Math.abs(sigmoid(0) - sigmoid(1)) + Math.abs(sigmoid(0) - sigmoid(-2))) / 2;
    double row1 = (Math.abs(sigmoid(1.5) - sigmoid(.5)) + Math.abs(sigmoid(1.5) - sigmoid(-1.5))) / 2;
    double row2 = (Math.abs(sigmoid(-1) - sigmoid(1)) + Math.abs(sigmoid(-1) - sigmoid(2))) / 2;
    assertThat(bias(logistic(.5, 0, 1, -2, 7), split).value().orElseThrow())
        .isCloseTo((row0 + row1 + row2) / 3, within(1e-12));
  }

  /** Each attribute is changed in turn and the other stays; an attribute that is no input has no part. */
  @Test
  void counterfactualBiasOfTwoAttributesIsTheirMean() {
    double[] w = {.5, 0, 1, -2, 7, .3, -.4, 5};
    List<String> inputs = List.of("n", "job", "sex");
    double job = bias(logistic(w), split(List.of(JOB), inputs)).value().orElseThrow();
    double sex = bias(logistic(w), split(List.of(SEX), inputs)).value().orElseThrow();
    assertThat(job).isNotCloseTo(sex, within(.01));
    assertThat(bias(logistic(w), split(List.of(JOB, SEX), inputs)).value().orElseThrow())
        .isCloseTo((job + sex) / 2, within(1e-12));
    Predictor withoutSex = logistic(.5, 0, 1, -2, 7);
    assertThat(bias(withoutSex, split(List.of(JOB, SEX), List.of("n", "job"))))
        .isEqualTo(bias(withoutSex, split(List.of(JOB), List.of("n", "job"))));
  }

  /** Given pairs go before the encoder's; two pairs of one unit count as one row: ((.1 + .3) / 2 + .4) / 2. */
  @Test
  void counterfactualBiasOfGivenPairsIsAMeanOverUnits() {
    Samples rows = new Samples(new float[]{.5f, .5f, .2f}, new int[]{0, 0, 1}, List.of("p"), List.of("0", "1"),
        List.of());
    Samples other = new Samples(new float[]{.6f, .2f, .6f}, rows.y(), List.of("p"), List.of("0", "1"), List.of());
    Split split = new Split(rows, rows, new Pairs(rows, other), new Pairs(rows, other, new int[]{0, 0, 1}));
    Predictor itself = each -> IntStream.range(0, each.rows()).mapToDouble(row -> each.x()[row]).toArray();
    assertThat(bias(itself, split).value().orElseThrow()).isCloseTo(.3, within(1e-7));
  }

  @Test
  void counterfactualBiasNeedsTheSensitiveColumnAsInput() {
    assertThat(bias(logistic(.5), split(List.of(JOB), List.of("n")))).isEqualTo(Measured.undetermined(
        "the sensitive columns are not inputs of the model, so a counterfactual row is the same row"));
  }

  @Test
  void counterfactualRowsChangeTheAttributeAlone() {
    Split split = split(List.of(JOB), List.of("n", "job"));
    Samples changed = split.encoder().orElseThrow().with(split.test(), JOB.shifted(1));
    assertThat(changed.x()).containsExactly(
        0, 0, 1, 0, 0,
        1, 0, 0, 1, 0,
        2, 1, 0, 0, 0,
        3, 0, 0, 0, 1);
    assertThat(changed.groups().codes()).containsExactly(1, 2, 0, -1);
    assertThat(split.test().groups().codes()).containsExactly(0, 1, 2, -1);
    assertThat(split.test().x()).startsWith(0, 1, 0, 0, 0);
  }

  /** Pairs, weights and bias of a reference computed in float64; the attribute is the last column but one. */
  @Test
  void counterfactualBiasAgreesWithTheReference() throws Exception {
    Path file = resource("fmd_logistic_1.json");
    try (Safetensors tensors = Safetensors.open(resource("fmd_logistic_1.safetensors"))) {
      int columns = tensors.floats("theta").length;
      float[] x = tensors.floats("pair_x");
      int rows = x.length / columns;
      List<Table.Numeric> numbers = new ArrayList<>();
      for (int c = 0; c < columns; c++) {
        int column = c;
        numbers.add(new Table.Numeric("x" + c,
            IntStream.range(0, rows).mapToDouble(row -> x[row * columns + column]).toArray()));
      }
      Table table = new Table("pairs", numbers);
      double[] values = numbers.get(columns - 2).values();
      double[] levels = Arrays.stream(values).sorted().distinct().toArray();
      Attribute attribute = new Attribute("x" + (columns - 2),
          Arrays.stream(levels).mapToObj(Double::toString).toList(),
          Arrays.stream(values).mapToInt(value -> Arrays.binarySearch(levels, value)).toArray());
      Encoder encoder = Encoder.fit(table, table.names(), false);
      Samples pairs = new Samples(encoder.encode(table), tensors.ints("pair_y"), encoder.columnNames(),
          List.of("0", "1"), List.of(attribute));
      assertThat(encoder.with(pairs, attribute.shifted(1)).x()).isEqualTo(tensors.floats("pair_x_counterfactual"));
      Predictor predictor = logistic(IntStream.range(0, columns).mapToDouble(c -> theta(tensors, c)).toArray());
      double expected = new ObjectMapper().readTree(file.toFile()).get("bias").asDouble();
      assertThat(bias(predictor, new Split(pairs, pairs, encoder)).value().orElseThrow())
          .isCloseTo(expected, within(1e-10));
    }
  }

  private static double theta(Safetensors tensors, int column) {
    return tensors.floats("theta")[column];
  }

  private static Path resource(String name) throws Exception {
    return Path.of(ModelMetricsTests.class.getResource("/evenhand/fairness/metrics/" + name).toURI());
  }

  private static Predictor network(String spec, int inputs) {
    Layer network = ModelSpec.parse(spec).create(new Rng(1), Device.cpu(), inputs);
    return new Predictor() {
      @Override
      public double[] scores(Samples rows) {
        return new double[rows.rows()];
      }

      @Override
      public Optional<Layer> network() {
        return Optional.of(network);
      }
    };
  }

  private static Measured parity(Predictor predictor, Target target) {
    return ModelMetrics.parameterParity(predictor, split(List.of(SEX), List.of("n", "sex")).test(), target,
        Device.cpu());
  }

  @Test
  void parityNeedsANetworkWithHiddenUnits() {
    assertThat(parity(logistic(1, 1, 1, 1), Target.DEMOGRAPHIC_PARITY).undetermined())
        .isEqualTo("the predictor is not a network");
    assertThat(parity(network("logistic", 4), Target.DEMOGRAPHIC_PARITY).undetermined())
        .startsWith("no layer of the model has more than one output unit");
    assertThat(parity(network("mlp:8", 4), Target.DEMOGRAPHIC_PARITY).value().orElseThrow()).isBetween(0.0, 1.0);
  }

  /** The only known row of label 1 has sex m. */
  @Test
  void parityComparesTheSubgroupsOfTheTarget() {
    String reason = "no rows with label=1 in group f (counts: f 0, m 1)";
    assertThat(parity(network("mlp:8", 4), Target.EQUAL_OPPORTUNITY).undetermined()).isEqualTo(reason);
    assertThat(parity(network("mlp:8", 4), Target.EQUALIZED_ODDS).undetermined()).isEqualTo(reason);
  }
}
