package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.erase.Answers;
import evenhand.fairness.erase.Eraser;
import evenhand.fairness.erase.EraserReport;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.ClassPredictions;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.StudyJson;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;

/**
 * What {@code erase} tells: for people, as JSON, and the predictions as CSV.
 *
 * @param rows all rows
 * @param answers of the deployed model on them
 * @param eraser the correction
 * @param corrected probabilities {@code [rows][classes]}
 */
record EraseOutput(EraseRows rows, Answers answers, Eraser eraser, double[][] corrected) {
  private static final List<String> SHOWN = List.of("accuracy", "balanced_accuracy", "worst_group_accuracy",
      "equalized_odds_difference", "equalized_odds_mean");

  /** Prints what was fitted or applied, and the metrics before and after on some rows. */
  void show(PrintWriter words, long queries, Optional<EraserReport> report, int[] measured, long seed) {
    line(words, "%s: %d rows, classes %s%s; the model was asked about %d rows", rows.table().source(),
        rows.table().rows(), String.join(", ", eraser.classes()),
        rows.sensitive().isEmpty() ? "" : ", groups by " + String.join(" and ", rows.sensitive()), queries);
    line(words, "rule: %s; patch: %s; strength %.3g; temperature %.3g", eraser.estimator().word(),
        eraser.patch().word(), eraser.strength(), eraser.temperature());
    words.println();
    rules().lines(Terminal.width()).forEach(words::println);
    report.ifPresent(each -> patches(each).forEach(words::println));
    if (rows.label().isPresent() && !rows.sensitive().isEmpty()) {
      words.println();
      line(words, "On %d rows%s:", measured.length, report.isPresent() ? " that the patch was not fitted on" : "");
      metrics(measured, seed).lines(Terminal.width()).forEach(words::println);
    }
    line(words, "%d of %d predictions are changed", changed(measured), measured.length);
    if (report.isPresent() && !report.get().notes().isEmpty()) {
      words.println();
      words.println("Notes:");
      report.get().notes().forEach(note -> line(words, "- %s", note));
    }
  }

  private static void line(PrintWriter words, String format, Object... values) {
    TextTable.wrapped(String.format(Locale.ROOT, format, values), Terminal.width()).forEach(words::println);
  }

  private TextTable rules() {
    List<String> header = new ArrayList<>(List.of("rule of group"));
    header.addAll(eraser.classes());
    List<List<String>> lines = new ArrayList<>();
    for (int b = 0; b < eraser.groups().size(); b++) {
      List<String> line = new ArrayList<>(List.of(eraser.groups().get(b)));
      double[] rule = eraser.rules()[b];
      double sum = Arrays.stream(rule).map(Math::exp).sum();
      for (double each : rule) {
        line.add(number(Math.exp(each) / sum));
      }
      lines.add(line);
    }
    return new TextTable(header, lines);
  }

  private static List<String> patches(EraserReport report) {
    if (report.patches().isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>(List.of(""));
    lines.addAll(new TextTable(List.of("patch tried", "hidden", "sees", "log error", "group read"),
        report.patches().stream().map(each -> List.of(each.word(), Integer.toString(each.hidden()),
            each.components() == 0 ? "all inputs" : each.components() + " components", number(each.logError()),
            number(each.readability()))).toList())
        .lines(Terminal.width()));
    return lines;
  }

  private ClassPredictions predictions(int[] measured, int[] said) {
    Attribute groups = Attribute.cross(rows.attributes());
    int[] labels = rows.labels().orElseThrow();
    return new ClassPredictions(Arrays.stream(measured).map(row -> labels[row]).toArray(),
        Arrays.stream(measured).map(row -> said[row]).toArray(), eraser.classes().size(),
        groups.rows(measured).codes(), groups.levels());
  }

  private Map<String, Measured> metrics(int[] measured, int[] said, long seed) {
    return ClassMetrics.evaluate(predictions(measured, said), BootstrapOptions.defaults(seed));
  }

  private int[] before() {
    return Eraser.labels(answers.logits());
  }

  private TextTable metrics(int[] measured, long seed) {
    Map<String, Measured> before = metrics(measured, before(), seed);
    Map<String, Measured> after = metrics(measured, Eraser.labels(corrected), seed);
    return new TextTable(List.of("metric", "before", "95% interval", "after", "95% interval"), SHOWN.stream()
        .map(name -> List.of(name, value(before.get(name)), interval(before.get(name)), value(after.get(name)),
            interval(after.get(name))))
        .toList());
  }

  private long changed(int[] measured) {
    int[] before = before();
    int[] after = Eraser.labels(corrected);
    return Arrays.stream(measured).filter(row -> before[row] != after[row]).count();
  }

  private static String value(Measured measured) {
    return measured.isDetermined() ? number(measured.value().getAsDouble()) : "undetermined";
  }

  private static String interval(Measured measured) {
    OptionalDouble low = measured.low();
    return low.isEmpty() ? "" : "[" + number(low.getAsDouble()) + ", " + number(measured.high().getAsDouble()) + "]";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /** The predictions: label and sensitive columns as they were, the class, and the probability of each class. */
  String csv() {
    List<String> kept = new ArrayList<>(rows.sensitive());
    rows.label().ifPresent(kept::addFirst);
    List<String> header = new ArrayList<>(kept);
    header.add("prediction");
    eraser.classes().forEach(name -> header.add("probability_" + name));
    int[] said = Eraser.labels(corrected);
    StringBuilder text = new StringBuilder(CSVFormat.DEFAULT.format(header.toArray())).append('\n');
    for (int row = 0; row < said.length; row++) {
      List<Object> cells = new ArrayList<>();
      for (String name : kept) {
        cells.add(rows.table().categorical(name).text(row));
      }
      cells.add(eraser.classes().get(said[row]));
      Arrays.stream(corrected[row]).forEach(cells::add);
      text.append(CSVFormat.DEFAULT.format(cells.toArray())).append('\n');
    }
    return text.toString();
  }

  /** The results for other programs. */
  ObjectNode json(Optional<EraserReport> report, int[] measured, long seed) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("rows", rows.table().rows()).put("measured_rows", measured.length);
    root.put("estimator", eraser.estimator().word()).put("patch", eraser.patch().word())
        .put("strength", eraser.strength()).put("temperature", eraser.temperature());
    eraser.classes().forEach(root.putArray("classes")::add);
    ObjectNode rules = root.putObject("rule");
    IntStream.range(0, eraser.groups().size()).forEach(b -> {
      ArrayNode rule = rules.putArray(eraser.groups().get(b));
      double sum = Arrays.stream(eraser.rules()[b]).map(Math::exp).sum();
      Arrays.stream(eraser.rules()[b]).forEach(each -> rule.add(Math.exp(each) / sum));
    });
    if (rows.label().isPresent() && !rows.sensitive().isEmpty()) {
      root.set("before", StudyJson.metrics(metrics(measured, before(), seed)));
      root.set("after", StudyJson.metrics(metrics(measured, Eraser.labels(corrected), seed)));
    }
    root.put("changed", changed(measured));
    report.ifPresent(each -> {
      each.notes().forEach(root.putArray("notes")::add);
      ArrayNode tried = root.putArray("patches");
      each.patches().forEach(patch -> tried.addObject().put("patch", patch.word()).put("hidden", patch.hidden())
          .put("components", patch.components()).put("log_error", patch.logError())
          .put("cross_entropy", patch.crossEntropy()).put("cross_entropy_floor", patch.floor())
          .put("readability", patch.readability()));
      ArrayNode estimators = root.putArray("estimators");
      each.estimators().forEach(one -> estimators.addObject().put("estimator", one.estimator().word())
          .put("cross_entropy", one.crossEntropy()).put("strength", one.strength()));
    });
    return root;
  }
}
