package evenhand.fairness.report;

import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Trajectory;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.ParityReport;
import evenhand.fairness.report.DataTable.Cell;
import evenhand.fairness.report.Figure.Kind;
import evenhand.fairness.report.Figure.Look;
import evenhand.fairness.report.Figure.Point;
import evenhand.fairness.report.Figure.Series;
import evenhand.fairness.report.Page.Block;
import evenhand.fairness.report.Page.Section;
import evenhand.fairness.study.LanguageStudy;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The sections of a study's page that look into models and their training; without blocks where there is nothing. */
final class ModelSections {
  private static final int POINTS = 60; // of a curve; more are not seen

  private final StudyResult result;
  private final List<String> methods;
  private final long seed;

  ModelSections(StudyResult result) {
    this.result = result;
    this.methods = result.runs().stream().map(Run::method).distinct().toList();
    this.seed = result.runs().isEmpty() ? 0 : result.runs().getFirst().seed();
  }

  private List<Run> runs(String method) {
    return result.runs().stream().filter(run -> run.method().equals(method)).toList();
  }

  // ---- training ----

  Section training() {
    List<Block> blocks = new ArrayList<>();
    for (String method : methods) {
      List<Figure> figures = new ArrayList<>();
      for (String quantity : quantities(method)) {
        figures.add(curves(method, quantity));
      }
      runs(method).stream().filter(run -> run.trajectory().isPresent()).findFirst()
          .ifPresent(run -> figures.add(watched(run)));
      if (!figures.isEmpty()) {
        blocks.add(new Page.Heading(method));
        blocks.add(new Page.Gallery(figures));
      }
    }
    if (!blocks.isEmpty()) {
      blocks.addFirst(new Page.Words("Losses are those that a method minimises, so they cannot be compared between"
          + " methods. The soft gap is the difference between groups of the mean probability, over the rows that the target"
          + " is about; it and the parity of layers are taken on at most 2,000 training rows. Grey lines are single"
          + " seeds. High parity is not a small gap."));
    }
    return new Section("training", "Training", blocks);
  }

  private List<String> quantities(String method) {
    return runs(method).stream().flatMap(run -> run.curves().stream()).filter(curve -> curve.over().equals(Curve.EPOCH))
        .map(Curve::quantity).distinct().toList();
  }

  /** One line: grey for each seed and their mean; several: their means. */
  private Figure curves(String method, String quantity) {
    Map<String, List<Curve>> lines = new LinkedHashMap<>();
    runs(method).stream().flatMap(run -> run.curves().stream()).filter(curve -> curve.quantity().equals(quantity))
        .forEach(curve -> lines.computeIfAbsent(curve.line(), each -> new ArrayList<>()).add(curve));
    List<Series> series = new ArrayList<>();
    if (lines.size() == 1) {
      List<Curve> seeds = lines.values().iterator().next();
      for (int i = 0; i < seeds.size() && seeds.size() > 1; i++) {
        series.add(new Series("seed " + runs(method).get(i).seed(), Look.FAINT, points(seeds.get(i))));
      }
    }
    int index = 0;
    for (Map.Entry<String, List<Curve>> line : lines.entrySet()) {
      String name = line.getKey().isEmpty() && line.getValue().size() > 1 ? "mean" : line.getKey();
      series.add(new Series(name, lines.size() == 1 ? Look.ACCENT : Look.of(index++, lines.size()),
          mean(line.getValue())));
    }
    return Figure.plane(id(method + "-" + quantity), method + ": " + quantity, "", Kind.LINES,
        Curve.EPOCH, quantity, !quantity.equals("loss"), series);
  }

  private static List<Point> points(Curve curve) {
    return IntStream.range(0, curve.x().size()).mapToObj(i -> Point.of(curve.x().get(i), curve.y().get(i)))
        .filter(thinned(curve.x().size(), curve.x())).toList();
  }

  /** The mean at those x that all curves have. */
  private static List<Point> mean(List<Curve> curves) {
    Map<Double, List<Double>> at = new TreeMap<>();
    curves.forEach(curve -> IntStream.range(0, curve.x().size())
        .forEach(i -> at.computeIfAbsent(curve.x().get(i), each -> new ArrayList<>()).add(curve.y().get(i))));
    at.values().removeIf(values -> values.size() < curves.size());
    List<Double> x = List.copyOf(at.keySet());
    return at.entrySet().stream().map(entry -> Point.of(entry.getKey(),
        entry.getValue().stream().mapToDouble(Double::doubleValue).average().orElseThrow()))
        .filter(thinned(x.size(), x)).toList();
  }

  /** Keeps every so manyth x and the last. */
  private static Predicate<Point> thinned(int size, List<Double> x) {
    int every = (size + POINTS - 1) / POINTS;
    return point -> {
      int index = x.indexOf(point.x());
      return every <= 1 || index % every == 0 || index == size - 1;
    };
  }

  private Figure watched(Run run) {
    Trajectory trajectory = run.trajectory().orElseThrow();
    List<Series> series = List.of(
        new Series("average precision", Look.A, epochs(trajectory, Trajectory.Epoch::averagePrecision)),
        new Series("soft gap", Look.B, epochs(trajectory, Trajectory.Epoch::softGap)));
    return Figure.plane(id(run.method() + "-held-out"), run.method() + ": on held-out rows", "Seed " + run.seed()
        + ". The dashed line marks epoch " + trajectory.chosen() + ", which was kept.", Kind.LINES,
        Curve.EPOCH,
        "value", true, series).marked(trajectory.chosen());
  }

  private static List<Point> epochs(Trajectory trajectory, Function<Trajectory.Epoch, Measured> value) {
    return trajectory.epochs().stream().filter(epoch -> value.apply(epoch).isDetermined())
        .map(epoch -> Point.of(epoch.number(), value.apply(epoch).value().getAsDouble())).toList();
  }

  // ---- units ----

  Section units() {
    List<List<Cell>> rows = new ArrayList<>();
    result.runs().stream().filter(run -> run.seed() == seed).forEach(run -> run.parity().ifPresent(report -> report
        .pairs().forEach(pair -> rows.add(cells(run.method(), pair, report.checks())))));
    return new Section("units", "Units by layer", rows.isEmpty() ? List.of() : List.of(new DataTable("units-by-layer",
        "How alike the units of a layer weigh in the losses of two groups, 0 to 1 (parameter parity), on test rows of seed "
            + seed + ", with 95% bootstrap intervals. Taken away: the same of what taking each unit away does to the"
            + " losses. Rank correlation: how well the first stands for the second, by group.",
        List.of("method", "layer", "groups", "parity", "taken away", "rank correlation", "units most apart"), rows)));
  }

  private static List<Cell> cells(String method, ParityReport.Pair pair, List<ParityReport.Check> checks) {
    String correlations = checks.stream()
        .filter(check -> check.layer().equals(pair.layer()) && check.over().equals(pair.over())
            && (check.group().equals(pair.a()) || check.group().equals(pair.b())))
        .map(check -> Cell.of(check.rankCorrelation()).text()).collect(Collectors.joining(", "));
    return List.of(Cell.of(method), Cell.of(pair.layer()),
        Cell.of(pair.a() + ", " + pair.b() + (pair.over().equals("rows") ? "" : "; " + pair.over())),
        Cell.of(pair.parity()), Cell.of(pair.ablated()), Cell.of(correlations), Cell.of(pair.apart().stream()
            .map(unit -> Integer.toString(unit.number())).collect(Collectors.joining(", "))));
  }

  // ---- language models ----

  Section language() {
    List<Block> blocks = new ArrayList<>();
    List<String> shifts = LanguageStudy.METRICS.keySet().stream().filter(name -> name.startsWith("p_")).toList();
    List<Series> series = new ArrayList<>();
    for (Summary summary : result.summary()) {
      List<Point> points = IntStream.range(0, shifts.size())
          .filter(row -> summary.metrics().containsKey(shifts.get(row)))
          .mapToObj(row -> Point.of(summary.metrics().get(shifts.get(row)).mean(), row)).toList();
      if (!points.isEmpty()) {
        series.add(new Series(summary.method().equals(LanguageStudy.BASE) ? "before" : "after " + summary.method(),
            Look.of(series.size(), result.summary().size()), points));
      }
    }
    if (series.isEmpty()) {
      return new Section("language", "The language model", blocks);
    }
    blocks.add(Figure.dots("probability-shifts", "Probabilities of she and he, before and after",
        "Mean probability of the word after names that the method was not trained on, mean over seeds.", "probability",
        true, shifts.stream().map(LanguageStudy.METRICS::get).toList(), series));
    result.runs().stream().filter(run -> run.curves().stream().anyMatch(
        curve -> curve.quantity().equals(LanguageStudy.ENCODINGS))).findFirst()
        .ifPresent(run -> blocks.add(encodings(run)));
    return new Section("language", "The language model", blocks);
  }

  private static Figure encodings(Run run) {
    List<Curve> curves = run.curves().stream().filter(curve -> curve.quantity().equals(LanguageStudy.ENCODINGS))
        .toList();
    List<Series> series = IntStream.range(0, curves.size()).mapToObj(i -> new Series(curves.get(i).line(),
        Look.of(i, curves.size()), points(curves.get(i)))).toList();
    return Figure.plane("encodings", "Encodings: what the learned feature says of texts",
        "Histogram of h over texts that"
            + " it was not trained on, seed " + run.seed()
            + ". A feature that tells gender puts the named texts at opposite"
            + " ends and neutral ones between.",
        Kind.LINES, curves.getFirst().over(), LanguageStudy.ENCODINGS, true, series);
  }

  // ---- words ----

  /** A name for files: letters, digits and hyphens. */
  static String id(String words) {
    return words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }
}
