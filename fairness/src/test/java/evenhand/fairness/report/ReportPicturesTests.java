package evenhand.fairness.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Takes the README's pictures, when {@code docs/pictures} asks for it. */
@EnabledIfSystemProperty(named = ReportPicturesTests.FROM, matches = ".+", disabledReason = "docs/pictures takes them")
class ReportPicturesTests {
  /** The directory of a study's report, with what the terminal showed in {@code terminal.txt}, the command first. */
  static final String FROM = "evenhand.pictures";
  private static final int LIMIT = 150_000; // bytes

  @Test
  void picturesOfAReportAndOfTheTerminal() throws IOException {
    Path from = Path.of(System.getProperty(FROM)).toAbsolutePath();
    Path docs = Path.of(System.getProperty("evenhand.docs", "../docs"));
    Path page = from.resolve("report.html");
    try (Browser browser = Browser.open()) {
      browser.show(page, 1000, 900, false);
      browser.picture(docs.resolve("report.png"), 0, 0, 1000, 760);
      browser.show(page, 1000, 900, true);
      browser.picture(docs.resolve("report-dark.png"), 0, top(browser, "trade-off"), 1000, 700);
      browser.show(page, 400, 800, false);
      browser.picture(docs.resolve("report-phone.png"), 0, top(browser, "methods"), 400, 800);
    }
    List<String> lines = Files.readAllLines(from.resolve("terminal.txt"));
    Files.writeString(docs.resolve("terminal.svg"), TerminalSvg.of(lines.getFirst(), lines.subList(1, lines.size())));
    for (String picture : List.of("report.png", "report-dark.png", "report-phone.png", "terminal.svg")) {
      assertThat(Files.size(docs.resolve(picture))).as(picture).isBetween(1000L, (long) LIMIT);
    }
  }

  private static int top(Browser browser, String section) {
    return ((Number) browser.run("return Math.round(document.getElementById(arguments[0]).getBoundingClientRect().top"
        + " + scrollY)", section)).intValue();
  }
}
