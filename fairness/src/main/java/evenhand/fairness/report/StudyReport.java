package evenhand.fairness.report;

import evenhand.fairness.report.Page.Section;
import evenhand.fairness.study.StudyJson;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;

/**
 * A study's report: {@code report.html}, {@code study.json} and {@code summary.csv} in a directory, with the figures as SVG
 * and the tables as CSV below it.
 *
 * @param result what came out
 * @param command the command line that repeats it
 * @param versions of the program, the Java runtime and the device, in words
 */
public record StudyReport(StudyResult result, String command, String versions) {
  /** What chooses the directory, for messages. */
  public static final String OPTION = "--out DIR";

  /**
   * Checks that the directory can be written to, before the work begins.
   *
   * @throws UncheckedIOException if not
   */
  public static void requireWritable(Path directory) {
    OutputFiles.requireWritable(directory, OPTION);
  }

  /**
   * Writes the files, the page last.
   *
   * @return where the page is
   * @throws UncheckedIOException if a file cannot be written
   */
  public Path write(Path directory) {
    OutputFiles.write(directory.resolve("study.json"), StudyJson.text(StudyJson.of(result)), OPTION);
    OutputFiles.write(directory.resolve("summary.csv"), summary(), OPTION);
    return page().write(directory, OPTION);
  }

  /** What the page says. */
  Page page() {
    StudyResult.Data data = result.data();
    StudySections study = new StudySections(result);
    ModelSections models = new ModelSections(result);
    String seeds = result.runs().stream().map(Run::seed).distinct().map(String::valueOf)
        .collect(Collectors.joining(", "));
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("summary", "Summary", List.of(new Page.Cards(new StudySummary(result).cards()))));
    sections.add(study.methods());
    sections.add(study.paired());
    sections.add(study.tradeOff());
    sections.add(study.groups());
    sections.add(models.language());
    sections.add(study.corrections());
    sections.add(models.training());
    sections.add(models.units());
    sections.add(study.numbers());
    sections.add(items("notes", "Notes", Verdict.notes(result)));
    sections.add(study.meanings());
    sections.add(study.settings());
    sections.add(new Section("repeat", "To repeat", List.of(new Page.Code(command), new Page.Words("Seeds: " + seeds
        + ". The same seed gives the same bits on any number of threads. " + versions + "."))));
    return new Page(data.name() + ": " + result.target().replace('_', ' '), String.format(Locale.ROOT,
        "%,d rows, %,d inputs, label %s, groups by %s; model %s on %s.", data.rows(), data.features(), data.label(),
        String.join(" and ", data.sensitive()), result.model(), result.device()), sections, command, versions);
  }

  private static Section items(String id, String title, List<String> items) {
    return new Section(id, title, items.isEmpty() ? List.of() : List.of(new Page.Items(items)));
  }

  /** One line for each method and metric: mean, standard deviation and number of seeds. */
  String summary() {
    List<String> lines = new ArrayList<>(List.of(line("method", "metric", "mean", "sd", "seeds")));
    for (var summary : result.summary()) {
      summary.metrics().forEach((name, spread) -> lines.add(line(summary.method(), name, spread.mean(), spread.sd(),
          spread.seeds())));
      lines.add(line(summary.method(), "fit_seconds", summary.fitSeconds(), "", ""));
    }
    return String.join("", lines);
  }

  private static String line(Object... cells) {
    return CSVFormat.RFC4180.format(cells) + CSVFormat.RFC4180.getRecordSeparator();
  }
}
