package evenhand.autograd.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import evenhand.autograd.Var;
import evenhand.tensor.Device;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The arguments of one call, asked for by position and by PyTorch's name.
 *
 * <p>An argument that nobody asked for makes the case unsupported ({@link #requireAllUsed}): nothing is left out in
 * silence. A null counts as not given.
 */
final class Arguments {
  /** Position of an argument that can only be given by name. */
  static final int KEYWORD = -1;

  private final Device device;
  private final List<JsonNode> positional = new ArrayList<>();
  private final Map<String, JsonNode> named = new HashMap<>();
  private final Map<String, Var> tensors;
  private final Set<String> masks;
  private final Set<Object> used = new HashSet<>();

  /**
   * The arguments of a case.
   *
   * @param tensors the inputs by name
   * @param masks names of those that are BOOL in the file
   */
  Arguments(Device device, JsonNode call, Map<String, Var> tensors, Set<String> masks) {
    this.device = device;
    this.tensors = tensors;
    this.masks = masks;
    call.path("args").forEach(positional::add);
    call.path("kwargs").properties().forEach(entry -> named.put(entry.getKey(), entry.getValue()));
  }

  Device device() {
    return device;
  }

  private Optional<JsonNode> find(int position, String name) {
    JsonNode node = null;
    if (position >= 0 && position < positional.size()) {
      used.add(position);
      node = positional.get(position);
    } else if (named.containsKey(name)) {
      used.add(name);
      node = named.get(name);
    }
    return node == null || node.has("value") && node.get("value").isNull() ? Optional.empty() : Optional.of(node);
  }

  /** True if the argument is given and not null. */
  boolean has(int position, String name) {
    return find(position, name).isPresent();
  }

  boolean isTensor(int position, String name) {
    return find(position, name).filter(node -> node.has("tensor")).isPresent();
  }

  boolean isFlag(int position, String name) {
    return find(position, name).filter(node -> node.path("value").isBoolean()).isPresent();
  }

  boolean isList(int position, String name) {
    return find(position, name).filter(node -> node.has("list")).isPresent();
  }

  /** True if the argument is a tensor of booleans. */
  boolean isMask(int position, String name) {
    return find(position, name).filter(node -> masks.contains(node.path("tensor").asText())).isPresent();
  }

  // ---- tensors ----

  /** A tensor as it is in the file: float32 for F32 and BOOL, int32 for I32. */
  Var raw(int position, String name) {
    return optionalRaw(position, name).orElseThrow(() -> new UnsupportedCase("argument " + name + " is missing"));
  }

  Optional<Var> optionalRaw(int position, String name) {
    return find(position, name).map(node -> tensor(node, name));
  }

  /** A tensor or number as float32. */
  Var real(int position, String name) {
    return optionalReal(position, name).orElseThrow(() -> new UnsupportedCase("argument " + name + " is missing"));
  }

  Optional<Var> optionalReal(int position, String name) {
    return find(position, name)
        .map(node -> node.has("tensor") ? tensor(node, name).toFloat() : Var.of(device.scalar(number(node, name))));
  }

  List<Var> tensorList(int position, String name) {
    List<Var> list = new ArrayList<>();
    find(position, name).orElseThrow(() -> new UnsupportedCase("argument " + name + " is missing")).path("list")
        .forEach(node -> list.add(tensor(node, name)));
    return list;
  }

  private Var tensor(JsonNode node, String name) {
    Var found = tensors.get(node.path("tensor").asText());
    if (found == null) {
      throw new UnsupportedCase("argument " + name + " = " + node + " is not a tensor of the case");
    }
    return found;
  }

  // ---- numbers ----

  double number(int position, String name, double otherwise) {
    return optionalNumber(position, name).orElse(otherwise);
  }

  OptionalDouble optionalNumber(int position, String name) {
    Optional<JsonNode> node = find(position, name);
    return node.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(number(node.get(), name));
  }

  int integer(int position, String name, int otherwise) {
    return optionalInteger(position, name).orElse(otherwise);
  }

  int integer(int position, String name) {
    return optionalInteger(position, name)
        .orElseThrow(() -> new UnsupportedCase("argument " + name + " is missing"));
  }

  OptionalInt optionalInteger(int position, String name) {
    Optional<JsonNode> node = find(position, name);
    return node.isEmpty() ? OptionalInt.empty() : OptionalInt.of(integer(node.get(), name));
  }

  boolean flag(int position, String name, boolean otherwise) {
    return find(position, name).map(node -> number(node, name) != 0).orElse(otherwise);
  }

  String text(int position, String name, String otherwise) {
    return find(position, name).map(node -> node.path("value").asText()).orElse(otherwise);
  }

  boolean isText(int position, String name) {
    return find(position, name).filter(node -> node.path("value").isTextual()).isPresent();
  }

  /** A whole number or a list of them; empty if not given. */
  Optional<int[]> integers(int position, String name) {
    return find(position, name).map(node -> node.has("list")
        ? IntStream.range(0, node.get("list").size()).map(i -> integer(node.get("list").get(i), name)).toArray()
        : new int[]{integer(node, name)});
  }

  /** Whole numbers given as a list, or one by one as the last arguments. */
  int[] rest(int position, String name) {
    if (position >= positional.size() || positional.get(position).has("list")) {
      return integers(position, name).orElseThrow(() -> new UnsupportedCase("argument " + name + " is missing"));
    }
    return IntStream.range(position, positional.size()).map(i -> integer(i, name)).toArray();
  }

  /** A pair of numbers for height and width, given as one number for both, as a list of one or two, or not at all. */
  int[] pair(int position, String name, int... otherwise) {
    int[] given = integers(position, name).filter(list -> list.length > 0).orElse(otherwise);
    return given.length == 1 ? new int[]{given[0], given[0]} : given;
  }

  /** Elements of a list that may hold nulls. */
  List<OptionalInt> optionalIntegers(int position, String name) {
    List<OptionalInt> list = new ArrayList<>();
    JsonNode node = find(position, name).orElseThrow(() -> new UnsupportedCase("argument " + name + " is missing"));
    if (!node.has("list")) {
      return List.of(OptionalInt.of(integer(node, name)));
    }
    node.get("list").forEach(element -> list.add(
        element.path("value").isNull() ? OptionalInt.empty() : OptionalInt.of(integer(element, name))));
    return list;
  }

  private int integer(JsonNode node, String name) {
    double value = number(node, name);
    if (value != (int) value) {
      throw new UnsupportedCase("argument " + name + " = " + value + " is not a whole number");
    }
    return (int) value;
  }

  private double number(JsonNode node, String name) {
    if (node.has("tensor")) { // a number may be given as a tensor of size 1
      Var tensor = tensor(node, name).toFloat();
      return tensor.value().item();
    }
    JsonNode value = node.path("value");
    if (value.isNumber()) {
      return value.doubleValue();
    }
    if (value.isBoolean()) {
      return value.booleanValue() ? 1 : 0;
    }
    return switch (value.asText()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> throw new UnsupportedCase("argument " + name + " = " + node + " is not a number");
    };
  }

  // ---- what must not matter ----

  /** Arguments that change no number here (inplace, dtype float, ..) may be given without being read. */
  void ignore(String... names) {
    for (String name : names) {
      if (named.containsKey(name)) {
        used.add(name);
      }
    }
  }

  /** Accepts a dtype if it is a floating one: the result is compared as it is. */
  void floatType(int position, String name) {
    String type = text(position, name, "float32");
    if (!type.contains("float") && !type.contains("double")) {
      throw new UnsupportedCase("argument " + name + " = " + type + " is not a floating type");
    }
  }

  /** Refuses an argument unless it has the value that changes nothing. */
  void requireDefault(int position, String name, double value) {
    if (number(position, name, value) != value) {
      throw new UnsupportedCase("argument " + name + " = " + number(position, name, value) + " is not supported");
    }
  }

  /** Fails if an argument was given that the operator did not ask for. */
  void requireAllUsed() {
    for (int i = 0; i < positional.size(); i++) {
      boolean isNull = positional.get(i).has("value") && positional.get(i).get("value").isNull();
      if (!isNull && !used.contains(i)) {
        throw new UnsupportedCase("argument " + i + " = " + positional.get(i) + " is not supported");
      }
    }
    for (Map.Entry<String, JsonNode> entry : named.entrySet()) {
      JsonNode value = entry.getValue();
      if (!used.contains(entry.getKey()) && !(value.has("value") && value.get("value").isNull())) {
        throw new UnsupportedCase("argument " + entry.getKey() + " = " + value + " is not supported");
      }
    }
  }
}
