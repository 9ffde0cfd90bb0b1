package evenhand.fairness.algorithms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.fairness.conformance.Result;
import evenhand.fairness.data.Attribute;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** Runs a conformance case of the kind {@code dralign} on the loss that the method trains with. */
public final class DecisionRationaleAlignmentConformance {
  private static final double VALUES = 1e-5; // float32
  private static final double GRADIENTS = 1e-4;

  private final List<String> failures = new ArrayList<>();
  private final JsonNode json;
  private final Safetensors tensors;
  private final Device device = Device.cpu();
  private final Target target;

  private DecisionRationaleAlignmentConformance(JsonNode json, Safetensors tensors) {
    this.json = json;
    this.tensors = tensors;
    this.target = Target.named(json.get("mode").asText());
  }

  /** Runs the case of a file; its tensors lie beside it. */
  public static Result run(Path caseJson) {
    String name = String.valueOf(caseJson.getFileName());
    Path beside = caseJson.resolveSibling(name.replaceFirst("\\.json$", ".safetensors"));
    try (Safetensors tensors = Safetensors.open(beside)) {
      var conformance = new DecisionRationaleAlignmentConformance(new ObjectMapper().readTree(caseJson.toFile()),
          tensors);
      conformance.compare();
      return new Result(name, List.copyOf(conformance.failures));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compare() {
    Layer model = model();
    Tensor x = tensors.tensor("x", device);
    Map<String, Var> layers = DecisionRationaleAlignment.layers(model, true);
    var settings = new DecisionRationaleAlignment.Config(json.get("lambda").asDouble(), json.get("beta").asDouble(),
        true,
        DecisionRationaleAlignment.Empty.REFUSE, GapTraining.PLAIN);
    int[] rows = IntStream.range(0, x.shape().dim(0)).toArray();
    var objective = new DecisionRationaleAlignment.Objective(
        batch -> model.forward(Var.of(x.indexSelect(0, device.tensor(batch)))), layers, target, tensors.ints("y"),
        new Attribute("z", List.of("0", "1"), tensors.ints("z")), settings, device);
    var parts = objective.of(rows);
    Var fused = new AlignmentGradient(model, batch -> x.indexSelect(0, device.tensor(batch)), objective).of(rows);
    compare("bce", parts.crossEntropy());
    compare("gap", parts.gap());
    compare("loss", parts.loss());
    compare("loss", fused);
    for (int p = 0; p < json.get("pairs").size(); p++) {
      JsonNode pair = json.get("pairs").get(p);
      compareParity(p, parts, subgroup(pair.get(0).asText()), subgroup(pair.get(1).asText()));
    }
    Map<String, double[]> influences = new TreeMap<>();
    for (JsonNode name : json.get("subgroups")) {
      var rationale = parts.rationales().get(subgroup(name.asText()));
      for (int l = 0; l < layers.size(); l++) {
        double scale = rationale.scales()[l];
        influences.put("influence." + name.asText() + "." + l,
            doubles(rationale.influences().get(l).value(), scale * scale));
      }
    }
    compare(influences, GRADIENTS);
    Map<String, double[]> gradients = gradients(parts.loss(), model);
    compare(gradients, GRADIENTS);
    compare(gradients(fused, model), GRADIENTS);
    StreamSupport.stream(tensors.names().spliterator(), false)
        .filter(name -> name.startsWith("grad.") || name.startsWith("influence."))
        .filter(name -> !gradients.containsKey(name) && !influences.containsKey(name))
        .forEach(name -> failures.add(name + ": there is no such result"));
  }

  private static Map<String, double[]> gradients(Var loss, Layer model) {
    Map<String, double[]> gradients = new TreeMap<>();
    List<Tensor> gradient = Grad.of(loss, List.copyOf(model.parameters().values()));
    List<String> names = List.copyOf(model.parameters().keySet());
    for (int i = 0; i < names.size(); i++) {
      gradients.put("grad." + reference(names.get(i)), doubles(gradient.get(i), 1));
    }
    return gradients;
  }

  private void compareParity(int p, DecisionRationaleAlignment.Parts parts, int a, int b) {
    JsonNode expected = json.get("pps").get(p);
    double[] got = parts.pairs().stream()
        .filter(pair -> pair.of().a() == Math.min(a, b) && pair.of().b() == Math.max(a, b))
        .flatMapToDouble(pair -> pair.cosines().stream().mapToDouble(Var::item)).toArray();
    check("pps[" + p + "]", StreamSupport.stream(expected.spliterator(), false).mapToDouble(JsonNode::asDouble)
        .toArray(), got, VALUES);
  }

  /** An MLP with the weights of the case; weight0 is fc0.weight. */
  private Layer model() {
    Layer activation = switch (json.get("activation").asText()) {
      case "relu" -> Layers.relu();
      case "tanh" -> Layers.tanh();
      default -> throw new IllegalArgumentException("activation " + json.get("activation") + " is unknown");
    };
    int[] dims = StreamSupport.stream(json.get("dims").spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    Layer model = Mlp.of(new Rng(0), device, activation, dims);
    new LinkedHashMap<>(model.parameters())
        .forEach((name, parameter) -> parameter.value().copyFrom(tensors.tensor(reference(name), device)));
    return model;
  }

  private static String reference(String parameter) {
    return parameter.replaceFirst("fc(\\d+)\\.(weight|bias)", "$2$1");
  }

  /** {@code z1} is group 1, {@code z1y0} group 1 among label 0; numbers as in the method. */
  private int subgroup(String name) {
    int z = name.charAt(1) - '0';
    return name.length() == 2 || target == Target.EQUAL_OPPORTUNITY ? z : 2 * (name.charAt(3) - '0') + z;
  }

  private static double[] doubles(Tensor values, double factor) {
    float[] floats = values.toFloats();
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i] * factor).toArray();
  }

  private void compare(String name, Var got) {
    double expected = json.get(name).asDouble();
    check(name, new double[]{expected}, new double[]{got.item()}, VALUES * Math.max(1, Math.abs(expected)));
  }

  /** Arrays of one kind: each within the tolerance times its largest reference, or a hundredth of the kind's. */
  private void compare(Map<String, double[]> got, double tolerance) {
    double kind = got.keySet().stream().mapToDouble(name -> largest(tensors.doubles(name))).max().orElse(0);
    got.forEach((name, values) -> {
      double[] expected = tensors.doubles(name);
      check(name, expected, values, tolerance * Math.max(largest(expected), 0.01 * kind));
    });
  }

  private void check(String name, double[] expected, double[] got, double tolerance) {
    boolean agrees = expected.length == got.length;
    for (int i = 0; agrees && i < got.length; i++) {
      agrees = Math.abs(got[i] - expected[i]) <= tolerance;
    }
    if (!agrees) {
      failures.add(name + ": expected " + Arrays.toString(expected) + ", got " + Arrays.toString(got));
    }
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }
}
