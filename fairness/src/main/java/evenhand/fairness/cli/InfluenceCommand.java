package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.influence.Influence;
import evenhand.fairness.influence.LeaveOut;
import evenhand.fairness.report.InfluenceReport;
import evenhand.fairness.report.OutputFiles;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.InfluenceStudy;
import evenhand.fairness.study.InfluenceStudy.Asked;
import evenhand.fairness.study.InfluenceStudy.Found;
import evenhand.fairness.study.StudyData;
import evenhand.tensor.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code influence}: which training rows make the gap. */
@Command(name = "influence", header = "Ranks the training rows by how much they make the gap.", description = {
    "Trains a model plainly, brings its last layer to the minimum of mean loss + lambda/2 |theta|^2, and says of every"
        + " training row how much it raises the gap on the test rows. Removing a row changes the gap by minus its"
        + " influence, to first order; --verify K trains again without rows to see how far that holds."},
    footer = {"%nExamples:",
        "  evenhand influence",
        "  evenhand influence --data adult --target demographic_parity --verify 100",
        "  evenhand influence --verify 20 --report evenhand-influence",
        "  evenhand influence --data adult --measure counterfactual_bias --sensitive-inputs yes",
        "  evenhand influence --csv people.csv --label hired --sensitive sex"})
final class InfluenceCommand implements Runnable {
  private static final int STEPS = 1000;

  @Spec
  private CommandSpec spec;

  @Mixin
  private DataOptions data;

  @Option(names = "--measure", paramLabel = "MEASURE", defaultValue = "gap",
      description = "What rows have an influence on: gap, the difference of mean scores between groups that --target"
          + " names, or counterfactual_bias (default: ${DEFAULT-VALUE}).")
  private String measure;

  @Mixin
  private TrainingOptions options;

  @Option(names = "--lambda", paramLabel = "L", defaultValue = "0.001",
      description = "Ridge of the last layer's minimum, above 0 (default: ${DEFAULT-VALUE}).")
  private double lambda;

  @Option(names = "--top", paramLabel = "N", defaultValue = "10",
      description = "How many rows to print; the file has all (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(names = "--verify", paramLabel = "K",
      description = "Train again without the top K rows and without other sets of rows, and compare with the prediction.")
  private Optional<Integer> verify = Optional.empty();

  @Mixin
  private SeedOption seed;

  @Option(names = "--out", paramLabel = "FILE",
      description = "Where the rows go (default: evenhand-influence.csv; none with --json -).")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--report", paramLabel = "DIR",
      description = "Write a report too: report.html, with its figures and tables.")
  private Optional<Path> report = Optional.empty();

  @Mixin
  private DeviceOptions device;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    data.check(spec);
    check(lambda > 0, "--lambda must be above 0, got " + lambda);
    check(top >= 0, "--top must be at least 0, got " + top);
    verify.ifPresent(k -> check(k > 0, "--verify must be at least 1, got " + k));
    Asked asked = Failures.parsed(spec, () -> asked(measure));
    Settings chosen = Failures.parsed(spec, () -> Settings.of(List.of("erm"), options.settings(), data.settings(spec)));
    Target wanted = options.target(spec, data);
    Optional<ModelSpec> named = options.model(spec);
    Optional<Path> file = out.or(() -> json.ownsOutput() ? Optional.empty()
        : Optional.of(Path.of("evenhand-influence.csv")));
    file.ifPresent(path -> OutputFiles.requireWritableFile(path, "--out FILE"));
    report.ifPresent(directory -> OutputFiles.requireWritable(directory, InfluenceReport.OPTION));
    json.requireWritable();
    try (Device place = device.open(spec)) {
      StudyData rows = data.load(spec, seed.seed(), chosen.data());
      TrainingConfig training = chosen.training(rows.card(), wanted);
      InfluenceStudy study = new InfluenceStudy(rows.splits().apply(seed.seed()), asked, wanted,
          named.orElseGet(() -> ModelSpec.parse(rows.card().model())), training, place, seed.seed(), lambda);
      verify.ifPresent(k -> check(k < study.split().train().rows(), "--verify " + k + " of "
          + study.split().train().rows() + " training rows leaves none; give fewer"));
      Found found;
      Optional<LeaveOut> checked;
      try (Bar bar = new Bar(spec, "influence", 2 * STEPS, "", 1)) {
        bar.says("training");
        found = study.run((epoch, epochs, _) -> bar.at((long) STEPS * epoch / epochs));
        bar.says("training again");
        checked = verify.map(k -> verified(found, k, bar));
      }
      file.ifPresent(path -> OutputFiles.write(path, csv(found), "--out FILE"));
      show(rows.card().name(), study, found, checked, file);
      report.ifPresent(directory -> json.words(spec).println("Report: " + new InfluenceReport(rows.card().name(),
          name(study), study, found, checked, checked.map(this::sets).orElse(List.of()), Shell.line(spec),
          EvenhandCommand.Version.words() + ", " + place.name() + ": " + place.description()).write(directory)));
      json.write(spec, json(rows.card().name(), study, found, checked));
    }
  }

  private void check(boolean condition, String message) {
    if (!condition) {
      throw Failures.wrongUsage(spec, message);
    }
  }

  private static Asked asked(String word) {
    return switch (word) {
      case "gap" -> Asked.GAP;
      case "counterfactual_bias" -> Asked.COUNTERFACTUAL_BIAS;
      default -> throw new IllegalArgumentException("--measure " + word + " is unknown; choose gap or"
          + " counterfactual_bias");
    };
  }

  private LeaveOut verified(Found found, int k, Bar bar) {
    int[] done = {0};
    return found.verify(k, seed.seed(), () -> bar.at(STEPS + (long) STEPS * ++done[0] / InfluenceStudy.trainings(k)));
  }

  /** Every training row, that of largest influence first. */
  private static String csv(Found found) {
    StringBuilder text = new StringBuilder();
    line(text, "row", "label", "group", "influence");
    for (int row : found.influence().ranking()) {
      line(text, found.numbers()[row], label(found, row), group(found, row), found.influence().rows()[row]);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, Object... cells) {
    text.append(CSVFormat.RFC4180.format(cells)).append(CSVFormat.RFC4180.getRecordSeparator());
  }

  private static String label(Found found, int row) {
    return found.train().labelLevels().get(found.train().y()[row]);
  }

  private static String group(Found found, int row) {
    int code = found.train().groups().codes()[row];
    return code < 0 ? "" : found.train().groups().levels().get(code);
  }

  private static String name(InfluenceStudy study) {
    return study.asked() == Asked.GAP ? "soft " + study.target().word() + " gap" : "counterfactual bias";
  }

  // ---- words ----

  private void show(String name, InfluenceStudy study, Found found, Optional<LeaveOut> checked, Optional<Path> file) {
    PrintWriter words = json.words(spec);
    Influence influence = found.influence();
    print(words, name + ": " + found.train().rows() + " training and " + study.split().test().rows()
        + " test rows, model " + study.model() + ", device " + study.device().name());
    print(words, String.format(Locale.ROOT, "%s of the test rows: %.4f; %d training rows raise it, %d lower it",
        name(study), influence.measure(), count(influence, 1), count(influence, -1)));
    words.println();
    new TextTable(List.of("label", "group", "rows", "influence of all"), found.cells().stream()
        .map(cell -> List.of(cell.label(), cell.group(), Integer.toString(cell.rows()), number(cell.influence())))
        .toList()).lines(Terminal.width()).forEach(words::println);
    if (top > 0) {
      words.println();
      new TextTable(List.of("row", "label", "group", "influence"), Arrays.stream(influence.ranking()).limit(top)
          .mapToObj(row -> List.of(Integer.toString(found.numbers()[row]), label(found, row), group(found, row),
              number(influence.rows()[row])))
          .toList()).lines(Terminal.width()).forEach(words::println);
    }
    words.println();
    print(words, "Removing a row changes the " + name(study) + " by minus its influence, to first order. "
        + prediction(found));
    if (influence.optimality() > 1e-4 || influence.solution().damping() > 0) {
      print(words, String.format(Locale.ROOT, "Mind: |gradient| / rows is %.1e and the curvature was damped by %.1e.",
          influence.optimality(), influence.solution().damping()));
    }
    checked.ifPresentOrElse(check -> verdict(words, study, check), () -> print(words,
        "To see how far that holds: --verify " + Math.max(1, Math.min(100, found.toZero() / 2))));
    file.ifPresent(path -> words.println(System.lineSeparator() + "Rows: " + path));
  }

  private static void print(PrintWriter words, String sentence) {
    TextTable.wrapped(sentence, Terminal.width()).forEach(words::println);
  }

  private static long count(Influence influence, int sign) {
    return Arrays.stream(influence.rows()).filter(each -> Math.signum(each) == sign).count();
  }

  private static String prediction(Found found) {
    int count = found.toZero();
    double left = found.influence().measure()
        + (count == 0 ? 0 : found.influence().predictedChange(Arrays.copyOf(found.influence().ranking(), count)));
    return left > 0 ? String.format(Locale.ROOT, "All %d rows that raise it would take it to %.4f.", count, left)
        : "The top " + count + " would take it to 0; of more rows the prediction says nothing.";
  }

  private void verdict(PrintWriter words, InfluenceStudy study, LeaveOut check) {
    LeaveOut.Outcome first = check.outcomes().getFirst();
    words.println();
    new TextTable(List.of("left out", "predicted change", "after training again"),
        IntStream.range(0, check.outcomes().size()).mapToObj(set -> {
          LeaveOut.Outcome outcome = check.outcomes().get(set);
          return List.of(set(set, outcome), number(outcome.predicted()), number(outcome.retrained()));
        }).toList()).lines(Terminal.width()).forEach(words::println);
    words.println();
    print(words, String.format(Locale.ROOT, "Without the top %d rows the %s changes by %.4f (predicted %.4f). Over %d"
        + " sets the rank correlation of prediction and training again is %s: the ranking %s.", first.rows().length,
        name(study), first.retrained(), first.predicted(), check.outcomes().size(), number(check.rankCorrelation()),
        check.isTrustworthy() ? "holds" : "is not trustworthy (below 0.9)"));
  }

  private List<String> sets(LeaveOut check) {
    return IntStream.range(0, check.outcomes().size()).mapToObj(set -> set(set, check.outcomes().get(set))).toList();
  }

  private String set(int set, LeaveOut.Outcome outcome) {
    int rows = outcome.rows().length;
    int random = verify.map(InfluenceStudy::trainings).orElse(0) - InfluenceStudy.RANDOM;
    boolean isTop = set == 0 || rows < verify.orElse(rows);
    return (isTop ? "top " : set >= random ? "random " : "ranking, set " + (set + 1) + ": ") + rows;
  }

  private static String number(OptionalDouble value) {
    return value.isPresent() ? number(value.getAsDouble()) : "undetermined";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 0.01 && value != 0 ? "%.3e" : "%.4f", value);
  }

  // ---- JSON ----

  private ObjectNode json(String name, InfluenceStudy study, Found found, Optional<LeaveOut> checked) {
    Influence influence = found.influence();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.putObject("data").put("name", name).put("train", found.train().rows())
        .put("test", study.split().test().rows());
    root.put("model", study.model().toString()).put("device", study.device().name()).put("seed", seed.seed())
        .put("lambda", lambda);
    root.putObject("measure").put("name", measure).put("target", study.target().word())
        .put("value", influence.measure());
    root.putObject("solver").put("residual", influence.solution().residual())
        .put("damping", influence.solution().damping()).put("optimality", influence.optimality());
    ArrayNode cells = root.putArray("cells");
    found.cells().forEach(cell -> cells.addObject().put("label", cell.label()).put("group", cell.group())
        .put("rows", cell.rows()).put("influence", cell.influence()));
    ArrayNode rows = root.putArray("top");
    Arrays.stream(influence.ranking()).limit(top).forEach(row -> rows.addObject().put("row", found.numbers()[row])
        .put("label", label(found, row)).put("group", group(found, row)).put("influence", influence.rows()[row]));
    root.put("rows_to_zero", found.toZero());
    checked.ifPresent(check -> {
      ObjectNode node = root.putObject("verify");
      check.rankCorrelation().ifPresentOrElse(value -> node.put("rank_correlation", value),
          () -> node.putNull("rank_correlation"));
      check.slope().ifPresentOrElse(value -> node.put("slope", value), () -> node.putNull("slope"));
      node.put("trustworthy", check.isTrustworthy());
      ArrayNode outcomes = node.putArray("sets");
      IntStream.range(0, check.outcomes().size()).forEach(set -> {
        LeaveOut.Outcome outcome = check.outcomes().get(set);
        outcomes.addObject().put("left_out", set(set, outcome)).put("rows", outcome.rows().length)
            .put("predicted", outcome.predicted()).put("retrained", outcome.retrained());
      });
    });
    return root;
  }
}
