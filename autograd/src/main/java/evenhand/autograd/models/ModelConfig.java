package evenhand.autograd.models;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import evenhand.autograd.io.FormatException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code config.json}: what a model is made of, as Hugging Face names it.
 *
 * <p>Values are strings, numbers, booleans, lists, sections and null. A key that is absent or null has the default that
 * Hugging Face's class gives it. Every complaint names the file, the key and what was expected.
 */
public final class ModelConfig {
  private static final long LARGEST_FILE = 1 << 24;
  private static final JsonFactory JSON = JsonFactory.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .build();

  private final Path file;
  private final Map<String, Object> values;

  private ModelConfig(Path file, Map<String, Object> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(values);
  }

  /** A configuration made in the program, for a model from scratch. */
  public static ModelConfig of(Map<String, Object> values) {
    return new ModelConfig(Path.of("config.json"), new LinkedHashMap<>(values));
  }

  /**
   * Reads a file.
   *
   * @throws FormatException if it is not a JSON object
   * @throws UncheckedIOException if it cannot be read
   */
  public static ModelConfig read(Path file) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new FormatException(file, "has more than " + LARGEST_FILE + " bytes; this is no model's configuration");
      }
      try (JsonParser parser = JSON.createParser(Files.readString(file))) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw new FormatException(file, "does not begin with {; it should be a model's configuration in JSON");
        }
        ModelConfig config = new ModelConfig(file, object(parser));
        if (parser.nextToken() != null) {
          throw new FormatException(file, "something follows the JSON object; the file is damaged");
        }
        return config;
      }
    } catch (JsonProcessingException e) {
      throw new FormatException(file, "is not JSON (" + e.getOriginalMessage() + "); the file is damaged", e);
    } catch (CharacterCodingException e) {
      throw new FormatException(file, "is not UTF-8; the file is damaged", e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read (" + e.getClass().getSimpleName()
          + "); a model's directory has config.json and model.safetensors", e);
    }
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      map.put(key, value(parser));
    }
    return map;
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> Collections.unmodifiableMap(object(parser));
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield Collections.unmodifiableList(list);
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  /** All values, in the order of the file. */
  public Map<String, Object> values() {
    return values;
  }

  /** The same with one value replaced, or added at the end. */
  public ModelConfig with(String key, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(values);
    changed.put(key, value);
    return new ModelConfig(file, changed);
  }

  /** The JSON text. */
  public String toJson() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).setPrettyPrinter(new DefaultPrettyPrinter())) {
      write(json, values);
    } catch (IOException e) {
      throw new AssertionError("writing to memory does not fail", e);
    }
    return text.append('\n').toString();
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Map<?, ?> map -> {
        json.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          json.writeFieldName(String.valueOf(entry.getKey()));
          write(json, entry.getValue());
        }
        json.writeEndObject();
      }
      case List<?> list -> {
        json.writeStartArray();
        for (Object element : list) {
          write(json, element);
        }
        json.writeEndArray();
      }
      case Boolean flag -> json.writeBoolean(flag);
      case Number number -> json.writeNumber(number.toString());
      default -> json.writeString(value.toString());
    }
  }

  // ---- what the models ask ----

  /** A fault of this configuration, to be thrown: the message is {@code FILE: problem}. */
  FormatException fault(String problem) {
    return new FormatException(file, problem);
  }

  private <T> Optional<T> get(String key, Class<T> type, String what) {
    Object value = values.get(key);
    if (value != null && !type.isInstance(value)) {
      throw fault(key + " is " + value + ", not " + what + "; correct it");
    }
    return Optional.ofNullable(type.cast(value));
  }

  /** The classes that the model can be loaded as; the first is the one it was saved from. */
  List<String> architectures() {
    List<?> names = get("architectures", List.class, "a list of names").orElse(List.of());
    return names.stream().map(String::valueOf).toList();
  }

  boolean has(String key) {
    return values.get(key) != null;
  }

  String text(String key, String otherwise) {
    return get(key, String.class, "a string").orElse(otherwise);
  }

  boolean flag(String key, boolean otherwise) {
    return get(key, Boolean.class, "true or false").orElse(otherwise);
  }

  double real(String key, double otherwise) {
    return get(key, Number.class, "a number").map(Number::doubleValue).orElse(otherwise);
  }

  /** A whole number, at least 0. */
  int integer(String key, int otherwise) {
    double value = real(key, otherwise);
    if (value != (int) value || value < 0) {
      throw fault(key + " is " + values.get(key) + ", not a whole number of at least 0; correct it");
    }
    return (int) value;
  }

  /** A size, at least 1, which must be there. */
  int size(String key) {
    if (!has(key)) {
      throw fault(key + " is missing; it must be a whole number of at least 1");
    }
    return size(key, 1);
  }

  /** A size, at least 1. */
  int size(String key, int otherwise) {
    int value = integer(key, otherwise);
    if (value < 1) {
      throw fault(key + " is " + value + ", not a whole number of at least 1; correct it");
    }
    return value;
  }

  /** A part that is an object; empty if it is not there. */
  ModelConfig section(String key) {
    Map<?, ?> section = get(key, Map.class, "an object").orElse(Map.of());
    Map<String, Object> part = new LinkedHashMap<>();
    section.forEach((name, value) -> part.put(key + "." + name, value));
    return new ModelConfig(file, part);
  }

  /** Checks an option of which one value only is known here. */
  void requireOnly(String key, Object known) {
    if (has(key) && !values.get(key).equals(known)) {
      throw fault(key + " is " + values.get(key) + ", which is not supported; only " + known + " is");
    }
  }

  /** Checks that heads divide a width, and returns the width of one. */
  int headWidth(String widthKey, int width, String headsKey, int heads) {
    if (width % heads != 0) {
      throw fault(widthKey + " " + width + " cannot be split into " + headsKey + " " + heads + "; correct one of them");
    }
    return width / heads;
  }
}
