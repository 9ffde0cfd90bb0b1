package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code influence} from the command line to its file, with little training. */
class InfluenceCommandTests {
  private static final String SHORT = "influence --set model.epochs=3 ";

  @TempDir
  private Path directory;

  @Test
  void rowsAreRankedAndTrainingAgainConfirmsThem() {
    Path file = directory.resolve("rows.csv");
    Invocation influence = Invocation.line(SHORT + "--verify 20 --out " + file);
    assertThat(influence.code()).as(influence.err()).isZero();
    assertThat(influence.err()).isEmpty();
    assertThat(influence.out()).contains("soft equal_opportunity gap of the test rows", "The top ", "top 20",
        "random 20",
        "the ranking holds", "Rows: " + file);
    assertThat(influence.out().lines()).allMatch(line -> line.length() <= 80 || line.startsWith("Rows: "));
    List<String> lines = Invocation.read(file).lines().toList();
    assertThat(lines).hasSize(2001);
    assertThat(lines.getFirst()).isEqualTo("row,label,group,influence");
    double[] influences = lines.stream().skip(1).mapToDouble(line -> Double.parseDouble(line.split(",")[3])).toArray();
    double[] sorted = influences.clone();
    Arrays.sort(sorted);
    assertThat(influences[0]).isEqualTo(sorted[1999]).isPositive();
    assertThat(influences[1999]).isEqualTo(sorted[0]).isNegative();
    assertThat(lines.stream().skip(1).map(line -> Integer.parseInt(line.split(",")[0])).sorted().distinct())
        .as("the first 2,000 rows train").hasSize(2000).contains(1, 2000);
  }

  @Test
  void aReportHasFiguresAndTables() {
    Path report = directory.resolve("report");
    Invocation influence = Invocation.line(SHORT + "--verify 8 --out " + directory.resolve("rows.csv") + " --report "
        + report);
    assertThat(influence.code()).as(influence.err()).isZero();
    assertThat(influence.out()).contains("Report: " + report.resolve("report.html"));
    assertThat(Invocation.read(report.resolve("report.html"))).contains("Which training rows raise the soft"
        + " equal_opportunity gap", "the ranking holds", "random 8");
    assertThat(Invocation.read(report.resolve("figures/leaving-out.svg"))).startsWith("<?xml")
        .contains("trained again");
    List<String> rows = Invocation.read(report.resolve("tables/rows.csv")).lines().toList();
    assertThat(rows).hasSize(51);
    List<String> all = Invocation.read(directory.resolve("rows.csv")).lines().toList();
    assertThat(rows.subList(0, 6)).isEqualTo(all.subList(0, 6)); // the same rows in the same order
  }

  @Test
  void theJsonHasWhatIsPrinted() {
    JsonNode json = Invocation.line(SHORT + "--measure counterfactual_bias --verify 8 --top 3 --json -").json();
    assertThat(json.at("/data/train").asInt()).isEqualTo(2000);
    assertThat(json.at("/measure/name").asText()).isEqualTo("counterfactual_bias");
    assertThat(json.at("/measure/value").asDouble()).isBetween(0.0, 1.0);
    assertThat(json.get("top")).hasSize(3);
    assertThat(json.at("/top/0/influence").asDouble()).isGreaterThanOrEqualTo(json.at("/top/1/influence").asDouble());
    assertThat(json.get("cells")).hasSize(4);
    double all = StreamSupport.stream(json.get("cells").spliterator(), false)
        .mapToInt(cell -> cell.get("rows").asInt()).sum();
    assertThat(all).isEqualTo(2000);
    JsonNode verify = json.get("verify");
    assertThat(verify.get("sets")).hasSize(12);
    assertThat(verify.at("/sets/0/left_out").asText()).isEqualTo("top 8");
    assertThat(verify.at("/sets/11/left_out").asText()).isEqualTo("random 8");
    assertThat(verify.get("rank_correlation").asDouble()).isGreaterThan(0.9);
    assertThat(verify.get("trustworthy").asBoolean()).isTrue();
    assertThat(verify.at("/sets/0/retrained").asDouble()).isNegative();
  }

  @Test
  void sameSeedGivesTheSameRowsWhateverTheThreads() {
    String line = SHORT + "--model mlp:8 --device cpu --json - --threads ";
    assertThat(Invocation.line(line + 1).json()).isEqualTo(Invocation.line(line + 2).json());
  }

  /** Rows keep their numbers in the file, whichever train. */
  @Test
  void aFileOfOnesOwnIsRanked() {
    Path file = directory.resolve("rows.csv");
    Invocation influence = Invocation.of("influence", "--csv", Invocation.people(directory).toString(), "--label",
        "hired", "--sensitive", "sex", "--drop", "id", "--target", "demographic_parity", "--set", "model.batch=10",
        "--out", file.toString());
    assertThat(influence.code()).as(influence.err()).isZero();
    assertThat(Files.exists(file)).isTrue();
    List<String> lines = Invocation.read(file).lines().toList();
    assertThat(lines).hasSize(49);
    for (String line : lines.subList(1, 49)) { // row i, from 1, is of a man if i is odd
      String[] cells = line.split(",");
      assertThat(cells[2]).isEqualTo(Integer.parseInt(cells[0]) % 2 == 1 ? "M" : "F");
    }
  }

  @Test
  void wrongUsageIsOneLine() {
    for (String[] wrong : new String[][]{{"--measure speed", "--measure speed is unknown; choose gap or"},
        {"--lambda 0", "--lambda must be above 0, got 0.0"}, {"--verify 0", "--verify must be at least 1, got 0"},
        {"--top -1", "--top must be at least 0, got -1"},
        {"--verify 2000", "--verify 2000 of 2000 training rows leaves none; give fewer"}}) {
      Invocation influence = Invocation.line(SHORT + "--json - " + wrong[0]);
      assertThat(influence.code()).as(wrong[0]).isEqualTo(2);
      assertThat(influence.err().lines()).singleElement().asString().contains(wrong[1]);
    }
    Invocation blind = Invocation.line(SHORT + "--json - --measure counterfactual_bias --sensitive-inputs no");
    assertThat(blind.code()).isEqualTo(1);
    assertThat(blind.err()).contains("a counterfactual row is the same row; use --sensitive-inputs yes");
  }
}
