package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.LanguageModels;
import evenhand.fairness.study.StudyJson;
import evenhand.fairness.text.BiasBenchmarks;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code audit-model}: language models on published benchmarks of bias. */
@Command(name = "audit-model", header = "Measures language models on CrowS-Pairs, StereoSet and WEAT/SEAT.",
    description = "Models are Hugging Face directories; several are shown side by side, such as one before and after"
        + " 'evenhand rewrite'. Without a file, CrowS-Pairs is looked for where data sets are, and fetched.",
    footer = {"%nExamples:",
        "  evenhand audit-model stories260k stories260k-balanced",
        "  evenhand audit-model bert-base-cased --stereoset dev.json --association sent-weat6.jsonl",
        "  evenhand audit-model gpt2 --crows-pairs crows_pairs_anonymized.csv --json -"})
final class AuditModelCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "MODEL_DIR", arity = "1..*",
      description = "Directories with config.json, model.safetensors, tokenizer.json, or names: see data list.")
  private List<Path> directories;

  @Mixin
  private BenchmarkOptions benchmarks;

  @Mixin
  private SeedOption seed;

  @Mixin
  private DeviceOptions device;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    json.requireWritable();
    BiasBenchmarks chosen = benchmarks.chosenOrFetched();
    Map<Path, BiasBenchmarks.Result> results = new LinkedHashMap<>();
    try (Device place = device.open(spec); StageProgress progress = new StageProgress(spec, "audit-model")) {
      for (Path directory : directories) {
        TextModel model = TextModel.read(LanguageModels.directory(directory), place);
        results.put(directory, chosen.measure(model, BootstrapOptions.defaults(seed.seed()),
            (benchmark, done, of) -> progress.at(directory.getFileName() + ", " + benchmark, done, of)));
      }
    }
    PrintWriter words = json.words(spec);
    results.forEach((directory, result) -> {
      words.println(directory + ":");
      words.println();
      table(result.metrics()).forEach(words::println);
      words.println();
      result.counts().forEach(line -> TextTable.wrapped(line, Terminal.width()).forEach(words::println));
      words.println();
    });
    notes(chosen).forEach(words::println);
    json.write(spec, json(results));
  }

  /** A line for each metric with its interval. */
  static List<String> table(Map<String, Measured> metrics) {
    List<List<String>> rows = new ArrayList<>();
    metrics.forEach((name, measured) -> rows.add(List.of(name, cell(measured), interval(measured))));
    return new TextTable(List.of("benchmark", "value", "95% interval"), rows).lines(Terminal.width());
  }

  /** The value with its interval, for a table of several models. */
  static String words(Measured measured) {
    return (cell(measured) + " " + interval(measured)).strip();
  }

  private static String cell(Measured measured) {
    return measured.isDetermined() ? number(measured.value().getAsDouble()) : "undetermined";
  }

  private static String interval(Measured measured) {
    return measured.low().isEmpty() ? ""
        : "[" + number(measured.low().getAsDouble()) + ", " + number(measured.high().getAsDouble()) + "]";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.3f" : "%.1f", value);
  }

  private static List<String> notes(BiasBenchmarks chosen) {
    List<String> out = new ArrayList<>();
    if (!chosen.crowsPairs().isEmpty()) {
      out.addAll(
          TextTable.wrapped("crows_pairs: percent of pairs whose more stereotypical sentence is the likelier one;"
              + " ideal 50.", Terminal.width()));
    }
    if (!chosen.stereoSet().isEmpty()) {
      out.addAll(TextTable.wrapped("stereoset: lms, percent of sense over nonsense, ideal 100; ss, of stereotype over"
          + " anti-stereotype, ideal 50; icat, lms times how near ss is to 50, ideal 100.", Terminal.width()));
    }
    if (!chosen.associations().isEmpty()) {
      out.addAll(TextTable.wrapped("association: effect size, ideal 0; _p: one-sided, of a permutation test.",
          Terminal.width()));
    }
    return out;
  }

  private static ObjectNode json(Map<Path, BiasBenchmarks.Result> results) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode models = root.putArray("models");
    results.forEach((directory, result) -> {
      ObjectNode node = models.addObject().put("model", directory.toString());
      node.set("metrics", StudyJson.metrics(result.metrics()));
      result.counts().forEach(node.putArray("counts")::add);
    });
    return root;
  }
}
