package evenhand.fairness.cli;

import evenhand.fairness.data.DataFiles;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.LanguageModels;
import evenhand.fairness.study.LanguageStudy;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Spread;
import evenhand.fairness.study.StudyResult.Summary;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Device;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/** {@code study --data} with a language model: what is chosen, and a table of what is particular to it. */
record LanguageStudyRun(LanguageModels model, List<String> methods, LanguageRewriter.Settings settings) {
  private static final List<String> USUAL = List.of(LanguageStudy.BASE, LanguageStudy.REWRITTEN);
  private static final List<String> OWN = List.of(LanguageStudy.BASE, LanguageStudy.REWRITTEN,
      LanguageStudy.MEAN_DIFFERENCE);

  /**
   * Looks methods and settings up.
   *
   * @throws IllegalArgumentException if a method trains on tables, or a setting is not gradiend's
   */
  static LanguageStudyRun of(LanguageModels model, List<String> names, Map<String, String> given) {
    Set<String> chosen = new LinkedHashSet<>();
    for (String name : names) {
      switch (name.strip()) {
        case "all" -> chosen.addAll(USUAL);
        case LanguageStudy.BASE, LanguageStudy.REWRITTEN, LanguageStudy.MEAN_DIFFERENCE -> chosen.add(name.strip());
        default -> throw new IllegalArgumentException("method '" + name.strip() + "' cannot be used on " + model.word()
            + ": a language model is rewritten, not trained from a table; choose from " + String.join(", ", OWN));
      }
    }
    return new LanguageStudyRun(model, List.copyOf(chosen), RewriteCommand.settings(given));
  }

  StudyResult run(CommandSpec spec, Device device, List<Long> seeds, int resamples) {
    try (StageProgress progress = new StageProgress(spec, "study")) {
      TextModel text = model.load(DataFiles.standard(), device,
          (step, steps) -> progress.at("training " + model.word(), step, steps));
      return new LanguageStudy(model.word(), text, model.sources(), settings, methods,
          model.benchmarks(DataFiles.standard()),
          List.of(), seeds, resamples)
          .run((seed, stage, done, of) -> progress.at("seed " + seed + ", " + stage, done, of));
    }
  }

  /** Lines on what tables do not have. */
  static List<String> lines(StudyResult result) {
    List<String> out = new ArrayList<>(List.of(""));
    List<List<String>> rows = new ArrayList<>();
    for (String metric : metrics(result)) {
      List<String> row = new ArrayList<>(List.of(metric));
      result.summary().forEach(summary -> row.add(cell(summary, metric)));
      rows.add(row);
    }
    List<String> header = new ArrayList<>(List.of("metric"));
    result.summary().forEach(summary -> header.add(summary.method()));
    out.addAll(new TextTable(header, rows).lines(Terminal.width()));
    out.add("");
    metrics(result).stream().filter(LanguageStudy.METRICS::containsKey)
        .forEach(
            name -> out.addAll(TextTable.wrapped(name + ": " + LanguageStudy.METRICS.get(name), Terminal.width())));
    return out;
  }

  private static List<String> metrics(StudyResult result) {
    List<String> out = new ArrayList<>(List.of("soft_demographic_parity_difference"));
    LanguageStudy.METRICS.keySet().stream()
        .filter(name -> result.runs().getFirst().metrics().containsKey(name)).forEach(out::add);
    return out;
  }

  private static String cell(Summary summary, String metric) {
    Spread spread = summary.metrics().get(metric);
    return spread == null ? "undetermined"
        : String.format(Locale.ROOT, "%.3f +- %.3f", spread.mean(), spread.sd());
  }
}
