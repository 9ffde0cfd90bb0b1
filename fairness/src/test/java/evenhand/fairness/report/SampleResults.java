package evenhand.fairness.report;

import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Trajectory;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.ParityReport;
import evenhand.fairness.study.LanguageStudy;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Results with everything that a report shows, made of random numbers; no method was run. */
final class SampleResults {
  private static final List<String> METHODS = List.of("erm", "reweighing", "decision-rationale-alignment", "fair-mixup",
      "fairbatch", "rule-eraser");

  /** What breaks pages that do not escape. */
  static final String HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&{{\u2028";

  private final Rng rng = new Rng(11);

  /** A study of tables over so many seeds. */
  static StudyResult table(int seeds) {
    return new SampleResults().study("sample", "income", List.of("sex"), List.of("Female", "Male"), METHODS, seeds);
  }

  /** The same with two methods at other strengths, and one without a part. */
  static StudyResult swept(int seeds) {
    SampleResults sample = new SampleResults();
    StudyResult plain = table(seeds);
    List<Run> sweep = new ArrayList<>();
    List<Run> ablations = new ArrayList<>();
    for (long seed = 0; seed < seeds; seed++) {
      for (String method : List.of("fairbatch", "reweighing")) {
        for (int strength = 1; strength < 5; strength++) {
          sweep.add(sample.run(method, "lambda=0." + strength, 2 * strength, seed, List.of("Female", "Male")));
        }
      }
      ablations.add(sample.run("fairbatch", "no decay", 1, seed, List.of("Female", "Male")));
    }
    return new StudyResult(plain.data(), plain.target(), plain.device(), plain.model(), plain.leftOut(), plain.runs(),
        sweep, ablations, 0.3);
  }

  /** One whose every name is hostile. */
  static StudyResult hostile() {
    return new SampleResults().study(HOSTILE, HOSTILE, List.of(HOSTILE), List.of(HOSTILE + 1, HOSTILE + 2),
        List.of("erm", HOSTILE, "rule-eraser"), 2);
  }

  /** Images of ten labels and ten groups, two seeds; most metrics are undetermined. */
  static StudyResult images() {
    List<String> colours = List.of("red", "green", "blue", "cyan", "pink", "brown", "grey", "olive", "teal", "gold");
    StudyResult two = new SampleResults().study("digits", "digit", List.of("colour"), colours,
        List.of("erm", "fast-model-debias"), 2);
    return new StudyResult(new StudyResult.Data("digits", 70000, 2352, "digit", "", 10, List.of("colour")),
        "equalized_odds", "cpu", "mlp:100,100,100", List.of("fairbatch was left out: it needs two labels"), two.runs());
  }

  /** A language model before and after. */
  static StudyResult language() {
    SampleResults sample = new SampleResults();
    StudyResult two = sample.study("tiny", "she or he", List.of("gender of the name"), List.of("female", "male"),
        List.of("erm", "gradiend"), 2);
    List<Run> runs = two.runs().stream().map(run -> {
      Map<String, Measured> metrics = new LinkedHashMap<>(run.metrics());
      LanguageStudy.METRICS.keySet().forEach(name -> metrics.put(name, Measured.of(sample.rng.nextDouble())));
      List<Curve> curves = new ArrayList<>();
      for (String kind : List.of("women's names", "men's names", "neutral texts")) {
        curves.add(sample.curve(LanguageStudy.ENCODINGS, kind, "encoded feature h", 20, 0.3, 0.1));
      }
      return new Run(run.method(), "", run.seed(), metrics, 1, 0, run.notes(), run.settings(), Optional.empty(),
          Optional.empty(), run.groups(), curves, Map.of());
    }).toList();
    return new StudyResult(two.data(), "demographic_parity", "cpu", "Llama", List.of(), runs);
  }

  private StudyResult study(String name, String label, List<String> sensitive, List<String> groups,
      List<String> methods, int seeds) {
    List<Run> runs = new ArrayList<>();
    for (long seed = 0; seed < seeds; seed++) {
      for (int m = 0; m < methods.size(); m++) {
        runs.add(run(methods.get(m), "", m, seed, groups));
      }
    }
    return new StudyResult(new StudyResult.Data(name, 43131, 104, label, ">50K", 2, sensitive), "equal_opportunity",
        "cpu", "mlp:64,64", List.of(), runs);
  }

  private Run run(String method, String variant, int number, long seed, List<String> groups) {
    double gap = 0.2 / (1 + number) + 0.02 * rng.nextDouble();
    Map<String, Measured> metrics = metrics(0.85 - 0.003 * number + 0.01 * rng.nextDouble(), gap);
    List<GroupRates> rates = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      Map<String, Measured> own = new LinkedHashMap<>();
      double shift = g * gap;
      for (String rate : List.of("accuracy", "selection_rate", "tpr", "fpr", "ppv")) {
        double value = 0.5 + shift / 2;
        own.put(rate, Measured.of(value).withInterval(value - 0.02, value + 0.02));
      }
      rates.add(new GroupRates(groups.get(g), 1000, own));
    }
    List<Curve> curves = new ArrayList<>(List.of(curve("loss", "", Curve.EPOCH, 40, 0.6, -0.3),
        curve("soft gap", "", Curve.EPOCH, 40, 0.05, gap)));
    if (method.equals("fairbatch")) {
      groups.forEach(group -> curves.add(curve("share of the batches' rows with label 1", group, Curve.EPOCH, 40, 0.5,
          0.2 * rng.nextDouble())));
    }
    curves.add(curve("parity by layer", "fc0.weight", Curve.EPOCH, 40, 0.8, 0.1));
    curves.add(curve("parity by layer", "fc1.weight", Curve.EPOCH, 40, 0.7, 0.1));
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("model.epochs", "40");
    settings.put(method + ".lambda", Double.toString(0.5));
    ParityReport parity = new ParityReport(List.of(new ParityReport.Pair("fc0.weight", 64, "rows with label=1",
        groups.get(0), groups.get(1), Measured.of(0.9).withInterval(0.8, 0.95), Measured.of(0.7),
        List.of(new ParityReport.Unit(3, 0.1, 0.4)))), List.of(), List.of());
    return new Run(method, variant, seed, metrics, 0.5 + rng.nextDouble(), 0.1, List.of("a note of " + method),
        settings,
        Optional.of(parity), method.equals("fair-mixup") ? Optional.of(trajectory()) : Optional.empty(), rates, curves,
        method.equals("rule-eraser") ? metrics(0.86, 0.19) : Map.of());
  }

  private Map<String, Measured> metrics(double accuracy, double gap) {
    Map<String, Measured> metrics = new LinkedHashMap<>();
    Metrics.all().forEach(metric -> metrics.put(metric.name(), metric.name().contains("accuracy")
        ? Measured.of(accuracy).withInterval(accuracy - 0.01, accuracy + 0.01)
        : Measured.of(gap).withInterval(Math.max(0, gap - 0.02), gap + 0.02)));
    metrics.put("roc_auc", Measured.undetermined("no rows with label=1, group=" + HOSTILE));
    return metrics;
  }

  private Trajectory trajectory() {
    List<Trajectory.Epoch> epochs = new ArrayList<>();
    for (int epoch = 1; epoch <= 20; epoch++) {
      epochs.add(new Trajectory.Epoch(epoch, 1.0 / epoch, Measured.of(0.7 + 0.01 * epoch), Measured.of(0.2 / epoch),
          List.of()));
    }
    return new Trajectory(List.of(), epochs, 17);
  }

  private Curve curve(String quantity, String line, String over, int points, double from, double by) {
    Curve.Builder curve = new Curve.Builder();
    for (int i = 0; i < points; i++) {
      curve.add(i + 1, from + by * Math.sqrt(i / (double) points) + 0.01 * rng.nextDouble());
    }
    return curve.build(quantity, line, over);
  }
}
