package evenhand.fairness.erase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.autograd.io.FormatException;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.erase.PatchFiles.Saved;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/**
 * The card of a correction: JSON to and from {@link Eraser} and {@link Encoder}, every field checked.
 *
 * @param file for messages
 * @param json its contents
 */
record PatchCard(Path file, JsonNode json) {
  static final String FORMAT = "evenhand rule eraser patch";
  private static final int VERSION = 1;

  static ObjectNode write(Saved saved) {
    Eraser eraser = saved.eraser();
    ObjectNode card = JsonNodeFactory.instance.objectNode();
    card.put("format", FORMAT).put("version", VERSION);
    texts(card.putArray("classes"), eraser.classes());
    card.put("attribute", eraser.attribute());
    texts(card.putArray("groups"), eraser.groups());
    card.put("estimator", eraser.estimator().word()).put("strength", eraser.strength())
        .put("temperature", eraser.temperature());
    numbers(card.putArray("log_prior"), eraser.logPrior());
    ArrayNode rules = card.putArray("log_rule");
    Arrays.stream(eraser.rules()).forEach(rule -> numbers(rules.addArray(), rule));
    ArrayNode pi = card.putArray("pi");
    Arrays.stream(eraser.rules()).forEach(rule -> numbers(pi.addArray(), Logs.softmax(rule)));
    ObjectNode patch = card.putObject("patch").put("kind", eraser.patch().word());
    patch.put("layers", PatchFiles.network(eraser.patch()).map(network -> network.layers().size()).orElse(0));
    if (eraser.patch() instanceof Patch.Constant constant) {
      numbers(patch.putArray("log_rule"), constant.rule());
    }
    saved.encoder().ifPresent(encoder -> features(card.putArray("inputs"), encoder));
    return card;
  }

  private static void texts(ArrayNode array, List<String> texts) {
    texts.forEach(array::add);
  }

  /** Minus infinity, which forbids a class, is null. */
  private static void numbers(ArrayNode array, double[] numbers) {
    for (double number : numbers) {
      if (Double.isInfinite(number)) {
        array.addNull();
      } else {
        array.add(number);
      }
    }
  }

  private static void features(ArrayNode array, Encoder encoder) {
    encoder.features().forEach(feature -> {
      ObjectNode node = array.addObject().put("column", feature.column());
      switch (feature) {
        case Encoder.OneHot oneHot -> texts(node.putArray("levels"), oneHot.levels());
        case Encoder.Scaled scaled -> node.put("mean", scaled.mean()).put("shift", scaled.shift())
            .put("scale", scaled.scale()).put("indicator", scaled.indicator());
      }
    });
  }

  void checkVersion() {
    if (!text("format").equals(FORMAT)) {
      throw wrong("format", "is not '" + FORMAT + "'");
    }
    if (json.path("version").asInt() != VERSION) {
      throw new FormatException(file,
          "version " + json.path("version") + " is not " + VERSION + ", the one that is read"
              + " here; use a program of its age, or fit the patch again");
    }
  }

  private FormatException wrong(String field, String how) {
    return new FormatException(file, "field " + field + " " + how + "; the patch is damaged, save it again");
  }

  private JsonNode field(JsonNode from, String name, String kind, Predicate<JsonNode> fits) {
    JsonNode value = from.path(name);
    if (!fits.test(value)) {
      throw wrong(name, value.isMissingNode() ? "is missing" : "is not " + kind);
    }
    return value;
  }

  String text(String name) {
    return field(json, name, "a text", JsonNode::isTextual).asText();
  }

  private double number(JsonNode from, String name, double least) {
    return field(from, name, "a finite number of at least " + least,
        value -> value.isNumber() && Double.isFinite(value.asDouble()) && value.asDouble() >= least).asDouble();
  }

  private List<String> texts(JsonNode from, String name) {
    List<String> out = new ArrayList<>();
    for (JsonNode each : field(from, name, "a list", JsonNode::isArray)) {
      if (!each.isTextual() || out.contains(each.asText())) {
        throw wrong(name, "is not a list of different texts");
      }
      out.add(each.asText());
    }
    return out;
  }

  /** So many finite numbers; null stands for minus infinity where that may be. */
  private double[] numbers(JsonNode from, String name, int count, boolean infinite) {
    if (!from.isArray() || from.size() != count) {
      throw wrong(name, "is not a list of " + count + " numbers");
    }
    double[] out = new double[count];
    for (int i = 0; i < count; i++) {
      JsonNode each = from.get(i);
      out[i] = infinite && each.isNull() ? Double.NEGATIVE_INFINITY : each.asDouble(Double.NaN);
      if (Double.isNaN(out[i]) || out[i] == Double.POSITIVE_INFINITY || !each.isNull() && !Double.isFinite(out[i])) {
        throw wrong(name, "has " + each + " where a finite number is expected");
      }
    }
    return out;
  }

  /**
   * The correction.
   *
   * @param network reads one of so many layers
   */
  Saved read(IntFunction<Network> network) {
    List<String> classes = texts(json, "classes");
    List<String> groups = texts(json, "groups");
    if (classes.size() < 2 || groups.isEmpty()) {
      throw wrong("classes", "or field groups has too few names");
    }
    JsonNode rows = field(json, "log_rule", "a list", JsonNode::isArray);
    if (rows.size() != groups.size()) {
      throw wrong("log_rule", "has " + rows.size() + " rules for " + groups.size() + " groups");
    }
    double[][] rules = new double[groups.size()][];
    Arrays.setAll(rules, b -> numbers(rows.get(b), "log_rule", classes.size(), false));
    Eraser eraser = new Eraser(classes, text("attribute"), groups, estimator(), rules,
        patch(network, rules, classes.size()), number(json, "strength", 0), temperature(),
        numbers(json.path("log_prior"), "log_prior", classes.size(), true));
    Optional<Encoder> encoder = json.has("inputs") ? Optional.of(encoder()) : Optional.empty();
    checkInputs(eraser, encoder);
    return new Saved(eraser, encoder);
  }

  private double temperature() {
    double temperature = number(json, "temperature", 0);
    if (temperature == 0) {
      throw wrong("temperature", "is 0");
    }
    return temperature;
  }

  private Estimator estimator() {
    try {
      return Estimator.named(text("estimator"));
    } catch (IllegalArgumentException e) {
      throw new FormatException(file, e.getMessage() + "; the patch is damaged, save it again", e);
    }
  }

  private Patch patch(IntFunction<Network> network, double[][] rules, int classes) {
    JsonNode patch = field(json, "patch", "an object", JsonNode::isObject);
    String kind = field(patch, "kind", "a text", JsonNode::isTextual).asText();
    int layers = field(patch, "layers", "a whole number of at most 2",
        value -> value.isInt() && value.asInt() >= 0 && value.asInt() <= 2).asInt();
    boolean trained = List.of("soft", "squares", "reader").contains(kind);
    if (trained != layers > 0) {
      throw wrong("layers", "is " + layers + ", which does not suit a patch of kind " + kind);
    }
    return switch (kind) {
      case "table" -> new Patch.Table(rules);
      case "constant" -> new Patch.Constant(numbers(patch.path("log_rule"), "log_rule", classes, false));
      case "soft", "squares" -> new Patch.Direct(checked(network.apply(layers), classes, "classes"), kind);
      case "reader" -> new Patch.Reader(checked(network.apply(layers), rules.length, "groups"), rules);
      default -> throw wrong("kind", "is '" + kind + "', which is unknown");
    };
  }

  private Network checked(Network network, int outputs, String what) {
    if (network.outputs() != outputs) {
      throw wrong("patch", "has a network of " + network.outputs() + " outputs for " + outputs + " " + what);
    }
    return network;
  }

  private Encoder encoder() {
    List<Encoder.Feature> features = new ArrayList<>();
    for (JsonNode each : field(json, "inputs", "a list", JsonNode::isArray)) {
      String column = field(each, "column", "a text", JsonNode::isTextual).asText();
      features.add(each.has("levels") ? new Encoder.OneHot(column, texts(each, "levels"))
          : new Encoder.Scaled(column, number(each, "mean", Double.NEGATIVE_INFINITY),
              number(each, "shift", Double.NEGATIVE_INFINITY), number(each, "scale", 0),
              field(each, "indicator", "true or false", JsonNode::isBoolean).asBoolean()));
    }
    return new Encoder(features);
  }

  private void checkInputs(Eraser eraser, Optional<Encoder> encoder) {
    PatchFiles.network(eraser.patch()).ifPresent(network -> encoder.ifPresent(inputs -> {
      if (network.shift().length != inputs.columnNames().size()) {
        throw wrong("inputs", "makes " + inputs.columnNames().size() + " numbers a row, the network takes "
            + network.shift().length);
      }
    }));
  }
}
