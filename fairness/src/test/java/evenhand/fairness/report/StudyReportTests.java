package evenhand.fairness.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.report.Figure.Axis;
import evenhand.fairness.report.Figure.Point;
import evenhand.fairness.study.StudyResult;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is on a study's page and in the files beside it. */
class StudyReportTests {
  @TempDir
  private Path directory;

  private String page(StudyResult result) throws Exception {
    return Files.readString(new StudyReport(result, "evenhand study", "version 1").write(directory));
  }

  /** The page without the library and our script. */
  private static String markup(String page) {
    return page.substring(0, page.indexOf("<script>"));
  }

  @Test
  void thePageSaysWhatWasAskedWhatHelpedWhatItCostAndWhatIsOpen() throws Exception {
    String page = page(SampleResults.swept(3));
    assertThat(page).contains("What was asked",
        "rows with income = &gt;50K are recognised equally often in every group by"
            + " sex",
        "What helped, and what did not", "Smaller than plain training&#39;s on every seed", "What it cost",
        "keeps most accuracy", "What could not be determined", "roc_auc in 18 of 18 runs", "sex = Female",
        "Label 1, the positive one, is income = &gt;50K", "From 0 to 1, ideal 0.", "Seeds: 0, 1, 2.", "evenhand study",
        "version 1");
    assertThat(Stream.of("summary", "methods", "paired", "trade-off", "groups", "corrections", "training", "units",
        "numbers", "notes", "meanings", "settings", "repeat"))
        .allSatisfy(id -> assertThat(page).contains("<section id=\"" + id + "\"", "<a href=\"#" + id + "\">"));
    assertThat(markup(page)).as("nothing is loaded").doesNotContain("src=\"", "<link", "@import", "url(");
  }

  @Test
  void everyFigureAndTableIsAFileToo() throws Exception {
    StudyResult result = SampleResults.swept(2);
    Page page = new StudyReport(result, "evenhand study", "version 1").page();
    page(result);
    List<String> ids = page.figures().stream().map(Figure::id).toList();
    assertThat(ids).hasSizeGreaterThan(20).doesNotHaveDuplicates().contains("trade-off", "gap-by-method",
        "against-plain", "groups-tpr", "before-after-rule-eraser", "erm-loss", "erm-soft-gap",
        "fairbatch-share-of-the-batches-rows-with-label-1", "decision-rationale-alignment-parity-by-layer",
        "fair-mixup-held-out");
    for (Figure figure : page.figures()) {
      Path svg = directory.resolve("figures/" + figure.id() + ".svg");
      DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile()); // is well-formed
      assertThat(Files.readString(svg)).doesNotContain("NaN", "Infinity");
      assertThat(Files.readString(directory.resolve("figures/" + figure.id() + ".csv")).lines().count())
          .isGreaterThan(1);
    }
    for (DataTable table : page.tables()) {
      try (var records = CSVFormat.RFC4180.parse(Files.newBufferedReader(directory.resolve("tables/" + table.id()
          + ".csv")))) {
        List<CSVRecord> rows = records.getRecords();
        assertThat(rows).hasSize(table.rows().size() + 1)
            .allSatisfy(row -> assertThat(row.size()).isEqualTo(rows.getFirst().size()));
      }
    }
  }

  /** Hostile names are text in the markup, in the data for the script and in the drawings. */
  @Test
  void namesCannotBecomeMarkupOrScript() throws Exception {
    String page = page(SampleResults.hostile());
    assertThat(page.split("<script", -1).length - 1).as("the numbers, the library, our own").isEqualTo(3);
    assertThat(page.split("</script", -1).length - 1).isEqualTo(3);
    assertThat(markup(page).contains("<img")).isFalse();
    String json = page.substring(page.indexOf("id=\"figures\">") + 13);
    json = json.substring(0, json.indexOf("</script>"));
    assertThat(json).doesNotContain("<", ">", "&", "\u2028");
    JsonNode figures = new ObjectMapper().readTree(json);
    assertThat(figures.get("gap-by-method").get("rows").toString()).contains("document.title='owned'");
    assertThat(page.contains("script-src 'sha256-")).isTrue();
    for (String file : List.of("gap-by-method", "groups-tpr")) {
      var svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(
          Files.readAllBytes(directory.resolve("figures/" + file + ".svg"))));
      assertThat(svg.getElementsByTagName("script").getLength()).isZero();
    }
    assertThat(CSVFormat.RFC4180.parse(new StringReader(Files.readString(directory.resolve("tables/methods.csv"),
        StandardCharsets.UTF_8))).getRecords()).extracting(row -> row.get(0)).contains(SampleResults.HOSTILE);
  }

  @Test
  void aStrengthOnTheFrontIsNamed() {
    Page page = new StudyReport(SampleResults.swept(3), "evenhand study", "version 1").page();
    Figure figure = page.figures().stream().filter(each -> each.id().equals("trade-off")).findFirst().orElseThrow();
    assertThat(figure.series()).extracting(Figure.Series::name).contains("single seeds", "other strengths",
        "on the front", "plain training");
    assertThat(figure.table().rows()).extracting(row -> row.getFirst().text()).contains("fairbatch (lambda=0.4)",
        "erm", "erm, seed 0");
    assertThat(page.tables()).extracting(DataTable::id).contains("matched-accuracy", "ablations");
  }

  /** (.1, .8) is beaten by (.1, .9), (.3, .85) by both others. */
  @Test
  void theFrontHoldsWhatNothingBeatsInBoth() {
    assertThat(
        ParetoFront.of(List.of(Point.of(0.1, 0.8), Point.of(0.3, 0.85), Point.of(0.2, 0.95), Point.of(0.1, 0.9))))
        .containsExactly(Point.of(0.1, 0.9), Point.of(0.2, 0.95));
  }

  @Test
  void axesHaveRoundTicksThatHoldAllValues() {
    Axis axis = Axis.of("x", true, Stream.of(0.17, 0.43));
    assertThat(List.of(axis.from(), axis.to(), axis.step())).containsExactly(0.0, 0.5, 0.1);
    assertThat(axis.digits()).isEqualTo(1);
    assertThat(axis.ticks()).hasSize(6);
    for (double scale : new double[]{1e-5, 0.03, 1, 7, 1234}) {
      Axis any = Axis.of("x", false, Stream.of(-scale, 2.2 * scale));
      assertThat(any.from()).isLessThanOrEqualTo(-scale);
      assertThat(any.to()).isGreaterThanOrEqualTo(2.2 * scale);
      assertThat(any.ticks().length).isBetween(4, 10);
    }
    Axis one = Axis.of("x", false, Stream.of(0.5));
    assertThat(one.to()).isGreaterThan(one.from());
  }

  @Test
  void studiesOfImagesAndLanguageModelsHaveTheirOwnSections() {
    Page images = new StudyReport(SampleResults.images(), "study", "version").page();
    assertThat(images.sections()).extracting(Page.Section::id).contains("trade-off", "groups")
        .doesNotContain("language");
    Page language = new StudyReport(SampleResults.language(), "study", "version").page();
    assertThat(language.figures()).extracting(Figure::id).contains("probability-shifts", "encodings");
    assertThat(new HashSet<>(language.figures().stream().map(Figure::id).toList())).hasSameSizeAs(language.figures());
  }
}
