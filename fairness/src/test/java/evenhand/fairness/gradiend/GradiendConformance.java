package evenhand.fairness.gradiend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.fairness.conformance.Result;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.GradientEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Runs a conformance case of the kind {@code gradiend}, its vectors cut into tensors of unequal sizes. */
public final class GradiendConformance {
  private static final double VALUES = 1e-5;
  private static final double GRADIENTS = 1e-4;
  private static final double AFTER_STEPS = 1e-4;

  private final List<String> failures = new ArrayList<>();
  private final JsonNode json;
  private final Safetensors tensors;

  private GradiendConformance(JsonNode json, Safetensors tensors) {
    this.json = json;
    this.tensors = tensors;
  }

  /** Runs the case of a file; its tensors lie beside it. */
  public static Result run(Path caseJson) {
    String name = String.valueOf(caseJson.getFileName());
    Path beside = caseJson.resolveSibling(name.replaceFirst("\\.json$", ".safetensors"));
    try (Safetensors tensors = Safetensors.open(beside)) {
      var conformance = new GradiendConformance(new ObjectMapper().readTree(caseJson.toFile()), tensors);
      conformance.compare();
      return new Result(name, List.copyOf(conformance.failures));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Source source(String word) {
    return switch (word) {
      case "factual" -> Source.FACTUAL;
      case "alternative" -> Source.COUNTERFACTUAL;
      case "difference", "factual-alternative" -> Source.DIFFERENCE;
      default -> throw new IllegalArgumentException("source \"" + word + "\" is unknown");
    };
  }

  private void compare() {
    JsonNode adam = json.get("optimizer");
    if (!adam.get("name").asText().equals("adamw")) {
      throw new IllegalArgumentException("optimizer " + adam.get("name") + " is unknown");
    }
    var settings = new Backend.AdamStep(adam.get("lr").asDouble(), adam.get("betas").get(0).asDouble(),
        adam.get("betas").get(1).asDouble(), adam.get("eps").asDouble(), adam.get("weight_decay").asDouble(), true);
    long n = json.get("n").asLong();
    Source source = source(json.get("source").asText());
    Source target = source(json.get("target").asText());
    FeatureNeuron neuron = new FeatureNeuron(parts("param.encoder.weight", 0), whole("param.encoder.bias"),
        parts("param.decoder.weight", 0), parts("param.decoder.bias", 0), 1);
    var training = new FeatureNeuron.Training(neuron, n);
    TreeSet<Integer> given = new TreeSet<>();
    json.get("steps").forEach(step -> given.add(step.asInt()));
    double[] h = new double[json.get("h").size()];
    double[] loss = new double[h.length];
    for (int step = 1; step <= h.length; step++) {
      int pair = (step - 1) % tensors.info("factual").shape().dim(0);
      var gradients = new GradientPair(parts("factual", pair), parts("alternative", pair));
      FeatureNeuron.Step seen = training.step(gradients, source, target, 1, settings);
      h[step - 1] = seen.h();
      loss[step - 1] = seen.loss();
      if (step == 1) {
        compareGradients(training, 1 - settings.beta1());
      }
      if (given.contains(step)) {
        compareNeuron(neuron, "after." + step + ".");
      }
    }
    compare("h", numbers(json.get("h")), h, VALUES, 0);
    compare("loss", numbers(json.get("loss")), loss, VALUES, 0);
    compareRewrite(neuron);
  }

  /** At the first step Adam's mean is (1 - beta1) times the gradient. */
  private void compareGradients(FeatureNeuron.Training training, double share) {
    List<String> names = List.of("encoder.weight", "decoder.weight", "decoder.bias", "encoder.bias");
    double floor = floor(names.stream().map(name -> "grad." + name).toList());
    List<List<Tensor>> means = means(training);
    for (int i = 0; i < names.size(); i++) {
      double[] gradient = joined(means.get(i));
      compare("grad." + names.get(i), tensors.doubles("grad." + names.get(i)),
          Arrays.stream(gradient).map(mean -> mean / share).toArray(), GRADIENTS, floor);
    }
  }

  /** Adam's means of the gradients of W_e, W_d, b_d and b_e. */
  static List<List<Tensor>> means(FeatureNeuron.Training training) {
    GradientEncoder.EncoderDecoder weights = training.weights();
    return List.of(weights.encoder().means(), weights.decoder().means(), weights.decoderBias().means(),
        weights.encoderBias().means());
  }

  private void compareNeuron(FeatureNeuron neuron, String prefix) {
    Map<String, List<Tensor>> weights = Map.of("encoder.weight", neuron.encoder(), "decoder.weight", neuron.decoder(),
        "decoder.bias", neuron.decoderBias(), "encoder.bias", List.of(neuron.encoderBias()));
    double floor = floor(weights.keySet().stream().map(name -> prefix + name).toList());
    weights.forEach((name, parts) -> compare(prefix + name, tensors.doubles(prefix + name), joined(parts), AFTER_STEPS,
        floor));
  }

  private void compareRewrite(FeatureNeuron neuron) {
    Map<String, Var> theta = new LinkedHashMap<>();
    parts("theta", 0).forEach(part -> theta.put("theta" + theta.size(), Var.parameter(part)));
    new Rewrite(theta, neuron).apply(json.get("rewrite").get("h").asDouble(),
        json.get("rewrite").get("alpha").asDouble());
    compare("rewritten_theta", tensors.doubles("rewritten_theta"), joined(theta.values().stream().map(Var::value)
        .toList()), VALUES, 0);
  }

  private Tensor whole(String name) {
    return tensors.tensor(name, Device.cpu());
  }

  /** Row {@code row} of a matrix, or a vector, in three tensors. */
  private List<Tensor> parts(String name, int row) {
    Tensor all = whole(name);
    Tensor vector = all.shape().rank() == 1 ? all : all.slice(0, row, row + 1).reshape(-1);
    int n = vector.size();
    int first = n / 7;
    int second = n / 2;
    return List.of(vector.slice(0, 0, first).copy(), vector.slice(0, first, second).copy(),
        vector.slice(0, second, n).copy());
  }

  private static double[] joined(List<Tensor> parts) {
    return parts.stream().flatMapToDouble(part -> {
      float[] values = part.toFloats();
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
    }).toArray();
  }

  private static double[] numbers(JsonNode list) {
    double[] out = new double[list.size()];
    Arrays.setAll(out, i -> list.get(i).asDouble());
    return out;
  }

  /** 0.01 times the largest absolute value among arrays of one kind. */
  private double floor(List<String> names) {
    return names.stream().mapToDouble(name -> largest(tensors.doubles(name))).max().orElse(0) * 0.01;
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  private void compare(String name, double[] expected, double[] got, double tolerance, double floor) {
    double bound = tolerance * Math.max(largest(expected), floor);
    for (int i = 0; i < expected.length; i++) {
      if (got.length != expected.length || !(Math.abs(got[i] - expected[i]) <= bound)) {
        failures
            .add(name + ": expected " + expected[i] + " at " + i + ", got " + (i < got.length ? got[i] : "nothing"));
        return;
      }
    }
  }
}
