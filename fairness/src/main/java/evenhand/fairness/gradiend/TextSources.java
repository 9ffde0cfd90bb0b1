package evenhand.fairness.gradiend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.data.DataException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Raw material of texts about persons: templates, names, neutral sentences.
 *
 * @param templates with {@code [NAME]} and {@code [PRONOUN]}
 * @param others templates with {@code [NAME]} and {@code [POSSESSIVE]} or {@code [OBJECT]}
 * @param first names of the first class
 * @param second names of the second class
 * @param subjects what may stand for a name without telling a class
 * @param neutral sentences that tell nothing of either class
 */
public record TextSources(List<Template> templates, List<Template> others, List<String> first, List<String> second,
    List<String> subjects, List<Template> neutral) {
  private static final String RESOURCES = "/evenhand/fairness/gradiend/";
  private static final Set<String> PRONOUNS = Set.of("she", "her", "hers", "herself", "he", "him", "his", "himself");
  private static final int SHORTEST = 50; // letters of a sentence from prose, as in the paper's filter
  private static final int LONGEST = 160;

  /**
   * A text and what it was made from: texts of one group are never split between training and measuring.
   *
   * @param group a pattern, a book
   */
  public record Template(String text, String group) {}

  /** What comes with the program: works with no data and no network. */
  public static TextSources embedded() {
    List<String> female = new ArrayList<>();
    List<String> male = new ArrayList<>();
    for (String line : lines("names.csv")) {
      String[] cells = line.split(",");
      (cells[1].equals("female") ? female : male).add(cells[0]);
    }
    female.remove("name");
    male.remove("name");
    return new TextSources(patterns("templates.txt"), patterns("other-words.txt"), female, male, lines("subjects.txt"),
        patterns("neutral.txt"));
  }

  /** The words of classes of a feature, by class: {@code gender}, {@code race} or {@code religion}. */
  public static Map<String, List<String>> words(String feature) {
    JsonNode all = read("words.json");
    if (!all.has(feature)) {
      List<String> known = new ArrayList<>();
      all.fieldNames().forEachRemaining(known::add);
      throw new DataException("feature '" + feature + "' has no word lists; choose one of " + String.join(", ", known));
    }
    Map<String, List<String>> out = new LinkedHashMap<>();
    all.get(feature).properties().forEach(entry -> {
      List<String> words = new ArrayList<>();
      entry.getValue().forEach(word -> words.add(word.asText()));
      out.put(entry.getKey(), words);
    });
    return out;
  }

  private static JsonNode read(String resource) {
    try (InputStream in = open(resource)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) {
    InputStream in = TextSources.class.getResourceAsStream(RESOURCES + resource);
    if (in == null) {
      throw new IllegalStateException("resource " + resource + " is missing from the program");
    }
    return in;
  }

  private static List<String> lines(String resource) {
    try (var in = new BufferedReader(new InputStreamReader(open(resource), StandardCharsets.UTF_8))) {
      return in.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Template> patterns(String resource) {
    return lines(resource).stream().flatMap(line -> expand(line).stream().map(text -> new Template(text, line)))
        .toList();
  }

  /** A pattern with every choice of its {@code {a|b}}. */
  static List<String> expand(String pattern) {
    int open = pattern.indexOf('{');
    int close = pattern.indexOf('}', open);
    if (open < 0 || close < 0) {
      return List.of(pattern);
    }
    return Arrays.stream(pattern.substring(open + 1, close).split("\\|"))
        .flatMap(choice -> expand(pattern.substring(0, open) + choice + pattern.substring(close + 1)).stream())
        .toList();
  }

  /**
   * These with templates from sentences of novels in place of the embedded ones.
   *
   * @param file JSON lines with {@code masked} and {@code book}
   * @throws DataException if a line is not such
   */
  public TextSources withTemplates(Path file) {
    List<Template> found = new ArrayList<>();
    ObjectMapper json = new ObjectMapper();
    try (Stream<String> lines = Files.lines(file)) {
      lines.filter(line -> !line.isBlank()).forEach(line -> {
        try {
          JsonNode node = json.readTree(line);
          found.add(new Template(node.path("masked").asText(), node.path("book").asText()));
        } catch (IOException e) {
          throw new DataException(file + ": line " + (found.size() + 1) + " is not JSON (" + e.getMessage()
              + "); replace the file", e);
        }
      });
    } catch (IOException | UncheckedIOException e) { // the latter while lines are read
      throw new DataException(file + " cannot be read (" + e + "); check the path", e);
    }
    return new TextSources(found, others, first, second, subjects, neutral);
  }

  /** These with sentences of prose that tell nothing of gender in place of the embedded neutral ones. */
  public TextSources withProse(List<String> sentences) {
    Set<String> gendered = new HashSet<>(PRONOUNS);
    words("gender").values().forEach(gendered::addAll);
    Set<String> names = new HashSet<>(first);
    names.addAll(second);
    List<Template> found = sentences.stream()
        .filter(sentence -> sentence.length() >= SHORTEST && sentence.length() <= LONGEST && !sentence.contains("\""))
        .filter(sentence -> words(sentence.strip(), gendered, names))
        .map(sentence -> new Template(sentence, sentence)).toList();
    return new TextSources(templates, others, first, second, subjects, found);
  }

  /** No gendered word and no name, nor a capital letter but the first, which might be a name. */
  private static boolean words(String sentence, Set<String> gendered, Set<String> names) {
    String[] words = sentence.split("[^\\p{L}]+");
    for (int i = 0; i < words.length; i++) {
      boolean capital = i > 0 && !words[i].isEmpty() && Character.isUpperCase(words[i].charAt(0))
          && !words[i].equals("I");
      if (capital || names.contains(words[i]) || gendered.contains(words[i].toLowerCase(Locale.ROOT))) {
        return false;
      }
    }
    return true;
  }

  /**
   * The sentences of a text file, gzipped or not.
   *
   * @throws DataException if it cannot be read
   */
  public static List<String> sentences(Path file) {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().flatMap(line -> Arrays.stream(line.split("(?<=[.!?])\\s+"))).map(String::strip)
          .filter(sentence -> !sentence.isEmpty()).toList();
    } catch (IOException | UncheckedIOException e) { // the latter while lines are read
      throw new DataException(file + " cannot be read (" + e + "); check the path", e);
    }
  }
}
