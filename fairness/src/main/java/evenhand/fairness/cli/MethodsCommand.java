package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.algorithms.Ablation;
import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Method;
import evenhand.fairness.algorithms.Methods;
import evenhand.fairness.algorithms.Strength;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.LanguageStudy;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code methods list}, {@code methods describe NAME}: the methods and their settings. */
@Command(name = "methods", header = "Lists and describes the methods.", footer = {"%nExamples:",
    "  evenhand methods list", "  evenhand methods describe fairbatch"})
final class MethodsCommand implements Runnable {
  /** What is said of a method. */
  private record Described(String name, String summary, String paper, Record defaults, Optional<Strength> strength,
      List<Ablation> ablations) {
    static Described of(Method<?> method) {
      return new Described(method.name(), method.summary(), method.paper(), method.defaults(), method.strength(),
          method.ablations());
    }
  }

  /** It rewrites language models and trains none, so it is not among the methods that a table is given to. */
  private static final Described GRADIEND = new Described(LanguageStudy.REWRITTEN,
      "Learns from gradients where a language model keeps gender and rewrites its weights (command rewrite, and study on"
          + " language models).",
      "Drechsel and Herbold, GRADIEND: Feature Learning within Neural Networks Exemplified through Biases, ICLR 2026",
      LanguageRewriter.Settings.DEFAULT, Optional.empty(), List.of());

  @Spec
  private CommandSpec spec;

  /** Without a subcommand it says which there are. */
  @Override
  public void run() {
    throw Failures.wrongUsage(spec, "methods needs list or describe NAME");
  }

  @Command(name = "list", header = "Lists the methods.", footer = {"%nExample:", "  evenhand methods list"})
  void list(@Mixin JsonOption json) {
    json.requireWritable();
    PrintWriter words = json.words(spec);
    ArrayNode nodes = JsonNodeFactory.instance.arrayNode();
    for (Described method : Stream.concat(Methods.all().stream().map(Described::of), Stream.of(GRADIEND)).toList()) {
      words.println(method.name());
      indented(words, 2, method.summary());
      if (!method.paper().isEmpty()) {
        indented(words, 2, method.paper());
      }
      nodes.add(described(method));
    }
    json.write(spec, nodes);
  }

  @Command(name = "describe", header = "Shows a method's paper and settings.", footer = {"%nExample:",
      "  evenhand methods describe fairbatch"})
  void describe(@Parameters(paramLabel = "NAME", description = "A name from 'evenhand methods list'.") String name,
      @Mixin JsonOption json) {
    Described method = name.equals(GRADIEND.name()) ? GRADIEND
        : Described.of(Failures.parsed(spec, () -> Settings.method(name)));
    json.requireWritable();
    PrintWriter words = json.words(spec);
    TextTable.wrapped(method.name() + ": " + method.summary(), Terminal.width()).forEach(words::println);
    if (!method.paper().isEmpty()) {
      TextTable.wrapped("Paper: " + method.paper(), Terminal.width()).forEach(words::println);
    }
    words.println();
    show(words, "Settings (--set " + name + ".KEY=VALUE):", Configs.describe(method.defaults()));
    method.strength().ifPresent(strength -> TextTable.wrapped("study --sweep tries " + strength.key() + " "
        + String.join(", ", strength.grid()) + ".", Terminal.width()).forEach(words::println));
    if (!method.ablations().isEmpty()) {
      TextTable.wrapped("study --ablations tries " + String.join("; ", method.ablations().stream()
          .map(part -> part.name() + " (" + part.settings().entrySet().stream()
              .map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(", ")) + ")")
          .toList()) + ".", Terminal.width()).forEach(words::println);
    }
    if (method != GRADIEND) {
      words.println();
      show(words, "Settings of training, the same for every method (--set model.KEY=VALUE);"
          + " a data set may bring its own:", Configs.describe(TrainingConfig.DEFAULT));
    }
    json.write(spec, described(method));
  }

  private static void show(PrintWriter words, String title, List<Configs.Setting> settings) {
    TextTable.wrapped(title, Terminal.width()).forEach(words::println);
    if (settings.isEmpty()) {
      words.println("  none");
    }
    for (Configs.Setting setting : settings) {
      indented(words, 2, setting.key() + "=" + setting.value() + " (" + setting.choices() + ")");
      indented(words, 6, setting.help());
    }
  }

  private static void indented(PrintWriter words, int by, String text) {
    TextTable.wrapped(text, Terminal.width() - by).forEach(line -> words.println(" ".repeat(by) + line));
  }

  private static ObjectNode described(Described method) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", method.name()).put("summary", method.summary()).put("paper", method.paper());
    ArrayNode settings = node.putArray("settings");
    for (Configs.Setting setting : Configs.describe(method.defaults())) {
      settings.addObject().put("key", setting.key()).put("default", setting.value())
          .put("choices", setting.choices()).put("help", setting.help());
    }
    method.strength().ifPresent(strength -> {
      ObjectNode sweep = node.putObject("strength").put("key", strength.key());
      strength.grid().forEach(sweep.putArray("grid")::add);
    });
    ArrayNode ablations = node.putArray("ablations");
    for (Ablation part : method.ablations()) {
      ObjectNode own = ablations.addObject().put("name", part.name()).putObject("settings");
      part.settings().forEach(own::put);
    }
    return node;
  }
}
