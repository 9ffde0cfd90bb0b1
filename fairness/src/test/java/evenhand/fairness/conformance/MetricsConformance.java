package evenhand.fairness.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Counts;
import evenhand.fairness.metrics.Gaps;
import evenhand.fairness.metrics.GroupCounts;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.fairness.metrics.Rate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Runs a conformance case of the kind {@code metrics}: every result of the file is compared, and a result that is not
 * known here is a failure.
 */
public final class MetricsConformance {
  private static final double TOLERANCE = 1e-10; // float64
  private static final double FLOOR = 0.01; // a reference of 0 is compared on this scale

  /** Results whose names in the case differ from those of the command line. */
  private static final Map<String, String> NAMES = Map.of(
      "auc", "roc_auc",
      "equalized_odds_difference_max", "equalized_odds_difference",
      "equalized_odds_difference_mean", "equalized_odds_mean",
      "overall_demographic_parity_disparity", "group_to_overall_demographic_parity",
      "overall_equal_opportunity_disparity", "group_to_overall_equal_opportunity",
      "overall_equalized_odds_disparity", "group_to_overall_equalized_odds");

  private static final Map<String, Rate> RATES = Map.of(
      "accuracy", Rate.ACCURACY,
      "selection_rate", Rate.SELECTION,
      "tpr", Rate.TRUE_POSITIVE,
      "fpr", Rate.FALSE_POSITIVE,
      "ppv", Rate.POSITIVE_PREDICTIVE_VALUE);

  private static final Set<String> INPUTS = Set.of("algorithm", "y", "yhat", "score", "attributes", "by");

  private final List<String> failures = new ArrayList<>();
  private final JsonNode json;

  private MetricsConformance(JsonNode json) {
    this.json = json;
  }

  /** Runs the case of a file. */
  public static Result run(Path caseJson) {
    try {
      var conformance = new MetricsConformance(new ObjectMapper().readTree(caseJson.toFile()));
      conformance.compare();
      return new Result(String.valueOf(caseJson.getFileName()), List.copyOf(conformance.failures));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compare() {
    json.get("by").fieldNames().forEachRemaining(attributes -> compareBy(attributes, json.get("by").get(attributes)));
    Map<String, Measured> overall = Metrics.evaluate(predictions(List.of()), BootstrapOptions.none());
    json.properties().stream()
        .filter(result -> !INPUTS.contains(result.getKey()))
        .forEach(result -> compareMeasured(result.getKey(), result.getValue(), overall));
  }

  /** The results by one attribute, {@code a}, or by the product of several, {@code a*b}. */
  private void compareBy(String attributes, JsonNode expected) {
    Predictions predictions = predictions(List.of(attributes.split("\\*")));
    Counts counts = Counts.of(predictions);
    Map<String, Measured> measured = Metrics.evaluate(predictions, BootstrapOptions.none());
    for (var result : expected.properties()) {
      String where = attributes + "." + result.getKey();
      switch (result.getKey()) {
        case "groups" -> compareGroups(where, result.getValue(), counts);
        case "undefined" -> {} // compared with the groups
        case "false_positive_rate_difference" ->
          compareValue(where, result.getValue(), Gaps.difference(counts, Rate.FALSE_POSITIVE).value());
        case "equalized_odds_difference_sum" -> {
          OptionalDouble mean = measured.get("equalized_odds_mean").value();
          OptionalDouble sum = mean.isPresent() ? OptionalDouble.of(2 * mean.getAsDouble()) : mean;
          compareValue(where, result.getValue(), sum);
        }
        default -> compareMeasured(result.getKey(), result.getValue(), measured);
      }
    }
    compareUndefined(attributes + ".undefined", expected.get("undefined"), counts);
  }

  private void compareGroups(String where, JsonNode expected, Counts counts) {
    if (expected.size() != counts.groups().size()) {
      failures.add(where + ": expected " + expected.size() + " groups, got " + counts.groups().size());
    }
    for (var group : expected.properties()) {
      GroupCounts got = counts.byGroup().get(counts.groups().indexOf(group.getKey()));
      for (var result : group.getValue().properties()) {
        String at = where + "." + group.getKey() + "." + result.getKey();
        OptionalDouble value = switch (result.getKey()) {
          case "n" -> OptionalDouble.of(got.rows());
          case "positives" -> OptionalDouble.of(got.positives());
          case "negatives" -> OptionalDouble.of(got.negatives());
          default -> RATES.containsKey(result.getKey()) ? RATES.get(result.getKey()).of(got) : unknown(at);
        };
        compareValue(at, result.getValue(), value);
      }
    }
  }

  private void compareUndefined(String where, JsonNode expected, Counts counts) {
    var got = new HashSet<String>();
    for (int g = 0; g < counts.groups().size(); g++) {
      for (var rate : RATES.entrySet()) {
        if (rate.getValue().of(counts.byGroup().get(g)).isEmpty()) {
          got.add(counts.groups().get(g) + " " + rate.getKey());
        }
      }
    }
    var wanted = new HashSet<String>();
    expected.forEach(pair -> wanted.add(pair.get(0).asText() + " " + pair.get(1).asText()));
    if (!got.equals(wanted)) {
      failures.add(where + ": expected " + wanted + ", got " + got);
    }
  }

  private void compareMeasured(String name, JsonNode expected, Map<String, Measured> measured) {
    Measured got = measured.get(NAMES.getOrDefault(name, name));
    compareValue(name, expected, got == null ? unknown(name) : got.value());
  }

  private OptionalDouble unknown(String name) {
    failures.add(name + ": there is no such result");
    return OptionalDouble.empty();
  }

  private void compareValue(String name, JsonNode expected, OptionalDouble got) {
    boolean agrees = expected.isNull()
        ? got.isEmpty()
        : got.isPresent()
            && Math.abs(got.getAsDouble() - expected.asDouble()) <= TOLERANCE
                * Math.max(FLOOR, Math.abs(expected.asDouble()));
    if (!agrees) {
      failures.add(name + ": expected " + expected + ", got " + got);
    }
  }

  /** The rows with groups by the product of attributes: {@code i,j} is level i of the first and j of the second. */
  private Predictions predictions(List<String> attributes) {
    int[] y = ints(json.get("y"));
    int[] group = new int[y.length];
    List<String> names = List.of("");
    for (String attribute : attributes) {
      JsonNode column = json.get("attributes").get(attribute);
      int levels = column.get("levels").asInt();
      int[] values = ints(column.get("values"));
      Arrays.setAll(group, row -> group[row] * levels + values[row]);
      names = names.stream()
          .flatMap(name -> IntStream.range(0, levels).mapToObj(i -> name.isEmpty() ? "" + i : name + "," + i))
          .toList();
    }
    double[] score = StreamSupport.stream(json.get("score").spliterator(), false).mapToDouble(JsonNode::asDouble)
        .toArray();
    return new Predictions(y, ints(json.get("yhat")), score, group, names);
  }

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }
}
