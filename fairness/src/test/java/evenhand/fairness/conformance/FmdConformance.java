package evenhand.fairness.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.nn.Linear;
import evenhand.fairness.influence.Cholesky;
import evenhand.fairness.influence.Influence;
import evenhand.fairness.influence.Measure;
import evenhand.fairness.influence.Objective;
import evenhand.fairness.influence.Solution;
import evenhand.fairness.influence.Unlearning;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.StreamSupport;

/** Runs a conformance case of the kind {@code fmd}: a logistic or softmax head, its influences and its updates. */
public final class FmdConformance {
  private static final double VALUES = 1e-5;
  private static final double GRADIENTS = 1e-4;
  private static final double SOLVES = 1e-3; // and Hessian-vector products

  private final List<String> failures = new ArrayList<>();
  private final JsonNode json;
  private final Safetensors tensors;
  private final Objective objective;
  private final Measure bias;
  private final Cholesky solver = Cholesky.damped(0);

  private FmdConformance(JsonNode json, Safetensors tensors) {
    this.json = json;
    this.tensors = tensors;
    Tensor theta = tensor("theta");
    int features = json.get("features").asInt();
    Tensor weight = switch (json.get("head").asText()) {
      case "logistic" -> theta.reshape(1, features);
      case "softmax" -> theta.reshape(json.get("classes").asInt(), features);
      default -> throw new IllegalArgumentException("head " + json.get("head") + " is unknown");
    };
    if (!json.get("hessian").asText().equals("sum")) {
      throw new IllegalArgumentException("hessian " + json.get("hessian") + " is unknown");
    }
    var head = new Linear(Var.parameter(weight.copy()), Optional.empty());
    this.objective = Objective.of(head, tensor("x"), tensors.ints("y"), json.get("lam").asDouble());
    this.bias = Measure.counterfactualBias(tensor("pair_x"), tensor("pair_x_counterfactual"), tensors.ints("pair_y"));
  }

  private Tensor tensor(String name) {
    return tensors.tensor(name, Device.cpu());
  }

  /** Runs the case of a file; its tensors lie beside it. */
  public static Result run(Path caseJson) {
    String name = String.valueOf(caseJson.getFileName());
    Path beside = caseJson.resolveSibling(name.replaceFirst("\\.json$", ".safetensors"));
    try (Safetensors tensors = Safetensors.open(beside)) {
      var conformance = new FmdConformance(new ObjectMapper().readTree(caseJson.toFile()), tensors);
      conformance.compare();
      return new Result(name, List.copyOf(conformance.failures));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compare() {
    compare("hessian", Arrays.stream(objective.denseHessian()).flatMapToDouble(DoubleStream::of).toArray(), SOLVES);
    Influence influence = Influence.of(objective, bias, solver);
    compare("bias", json.get("bias").asDouble(), influence.measure(), VALUES);
    compare("grad_bias", influence.gradient(), GRADIENTS);
    compare("hinv_grad_bias", influence.solution().x(), SOLVES);
    compare("influence", influence.rows(), SOLVES);
    int[] top = influence.top(json.get("top_k").asInt());
    int[] wanted = StreamSupport.stream(json.get("top").spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    if (!Arrays.equals(top, wanted)) {
      failures.add("top: expected " + json.get("top") + ", got " + Arrays.toString(top));
    }
    compareUpdate("removal", Unlearning.removal(objective, solver, top));
    compareUpdate("replacement", Unlearning.replacement(objective, solver, tensor("x_counterfactual"), top));
    int[] labels = Arrays.copyOf(tensors.ints("pair_y"), json.get("external_pairs").asInt());
    compareUpdate("external",
        Unlearning.external(objective, solver, tensor("aligned"), tensor("conflicting"), labels));
  }

  /** The step itself is compared: theta would hide its error. */
  private void compareUpdate(String name, Solution step) {
    double[] before = objective.theta();
    double[] reference = tensors.doubles("theta_" + name);
    double[] moved = Unlearning.move(objective, step, 1);
    Arrays.setAll(reference, i -> reference[i] - before[i]);
    Arrays.setAll(moved, i -> moved[i] - before[i]);
    compare("theta_" + name, reference, moved, SOLVES);
    compare("bias_after." + name, json.get("bias_after").get(name).asDouble(),
        bias.of(objective.model()).item(), SOLVES);
    objective.moveTo(before);
  }

  private void compare(String name, double[] got, double tolerance) {
    compare(name, tensors.doubles(name), got, tolerance);
  }

  private void compare(String name, double expected, double got, double tolerance) {
    compare(name, new double[]{expected}, new double[]{got}, tolerance);
  }

  private void compare(String name, double[] expected, double[] got, double tolerance) {
    double scale = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    boolean agrees = expected.length == got.length;
    for (int i = 0; agrees && i < got.length; i++) {
      agrees = Math.abs(got[i] - expected[i]) <= tolerance * scale;
    }
    if (!agrees) {
      failures.add(name + ": expected " + Arrays.toString(expected) + ", got " + Arrays.toString(got));
    }
  }
}
