package evenhand.fairness.cli;

import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.gradiend.Goal;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.gradiend.RewriteSearch;
import evenhand.fairness.gradiend.TextSources;
import evenhand.fairness.report.OutputFiles;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rewrite MODEL_DIR}: GRADIEND on a language model. */
@Command(name = "rewrite", header = "Learns what a language model's weights say of gender and rewrites them.",
    description = {
        "GRADIEND: one neuron learns, from the gradients of texts with she and he, a direction in the weights"
            + " that stands for gender. The weights are moved along it so that the model prefers neither (balanced) or one"
            + " of them, and the new model is written as a Hugging Face directory.",
        "The texts come with the program, in English; names and patterns that are measured on are not trained on."},
    footer = {"%nExamples:",
        "  evenhand rewrite stories260k",
        "  evenhand rewrite stories260k --goal female --out stories-she",
        "  evenhand rewrite bert-base-cased --set gradiend.steps=500"})
final class RewriteCommand implements Runnable {
  private static final String OUT = "--out DIR";

  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "MODEL_DIR",
      description = "A Hugging Face directory: config.json, model.safetensors, tokenizer.json.")
  private Path directory;

  @Option(names = "--goal", paramLabel = "GOAL", defaultValue = "balanced",
      description = "balanced, female or male (default: ${DEFAULT-VALUE}).")
  private String goal;

  @Option(names = "--out", paramLabel = "DIR",
      description = "Where the new model goes; absent or empty (default: MODEL_DIR-GOAL).")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--templates", paramLabel = "FILE",
      description = "Sentences in place of the program's: JSON lines with 'masked', a text with [NAME] and [PRONOUN],"
          + " and 'book', by which they are split.")
  private Optional<Path> templates = Optional.empty();

  @Mixin
  private SeedsOptions seeds;

  @Option(names = "--set", paramLabel = "gradiend.KEY=VALUE",
      description = "A setting, see 'evenhand methods describe gradiend'. Repeatable.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--prompt", paramLabel = "TEXT",
      description = "A text to go on with (or, with the mask, to fill in) before and after. Repeatable.")
  private List<String> prompts = List.of();

  @Option(names = "--force", description = "Write a model also where the feature was not found.")
  private boolean force;

  @Mixin
  private DeviceOptions device;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    Goal wanted = goal();
    List<Long> fits = seeds.all(spec);
    LanguageRewriter.Settings chosen = Failures.parsed(spec, () -> settings(settings));
    Path target = out.orElseGet(() -> directory.resolveSibling(directory.toAbsolutePath().normalize().getFileName()
        + "-" + goal.toLowerCase(Locale.ROOT)));
    requireFree(target);
    json.requireWritable();
    try (Device place = device.open(spec)) {
      TextModel text = TextModel.read(directory, place);
      TextSources sources = templates.map(file -> TextSources.embedded().withTemplates(file))
          .orElseGet(TextSources::embedded);
      var rewriter = new LanguageRewriter(text, sources, fits, chosen);
      LanguageRewriter.Result result = run(rewriter, wanted);
      RewriteReport report = new RewriteReport(result, wanted, text, prompts);
      PrintWriter words = json.words(spec);
      report.encoder().forEach(words::println);
      words.flush();
      RewriteSearch.Candidate candidate = accepted(result, wanted);
      List<String> before = report.continuations();
      rewriter.apply(result, candidate);
      List<String> after = report.continuations();
      TextModel.write(text.model(), directory, target);
      report.rewrite(candidate, before, after).forEach(words::println);
      words.println();
      words.println("Rewritten model: " + target);
      json.write(spec, report.json(candidate, before, after, target));
    }
  }

  private LanguageRewriter.Result run(LanguageRewriter rewriter, Goal wanted) {
    try (StageProgress progress = new StageProgress(spec, "rewrite")) {
      return rewriter.run(List.of(wanted), progress::at);
    }
  }

  private Goal goal() {
    return switch (goal.toLowerCase(Locale.ROOT)) {
      case "balanced" -> Goal.BALANCED;
      case "female" -> Goal.FIRST;
      case "male" -> Goal.SECOND;
      default -> throw Failures.wrongUsage(spec, "--goal is balanced, female or male, got " + goal);
    };
  }

  /** Settings with the user's words {@code gradiend.KEY}. */
  static LanguageRewriter.Settings settings(Map<String, String> given) {
    Map<String, String> own = new LinkedHashMap<>();
    given.forEach((key, value) -> {
      if (!key.startsWith("gradiend.")) {
        throw new IllegalArgumentException("--set " + key + "=" + value + ": only settings of gradiend apply here, such"
            + " as gradiend.steps=500");
      }
      own.put(key.substring("gradiend.".length()), value);
    });
    return Configs.with(LanguageRewriter.Settings.DEFAULT, "gradiend", own);
  }

  /** Fails now rather than after the work if the new directory cannot be written. */
  private static void requireFree(Path target) {
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        if (files.findAny().isPresent()) {
          throw new IllegalStateException(target + " is there and not empty; choose another place with " + OUT);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(target + " cannot be read (" + e + "); choose another place with " + OUT, e);
      }
    } else if (Files.exists(target)) {
      throw new IllegalStateException(target + " is a file; choose another place with " + OUT);
    }
    OutputFiles.requireWritable(target, OUT);
  }

  private RewriteSearch.Candidate accepted(LanguageRewriter.Result result, Goal wanted) {
    if (!result.fit().bestSeed().converged() && !force) {
      throw new IllegalStateException("no seed found the feature (best validation correlation "
          + String.format(Locale.ROOT, "%.3f", result.fit().bestSeed().validation())
          + "), so nothing is written; raise --set gradiend.steps, try more --seeds, or write all the same with"
          + " --force");
    }
    return result.outcome().best(wanted).orElseThrow(() -> new IllegalStateException("no improvement: none of "
        + result.outcome().tried().size() + " rewrites is better than the model as it is within the limits, so nothing"
        + " is written; allow more loss with --set gradiend.debias-loss or gradiend.strengthen-loss"));
  }
}
