package evenhand.fairness.report;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.fairness.study.StudyResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports opened in a browser: drawn without an error, readable by all, wide and narrow, light and dark. */
class ReportBrowserTests {
  private static final int LIMIT = 3_000_000; // bytes
  private static Browser browser;
  private static String axe;

  @TempDir
  private Path directory;

  @BeforeAll
  static void open() throws IOException {
    browser = Browser.open();
    try (InputStream in = ReportBrowserTests.class
        .getResourceAsStream("/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js")) {
      axe = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  private Path page(StudyResult result) throws IOException {
    Path page = new StudyReport(result, "evenhand study --data '" + SampleResults.HOSTILE + "'", "version")
        .write(directory);
    assertThat(Files.size(page)).isLessThan(LIMIT);
    return page;
  }

  /** Shows a page and checks what holds for every page. */
  private void check(Path page, int width, boolean dark) {
    browser.show(page, width, 900, dark);
    assertThat(browser.console()).as("console").isEmpty();
    assertThat((List<?>) browser.run("""
        return [...document.querySelectorAll('.chart')].filter(box => {
          const marks = box.querySelectorAll('svg path, svg polyline').length;
          return marks < 3 || box.getBoundingClientRect().width < 100;
        }).map(box => box.dataset.figure)""")).as("charts that are not drawn").isEmpty();
    assertThat(browser.run("return document.documentElement.scrollWidth <= window.innerWidth"))
        .as("the page fits %d pixels", width).isEqualTo(true);
  }

  private void checkRules() {
    browser.run(axe);
    assertThat((List<?>) browser.await("""
        const done = arguments[arguments.length - 1];
        axe.run({resultTypes: ['violations']}).then(result => done(result.violations.map(each => each.id + ': '
          + each.nodes.slice(0, 3).map(node => node.html.slice(0, 200) + ' ' + node.failureSummary).join(' | '))))"""))
        .as("accessibility").isEmpty();
  }

  @Test
  void aStudyIsDrawnWideAndNarrowLightAndDark() throws IOException {
    Path page = page(SampleResults.swept(3));
    for (boolean dark : new boolean[]{false, true}) {
      for (int width : new int[]{1400, 400}) {
        check(page, width, dark);
        if (width == 400 && dark) { // in light the other pages are checked
          checkRules();
        }
      }
    }
    Object background = browser.run("return getComputedStyle(document.body).backgroundColor");
    assertThat(background).as("dark").isEqualTo("rgb(20, 23, 26)");
  }

  @Test
  void imagesAndLanguageModelsAreDrawn() throws IOException {
    check(page(SampleResults.images()), 1400, false);
    check(page(SampleResults.language()), 1400, false);
    assertThat(browser.run("return document.querySelectorAll('.chart[data-figure=encodings] svg').length"))
        .isEqualTo(1L);
    checkRules();
  }

  @Test
  void aClickSortsAColumn() throws IOException {
    check(page(SampleResults.table(3)), 1400, false);
    Object sorted = browser.run("""
        const table = document.querySelector('#methods table');
        table.querySelectorAll('thead button')[2].click();
        const values = [...table.tBodies[0].rows].map(row => +row.cells[2].dataset.v);
        return table.tHead.rows[0].cells[2].getAttribute('aria-sort') + ' '
          + values.every((value, i) => i === 0 || values[i - 1] <= value) + ' ' + values.length""");
    assertThat(sorted).isEqualTo("ascending true 6");
  }

  @Test
  void namesInTheDataAreTextAndNothingElse() throws IOException {
    check(page(SampleResults.hostile()), 1400, false);
    assertThat(browser.run("return document.title")).asString().contains("</script><script>").isNotEqualTo("owned");
    assertThat(browser.run("return document.querySelectorAll('img').length + ' ' + document.scripts.length"))
        .isEqualTo("0 3");
    checkRules();
  }

  @Test
  void onPaperTheDrawingsAreShown() throws IOException {
    browser.show(page(SampleResults.table(1)), 800, 900, false);
    browser.media("print", false);
    assertThat(browser.run("""
        const shown = selector => [...document.querySelectorAll(selector)]
          .filter(each => getComputedStyle(each).display !== 'none').length;
        return shown('.chart') + ' ' + (shown('.drawing') === document.querySelectorAll('.chart').length)"""))
        .isEqualTo("0 true");
  }
}
