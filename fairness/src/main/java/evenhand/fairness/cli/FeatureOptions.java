package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.data.DataException;
import evenhand.fairness.gradiend.Feature;
import evenhand.fairness.gradiend.TextSources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which two classes GRADIEND is to tell apart, and on what texts. */
final class FeatureOptions {
  private static final List<String> FEATURES = List.of("race", "religion");

  @Option(names = "--classes", paramLabel = "A,B", split = ",",
      description = "Two classes with words of their own, such as christian,muslim or asian,white; the words are"
          + " looked for in --prose (default: gender, by names and pronouns).")
  private List<String> classes = List.of();

  @Option(names = "--words", paramLabel = "FILE",
      description = "Words of your own classes: JSON such as {\"cat\": [\"cat\", \"cats\"],"
          + " \"dog\": [\"dog\", \"dogs\"]}, each word's counterpart in the same place.")
  private Optional<Path> words = Optional.empty();

  @Option(names = "--prose", paramLabel = "FILE",
      description = "Text, also gzipped: sentences with the words of --classes; for gender, sentences that tell none,"
          + " to measure the language model on in place of the program's.")
  private Optional<Path> prose = Optional.empty();

  @Option(names = "--templates", paramLabel = "FILE",
      description = "For gender, sentences in place of the program's: JSON lines with 'masked', a text with [NAME] and"
          + " [PRONOUN], and 'book', by which they are split.")
  private Optional<Path> templates = Optional.empty();

  /** The feature that was chosen. */
  Feature feature(CommandSpec spec) {
    if (classes.isEmpty()) {
      if (words.isPresent()) {
        throw Failures.wrongUsage(spec, "--words goes with --classes A,B, two classes of the file");
      }
      TextSources sources = templates.map(file -> TextSources.embedded().withTemplates(file))
          .orElseGet(TextSources::embedded);
      return new Feature.Gender(prose.map(file -> sources.withProse(TextSources.sentences(file))).orElse(sources));
    }
    if (classes.size() != 2 || classes.getFirst().equals(classes.getLast())) {
      throw Failures.wrongUsage(spec, "--classes names two classes, such as christian,muslim, got "
          + String.join(",", classes));
    }
    if (templates.isPresent()) {
      throw Failures.wrongUsage(spec, "--templates are about gender; with --classes give --prose FILE");
    }
    Path texts = prose.orElseThrow(() -> Failures.wrongUsage(spec,
        "--classes needs --prose FILE, a text in which the words of the classes occur"));
    Map<String, List<String>> lists = words.map(FeatureOptions::read).orElseGet(this::known);
    for (String name : classes) {
      if (!lists.containsKey(name)) {
        throw Failures.wrongUsage(spec, "--classes: '" + name + "' has no word list; choose two of "
            + String.join(", ", lists.keySet()) + (words.isPresent() ? "" : ", or give your own with --words FILE"));
      }
    }
    return new Feature.Words(TextSources.sentences(texts), lists, classes.getFirst(), classes.getLast());
  }

  /** The program's lists: of the feature that has both classes, else all for the message. */
  private Map<String, List<String>> known() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    for (String feature : FEATURES) {
      Map<String, List<String>> own = TextSources.words(feature);
      if (own.keySet().containsAll(classes)) {
        return own;
      }
      all.putAll(own);
    }
    return all;
  }

  private static Map<String, List<String>> read(Path file) {
    Map<String, List<String>> out = new LinkedHashMap<>();
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new DataException(file + " cannot be read as JSON (" + e.getMessage() + "); check the path, or correct it",
          e);
    }
    root.properties().forEach(entry -> {
      List<String> list = new ArrayList<>();
      entry.getValue().forEach(word -> list.add(word.asText()));
      if (list.isEmpty() || !entry.getValue().isArray()) {
        throw new DataException(file + ": '" + entry.getKey() + "' has no list of words; write it as"
            + " {\"CLASS\": [\"word\", ..], ..}");
      }
      out.put(entry.getKey(), list);
    });
    if (out.size() < 2) {
      throw new DataException(file + " has words of " + out.size() + " classes; give at least two");
    }
    return out;
  }
}
