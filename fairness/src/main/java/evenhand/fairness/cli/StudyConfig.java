package evenhand.fairness.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import evenhand.fairness.data.DataException;
import evenhand.fairness.data.Nearest;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A study's command line as a file, YAML or {@code .properties}.
 *
 * <p>Keys are the options without {@code --}; a key with a dot, or nested in YAML, is a setting: {@code seeds: 5},
 * {@code methods: [erm, fairbatch]}, {@code set: {fairbatch: {alpha: 0.01}}}, {@code fairbatch.alpha: 0.01}. Lists are joined by commas. What is on the command
 * line goes before what is in the file. Paths in it are relative to where it lies.
 */
final class StudyConfig {
  private static final String OPTION = "--config";
  private static final String COMMAND = "study";
  private static final int LONGEST_KEY = 200;
  private static final Set<String> PATHS = Set.of("--csv", "--test-csv");
  /** Options of where a study runs and where its results go, which are no part of what the results are. */
  private static final Set<String> PLACES = Set.of("--config", "--out", "--json", "--resume", "--jobs", "--threads",
      "--quiet", "--verbose", "--help", "--version", "--set", "--grid");
  private static final YAMLMapper YAML = YAMLMapper.builder().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
      .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES).disable(YAMLGenerator.Feature.SPLIT_LINES).build();

  private StudyConfig() {}

  // ---- reading ----

  /**
   * The command line with the file of {@code study --config FILE} written out.
   *
   * @param study the command, for its options
   * @throws DataException if the file cannot be read
   * @throws IllegalArgumentException if it has an option that is unknown
   */
  static String[] expanded(String[] args, CommandSpec study) {
    if (args.length == 0 || !args[0].equals(COMMAND)) {
      return args;
    }
    List<String> own = new ArrayList<>();
    Map<String, String> file = new LinkedHashMap<>();
    for (int i = 1; i < args.length; i++) {
      if (args[i].equals(OPTION) && i + 1 < args.length) {
        file.putAll(read(Path.of(args[++i]), study));
      } else if (args[i].startsWith(OPTION + "=")) {
        file.putAll(read(Path.of(args[i].substring(OPTION.length() + 1)), study));
      } else {
        own.add(args[i]);
      }
    }
    List<String> all = new ArrayList<>(List.of(COMMAND));
    file.forEach((key, value) -> all.addAll(words(key, value, own, study)));
    all.addAll(own);
    return all.toArray(String[]::new);
  }

  /** The words of an entry; none if the command line has the option itself. */
  private static List<String> words(String key, String value, List<String> own, CommandSpec study) {
    if (key.startsWith("--set ") || key.startsWith("--grid ")) {
      String option = key.substring(0, key.indexOf(' '));
      String setting = key.substring(key.indexOf(' ') + 1) + "=";
      boolean given = own.stream().anyMatch(word -> word.startsWith(setting)
          || word.startsWith(option + "=" + setting));
      return given ? List.of() : List.of(option, setting + value);
    }
    if (own.stream().anyMatch(word -> word.equals(key) || word.startsWith(key + "="))) {
      return List.of();
    }
    if (study.findOption(key).arity().max() > 0) {
      return List.of(key, value);
    }
    return value.equals("true") || value.equals("yes") ? List.of(key) : List.of();
  }

  /** The entries of a file: {@code --option} or {@code --set METHOD.KEY} to value. */
  private static Map<String, String> read(Path file, CommandSpec study) {
    Map<String, String> flat = new LinkedHashMap<>();
    try {
      if (file.toString().endsWith(".properties")) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
          properties.load(reader);
        } catch (IllegalArgumentException e) { // a broken \\u escape
          throw new DataException(file + " cannot be read (" + e.getMessage() + "); write 'key = value' lines", e);
        }
        properties.stringPropertyNames().stream().sorted().forEach(key -> flat.put(key, properties.getProperty(key)));
      } else {
        JsonNode root = YAML.readTree(Files.readString(file));
        if (!root.isObject()) {
          throw new DataException(file + ": a study is keys with values, such as 'seeds: 5'");
        }
        flatten(file, "", root, flat);
      }
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr(); // none if nested too deep
      throw new DataException(file + line + ": no YAML (" + e.getOriginalMessage()
          + "); write 'key: value' lines", e);
    } catch (NoSuchFileException e) {
      throw new DataException(file + " is not there; name a YAML or .properties file with " + OPTION, e);
    } catch (IOException e) {
      throw new DataException(file + " cannot be read (" + e.getMessage() + "); name a YAML or .properties file with "
          + OPTION, e);
    }
    Map<String, String> entries = new LinkedHashMap<>();
    flat.forEach((key, value) -> entries.put(option(key, file, study), value));
    entries.replaceAll((key, value) -> PATHS.contains(key)
        ? file.toAbsolutePath().normalize().getParent().resolve(value).normalize().toString()
        : value);
    return entries;
  }

  private static void flatten(Path file, String prefix, JsonNode node, Map<String, String> flat) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode value = entry.getValue();
      String key = prefix + entry.getKey();
      if (key.length() > LONGEST_KEY) { // keys grow with their nesting, so a small file could hold very much
        throw new IllegalArgumentException(file + ": a key has more than " + LONGEST_KEY + " letters, "
            + key.substring(0, 40) + "..; settings are METHOD.KEY");
      }
      if (value.isObject()) {
        flatten(file, key + ".", value, flat);
      } else if (value.isArray()) {
        List<String> words = new ArrayList<>();
        value.forEach(word -> words.add(word.asText()));
        flat.put(key, String.join(",", words));
      } else {
        flat.put(key, value.asText());
      }
    }
  }

  private static String option(String key, Path file, CommandSpec study) {
    if (key.startsWith("grid.")) {
      return "--grid " + key.substring("grid.".length());
    }
    String setting = key.startsWith("set.") ? key.substring("set.".length()) : key;
    if (setting.contains(".")) {
      return "--set " + setting;
    }
    Set<String> known = study.optionsMap().keySet().stream().filter(name -> name.startsWith("--"))
        .map(name -> name.substring(2)).filter(name -> !name.equals("config")).collect(Collectors.toSet());
    if (!known.contains(key)) {
      throw new IllegalArgumentException(file + ": there is no option '" + key + "'; " + Nearest.hint(key, known)
          + "give options of study without --, and settings as METHOD.KEY");
    }
    return "--" + key;
  }

  // ---- writing ----

  /**
   * The file from which a study can be repeated.
   *
   * @param study the command as it was given
   * @param resolved options that have been chosen for the user, by name without {@code --}
   * @param settings all settings that runs were made with, {@code METHOD.KEY} to value
   * @param directory where the file goes
   * @param header a line of comment
   */
  static String text(CommandSpec study, Map<String, String> resolved, Map<String, String> settings, Path directory,
      String header) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (OptionSpec option : study.options()) {
      String name = option.longestName();
      List<String> words = option.originalStringValues();
      if (!PLACES.contains(name) && !words.isEmpty()) {
        String value = PATHS.contains(name) ? relative(Path.of(words.getLast()), directory) : String.join(",", words);
        out.put(name.substring(2), option.arity().max() == 0 ? Boolean.TRUE : value);
      }
    }
    resolved.forEach(out::putIfAbsent);
    study.findOption("--grid").originalStringValues()
        .forEach(word -> nested(out, "grid").put(before(word), after(word)));
    Map<String, Map<String, String>> byOwner = new TreeMap<>();
    settings.forEach((key, value) -> byOwner.computeIfAbsent(key.substring(0, key.indexOf('.')),
        _ -> new LinkedHashMap<>()).put(key.substring(key.indexOf('.') + 1), value));
    out.put("set", byOwner);
    try {
      return "# " + header + "\n# To repeat: evenhand study --config FILE\n" + YAML.writeValueAsString(out);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the study's options cannot be written as YAML: " + e.getOriginalMessage(), e);
    }
  }

  @SuppressWarnings("unchecked") // put there by itself
  private static Map<String, String> nested(Map<String, Object> out, String key) {
    return (Map<String, String>) out.computeIfAbsent(key, _ -> new LinkedHashMap<String, String>());
  }

  private static String before(String word) {
    return word.substring(0, word.indexOf('='));
  }

  private static String after(String word) {
    return word.substring(word.indexOf('=') + 1);
  }

  private static String relative(Path file, Path directory) {
    Path from = directory.toAbsolutePath().normalize();
    Path to = file.toAbsolutePath().normalize();
    return from.getRoot().equals(to.getRoot()) ? from.relativize(to).toString() : to.toString();
  }
}
