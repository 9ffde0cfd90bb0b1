package evenhand.fairness.algorithms;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Settings records from words and back.
 *
 * <p>A component {@code shareFloor} is the key {@code share-floor}; its type says how the word is read: a number, yes
 * or no, or the lower-case name of an enum's constant. The keys of a component that is a record itself, such as {@link
 * GapTraining}, stand among the others.
 */
public final class Configs {
  /** One setting as shown to people. */
  public record Setting(String key, String value, String choices, String help) {}

  private Configs() {}

  /** The settings of a record, in order. */
  public static List<Setting> describe(Record config) {
    List<Setting> settings = new ArrayList<>();
    for (RecordComponent component : config.getClass().getRecordComponents()) {
      if (value(config, component) instanceof Record nested) {
        settings.addAll(describe(nested));
        continue;
      }
      Help help = component.getAnnotation(Help.class);
      settings.add(new Setting(key(component), word(value(config, component)), choices(component.getType()),
          help == null ? "" : help.value()));
    }
    return settings;
  }

  /** A record's settings as words, by key. */
  public static Map<String, String> words(Record config) {
    Map<String, String> words = new LinkedHashMap<>();
    describe(config).forEach(setting -> words.put(setting.key(), setting.value()));
    return words;
  }

  /**
   * A copy of the record with some settings replaced.
   *
   * @param owner names the method in errors: {@code fairbatch}
   * @throws IllegalArgumentException for an unknown key or a word that cannot be read, listing what would do
   */
  public static <C extends Record> C with(C config, String owner, Map<String, String> words) {
    Set<String> known = words(config).keySet();
    for (String key : words.keySet()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException("setting " + owner + "." + key + " is unknown; "
            + (known.isEmpty() ? owner + " has no settings" : "choose one of " + String.join(", ", known)));
      }
    }
    return replaced(config, owner, words);
  }

  /** With those of the words that are this record's own. */
  private static <C extends Record> C replaced(C config, String owner, Map<String, String> words) {
    RecordComponent[] components = config.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String given = words.get(key(components[i]));
      Object value = value(config, components[i]);
      values[i] = value instanceof Record nested ? replaced(nested, owner, words)
          : given == null ? value : read(owner, components[i], given);
    }
    return construct(config, components, values);
  }

  @SuppressWarnings("unchecked") // the canonical constructor of C's own class
  private static <C extends Record> C construct(C config, RecordComponent[] components, Object[] values) {
    Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return (C) config.getClass().getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw wrong; // the record's own range check
      }
      throw new IllegalStateException("settings " + config.getClass().getSimpleName() + " cannot be made", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("settings " + config.getClass().getSimpleName()
          + " must be a public record of an exported package", e);
    }
  }

  private static Object read(String owner, RecordComponent component, String word) {
    Class<?> type = component.getType();
    try {
      if (type == int.class) {
        return Integer.valueOf(word);
      }
      if (type == double.class && Double.isFinite(Double.parseDouble(word))) {
        return Double.valueOf(word);
      }
      if (type == boolean.class && (word.matches("yes|true|no|false"))) {
        return word.equals("yes") || word.equals("true");
      }
      if (type == String.class) {
        return word;
      }
      if (type.isEnum()) {
        for (Object constant : type.getEnumConstants()) {
          if (word(constant).equals(word.toLowerCase(Locale.ROOT).replace('_', '-'))) {
            return constant;
          }
        }
      }
    } catch (NumberFormatException e) {
      // falls through to the message below
    }
    throw new IllegalArgumentException("setting " + owner + "." + key(component) + "=" + word + " cannot be read; give "
        + choices(type));
  }

  private static String choices(Class<?> type) {
    if (type == int.class) {
      return "a whole number";
    }
    if (type == double.class) {
      return "a number";
    }
    if (type == boolean.class) {
      return "yes or no";
    }
    return type.isEnum()
        ? "one of " + String.join(", ", Arrays.stream(type.getEnumConstants()).map(Configs::word).toList())
        : "a word";
  }

  private static String word(Object value) {
    return switch (value) {
      case Boolean flag -> flag ? "yes" : "no";
      case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      default -> value.toString();
    };
  }

  private static Object value(Record config, RecordComponent component) {
    try {
      return component.getAccessor().invoke(config);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("settings " + config.getClass().getSimpleName()
          + " must be a public record of an exported package", e);
    }
  }

  private static String key(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
