package evenhand.fairness.report;

import evenhand.fairness.study.StudyJson;
import evenhand.fairness.study.StudyResult;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;

/**
 * A study's report: {@code report.html}, {@code study.json} and {@code summary.csv} in a directory.
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
    Path page = directory.resolve("report.html");
    OutputFiles.write(page, new HtmlReport(this).text(), OPTION);
    return page;
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
