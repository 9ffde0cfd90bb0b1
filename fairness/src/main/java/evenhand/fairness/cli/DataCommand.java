package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.data.Card;
import evenhand.fairness.data.DataFiles;
import evenhand.fairness.data.DataSource;
import evenhand.fairness.data.DatasetLoader;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.SplitLoader;
import evenhand.fairness.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code data list}, {@code data get NAME}, {@code data describe NAME}: the known data sets. */
@Command(name = "data", header = "Lists, fetches and describes the known data sets.",
    description = "Files are looked for in the directory that "
        + DataFiles.VARIABLE
        + " names, then in the user's cache, then at the public address.",
    footer = {"%nExamples:", "  evenhand data list",
        "  evenhand data describe adult", "  evenhand data get compas"})
final class DataCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  /** Without a subcommand it says which there are. */
  @Override
  public void run() {
    throw Failures.wrongUsage(spec, "data needs list, get NAME or describe NAME");
  }

  @Command(name = "list", header = "Lists the known data sets and where they are.", footer = {"%nExample:",
      "  evenhand data list"})
  void list(@Mixin JsonOption json) {
    json.requireWritable();
    DataFiles files = DataFiles.standard();
    List<List<String>> rows = new ArrayList<>();
    ArrayNode nodes = JsonNodeFactory.instance.arrayNode();
    for (DatasetLoader loader : Datasets.all()) {
      Card card = loader.card();
      rows.add(List.of(card.name(), String.format(Locale.ROOT, "%,d", card.rows()), card.label(),
          String.join(",", card.sensitive()), where(loader, files)));
      nodes.add(summary(loader, files));
    }
    PrintWriter words = json.words(spec);
    // As wide as it needs: names and paths are there to be copied.
    new TextTable(List.of("name", "rows", "label", "sensitive", "where"), rows).lines(Integer.MAX_VALUE)
        .forEach(words::println);
    words.println();
    words.println("Fetch one that is not here with: evenhand data get NAME");
    json.write(spec, nodes);
  }

  @Command(name = "get", header = "Fetches a data set into the user's cache, unless it is here already.", footer = {
      "%nExample:", "  evenhand data get adult"})
  void get(@Parameters(paramLabel = "NAME", description = "A name from 'evenhand data list'.") String name,
      @Mixin JsonOption json) {
    DatasetLoader loader = DataOptions.loader(spec, name);
    json.requireWritable();
    DataFiles files = DataFiles.standard();
    PrintWriter words = json.words(spec);
    if (loader.source().isEmpty()) {
      words.println(name + " is generated; there is nothing to fetch.");
    }
    loader.source().ifPresent(source -> source.files()
        .forEach(file -> words.println(file.name() + ": " + files.get(source, file.name()).toAbsolutePath())));
    json.write(spec, summary(loader, files));
  }

  @Command(name = "describe", header = "Shows a data set's card.", footer = {"%nExample:",
      "  evenhand data describe synthetic"})
  void describe(@Parameters(paramLabel = "NAME", description = "A name from 'evenhand data list'.") String name,
      @Mixin JsonOption json) {
    DatasetLoader loader = DataOptions.loader(spec, name);
    json.requireWritable();
    Card card = loader.card();
    PrintWriter words = json.words(spec);
    words.println(card.name() + ": " + card.title());
    line(words, "rows", Integer.toString(card.rows()));
    line(words, "description", card.description());
    line(words, "label", card.label() + (card.positive().isEmpty() ? ", of more than two values"
        : ", positive: " + card.positive()));
    line(words, "sensitive", String.join(", ", card.sensitive())
        + (card.sensitiveInputs() ? " (also inputs of the model)" : " (no inputs of the model)"));
    line(words, "model", card.model());
    line(words, "test share", String.format(Locale.ROOT, "%.3f", card.testFraction()));
    line(words, "settings", new TreeMap<>(card.defaults()).entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(", ")));
    dataSettings(loader).forEach(setting -> line(words, "--set data." + setting.key() + "=" + setting.value(),
        setting.help() + " (" + setting.choices() + ")"));
    line(words, "source", card.source());
    line(words, "licence", card.licence());
    line(words, "known criticism", card.criticism());
    line(words, "where", where(loader, DataFiles.standard()));
    json.write(spec, described(loader));
  }

  /** The settings of data that are no table. */
  private static List<Configs.Setting> dataSettings(DatasetLoader loader) {
    return loader instanceof SplitLoader<?> images
        ? Configs.describe(images.defaults()).stream().map(setting -> new Configs.Setting(setting.key(),
            setting.value(), setting.choices(), images.help().get(setting.key()))).toList()
        : List.of();
  }

  private static void line(PrintWriter words, String key, String value) {
    TextTable.wrapped(key + ": " + value, Terminal.width()).forEach(words::println);
  }

  private static String where(DatasetLoader loader, DataFiles files) {
    return loader.source().map(source -> local(source, files).map(Path::toString)
        .orElse("not here")).orElse("generated");
  }

  /** The directory of a data set if all of its files are there. */
  private static Optional<Path> local(DataSource source, DataFiles files) {
    List<Optional<Path>> found = source.files().stream().map(file -> files.local(source, file.name())).toList();
    return found.stream().allMatch(Optional::isPresent) ? found.getFirst().map(Path::getParent) : Optional.empty();
  }

  private static ObjectNode summary(DatasetLoader loader, DataFiles files) {
    Card card = loader.card();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", card.name()).put("rows", card.rows()).put("label", card.label());
    card.sensitive().forEach(node.putArray("sensitive")::add);
    node.put("generated", loader.source().isEmpty());
    node.put("path", loader.source().flatMap(source -> local(source, files)).map(Path::toString).orElse(null));
    return node;
  }

  private static ObjectNode described(DatasetLoader loader) {
    Card card = loader.card();
    ObjectNode node = summary(loader, DataFiles.standard());
    node.put("title", card.title()).put("description", card.description()).put("positive", card.positive())
        .put("sensitive_inputs", card.sensitiveInputs()).put("model", card.model())
        .put("test_fraction", card.testFraction()).put("source", card.source()).put("licence", card.licence())
        .put("criticism", card.criticism());
    ObjectNode settings = node.putObject("settings");
    new TreeMap<>(card.defaults()).forEach(settings::put);
    dataSettings(loader).forEach(setting -> settings.put("data." + setting.key(), setting.value()));
    return node;
  }
}
