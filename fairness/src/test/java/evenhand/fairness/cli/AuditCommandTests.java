package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code audit} on eight rows counted by hand. */
class AuditCommandTests {
  @TempDir
  private Path directory;

  private Path csv;

  /**
   * Group a: labels 1 1 0 0, predictions 1 1 1 0: TPR 1, FPR 1/2, selected 3/4, PPV 2/3, right 3/4. Group b: labels 1 1
   * 0 0, predictions 1 0 0 0: TPR 1/2, FPR 0, selected 1/4, PPV 1, right 3/4. Column note is not needed, so its odd
   * cell does not matter.
   */
  @BeforeEach
  void rows() {
    csv = Invocation.write(directory.resolve("said.csv"), """
        y,p,said,g,note
        good,0.9,good,a,1
        good,0.8,good,a,2
        bad,0.7,good,a,3
        bad,0.1,bad,a,four
        good,0.6,good,b,5
        good,0.4,bad,b,6
        bad,0.3,bad,b,7
        bad,0.2,bad,b,8
        """);
  }

  @Test
  void scoresAreCutAtOneHalf() {
    Invocation audit = Invocation.of("audit", csv, "--label", "y", "--positive", "good", "--score", "p", "--sensitive",
        "g", "--json", "-");
    assertThat(audit.code()).as(audit.err()).isZero();
    JsonNode json = audit.json();
    assertThat(value(json, "accuracy")).isEqualTo(0.75);
    assertThat(value(json, "demographic_parity_difference")).isEqualTo(0.5);
    assertThat(value(json, "equal_opportunity_difference")).isEqualTo(0.5);
    assertThat(value(json, "equalized_odds_difference")).isEqualTo(0.5);
    assertThat(value(json, "group_to_overall_equal_opportunity")).isEqualTo(0.25); // overall TPR 3/4
    assertThat(value(json, "roc_auc")).isEqualTo(14 / 16.0); // 0.7 is above 0.6 and 0.4
    assertThat(json.get("groups")).hasSize(2);
    JsonNode a = json.at("/groups/0");
    assertThat(a.fieldNames()).toIterable().containsExactly("group", "count", "selection_rate", "tpr", "fpr", "ppv");
    assertThat(a.get("group").asText()).isEqualTo("a");
    assertThat(a.get("count").asInt()).isEqualTo(4);
    assertThat(a.get("selection_rate").asDouble()).isEqualTo(0.75);
    assertThat(a.get("ppv").asDouble()).isEqualTo(2 / 3.0);
    assertThat(json.at("/groups/1/fpr").asDouble()).isZero();
  }

  private static double value(JsonNode json, String metric) {
    return json.at("/metrics/" + metric + "/value").asDouble(-1);
  }

  @Test
  void predictionsNeedNoScores() {
    Invocation audit = Invocation.of("audit", csv, "--label", "y", "--positive", "good", "--prediction", "said",
        "--sensitive", "g", "--json", "-");
    assertThat(audit.code()).as(audit.err()).isZero();
    assertThat(value(audit.json(), "equal_opportunity_difference")).isEqualTo(0.5);
    JsonNode area = audit.json().at("/metrics/roc_auc");
    assertThat(area.get("value").isNull()).isTrue();
    assertThat(area.get("undetermined").asText()).contains("no scores");
  }

  @Test
  void theTableHasIntervalsGroupsAndWhatIsUndetermined() {
    Invocation audit = Invocation.of("audit", csv, "--label", "y", "--positive", "good", "--prediction", "said",
        "--sensitive", "g");
    assertThat(audit.out()).contains("said.csv: 8 rows", "95% interval", "accuracy", "0.750", "selection rate",
        "Undetermined:", "no scores were given");
    assertThat(audit.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void theSameSeedGivesTheSameIntervals() {
    Object[] line = {"audit", csv, "--label", "y", "--score", "p", "--sensitive", "g", "--json", "-", "--seed", "3"};
    assertThat(Invocation.of(line).out()).isEqualTo(Invocation.of(line).out());
  }
}
