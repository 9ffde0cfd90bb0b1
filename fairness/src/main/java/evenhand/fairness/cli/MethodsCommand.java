package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Method;
import evenhand.fairness.algorithms.Methods;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.LanguageStudy;
import java.io.PrintWriter;
import java.util.List;
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
  private static final int WIDTH = 80;

  /** What is said of a method. */
  private record Described(String name, String summary, String paper, Record defaults) {
    static Described of(Method<?> method) {
      return new Described(method.name(), method.summary(), method.paper(), method.defaults());
    }
  }

  /** It rewrites language models and trains none, so it is not among the methods that a table is given to. */
  private static final Described GRADIEND = new Described(LanguageStudy.REWRITTEN,
      "Learns from gradients where a language model keeps gender and rewrites its weights (command rewrite, and study on"
          + " language models).",
      "Drechsel and Herbold, GRADIEND: Feature Learning within Neural Networks Exemplified through Biases, ICLR 2026",
      LanguageRewriter.Settings.DEFAULT);

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
      words.println("  " + method.summary());
      if (!method.paper().isEmpty()) {
        words.println("  " + method.paper());
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
    words.println(method.name() + ": " + method.summary());
    if (!method.paper().isEmpty()) {
      words.println("Paper: " + method.paper());
    }
    words.println();
    show(words, "Settings (--set " + name + ".KEY=VALUE):", Configs.describe(method.defaults()));
    if (method != GRADIEND) {
      words.println();
      show(words, "Settings of training, the same for every method (--set model.KEY=VALUE);"
          + " a data set may bring its own:", Configs.describe(TrainingConfig.DEFAULT));
    }
    json.write(spec, described(method));
  }

  private static void show(PrintWriter words, String title, List<Configs.Setting> settings) {
    TextTable.wrapped(title, WIDTH).forEach(words::println);
    if (settings.isEmpty()) {
      words.println("  none");
    }
    for (Configs.Setting setting : settings) {
      words.println("  " + setting.key() + "=" + setting.value() + " (" + setting.choices() + ")");
      words.println("      " + setting.help());
    }
  }

  private static ObjectNode described(Described method) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", method.name()).put("summary", method.summary()).put("paper", method.paper());
    ArrayNode settings = node.putArray("settings");
    for (Configs.Setting setting : Configs.describe(method.defaults())) {
      settings.addObject().put("key", setting.key()).put("default", setting.value())
          .put("choices", setting.choices()).put("help", setting.help());
    }
    return node;
  }
}
