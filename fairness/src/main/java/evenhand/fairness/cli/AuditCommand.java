package evenhand.fairness.cli;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.CsvOptions;
import evenhand.fairness.data.DataException;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Table;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.StudyJson;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code audit}: measures predictions made elsewhere. */
@Command(name = "audit", header = "Measures predictions made elsewhere, from a CSV file.",
    description = "The file has a line of column names, then one line for each row. Without --prediction, a row is"
        + " predicted positive where its score exceeds 0.5.",
    footer = {"%nExamples:",
        "  evenhand audit scores.csv --label hired --score probability --sensitive sex",
        "  evenhand audit said.csv --label hired --prediction advice --sensitive sex,age",
        "  evenhand audit scores.csv --label y --score p --sensitive z --json -"})
final class AuditCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE.csv", description = "The file of predictions.")
  private Path file;

  @Option(names = "--label", paramLabel = "COL", required = true, description = "The column of true labels.")
  private String label;

  @Option(names = "--positive", paramLabel = "VALUE",
      description = "The label's value that counts as 1 (default: the larger of two).")
  private Optional<String> positive = Optional.empty();

  @Option(names = "--score", paramLabel = "COL", description = "The column of probabilities of the positive label.")
  private Optional<String> score = Optional.empty();

  @Option(names = "--prediction", paramLabel = "COL",
      description = "The column of predicted labels, in the label's own values.")
  private Optional<String> prediction = Optional.empty();

  @Option(names = "--sensitive", paramLabel = "COL", split = ",", required = true,
      description = "Columns that make the groups; several are crossed.")
  private List<String> sensitive;

  @Mixin
  private SeedOption seed;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    if (score.isEmpty() && prediction.isEmpty()) {
      throw Failures.wrongUsage(spec, "audit needs --score COL or --prediction COL, what the model said");
    }
    json.requireWritable();
    Dataset dataset = read();
    Predictions predictions = predictions(dataset);
    Map<String, Measured> metrics = Metrics.evaluate(predictions, BootstrapOptions.defaults(seed.seed()));
    List<GroupRates> groups = GroupRates.of(predictions);
    show(dataset, metrics, groups);
    json.write(spec, StudyJson.audit(metrics, groups));
  }

  /** The columns that are needed, and only those: what is in others does not matter. */
  private Dataset read() {
    Set<String> needed = new LinkedHashSet<>(sensitive);
    needed.add(label);
    score.ifPresent(needed::add);
    prediction.ifPresent(needed::add);
    List<String> others = Datasets.csvColumns(file).stream().filter(name -> !needed.contains(name)).toList();
    CsvOptions options = CsvOptions.of(file, label, sensitive).withDrop(others)
        .withCategorical(prediction.map(List::of).orElse(List.of()));
    return Datasets.csv(positive.isPresent() ? options.withPositive(positive.get()) : options);
  }

  private Predictions predictions(Dataset dataset) {
    double[] scores = score.map(name -> scores(dataset, name)).orElse(new double[0]);
    int[] labels = prediction.map(name -> labels(dataset, name)).orElseGet(() -> {
      int[] chosen = new int[scores.length];
      for (int row = 0; row < chosen.length; row++) {
        chosen[row] = scores[row] > 0.5 ? 1 : 0;
      }
      return chosen;
    });
    Attribute groups = Attribute.cross(dataset.sensitive());
    return new Predictions(dataset.labels(), labels, scores, groups.codes(), groups.levels());
  }

  private double[] scores(Dataset dataset, String name) {
    double[] values = dataset.table().numeric(name).values();
    for (int row = 0; row < values.length; row++) {
      if (!(values[row] >= 0 && values[row] <= 1)) {
        throw new DataException(file.getFileName() + ": score " + name + " of row " + (row + 1) + " is "
            + (Double.isNaN(values[row]) ? "missing" : values[row])
            + "; scores must be probabilities between 0 and 1, so correct it (a logit x is 1 / (1 + exp(-x)))");
      }
    }
    return values;
  }

  private int[] labels(Dataset dataset, String name) {
    Table.Categorical said = dataset.table().categorical(name);
    Table.Categorical truth = dataset.table().categorical(label);
    int[] labels = new int[said.rows()];
    for (int row = 0; row < labels.length; row++) {
      String value = said.text(row);
      if (!truth.levels().contains(value)) {
        throw new DataException(file.getFileName() + ": prediction " + name + " of row " + (row + 1) + " is "
            + (value.isEmpty() ? "missing" : "'" + value + "'") + ", but label " + label + " has the values "
            + String.join(", ", truth.levels()) + "; write predictions in the label's own values");
      }
      labels[row] = value.equals(dataset.card().positive()) ? 1 : 0;
    }
    return labels;
  }

  private void show(Dataset dataset, Map<String, Measured> metrics, List<GroupRates> groups) {
    PrintWriter words = json.words(spec);
    words.println(file.getFileName() + ": " + dataset.rows() + " rows, label " + label + " (positive: "
        + dataset.card().positive() + "), groups by " + String.join(" and ", sensitive));
    words.println();
    List<List<String>> rows = new ArrayList<>();
    Map<String, List<String>> reasons = new LinkedHashMap<>();
    metrics.forEach((name, measured) -> {
      rows.add(List.of(name, measured.isDetermined() ? number(measured.value()) : "undetermined",
          measured.low().isEmpty() ? "" : "[" + number(measured.low()) + ", " + number(measured.high()) + "]"));
      if (!measured.isDetermined()) {
        reasons.computeIfAbsent(measured.undetermined(), reason -> new ArrayList<>()).add(name);
      }
    });
    new TextTable(List.of("metric", "value", "95% interval"), rows).lines(Terminal.width()).forEach(words::println);
    words.println();
    new TextTable(List.of("group", "count", "selection rate", "tpr", "fpr", "ppv"), groups.stream()
        .map(group -> Stream.concat(Stream.of(group.group(), Long.toString(group.rows())),
            Stream.of("selection_rate", "tpr", "fpr", "ppv").map(name -> number(group.rates().get(name).value())))
            .toList())
        .toList()).lines(Terminal.width()).forEach(words::println);
    if (!reasons.isEmpty()) {
      words.println();
      words.println("Undetermined:");
      reasons.forEach(
          (reason, names) -> TextTable.wrapped("- " + String.join(", ", names) + ": " + reason, Terminal.width())
              .forEach(words::println));
    }
  }

  private static String number(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%.3f", value.getAsDouble()) : "-";
  }
}
