package evenhand.fairness.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Results as JSON, in the form that other programs rely on. */
public final class StudyJson {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private StudyJson() {}

  /** A study: data, target, device, results per method and seed, summary per method. */
  public static ObjectNode of(StudyResult result) {
    ObjectNode root = NODES.objectNode();
    ObjectNode data = root.putObject("data");
    data.put("name", result.data().name()).put("rows", result.data().rows()).put("features", result.data().features())
        .put("label", result.data().label());
    result.data().sensitive().forEach(data.putArray("sensitive")::add);
    if (!result.data().positive().isEmpty()) {
      data.put("positive", result.data().positive());
    }
    root.put("target", result.target()).put("device", result.device()).put("model", result.model());
    ArrayNode results = root.putArray("results");
    result.runs().forEach(run -> results.add(of(run)));
    root.set("summary", summary(StudyResult.summary(result.runs())));
    Comparison.ofMethods(result).forEach(comparison -> root.withArray("comparisons").add(of(comparison)));
    if (!result.sweep().isEmpty()) {
      ObjectNode sweep = root.putObject("sweep");
      ArrayNode runs = sweep.putArray("results");
      result.sweep().forEach(run -> runs.add(of(run)));
      sweep.set("summary", summary(StudyResult.summary(result.sweep())));
      MatchedAccuracy.of(result).ifPresent(matched -> sweep.set("matched_accuracy", of(matched, result)));
    }
    if (!result.ablations().isEmpty()) {
      ObjectNode ablations = root.putObject("ablations");
      ArrayNode runs = ablations.putArray("results");
      result.ablations().forEach(run -> runs.add(of(run)));
      ablations.set("summary", summary(StudyResult.summary(result.ablations())));
      ArrayNode against = ablations.putArray("comparisons");
      Comparison.ofAblations(result).forEach(comparison -> against.add(of(comparison)));
    }
    return root;
  }

  private static ObjectNode of(StudyResult.Run run) {
    ObjectNode node = NODES.objectNode();
    node.put("method", run.method());
    variant(node, run.variant());
    node.put("seed", run.seed());
    node.set("metrics", metrics(run.metrics()));
    node.putObject("seconds").put("fit", run.fitSeconds()).put("predict", run.predictSeconds());
    run.notes().forEach(node.putArray("notes")::add);
    ObjectNode settings = node.putObject("settings");
    run.settings().forEach(settings::put);
    for (GroupRates group : run.groups()) {
      node.withArray("groups").addObject().put("group", group.group()).put("count", group.rows())
          .set("rates", metrics(group.rates()));
    }
    if (!run.before().isEmpty()) {
      node.set("before", metrics(run.before()));
    }
    run.curves().forEach(curve -> node.withArray("curves").add(ModelJson.of(curve)));
    run.parity().ifPresent(report -> node.set("parity", ModelJson.of(report)));
    run.trajectory().ifPresent(trajectory -> node.set("trajectory", ModelJson.of(trajectory)));
    return node;
  }

  private static void variant(ObjectNode node, String variant) {
    if (!variant.isEmpty()) {
      node.put("variant", variant);
    }
  }

  private static ArrayNode summary(List<StudyResult.Summary> lines) {
    ArrayNode summaries = NODES.arrayNode();
    for (StudyResult.Summary line : lines) {
      ObjectNode node = summaries.addObject();
      node.put("method", line.method());
      variant(node, line.variant());
      ObjectNode metrics = node.putObject("metrics");
      line.metrics().forEach((name, spread) -> metrics.putObject(name).put("mean", spread.mean())
          .put("sd", spread.sd()));
    }
    return summaries;
  }

  private static ObjectNode of(Comparison comparison) {
    ObjectNode node = NODES.objectNode();
    node.put("method", comparison.method());
    variant(node, comparison.variant());
    node.put("against", comparison.against()).put("seeds", comparison.seeds());
    node.set("differences", metrics(comparison.differences()));
    return node;
  }

  private static ObjectNode of(MatchedAccuracy matched, StudyResult result) {
    ObjectNode root = NODES.objectNode();
    root.put("metric", result.gap()).put("reference", matched.reference()).put("accuracy", matched.accuracy());
    ArrayNode levels = root.putArray("levels");
    for (MatchedAccuracy.Level level : matched.levels()) {
      ObjectNode node = levels.addObject();
      node.put("cost", level.cost()).put("accuracy", matched.accuracy() - level.cost());
      ArrayNode methods = node.putArray("methods");
      ArrayNode comparisons = node.putArray("comparisons");
      for (MatchedAccuracy.Reached reached : level.methods()) {
        for (JsonNode other : methods) {
          ObjectNode pair = comparisons.addObject();
          String against = other.get("method").asText();
          pair.put("method", reached.method()).put("against", against);
          pair.set("difference", of(reached.minus(level.of(against).orElseThrow(), result.overlap())));
        }
        methods.addObject().put("method", reached.method()).put("settings", reached.settings())
            .set("gap", of(reached.gap()));
      }
    }
    return root;
  }

  /** An audit: the metrics of a study's result, and a row per group. */
  public static ObjectNode audit(Map<String, Measured> metrics, List<GroupRates> groups) {
    ObjectNode root = NODES.objectNode();
    root.set("metrics", metrics(metrics));
    ArrayNode rows = root.putArray("groups");
    for (GroupRates group : groups) {
      ObjectNode node = rows.addObject();
      node.put("group", group.group()).put("count", group.rows());
      group.rates().forEach((name, rate) -> {
        if (!name.equals("accuracy")) { // no part of what other programs rely on
          put(node, name, rate.value());
        }
      });
    }
    return root;
  }

  /** Metrics by name: value, interval, and why there is none. */
  public static ObjectNode metrics(Map<String, Measured> metrics) {
    ObjectNode node = NODES.objectNode();
    metrics.forEach((name, measured) -> node.set(name, of(measured)));
    return node;
  }

  /** A number with its interval, or the reason why there is none. */
  static ObjectNode of(Measured measured) {
    ObjectNode entry = NODES.objectNode();
    put(entry, "value", measured.value());
    put(entry, "low", measured.low());
    put(entry, "high", measured.high());
    if (measured.undetermined().isEmpty()) {
      entry.putNull("undetermined");
    } else {
      entry.put("undetermined", measured.undetermined());
    }
    return entry;
  }

  static void put(ObjectNode node, String name, OptionalDouble value) {
    if (value.isPresent()) {
      node.put(name, value.getAsDouble());
    } else {
      node.putNull(name);
    }
  }

  /** The text, indented. */
  public static String text(ObjectNode node) {
    return node.toPrettyString() + System.lineSeparator();
  }

}
