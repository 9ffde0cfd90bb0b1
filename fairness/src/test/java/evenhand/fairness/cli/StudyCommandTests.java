package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.data.DataFiles;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.study.StudyResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code study} from the command line to its files, with little training. */
class StudyCommandTests {
  /** The names of contract 3. */
  private static final List<String> METRICS = List.of("accuracy", "balanced_accuracy", "roc_auc", "average_precision",
      "worst_group_accuracy", "demographic_parity_difference", "demographic_parity_ratio",
      "equal_opportunity_difference", "equalized_odds_difference", "equalized_odds_mean",
      "group_to_overall_demographic_parity", "group_to_overall_equal_opportunity", "group_to_overall_equalized_odds",
      "soft_demographic_parity_difference", "soft_equalized_odds_sum", "counterfactual_bias", "parameter_parity");

  @TempDir
  private Path directory;

  private Path out() {
    return directory.resolve("report");
  }

  @Test
  void jsonOnStandardOutputIsTheContractsAndNothingElse() {
    Invocation study = Invocation
        .line("study --set model.epochs=2 --seeds 2 --seed 5 --methods erm,fairbatch --json -");
    assertThat(study.code()).as(study.err()).isZero();
    assertThat(study.err()).isEmpty();
    JsonNode json = study.json();
    assertThat(json.at("/data/name").asText()).isEqualTo("synthetic");
    assertThat(json.at("/data/rows").asInt()).isEqualTo(3000);
    assertThat(json.at("/data/features").asInt()).isEqualTo(3);
    assertThat(json.at("/data/label").asText()).isEqualTo("y");
    assertThat(json.at("/data/sensitive").toString()).isEqualTo("[\"z\"]");
    assertThat(json.at("/target").asText()).isEqualTo("equal_opportunity");
    assertThat(json.at("/device").asText()).isNotEmpty();
    List<String> runs = new ArrayList<>();
    json.get("results").forEach(run -> runs.add(run.get("method").asText() + " " + run.get("seed").asLong()));
    assertThat(runs).containsExactly("erm 5", "fairbatch 5", "erm 6", "fairbatch 6");
    for (JsonNode run : json.get("results")) {
      assertThat(run.at("/seconds/fit").isNumber()).isTrue();
      assertThat(run.at("/seconds/predict").isNumber()).isTrue();
      assertThat(run.get("metrics").fieldNames()).toIterable().containsExactlyElementsOf(METRICS);
      for (JsonNode metric : run.get("metrics")) {
        assertThat(metric.fieldNames()).toIterable().containsExactly("value", "low", "high", "undetermined");
        assertThat(metric.get("value").isNumber()).isEqualTo(metric.get("undetermined").isNull());
      }
      JsonNode accuracy = run.at("/metrics/accuracy");
      assertThat(accuracy.get("value").asDouble())
          .isBetween(accuracy.get("low").asDouble(), accuracy.get("high").asDouble());
    }
    assertThat(json.get("summary")).hasSize(2);
    double mean = (json.at("/results/0/metrics/accuracy/value").asDouble()
        + json.at("/results/2/metrics/accuracy/value").asDouble()) / 2;
    assertThat(json.at("/summary/0/metrics/accuracy/mean").asDouble()).isEqualTo(mean);
    assertThat(json.at("/summary/0/metrics/accuracy/sd").isNumber()).isTrue();
  }

  @Test
  void sameSeedGivesTheSameNumbersWhateverTheThreads() {
    String line = "study --set model.epochs=2 --seeds 1 --model mlp:8 --device cpu --json - --threads ";
    JsonNode one = Invocation.line(line + 1).json();
    JsonNode two = Invocation.line(line + 2).json();
    assertThat(withoutSeconds(one)).isEqualTo(withoutSeconds(two));
    assertThat(one.get("results")).hasSizeGreaterThanOrEqualTo(4);
  }

  private static JsonNode withoutSeconds(JsonNode study) {
    study.get("results").forEach(run -> ((ObjectNode) run).remove("seconds"));
    return study;
  }

  @Test
  void aCellWithoutRowsIsNullWithAReason() {
    StringBuilder text = new StringBuilder("x,g,y\n");
    for (int row = 0; row < 40; row++) {
      text.append(row).append(row % 2 == 0 ? ",a," : ",b,").append(row % 2 == 0 && row % 4 == 0 ? "1" : "0")
          .append('\n');
    }
    Path csv = Invocation.write(directory.resolve("cells.csv"), text.toString()); // no row with g=b, y=1
    Invocation study = Invocation.of("study", "--csv", csv, "--label", "y", "--sensitive", "g", "--methods", "erm",
        "--seeds", "1", "--set", "model.epochs=1", "--json", "-");
    assertThat(study.code()).as(study.err()).isZero();
    JsonNode gap = study.json().at("/results/0/metrics/equal_opportunity_difference");
    assertThat(gap.get("value").isNull()).isTrue();
    assertThat(gap.get("low").isNull()).isTrue();
    assertThat(gap.get("undetermined").asText()).contains("label=1", "b 0");
    assertThat(study.json().at("/summary/0/metrics").has("equal_opportunity_difference")).isFalse();

    Invocation shown = Invocation.of("study", "--csv", csv, "--label", "y", "--sensitive", "g", "--methods", "erm",
        "--seeds", "1", "--set", "model.epochs=1", "--out", out());
    assertThat(shown.out()).contains("undetermined", "Undetermined:", "1 of 1 runs");
    assertThat(Invocation.read(out().resolve("report.html"))).contains("undetermined", "b 0");
  }

  @Test
  void aCsvStudyPrintsATableWithin80ColumnsAndWritesTheReport() throws IOException {
    Invocation study = Invocation.of("study", "--csv", Invocation.people(directory), "--label", "hired", "--sensitive",
        "sex", "--drop", "id", "--seeds", "2", "--set", "model.epochs=3", "--out", out(), "--json",
        directory.resolve("deep/study.json"));
    assertThat(study.code()).as(study.err()).isZero();
    assertThat(study.err()).isEmpty();
    assertThat(study.out()).contains("people.csv: 60 rows, 1 inputs", "erm", "fairbatch", "reweighing", "+-",
        "equal_opportunity_difference", "Report: " + out().resolve("report.html"));
    assertThat(study.out().lines().filter(line -> !line.startsWith("Report:"))).allMatch(line -> line.length() <= 80);
    try (var files = Files.list(out())) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("report.html",
          "study.json", "study.yaml", "summary.csv", "figures", "tables");
    }
    assertThat(Invocation.read(out().resolve("study.json")))
        .isEqualTo(Invocation.read(directory.resolve("deep/study.json")));
    assertThat(Invocation.read(out().resolve("summary.csv"))).startsWith("method,metric,mean,sd,seeds")
        .contains("\nerm,accuracy,");
    String page = Invocation.read(out().resolve("report.html"));
    assertThat(page).contains("<svg", "<table", "scope=\"row\"", "prefers-color-scheme: dark",
        "--sensitive sex --drop id", "evenhand");
    assertThat(page.substring(0, page.indexOf("<script"))).doesNotContain("http:", "https:", "<link", "src=");
  }

  @Test
  void oneSeedShowsIntervalsAndSaysThatItIsOneSeed() {
    Invocation study = Invocation.of("study", "--seeds", "1", "--set", "model.epochs=1", "--out", out());
    assertThat(study.out()).contains("95% bootstrap intervals", "One seed says little")
        .containsPattern("\\[0\\.\\d{3}, ");
    assertThat(study.out().lines().filter(line -> !line.startsWith("Report:"))).allMatch(line -> line.length() <= 80);
  }

  @Test
  void settingsGoBeforeTheCardAndTheCardBeforeTheDefaults() {
    JsonNode settings = Invocation
        .line("study --methods fairbatch --seeds 1 --set model.epochs=2 --set fairbatch.ties=parity --json -").json()
        .at("/results/0/settings");
    assertThat(settings.get("model.epochs").asText()).isEqualTo("2"); // said here; the card has 300
    assertThat(settings.get("model.logit-scale").asText()).isEqualTo("2.0"); // the card's; the default is 1
    assertThat(settings.get("model.optimizer").asText()).isEqualTo("adam"); // the default
    assertThat(settings.get("fairbatch.ties").asText()).isEqualTo("parity");
  }

  @Test
  void aSeparateFileOfTestRowsIsMeasuredOn() {
    Path train = Invocation.people(directory);
    Path test = Invocation.write(directory.resolve("test.csv"), """
        id,age,sex,hired
        a,25,M,no
        b,50,M,yes
        c,25,F,no
        d,50,F,yes
        """);
    Invocation study = Invocation.of("study", "--csv", train, "--test-csv", test, "--label", "hired", "--sensitive",
        "sex", "--drop", "id", "--methods", "erm", "--seeds", "1", "--set", "model.epochs=200", "--set",
        "model.learning-rate=0.1", "--json", "-");
    assertThat(study.code()).as(study.err()).isZero();
    assertThat(study.json().at("/data/rows").asInt()).isEqualTo(64);
    assertThat(study.json().at("/results/0/metrics/accuracy/value").asDouble()).isEqualTo(1);
  }

  @Test
  void sensitiveInputsAddColumns() {
    Object[] line = {"study", "--csv", Invocation.people(directory), "--label", "hired", "--sensitive", "sex", "--drop",
        "id", "--methods", "erm", "--seeds", "1", "--set", "model.epochs=1", "--json", "-", "--sensitive-inputs", "no"};
    assertThat(Invocation.of(line).json().at("/data/features").asInt()).isEqualTo(1); // age
    line[line.length - 1] = "yes";
    assertThat(Invocation.of(line).json().at("/data/features").asInt()).isEqualTo(3); // and sex=F, sex=M
  }

  /** Few images and epochs; full figures take minutes. */
  @Test
  void imagesOfTenLabelsGoThroughTheMethodsThatTakeThem() {
    String data = System.getenv(DataFiles.VARIABLE);
    Assumptions.assumeTrue(data != null && Files.isDirectory(Path.of(data, "mnist")),
        DataFiles.VARIABLE + " names no directory with mnist; set it to run this test");
    String line = "study --data colored-mnist --seeds 1 --set data.train=2000 --set data.external=500"
        + " --set data.test=1000 --set model.epochs=2 --set model.batch=40 ";
    Invocation study = Invocation.line(line + "--methods all --out " + out());
    assertThat(study.code()).as(study.err()).isZero();
    assertThat(study.out()).contains("2352 inputs, label digit, groups by colour; target", "erm",
        "reweighing", "fairbatch was left out: it needs two labels, and these data have 10");
    JsonNode json = Invocation.json(Invocation.read(out().resolve("study.json")));
    JsonNode erm = json.at("/results/0");
    assertThat(erm.at("/metrics").fieldNames()).toIterable().containsExactlyElementsOf(METRICS);
    assertThat(erm.at("/metrics/accuracy/value").asDouble()).isBetween(0.11, 0.6); // .1 is guessing
    assertThat(erm.at("/metrics/counterfactual_bias/value").asDouble()).isBetween(0.2, 0.9);
    assertThat(erm.at("/settings/data.train").asText()).isEqualTo("2000");
    Invocation refused = Invocation.line(line + "--methods erm,fairbatch --out " + out());
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("method fairbatch cannot be used on colored-mnist: it needs two labels")
        .hasLineCount(1);
  }

  private static JsonNode bare(JsonNode study) {
    study.findParents("seconds").forEach(run -> ((ObjectNode) run).remove("seconds"));
    return study;
  }

  @Test
  void sweepAndAblationsAreCompared() {
    Invocation study = Invocation.line("study --methods erm,fairbatch --seeds 2 --set model.epochs=2 --sweep"
        + " --grid fairbatch.alpha=0.001,0.1 --ablations --json " + directory.resolve("s.json") + " --out " + out());
    assertThat(study.code()).as(study.err()).isZero();
    assertThat(study.out()).contains("Smallest gap over the strengths", "-0.050", "fairbatch, no share updates",
        "Against erm, seed by seed");
    assertThat(study.out().lines().filter(line -> !line.startsWith("Report:"))).allMatch(line -> line.length() <= 80);
    JsonNode json = Invocation.json(Invocation.read(directory.resolve("s.json")));
    assertThat(json.get("results")).hasSize(4);
    assertThat(json.at("/sweep/results").findValuesAsText("variant")).containsExactly("alpha=0.001", "alpha=0.1",
        "alpha=0.001", "alpha=0.1");
    assertThat(json.at("/sweep/results/1/settings/fairbatch.alpha").asText()).isEqualTo("0.1");
    assertThat(json.at("/ablations/comparisons")).hasSize(3);
    assertThat(json.at("/comparisons/0/differences/equal_opportunity_difference/low").isNumber()).isTrue();
  }

  /** The table, not the words of paths and reports, in 60 columns. */
  @Test
  void tablesFitANarrowTerminal() {
    StudyResult.Data data = new StudyResult.Data("toy", 10, 2, "y", 2, List.of("g"));
    List<StudyResult.Run> runs = new ArrayList<>();
    for (String method : List.of("erm", "decision-rationale-alignment")) {
      for (long seed = 0; seed < 2; seed++) {
        runs.add(new StudyResult.Run(method, seed, Map.of("accuracy", Measured.of(0.8), "equal_opportunity_difference",
            Measured.of(0.1 + 0.1 * seed), "group_to_overall_equal_opportunity", Measured.of(0.05)), 1, 1, List.of(),
            Map.of()));
      }
    }
    StudyResult result = new StudyResult(data, "equal_opportunity", "cpu", "logistic", List.of(), runs);
    for (int width : new int[]{44, 60, 80, 120}) {
      assertThat(StudyTable.lines(result, width)).allMatch(line -> line.length() <= width);
    }
    assertThat(StudyTable.lines(result, 60)).filteredOn(line -> line.startsWith("erm ")).hasSize(2);
    assertThat(StudyTable.lines(result, 80)).filteredOn(line -> line.startsWith("erm ")).hasSize(1);
  }

  /** From the file that a study leaves, the same study again; and from properties, with the command line going first. */
  @Test
  void aStudyIsRepeatedFromItsFile() {
    Path csv = Invocation.people(directory);
    Invocation first = Invocation.of("study", "--csv", csv, "--label", "hired", "--sensitive", "sex", "--drop", "id",
        "--methods", "erm,fairbatch", "--seeds", "2", "--seed", "3", "--set", "model.epochs=3", "--set",
        "fairbatch.alpha=0.02", "--target", "demographic-parity", "--model", "mlp:4", "--sweep", "--grid",
        "fairbatch.alpha=0.1,0.3", "--out", out());
    assertThat(first.code()).as(first.err()).isZero();
    Path again = directory.resolve("again");
    Invocation second = Invocation.of("study", "--config", out().resolve("study.yaml"), "--out", again);
    assertThat(second.code()).as(second.err()).isZero();
    JsonNode expected = bare(Invocation.json(Invocation.read(out().resolve("study.json"))));
    assertThat(bare(Invocation.json(Invocation.read(again.resolve("study.json"))))).isEqualTo(expected);
    assertThat(Invocation.read(again.resolve("study.yaml"))).isEqualTo(Invocation.read(out().resolve("study.yaml")));
    assertThat(expected.get("results")).hasSize(4);

    Path properties = Invocation.write(directory.resolve("study.properties"), """
        csv=people.csv
        label=hired
        sensitive=sex
        drop=id
        methods=erm,fairbatch
        seeds=7
        model.epochs=3
        fairbatch.alpha=0.9
        set.fairbatch.decay=0.5
        sweep=false
        """);
    JsonNode json = Invocation.of("study", "--seeds", "1", "--config=" + properties, "--set", "fairbatch.alpha=0.02",
        "--json", "-").json();
    assertThat(json.get("results")).hasSize(2);
    assertThat(json.at("/results/1/settings/fairbatch.alpha").asText()).isEqualTo("0.02");
    assertThat(json.at("/results/1/settings/fairbatch.decay").asText()).isEqualTo("0.5");
    assertThat(json.has("sweep")).isFalse();
  }

  @Test
  void jobsChangeNothing() {
    String line = "study --seeds 2 --methods erm,fairbatch,fast-model-debias,rule-eraser --set model.epochs=2"
        + " --sensitive-inputs yes --json - --device cpu ";
    JsonNode one = bare(Invocation.line(line + "--jobs 1 --threads 2").json());
    assertThat(bare(Invocation.line(line + "--jobs 3 --threads 3").json())).isEqualTo(one);
    assertThat(bare(Invocation.line(line + "--threads 2").json())).isEqualTo(one);
  }

  @Test
  void quietPrintsNothingAndWritesAll() {
    Invocation study = Invocation.of("study", "--quiet", "--seeds", "1", "--methods", "erm", "--set", "model.epochs=1",
        "--out", out());
    assertThat(study.code()).isZero();
    assertThat(study.out() + study.err()).isEmpty();
    assertThat(out().resolve("report.html")).exists();
    assertThat(Invocation.line("study --quiet --seeds none").err()).hasLineCount(1);
  }
}
