package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import evenhand.tensor.Rng;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code erase} on 400 rows whose model leans on the group: its logit is 2 sex + 1.5 skill + noise. */
class EraseCommandTests {
  @TempDir
  private Path directory;

  private Path csv;

  @BeforeEach
  void rows() {
    Rng rng = new Rng(2026).split("rows");
    StringBuilder text = new StringBuilder("skill,height,sex,hired,logit_no,logit_yes\n");
    for (int row = 0; row < 400; row++) {
      int b = row % 2;
      int y = rng.nextDouble() < 0.8 ? b : 1 - b;
      double skill = 2 * y - 1 + rng.nextGaussian();
      double height = 2 * b - 1 + 0.3 * rng.nextGaussian();
      text.append(String.format(Locale.ROOT, "%.4f,%.4f,%s,%s,0,%.4f%n", skill, height, b == 0 ? "F" : "M",
          y == 0 ? "no" : "yes", 2 * (2 * b - 1) + 1.5 * skill));
    }
    csv = Invocation.write(directory.resolve("rows.csv"), text.toString());
  }

  private Invocation fit(Object... more) {
    Object[] words = {"erase", "--logits", csv, "--label", "hired", "--sensitive", "sex"};
    Object[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return Invocation.of(all);
  }

  @Test
  void aPatchIsFittedKeptAppliedAndItsPredictionsAudited() {
    Path patch = directory.resolve("patch");
    Path first = directory.resolve("first.csv");
    Path second = directory.resolve("second.csv");
    Invocation fit = fit("--save", patch, "--out", first, "--hidden", "0");
    assertThat(fit.code()).as(fit.err()).isZero();
    assertThat(fit.out()).contains("rows.csv: 400 rows, classes no, yes, groups by sex", "asked about", "rule of group",
        "patch tried", "On 120 rows that the patch was not fitted on:", "worst_group_accuracy", "95% interval",
        "predictions are changed", "Patch: ");
    assertThat(fit.out().lines()).allMatch(line -> line.length() <= 80 || line.contains(directory.toString()));
    // new rows need neither label nor group
    Invocation apply = Invocation.of("erase", "--logits", csv, "--apply", patch, "--out", second);
    assertThat(apply.code()).as(apply.err()).isZero();
    List<String> fitted = Invocation.read(first).lines().toList();
    List<String> applied = Invocation.read(second).lines().toList();
    assertThat(fitted.getFirst()).isEqualTo("hired,sex,prediction,probability_no,probability_yes");
    assertThat(applied.getFirst()).isEqualTo("prediction,probability_no,probability_yes");
    assertThat(applied).hasSize(401);
    assertThat(fitted.get(17)).endsWith(applied.get(17));
    Invocation audit = Invocation.of("audit", first, "--label", "hired", "--prediction", "prediction", "--sensitive",
        "sex", "--json", "-");
    assertThat(audit.code()).as(audit.err()).isZero();
  }

  @Test
  void theGapFallsAndTheJsonSaysSo() {
    Invocation fit = fit("--json", "-", "--hidden", "0");
    assertThat(fit.code()).as(fit.err()).isZero();
    JsonNode json = fit.json();
    double before = json.at("/before/equalized_odds_mean/value").asDouble();
    double after = json.at("/after/equalized_odds_mean/value").asDouble();
    assertThat(after).isLessThan(before - 0.1);
    assertThat(json.at("/rule/F/0").asDouble() + json.at("/rule/F/1").asDouble()).isCloseTo(1, within(1e-9));
    assertThat(json.at("/rule/F/0").asDouble()).isGreaterThan(0.6);
    assertThat(json.at("/measured_rows").asInt()).isEqualTo(120);
    assertThat(json.get("patches")).hasSize(4); // soft, squares, reader, constant
    assertThat(json.get("estimators")).hasSize(4);
    assertThat(fit(new Object[]{"--json", "-", "--hidden", "0"}).out()).isEqualTo(fit.out());
  }

  @Test
  void aTableNeedsTheGroupAgain() {
    Path patch = directory.resolve("patch");
    assertThat(fit("--patch", "table", "--save", patch).code()).isZero();
    Invocation without = Invocation.of("erase", "--logits", csv, "--apply", patch);
    assertThat(without.code()).isEqualTo(1);
    assertThat(without.err()).contains("the patch is a table, which needs each row's group; give --sensitive sex");
    Invocation with = Invocation.of("erase", "--logits", csv, "--apply", patch, "--sensitive", "sex", "--label",
        "hired");
    assertThat(with.code()).as(with.err()).isZero();
    assertThat(with.out()).contains("On 400 rows:");
  }

  @Test
  void oneColumnOfProbabilitiesWillDo() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(csv)) {
      String[] cells = line.split(",");
      text.append(String.join(",", cells[0], cells[1], cells[2], cells[3])).append(',');
      text.append(cells[5].equals("logit_yes") ? "score"
          : Double.toString(1 / (1 + Math.exp(-Double.parseDouble(cells[5]))))).append('\n');
    }
    Path scores = Invocation.write(directory.resolve("scores.csv"), text.toString());
    Object[] common = {"--label", "hired", "--sensitive", "sex", "--estimator", "cells", "--patch", "table", "--json",
        "-"};
    Object[] words = {"erase", "--logits", scores, "--outputs", "score"};
    Object[] all = Arrays.copyOf(words, words.length + common.length);
    System.arraycopy(common, 0, all, words.length, common.length);
    Invocation one = Invocation.of(all);
    assertThat(one.code()).as(one.err()).isZero();
    Invocation two = fit("--estimator", "cells", "--patch", "table", "--json", "-");
    assertThat(one.json().at("/rule/F/0").asDouble()).isCloseTo(two.json().at("/rule/F/0").asDouble(), within(1e-6));
  }

  @Test
  void whatCannotBeIsOneLine() {
    assertFails(2, "erase needs the model's outputs: --logits FILE, or --onnx FILE", "erase", "--sensitive", "sex");
    assertFails(2, "--onnx FILE and --csv FILE go together", "erase", "--onnx", csv, "--sensitive", "sex");
    assertFails(2, "erase needs --sensitive", "erase", "--logits", csv);
    assertFails(2, "estimator magic is unknown; choose one of auto, arithmetic", "erase", "--logits", csv, "--label",
        "hired", "--sensitive", "sex", "--estimator", "magic");
    assertFails(2, "--kind guesses is unknown", "erase", "--logits", csv, "--sensitive", "sex", "--kind", "guesses");
    assertFails(2, "--prior maybe=.5 does not name a class", "erase", "--logits", csv, "--label", "hired",
        "--sensitive", "sex", "--prior", "maybe=.5");
    assertFails(1, "there is no column 'sexx'; did you mean 'sex'?", "erase", "--logits", csv, "--sensitive", "sexx");
    assertFails(1, "column hired has texts, hard labels; a rule is subtracted from logits", "erase", "--logits", csv,
        "--sensitive", "sex", "--outputs", "hired", "--classes", "no,yes");
    assertFails(1, "the model has 2 classes, and 3 are known (a, b, c)", "erase", "--logits", csv, "--sensitive", "sex",
        "--classes", "a,b,c");
    assertFails(1, "label hired of row 1 is", "erase", "--logits", csv, "--sensitive", "sex", "--label", "hired",
        "--classes", "good,bad");
    assertFails(1, "there is no such file; give a directory that erase --save wrote", "erase", "--logits", csv,
        "--apply", directory.resolve("nothing"));
    assertFails(1, "no column is left for the patch to read", "erase", "--logits", csv, "--sensitive", "sex", "--drop",
        "skill,height,hired");
  }

  @Test
  void aDamagedPatchIsRefusedInOneLine() throws IOException {
    Path patch = directory.resolve("patch");
    assertThat(fit("--save", patch, "--hidden", "0").code()).isZero();
    Path tensors = patch.resolve("patch.safetensors");
    Files.write(tensors, Arrays.copyOf(Files.readAllBytes(tensors), 100));
    assertFails(1, "patch.safetensors: ", "erase", "--logits", csv, "--apply", patch);
    Invocation.write(patch.resolve("card.json"), Invocation.read(patch.resolve("card.json")).substring(0, 99));
    assertFails(1, "card.json: it is not whole JSON, line ", "erase", "--logits", csv, "--apply", patch);
  }

  private static void assertFails(int code, String message, Object... words) {
    Invocation failed = Invocation.of(words);
    assertThat(failed.err()).contains(message).doesNotContain("fault of evenhand");
    assertThat(failed.err().lines()).hasSize(1);
    assertThat(failed.code()).isEqualTo(code);
  }

  @Test
  void hardLabelsInNumbersAreRefused() {
    Path hard = Invocation.write(directory.resolve("hard.csv"), "z,x,logit_0,logit_1\na,1,1,0\nb,2,0,1\na,3,1,0\n");
    assertFails(1, "every answer is a hard label, 1 for one class and 0 for all others", "erase", "--logits", hard,
        "--sensitive", "z");
  }

  /** Columns of the new file in another order, and more of them, make no difference. */
  @Test
  void columnsAreFoundByName() throws IOException {
    Path patch = directory.resolve("patch");
    assertThat(fit("--save", patch, "--hidden", "0").code()).isZero();
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(csv)) {
      String[] cells = line.split(",");
      text.append(String.join(",", cells[5], cells[4], cells[1], "more", cells[0])).append('\n');
    }
    Path other = Invocation.write(directory.resolve("other.csv"), text.toString());
    Invocation wrong = Invocation.of("erase", "--logits", other, "--apply", patch);
    assertThat(wrong.err()).contains("the outputs are of the classes yes, no, the patch is for no, yes");
    Invocation right = Invocation.of("erase", "--logits", other, "--apply", patch, "--outputs", "logit_no,logit_yes",
        "--out", directory.resolve("a.csv"));
    assertThat(right.code()).as(right.err()).isZero();
    Invocation.of("erase", "--logits", csv, "--apply", patch, "--out", directory.resolve("b.csv"));
    assertThat(Invocation.read(directory.resolve("a.csv"))).isEqualTo(Invocation.read(directory.resolve("b.csv")));
  }
}
