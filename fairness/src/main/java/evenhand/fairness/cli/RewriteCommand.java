package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.autograd.Var;
import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.gradiend.Feature;
import evenhand.fairness.gradiend.Goal;
import evenhand.fairness.gradiend.LanguageGradients;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.gradiend.RewritePatch;
import evenhand.fairness.gradiend.RewriteSearch;
import evenhand.fairness.report.OutputFiles;
import evenhand.fairness.study.LanguageModels;
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
            + " that stands for gender. The weights are moved along it so that the model prefers neither (balanced) or"
            + " one of them, and the new model is written as a Hugging Face directory.",
        "The texts come with the program, in English; names and patterns that are measured on are not trained on. Other"
            + " classes, such as religions, are learned from sentences of yours (--classes, --prose).",
        "Where CrowS-Pairs is at hand (below EVENHAND_DATA or in the cache), the model is measured on it before and"
            + " after."},
    footer = {"%nExamples:",
        "  evenhand rewrite stories260k",
        "  evenhand rewrite stories260k --goal female --out stories-she",
        "  evenhand rewrite stories260k --save-patch gender.safetensors",
        "  evenhand rewrite stories260k --apply-patch gender.safetensors --strength 0.5",
        "  evenhand rewrite bert-base-cased --classes christian,muslim --prose news.txt.gz",
        "  evenhand rewrite bert-base-cased --set gradiend.steps=500"})
final class RewriteCommand implements Runnable {
  private static final String OUT = "--out DIR";

  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "MODEL_DIR",
      description = "A Hugging Face directory (config.json, model.safetensors, tokenizer.json), or a model's name: see"
          + " data list.")
  private Path directory;

  @Option(names = "--goal", paramLabel = "GOAL", defaultValue = "balanced",
      description = "balanced, or the class whose words the model is to prefer: female, male, or one of --classes"
          + " (default: ${DEFAULT-VALUE}).")
  private String goal;

  @Mixin
  private FeatureOptions texts;

  @Option(names = "--out", paramLabel = "DIR",
      description = "Where the new model goes; absent or empty (default: MODEL_DIR-GOAL).")
  private Optional<Path> out = Optional.empty();

  @Mixin
  private SeedsOptions seeds;

  @Option(names = "--set", paramLabel = "gradiend.KEY=VALUE",
      description = "A setting, see 'evenhand methods describe gradiend'. Repeatable.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--prompt", paramLabel = "TEXT",
      description = "A text to go on with (or, with the mask, to fill in) before and after. Repeatable.")
  private List<String> prompts = List.of();

  @Option(names = "--save-patch", paramLabel = "FILE",
      description = "Keep the learned direction too, as safetensors, to be applied again with --apply-patch.")
  private Optional<Path> savePatch = Optional.empty();

  @Option(names = "--apply-patch", paramLabel = "FILE",
      description = "Apply a kept direction and learn nothing.")
  private Optional<Path> applyPatch = Optional.empty();

  @Option(names = "--strength", paramLabel = "S",
      description = "With --apply-patch: 1 is the rewrite that was chosen, 0.5 half of it; -1 takes it back from the"
          + " rewritten model (default: 1).")
  private Optional<Double> strength = Optional.empty();

  @Option(names = "--feature", paramLabel = "H",
      description = "With --apply-patch: move as far, but along another feature: -1 towards the first class (female),"
          + " 1 towards the second (default: the one that was chosen).")
  private Optional<Double> featureValue = Optional.empty();

  @Mixin
  private BenchmarkOptions benchmarks;

  @Option(names = "--force", description = "Write a model also where the feature was not found.")
  private boolean force;

  @Mixin
  private DeviceOptions device;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    List<Long> fits = seeds.all(spec);
    if (applyPatch.isEmpty() && (strength.isPresent() || featureValue.isPresent())) {
      throw Failures.wrongUsage(spec, "--strength and --feature go with --apply-patch FILE");
    }
    LanguageRewriter.Settings chosen = Failures.parsed(spec, () -> settings(settings));
    Path target = out.orElseGet(() -> directory.resolveSibling(directory.toAbsolutePath().normalize().getFileName()
        + (applyPatch.isPresent() ? "-patched" : "-" + goal.toLowerCase(Locale.ROOT))));
    requireFree(target);
    json.requireWritable();
    savePatch.ifPresent(file -> OutputFiles.requireWritableFile(file, "--save-patch FILE"));
    Feature feature = texts.feature(spec);
    Goal wanted = goal(feature);
    try (Device place = device.open(spec)) {
      TextModel text = TextModel.read(LanguageModels.directory(directory), place);
      if (applyPatch.isPresent()) {
        patch(applyPatch.get(), text, fits.getFirst(), target);
      } else {
        learn(new LanguageRewriter(text, feature, fits, chosen), wanted, target);
      }
    }
  }

  private void learn(LanguageRewriter rewriter, Goal wanted, Path target) {
    TextModel text = rewriter.text();
    Feature feature = rewriter.feature();
    BeforeAfter looked = new BeforeAfter(spec, text, prompts, benchmarks.chosenOrLocal(), rewriter.seeds().getFirst());
    LanguageRewriter.Result result = run(rewriter, wanted);
    RewriteReport report = new RewriteReport(result, wanted, feature);
    PrintWriter words = json.words(spec);
    report.encoder().forEach(words::println);
    words.flush();
    RewriteSearch.Candidate candidate = accepted(result, wanted);
    Map<String, Var> weights = LanguageGradients.of(text.model()).parameters();
    String base = RewritePatch.sha256(weights);
    BeforeAfter.Look before = looked.look("before");
    rewriter.apply(result, candidate);
    BeforeAfter.Look after = looked.look("after");
    TextModel.write(text.model(), LanguageModels.directory(directory), target);
    savePatch.ifPresent(file -> new RewritePatch(result.fit().neuron(), candidate.h(), candidate.alpha(),
        feature.classes(), wanted.word(feature.classes()), base, RewritePatch.sha256(weights))
        .write(file, List.copyOf(weights.keySet())));
    report.rewrite(candidate).forEach(words::println);
    looked.lines(before, after).forEach(words::println);
    words.println();
    words.println("Rewritten model: " + target);
    savePatch.ifPresent(file -> words.println("Patch: " + file));
    ObjectNode root = report.json(candidate, target);
    looked.json(root, before, after);
    json.write(spec, root);
  }

  /** Applies a kept direction to the model it was learned from, or backwards to its rewrite. */
  private void patch(Path file, TextModel text, long seed, Path target) {
    Map<String, Var> weights = LanguageGradients.of(text.model()).parameters();
    RewritePatch patch = RewritePatch.read(file, weights, text.model().device());
    String found = RewritePatch.sha256(weights);
    if (!found.equals(patch.base()) && !found.equals(patch.rewritten()) && !force) {
      throw new IllegalStateException(directory + " is neither the model that " + file + " was learned from nor its"
          + " rewrite; give one of these, or apply it all the same with --force");
    }
    double factor = strength.orElse(1.0);
    double h = featureValue.orElse(patch.h());
    BeforeAfter looked = new BeforeAfter(spec, text, prompts, benchmarks.chosenOrLocal(), seed);
    BeforeAfter.Look before = looked.look("before");
    featureValue.ifPresentOrElse(towards -> patch.applyTowards(weights, towards, factor),
        () -> patch.apply(weights, factor));
    BeforeAfter.Look after = looked.look("after");
    TextModel.write(text.model(), LanguageModels.directory(directory), target);
    PrintWriter words = json.words(spec);
    words.println(String.format(Locale.ROOT, "%s: %s of %s; h %.3f, strength %.3g", file, patch.goal(),
        String.join(" and ", patch.classes()), h, factor));
    looked.lines(before, after).forEach(words::println);
    words.println();
    words.println("Rewritten model: " + target);
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("model", target.toString())
        .put("patch", file.toString()).put("goal", patch.goal()).put("h", h).put("strength", factor);
    looked.json(root, before, after);
    json.write(spec, root);
  }

  private LanguageRewriter.Result run(LanguageRewriter rewriter, Goal wanted) {
    try (StageProgress progress = new StageProgress(spec, "rewrite")) {
      return rewriter.run(List.of(wanted), progress::at);
    }
  }

  private Goal goal(Feature feature) {
    String word = goal.toLowerCase(Locale.ROOT);
    if (word.equals(Goal.BALANCED.word())) {
      return Goal.BALANCED;
    }
    int at = feature.classes().stream().map(name -> name.toLowerCase(Locale.ROOT)).toList().indexOf(word);
    if (at < 0) {
      throw Failures.wrongUsage(spec, "--goal is balanced, " + feature.classes().getFirst() + " or "
          + feature.classes().getLast() + ", got " + goal);
    }
    return at == 0 ? Goal.FIRST : Goal.SECOND;
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
