package evenhand.fairness.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Sequential;
import evenhand.fairness.metrics.ParameterParity.Subgroups;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.NeuronInfluence;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParameterParityTests {
  private static final double GRADIENTS = 1e-4; // of the largest reference value, in float32
  private static final Device CPU = Device.cpu();

  /** A network with its rows and what is to come out, computed by PyTorch in float64. */
  private record Case(JsonNode json, Layer network, Tensor x, Tensor y, Map<String, int[]> subgroups,
      Map<String, double[]> influence) {
    static Case read(String name) throws IOException, URISyntaxException {
      Path file = Path.of(ParameterParityTests.class.getResource(name + ".json").toURI());
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      try (Safetensors tensors = Safetensors.open(file.resolveSibling(name + ".safetensors"))) {
        Sequential network = Sequential.empty();
        for (int l = 0; l + 1 < json.get("dims").size(); l++) {
          Layer activation = json.get("activation").asText().equals("tanh") ? (v, phase) -> v.tanh()
              : (v, phase) -> v.relu();
          network = (l == 0 ? network : network.with(activation)).with("fc" + l,
              new Linear(Var.parameter(tensors.tensor("weight" + l, CPU)),
                  Optional.of(Var.parameter(tensors.tensor("bias" + l, CPU)))));
        }
        int[] y = tensors.ints("y");
        int[] z = tensors.ints("z");
        Map<String, int[]> subgroups = new LinkedHashMap<>();
        json.get("subgroups").forEach(word -> subgroups.put(word.asText(), IntStream.range(0, y.length)
            .filter(row -> ("z" + z[row] + "y" + y[row]).startsWith(word.asText())).toArray()));
        Map<String, double[]> influence = new LinkedHashMap<>();
        tensors.names().stream().filter(key -> key.startsWith("influence."))
            .forEach(key -> influence.put(key.substring("influence.".length()), tensors.doubles(key)));
        float[] labels = new float[y.length];
        for (int row = 0; row < y.length; row++) {
          labels[row] = y[row];
        }
        return new Case(json, network, tensors.tensor("x", CPU), CPU.tensor(labels, y.length, 1), subgroups, influence);
      }
    }

    List<double[]> influence(String subgroup) {
      Tensor index = CPU.tensor(subgroups.get(subgroup));
      return ParameterParity.influence(network, x.indexSelect(0, index), y.indexSelect(0, index));
    }

    List<Subgroups> pairs() {
      List<Subgroups> pairs = new ArrayList<>();
      json.get("pairs").forEach(pair -> {
        Map<String, int[]> rows = new LinkedHashMap<>();
        pair.forEach(word -> rows.put(word.asText(), subgroups.get(word.asText())));
        pairs.add(new Subgroups("rows", rows));
      });
      return pairs;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dralign_relu_dp", "dralign_relu_eo", "dralign_tanh_dp", "dralign_tanh_eo"})
  void agreesWithTheReference(String name) throws Exception {
    Case reference = Case.read(name);
    double largest = reference.influence().values().stream().flatMapToDouble(Arrays::stream).max().orElseThrow();
    reference.influence().forEach((key, expected) -> {
      int layer = Integer.parseInt(key.substring(key.indexOf('.') + 1));
      double scale = Math.max(Arrays.stream(expected).max().orElseThrow(), 0.01 * largest);
      assertThat(reference.influence(key.substring(0, key.indexOf('.'))).get(layer)).as(key)
          .containsExactly(expected, within(GRADIENTS * scale));
    });
    double sum = 0;
    int count = 0;
    JsonNode pps = reference.json().get("pps");
    for (int p = 0; p < pps.size(); p++) {
      JsonNode pair = reference.json().get("pairs").get(p);
      for (int l = 0; l < pps.get(p).size(); l++) {
        double expected = pps.get(p).get(l).asDouble();
        assertThat(NeuronInfluence.cosine(reference.influence(pair.get(0).asText()).get(l),
            reference.influence(pair.get(1).asText()).get(l)).orElseThrow())
            .as(name + " pair " + p + " layer " + l).isCloseTo(expected, within(GRADIENTS));
        if (l + 1 < pps.get(p).size()) { // the last layer has one unit and stays out of reports
          sum += expected;
          count++;
        }
      }
    }
    Measured measured = Metrics.PARAMETER_PARITY.of(reference.network(), reference.x(), reference.y(),
        reference.pairs());
    assertThat(measured.value().orElseThrow()).isCloseTo(sum / count, within(GRADIENTS));
  }

  /** Without scaling, the products of the first pair of vectors would underflow and those of the second overflow. */
  @Test
  void cosinesOfTinyVectorsByHand() {
    assertThat(NeuronInfluence.cosine(new double[]{3e-200, 4e-200}, new double[]{4, 3}).orElseThrow())
        .isCloseTo(.96, within(1e-15)); // (12 + 12) / 25
    assertThat(NeuronInfluence.cosine(new double[]{1e300, 0}, new double[]{0, 1})).hasValue(0);
    assertThat(NeuronInfluence.cosine(new double[]{0, 0}, new double[]{0, 1})).isEmpty();
    assertThat(NeuronInfluence.cosine(new double[]{Double.NaN, 0}, new double[]{0, 1})).isEmpty();
  }

  @Test
  void emptySubgroupsAreLeftOutAndOneAloneIsUndetermined() throws Exception {
    Case reference = Case.read("dralign_relu_dp");
    Map<String, int[]> rows = new LinkedHashMap<>(reference.subgroups());
    rows.put("z2", new int[0]);
    assertThat(of(reference, rows)).isEqualTo(of(reference, reference.subgroups()));
    rows.put("z1", new int[0]);
    assertThat(of(reference, rows)).isEqualTo(Measured.undetermined("no rows in group z1 (counts: z0 "
        + reference.subgroups().get("z0").length + ", z1 0, z2 0)"));
  }

  @Test
  void aDeadNetworkIsUndetermined() throws Exception {
    Case reference = Case.read("dralign_tanh_dp");
    reference.network().parameters().values().forEach(weight -> weight.value().copyFrom(weight.zeros().value()));
    assertThat(of(reference, reference.subgroups()).undetermined())
        .startsWith("in every layer the gradient of a group is zero");
  }

  private static Measured of(Case reference, Map<String, int[]> rows) {
    return Metrics.PARAMETER_PARITY.of(reference.network(), reference.x(), reference.y(),
        List.of(new Subgroups("rows", rows)));
  }
}
