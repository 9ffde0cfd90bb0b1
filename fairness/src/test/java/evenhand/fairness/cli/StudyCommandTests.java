package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.data.DataFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
          "study.json", "summary.csv");
    }
    assertThat(Invocation.read(out().resolve("study.json")))
        .isEqualTo(Invocation.read(directory.resolve("deep/study.json")));
    assertThat(Invocation.read(out().resolve("summary.csv"))).startsWith("method,metric,mean,sd,seeds")
        .contains("\nerm,accuracy,");
    String page = Invocation.read(out().resolve("report.html"));
    assertThat(page).contains("<svg", "<caption>", "scope=\"row\"", "prefers-color-scheme: dark",
        "--sensitive sex --drop id", "evenhand");
    assertThat(page).doesNotContain("http:", "https:", "<script", "<link", "src=");
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
}
