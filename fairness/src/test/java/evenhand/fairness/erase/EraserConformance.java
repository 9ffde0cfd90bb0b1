package evenhand.fairness.erase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.io.Safetensors;
import evenhand.fairness.conformance.Result;
import evenhand.fairness.data.Inputs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** Runs a conformance case of the kind {@code eraser}: the rules of E1 to E4, and answers corrected by them. */
public final class EraserConformance {
  private static final Map<String, Estimator> ESTIMATORS = Map.of("E1", Estimator.ARITHMETIC, "E2", Estimator.GEOMETRIC,
      "E3", Estimator.CELLS, "E4", Estimator.SUPERVISED, "E5", Estimator.INTERVENTION);
  private static final double EXACT = 1e-10; // all is computed in double precision
  private static final double FITTED = 1e-7;

  private final List<String> failures = new ArrayList<>();
  private final JsonNode json;
  private final Safetensors tensors;

  private EraserConformance(JsonNode json, Safetensors tensors) {
    this.json = json;
    this.tensors = tensors;
  }

  /** Runs the case of a file; its tensors lie beside it. */
  public static Result run(Path caseJson) {
    String name = String.valueOf(caseJson.getFileName());
    Path beside = caseJson.resolveSibling(name.replaceFirst("\\.json$", ".safetensors"));
    try (Safetensors tensors = Safetensors.open(beside)) {
      var conformance = new EraserConformance(new ObjectMapper().readTree(caseJson.toFile()), tensors);
      conformance.compare();
      return new Result(name, List.copyOf(conformance.failures));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compare() {
    double[][] logits = rows("logits");
    double[][] logP = new Answers(logits).logProbabilities(1);
    List<String> names = IntStream.range(0, json.get("groups").asInt()).mapToObj(b -> "group " + b).toList();
    var estimation = new RuleEstimation(logP, tensors.ints("group"), names, Optional.of(tensors.ints("label")));
    double[] logPrior = StreamSupport.stream(json.get("prior").spliterator(), false)
        .mapToDouble(share -> Math.log(share.asDouble())).toArray();
    for (JsonNode estimator : json.get("estimators")) {
      String name = estimator.asText();
      if (!ESTIMATORS.containsKey(name)) {
        throw new IllegalArgumentException("estimator \"" + name + "\" is unknown");
      }
      BiasedRule rule = estimation.estimate(ESTIMATORS.get(name), Optional.empty());
      double tolerance = name.equals("E4") ? FITTED : EXACT;
      compare("rule." + name, rule.distribution(), tolerance);
      for (JsonNode lambda : json.get("lambda")) {
        compare("corrected." + name + "." + lambda.asDouble(), corrected(rule, lambda.asDouble(), logPrior), tolerance);
      }
    }
  }

  private double[][] corrected(BiasedRule rule, double lambda, double[] logPrior) {
    double[][] f = rows("eval_logits");
    double[][] table = new Patch.Table(rule.logRule()).logRule(new Inputs.Dense(new float[0], f.length, 0),
        tensors.ints("eval_group"));
    double[][] out = new double[f.length][];
    Arrays.setAll(out, row -> Logs.softmax(Logs.corrected(f[row], table[row], lambda, logPrior)));
    return out;
  }

  private double[][] rows(String name) {
    double[] flat = tensors.doubles(name);
    int width = json.get("classes").asInt();
    return IntStream.range(0, flat.length / width)
        .mapToObj(row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width)).toArray(double[][]::new);
  }

  private void compare(String name, double[][] got, double tolerance) {
    double[][] expected = rows(name);
    for (int row = 0; row < expected.length; row++) {
      for (int j = 0; j < expected[row].length; j++) {
        if (!(Math.abs(got[row][j] - expected[row][j]) <= tolerance)) { // probabilities: their scale is 1 at most
          failures.add(name + ": row " + row + ": expected " + Arrays.toString(expected[row]) + ", got "
              + Arrays.toString(got[row]));
          return;
        }
      }
    }
    if (got.length != expected.length) {
      failures.add(name + ": expected " + expected.length + " rows, got " + got.length);
    }
  }
}
