package evenhand.autograd.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import evenhand.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a file says it holds, checked against what it can hold.
 *
 * <p>After {@link #parse} every tensor's bytes lie within the data, are as many as its shape and type need, and follow
 * one another without gap or overlap up to the end of the file, as the format demands.
 */
record Header(Map<String, Safetensors.Info> tensors, Map<String, String> metadata) {
  /** The longest header read, as in the format's reference implementation. */
  static final long LIMIT = 100_000_000;

  static final String METADATA = "__metadata__";

  private static final JsonFactory JSON = JsonFactory.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .build();

  /**
   * Reads and checks a header.
   *
   * @param file for messages
   * @param dataBytes how many bytes follow the header
   */
  static Header parse(Path file, byte[] json, long dataBytes) {
    Header header = new Header(new LinkedHashMap<>(), new LinkedHashMap<>());
    try (JsonParser parser = JSON.createParser(utf8(file, json))) {
      header.read(file, parser);
    } catch (IOException e) {
      String reason = e instanceof com.fasterxml.jackson.core.JsonProcessingException problem
          ? problem.getOriginalMessage() : e.getMessage();
      throw new FormatException(file, "the header is not the JSON of a safetensors file (" + firstLine(reason)
          + "); the file is damaged or not safetensors", e);
    }
    header.checkLayout(file, dataBytes);
    return header;
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("no reason given");
  }

  private static String utf8(Path file, byte[] json) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(file, "the header is not UTF-8; the file is damaged or not safetensors", e);
    }
  }

  private void read(Path file, JsonParser parser) throws IOException {
    expect(file, parser, parser.nextToken(), JsonToken.START_OBJECT, "the header");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      expect(file, parser, parser.nextToken(), JsonToken.START_OBJECT, "entry " + name);
      if (name.equals(METADATA)) {
        readMetadata(file, parser);
      } else {
        tensors.put(name, readInfo(file, name, parser));
      }
    }
    if (parser.nextToken() != null) {
      throw new FormatException(file, "something follows the header's JSON object; the file is damaged");
    }
  }

  private void readMetadata(Path file, JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      expect(file, parser, parser.nextToken(), JsonToken.VALUE_STRING, METADATA + " entry " + key);
      metadata.put(key, parser.getText());
    }
  }

  private static Safetensors.Info readInfo(Path file, String name, JsonParser parser) throws IOException {
    ElementType type = null;
    List<Long> dims = null;
    List<Long> offsets = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "dtype" -> type = type(file, name, parser);
        case "shape" -> dims = numbers(file, "the shape of tensor " + name, parser);
        case "data_offsets" -> offsets = numbers(file, "data_offsets of tensor " + name, parser);
        default -> parser.skipChildren(); // later versions of the format may say more
      }
    }
    if (type == null || dims == null || offsets == null || offsets.size() != 2) {
      throw new FormatException(file, "tensor " + name
          + " needs dtype, shape and data_offsets [begin, end]; the header is damaged");
    }
    return info(file, name, type, dims, offsets.get(0), offsets.get(1));
  }

  private static ElementType type(Path file, String name, JsonParser parser) throws IOException {
    expect(file, parser, parser.currentToken(), JsonToken.VALUE_STRING, "dtype of tensor " + name);
    String text = parser.getText();
    for (ElementType type : ElementType.values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    throw new FormatException(file, "tensor " + name + " has unknown dtype " + text + "; convert it to F32");
  }

  private static List<Long> numbers(Path file, String what, JsonParser parser) throws IOException {
    expect(file, parser, parser.currentToken(), JsonToken.START_ARRAY, what);
    List<Long> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(file, parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
      if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || parser.getLongValue() < 0) {
        throw new FormatException(file, what + " holds " + parser.getText()
            + ", which is no length; the header is damaged");
      }
      numbers.add(parser.getLongValue());
    }
    return numbers;
  }

  private static Safetensors.Info info(Path file, String name, ElementType type, List<Long> dims, long begin,
      long end) {
    Shape shape;
    try {
      shape = Shape.of(dims.stream().mapToInt(Math::toIntExact).toArray());
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new FormatException(file, "tensor " + name + " of shape " + dims
          + " has more than 2^31 - 2^16 elements; split it into several tensors", e);
    }
    long needed = (long) shape.size() * type.bytes();
    if (end < begin || end - begin != needed) {
      throw new FormatException(file, "tensor " + name + ", " + type + shape + ", needs " + needed
          + " bytes but its offsets are [" + begin + ", " + end + "]; the header is damaged");
    }
    return new Safetensors.Info(type.name(), shape, begin, end);
  }

  private void checkLayout(Path file, long dataBytes) {
    List<Map.Entry<String, Safetensors.Info>> inOrder = new ArrayList<>(tensors.entrySet());
    inOrder.sort(Comparator.comparingLong((Map.Entry<String, Safetensors.Info> e) -> e.getValue().begin())
        .thenComparingLong(e -> e.getValue().end()));
    long position = 0;
    for (Map.Entry<String, Safetensors.Info> entry : inOrder) {
      Safetensors.Info info = entry.getValue();
      if (info.end() > dataBytes) {
        throw new FormatException(file, "tensor " + entry.getKey() + " ends at byte " + info.end()
            + " of the data, but the file has only " + dataBytes + "; the file is truncated, fetch it again");
      }
      if (info.begin() != position) {
        String fault = info.begin() < position ? "within the tensor before it" : "which leaves a gap";
        throw new FormatException(file, "tensor " + entry.getKey() + " begins at byte " + info.begin()
            + " of the data, " + fault + " (expected " + position + "); the header is damaged");
      }
      position = info.end();
    }
    if (position != dataBytes) {
      throw new FormatException(file, "the tensors end at byte " + position + " of the data, but the file has "
          + dataBytes + "; the file is damaged or not safetensors");
    }
  }

  private static void expect(Path file, JsonParser parser, JsonToken got, JsonToken wanted, String what)
      throws IOException {
    if (got != wanted) {
      String text = got == null ? "nothing" : parser.getText();
      throw new FormatException(file, what + " should be " + describe(wanted) + ", not "
          + (text.length() > 40 ? text.substring(0, 40) + ".." : text) + "; the file is damaged or not safetensors");
    }
  }

  private static String describe(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "a string";
      default -> "a whole number";
    };
  }
}
