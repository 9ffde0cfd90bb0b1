package evenhand.fairness.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.fairness.algorithms.Erm;
import evenhand.fairness.algorithms.FairBatch;
import evenhand.fairness.algorithms.FastModelDebias;
import evenhand.fairness.algorithms.GapRegularization;
import evenhand.fairness.algorithms.Methods;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.report.StudyReport;
import evenhand.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudyTests {
  private static final Dataset SYNTHETIC = Datasets.load("synthetic", 0);

  private static Study study(Dataset data, LongFunction<Split> splits, List<Study.Arm<?>> arms, List<Long> seeds) {
    return study(data, splits, arms, seeds, 1);
  }

  private static Study study(Dataset data, LongFunction<Split> splits, List<Study.Arm<?>> arms, List<Long> seeds,
      int epochs) {
    return new Study(new StudyData(data.card(), data.rows(), splits, true), arms, Target.EQUAL_OPPORTUNITY,
        new ModelSpec(),
        new TrainingConfig(epochs, 100, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0), Device.cpu(), seeds, 20);
  }

  private static List<Study.Arm<?>> arms() {
    return List.of(Study.Arm.of(new Erm(), Map.of()), Study.Arm.of(new FairBatch(), Map.of("alpha", "0.01")));
  }

  private static StudyResult.Run run(String method, long seed, Measured accuracy, double seconds) {
    return new StudyResult.Run(method, seed, Map.of("accuracy", accuracy), seconds, 0.5, List.of("a note"),
        Map.of("model.epochs", "1"));
  }

  private static StudyResult result(StudyResult.Run... runs) {
    return new StudyResult(new StudyResult.Data("toy", 30, 4, "hired", 2, List.of("sex", "age")), "equal_opportunity",
        "cpu", "logistic", List.of(), List.of(runs));
  }

  /** .7, .8, .9 and an undetermined one: mean .8, squares .01 + 0 + .01 over 2. */
  @Test
  void meanAndStandardDeviationByHand() {
    StudyResult result = result(run("erm", 0, Measured.of(0.7), 1), run("other", 0, Measured.of(0.4), 9),
        run("erm", 1, Measured.of(0.8), 2), run("erm", 2, Measured.undetermined("no rows"), 2),
        run("erm", 3, Measured.of(0.9), 3));
    assertThat(result.summary()).extracting(StudyResult.Summary::method).containsExactly("erm", "other");
    StudyResult.Spread erm = result.summary().getFirst().metrics().get("accuracy");
    assertThat(erm.mean()).isCloseTo(0.8, within(1e-12));
    assertThat(erm.sd()).isCloseTo(0.1, within(1e-12));
    assertThat(erm.seeds()).isEqualTo(3);
    assertThat(result.summary().getFirst().fitSeconds()).isEqualTo(2);
    assertThat(result.summary().getLast().metrics().get("accuracy")).isEqualTo(new StudyResult.Spread(0.4, 0, 1));
  }

  @Test
  void aMetricThatNoSeedDeterminesIsAbsentFromTheSummary() {
    StudyResult result = result(run("erm", 0, Measured.undetermined("no rows"), 1));
    assertThat(result.summary().getFirst().metrics()).isEmpty();
  }

  @Test
  void jsonOfAResultWrittenOut() throws Exception {
    StudyResult result = result(run("erm", 7, Measured.of(0.75).withInterval(0.5, 1), 2),
        run("erm", 8, Measured.undetermined("no rows with z=b (counts: a 3, b 0)"), 2));
    JsonNode expected = new ObjectMapper().readTree("""
        {"data": {"name": "toy", "rows": 30, "features": 4, "label": "hired", "sensitive": ["sex", "age"]},
         "target": "equal_opportunity", "device": "cpu", "model": "logistic",
         "results": [
          {"method": "erm", "seed": 7,
           "metrics": {"accuracy": {"value": 0.75, "low": 0.5, "high": 1.0, "undetermined": null}},
           "seconds": {"fit": 2.0, "predict": 0.5}, "notes": ["a note"], "settings": {"model.epochs": "1"}},
          {"method": "erm", "seed": 8,
           "metrics": {"accuracy": {"value": null, "low": null, "high": null,
                                    "undetermined": "no rows with z=b (counts: a 3, b 0)"}},
           "seconds": {"fit": 2.0, "predict": 0.5}, "notes": ["a note"], "settings": {"model.epochs": "1"}}],
         "summary": [{"method": "erm", "metrics": {"accuracy": {"mean": 0.75, "sd": 0.0}}}]}
        """);
    assertThat(new ObjectMapper().readTree(StudyJson.text(StudyJson.of(result)))).isEqualTo(expected);
  }

  @Test
  void jsonOfAnAuditWrittenOut() throws Exception {
    Map<String, Measured> metrics = new LinkedHashMap<>();
    metrics.put("accuracy", Measured.of(0.5));
    Map<String, Measured> rates = new LinkedHashMap<>();
    rates.put("selection_rate", Measured.of(0.25));
    rates.put("tpr", Measured.undetermined("no rows with label=1"));
    rates.put("fpr", Measured.of(0.5));
    List<GroupRates> groups = List.of(new GroupRates("a", 3, rates));
    JsonNode expected = new ObjectMapper().readTree("""
        {"metrics": {"accuracy": {"value": 0.5, "low": null, "high": null, "undetermined": null}},
         "groups": [{"group": "a", "count": 3, "selection_rate": 0.25, "tpr": null, "fpr": 0.5}]}
        """);
    assertThat(new ObjectMapper().readTree(StudyJson.text(StudyJson.audit(metrics, groups)))).isEqualTo(expected);
  }

  @Test
  void everyArmRunsOnEverySeed() {
    StudyResult result = study(SYNTHETIC, seed -> SYNTHETIC.split(0.3, seed), arms(), List.of(4L, 5L))
        .run(Study.Listener.NONE);
    assertThat(result.runs()).extracting(run -> run.method() + " " + run.seed())
        .containsExactly("erm 4", "fairbatch 4", "erm 5", "fairbatch 5");
    assertThat(result.data()).isEqualTo(new StudyResult.Data("synthetic", 3000, 3, "y", "1", 2, List.of("z")));
    assertThat(result.target()).isEqualTo("equal_opportunity");
    assertThat(result.model()).isEqualTo("logistic");
    assertThat(result.runs()).allSatisfy(run -> {
      assertThat(run.metrics()).containsOnlyKeys("accuracy", "balanced_accuracy", "roc_auc", "average_precision",
          "worst_group_accuracy", "demographic_parity_difference", "demographic_parity_ratio",
          "equal_opportunity_difference", "equalized_odds_difference", "equalized_odds_mean",
          "group_to_overall_demographic_parity", "group_to_overall_equal_opportunity",
          "group_to_overall_equalized_odds",
          "soft_demographic_parity_difference", "soft_equalized_odds_sum", "counterfactual_bias",
          "parameter_parity");
      assertThat(run.metrics().get("counterfactual_bias").low()).isPresent();
      assertThat(run.metrics().get("parameter_parity").undetermined()).startsWith("no layer of the model has more");
      Measured accuracy = run.metrics().get("accuracy");
      assertThat(accuracy.low().orElseThrow()).isLessThan(accuracy.value().orElseThrow());
      assertThat(accuracy.high().orElseThrow()).isGreaterThan(accuracy.value().orElseThrow());
      assertThat(run.settings()).containsEntry("model.epochs", "1");
      assertThat(run.fitSeconds()).isPositive();
    });
    assertThat(result.runs().get(1).settings()).containsEntry("fairbatch.alpha", "0.01")
        .containsEntry("fairbatch.ties", "stay");
  }

  @Test
  void parameterParityIsTakenOfNetworks() {
    Study study = study(SYNTHETIC, seed -> SYNTHETIC.split(0.3, seed), arms(), List.of(4L));
    StudyResult result = new Study(study.data(), study.arms(), Target.EQUALIZED_ODDS,
        new ModelSpec(8, 4), study.training(), study.device(), study.seeds(), study.resamples())
        .run(Study.Listener.NONE);
    assertThat(result.runs()).hasSize(2).allSatisfy(
        run -> assertThat(run.metrics().get("parameter_parity").value().orElseThrow()).isBetween(0.01, 1.0));
  }

  /** A network's units and a watched training are in the JSON and on the page; of other runs there is nothing. */
  @Test
  void looksIntoModelsAreWrittenDown(@TempDir Path directory) throws Exception {
    Study study = study(SYNTHETIC, seed -> SYNTHETIC.split(0.3, seed), List.of(Study.Arm.of(new Erm(), Map.of()),
        Study.Arm.of(new GapRegularization(), Map.of("held-out", "0.2"))), List.of(4L));
    StudyResult result = new Study(study.data(), study.arms(), Target.EQUALIZED_ODDS,
        new ModelSpec(8, 4), study.training().withEpochs(5), study.device(), study.seeds(), study.resamples())
        .run(Study.Listener.NONE);
    JsonNode runs = StudyJson.of(result).get("results");
    JsonNode pairs = runs.get(0).get("parity").get("pairs");
    assertThat(pairs).hasSize(4); // two layers, two labels
    double mean = 0;
    for (JsonNode pair : pairs) {
      assertThat(pair.get("parity").get("low").asDouble()).isBetween(0.0, pair.get("parity").get("high").asDouble());
      assertThat(pair.get("ablated").get("value").asDouble()).isBetween(0.0, 1.0);
      assertThat(pair.get("apart")).hasSize(Math.min(5, pair.get("units").asInt()));
      mean += pair.get("parity").get("value").asDouble() / 4;
    }
    assertThat(mean).as("the metric is their mean")
        .isCloseTo(runs.get(0).get("metrics").get("parameter_parity").get("value").asDouble(), within(1e-5));
    assertThat(runs.get(0).get("parity").get("ablation")).hasSize(8); // and two groups
    assertThat(runs.get(0).has("trajectory")).isFalse();
    JsonNode trajectory = runs.get(1).get("trajectory");
    assertThat(trajectory.get("chosen").asInt()).isBetween(4, 5);
    assertThat(trajectory.get("epochs")).hasSize(5).allSatisfy(epoch -> {
      assertThat(epoch.get("average_precision").asDouble()).isBetween(0.0, 1.0);
      assertThat(epoch.get("parity")).hasSize(2);
    });
    new StudyReport(result, "study", "versions").write(directory);
    String page = Files.readString(directory.resolve("report.html"));
    assertThat(page.substring(0, page.indexOf("<script"))).contains("<section id=\"units\"",
        "<th scope=\"row\">erm</th><td>fc0.weight</td>", "<section id=\"training\"",
        "figure-gap-regularization-held-out", "figure-erm-loss", "figure-erm-parity-by-layer")
        .doesNotContain("figure-erm-held-out", "NaN");
    new StudyReport(study.run(Study.Listener.NONE), "study", "versions").write(directory);
    assertThat(Files.readString(directory.resolve("report.html"))).as("logistic regression has no units")
        .doesNotContain("<section id=\"units\"");
  }

  @Test
  void listenersAreToldOfEachFit() {
    List<String> told = new ArrayList<>();
    study(SYNTHETIC, seed -> SYNTHETIC.split(0.3, seed), arms(), List.of(4L)).run(new Study.Listener() {
      @Override
      public void begins(Study.Arm<?> arm, long seed) {
        told.add("begins " + arm.method().name() + " " + seed);
      }

      @Override
      public void epoch(Study.Arm<?> arm, long seed, int epoch, int epochs, double loss) {
        told.add("epoch " + epoch + "/" + epochs);
      }

      @Override
      public void ends(StudyResult.Run run) {
        told.add("ends " + run.method());
      }
    });
    assertThat(told).containsExactly("begins erm 4", "epoch 1/1", "ends erm", "begins fairbatch 4", "epoch 1/1",
        "ends fairbatch");
  }

  /** Whatever comes between, a seed stands for one split. */
  @Test
  void aSeedThatRecursHasTheSameSplit() {
    StudyResult result = study(SYNTHETIC, seed -> SYNTHETIC.split(0.3, seed), arms().subList(0, 1), List.of(4L, 5L, 4L))
        .run(Study.Listener.NONE);
    assertThat(result.runs().get(2).metrics()).isEqualTo(result.runs().get(0).metrics())
        .isNotEqualTo(result.runs().get(1).metrics());
  }

  /** No test row of group b has label 1. */
  @Test
  void anUndeterminedMetricIsNullWithItsReason() {
    Split split = SYNTHETIC.split(0.3, 1);
    Samples test = split.test();
    int[] rows = IntStream.range(0, test.rows())
        .filter(row -> test.y()[row] == 0 || test.groups().codes()[row] == 0).toArray();
    StudyResult result = study(SYNTHETIC,
        seed -> new Split(split.train(), test.select(rows), split.encoder().orElseThrow()), arms(),
        List.of(1L)).run(Study.Listener.NONE);
    for (JsonNode run : StudyJson.of(result).get("results")) {
      JsonNode gap = run.get("metrics").get("equal_opportunity_difference");
      assertThat(gap.get("value").isNull()).isTrue();
      assertThat(gap.get("low").isNull()).isTrue();
      assertThat(gap.get("undetermined").asText()).matches("no rows with label=1 in group 1 \\(counts: 0 \\d+, 1 0\\)");
      assertThat(run.get("metrics").get("accuracy").get("value").isNumber()).isTrue();
    }
    JsonNode summary = StudyJson.of(result).get("summary").get(0).get("metrics");
    assertThat(summary.has("equal_opportunity_difference")).isFalse();
    assertThat(summary.has("accuracy")).isTrue();
  }

  @Test
  void predictionsHaveTheRowsOfThePredictor() {
    Samples rows = SYNTHETIC.split(0.3, 1).test();
    Attribute groups = rows.groups();
    var predictions = Study.predictions(chosen -> {
      double[] scores = new double[chosen.rows()];
      scores[1] = 0.9;
      return scores;
    }, rows);
    assertThat(predictions.y()).isEqualTo(rows.y());
    assertThat(predictions.group()).isEqualTo(groups.codes());
    assertThat(predictions.yhat()[0]).isZero();
    assertThat(predictions.yhat()[1]).isEqualTo(1);
  }

  /** Three labels, which the first input tells, and two groups. */
  private static Split threeLabels() {
    int[] y = IntStream.range(0, 240).map(row -> row % 3).toArray();
    float[] x = new float[2 * y.length];
    IntStream.range(0, y.length).forEach(row -> x[2 * row] = y[row] - 1);
    IntStream.range(0, y.length).forEach(row -> x[2 * row + 1] = row % 7 * 0.1f);
    Attribute groups = new Attribute("z", List.of("a", "b"),
        IntStream.range(0, y.length).map(row -> row % 2).toArray());
    Samples all = new Samples(x, y, List.of("p", "q"), List.of("0", "1", "2"), List.of(groups));
    return new Split(all, all, new Pairs(all, all), new Pairs(all, all.select(IntStream.range(0, y.length)
        .map(row -> (row + 3) % y.length).toArray())));
  }

  @Test
  void threeLabelsAreMeasuredByWhatIsDefinedForThem() {
    StudyResult result = new Study(new StudyData(SYNTHETIC.card(), 240, _ -> threeLabels(), true),
        List.of(Study.Arm.of(new Erm(), Map.of()), Study.Arm.of(new FairBatch(), Map.of()).orLeftOut()),
        Target.EQUALIZED_ODDS, new ModelSpec(), new TrainingConfig(60, 40, 0.1, TrainingConfig.Optimizer.ADAM, 0, 1, 0),
        Device.cpu(), List.of(1L, 2L), 20).run(Study.Listener.NONE);
    assertThat(result.leftOut())
        .containsExactly("fairbatch was left out: it needs two labels, and these data have 3");
    assertThat(result.data().classes()).isEqualTo(3);
    assertThat(result.runs()).hasSize(2).allSatisfy(run -> {
      assertThat(run.metrics().get("accuracy").value().orElseThrow()).isGreaterThan(0.9);
      assertThat(run.metrics().get("equalized_odds_difference").isDetermined()).isTrue();
      // the counterfactual row has another second input and the same label
      assertThat(run.metrics().get("counterfactual_bias").value().orElseThrow()).isBetween(1e-6, 0.2);
      assertThat(run.metrics().get("roc_auc").undetermined()).contains("there are 3");
      assertThat(run.metrics().get("parameter_parity").undetermined()).contains("there are 3");
    });
  }

  /** With pairs of the data, a repair of erm's model is what it is with a model of its own. */
  @Test
  void aRepairStartsFromTheModelOfPlainTraining() {
    Study.Arm<?> repair = Study.Arm.of(new FastModelDebias(), Map.of("delta", "0"));
    List<List<Study.Arm<?>>> orders = List.of(List.of(Study.Arm.of(new Erm(), Map.of()), repair), List.of(repair));
    List<StudyResult.Run> runs = orders.stream()
        .map(arms -> study(SYNTHETIC, _ -> threeLabels(), arms, List.of(1L)).run(Study.Listener.NONE).runs().getLast())
        .toList();
    assertThat(runs.getFirst().metrics()).isEqualTo(runs.getLast().metrics());
    assertThat(runs.getFirst().notes()).last().asString().startsWith("it started from the model that erm trained");
    assertThat(runs.getLast().notes()).noneMatch(note -> note.startsWith("it started"));
  }

  @Test
  void aMethodAskedForByNameIsNotLeftOutInSilence() {
    Study study = study(SYNTHETIC, _ -> threeLabels(), arms(), List.of(1L));
    assertThatIllegalArgumentException().isThrownBy(() -> study.run(Study.Listener.NONE))
        .withMessage(
            "method fairbatch cannot be used on synthetic: it needs two labels, and these data have 3; leave it"
                + " out of --methods");
  }

  /** With the data at hand, all methods go through. */
  @ParameterizedTest
  @CsvSource({"adult, 43131", "compas, 5278"})
  void realDataGoThroughEveryMethod(String name, int rows) {
    String directory = System.getenv("EVENHAND_DATA");
    Assumptions.assumeTrue(directory != null && Files.isDirectory(Path.of(directory, name)),
        "EVENHAND_DATA names no directory with " + name + "; set it to run this test");
    Dataset data = Datasets.load(name, 0);
    assertThat(data.rows()).isEqualTo(rows);
    List<Study.Arm<?>> all = new ArrayList<>();
    Methods.all().forEach(method -> all.add(Study.Arm.of(method, Map.of())));
    // three epochs: an adversary of COMPAS's 4,222 rows has hardly begun to learn after one
    StudyResult result = study(data, seed -> data.split(0.2, seed), all, List.of(1L), 3).run(Study.Listener.NONE);
    assertThat(result.runs()).hasSameSizeAs(all)
        .allSatisfy(run -> assertThat(run.metrics().get("accuracy").value().orElseThrow()).isGreaterThan(0.6));
  }
}
