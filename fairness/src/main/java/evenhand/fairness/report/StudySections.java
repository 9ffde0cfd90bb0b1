package evenhand.fairness.report;

import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metric;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.report.DataTable.Cell;
import evenhand.fairness.report.Figure.Kind;
import evenhand.fairness.report.Figure.Look;
import evenhand.fairness.report.Figure.Point;
import evenhand.fairness.report.Figure.Series;
import evenhand.fairness.report.Page.Block;
import evenhand.fairness.report.Page.Section;
import evenhand.fairness.report.Page.Term;
import evenhand.fairness.study.Comparison;
import evenhand.fairness.study.LanguageStudy;
import evenhand.fairness.study.MatchedAccuracy;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.study.StudyResult.Run;
import evenhand.fairness.study.StudyResult.Spread;
import evenhand.fairness.study.StudyResult.Summary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The sections of a study's page that compare methods. */
final class StudySections {
  private static final String BASELINE = "erm";
  private static final Map<String, String> RATES = new LinkedHashMap<>();

  static {
    RATES.put("tpr", "True positive rate: share of the rows with label 1 that are predicted 1");
    RATES.put("fpr", "False positive rate: share of the rows with label 0 that are predicted 1");
    RATES.put("selection_rate", "Selection rate: share of the rows that are predicted 1");
    RATES.put("accuracy", "Accuracy: share of the rows that are predicted right");
  }

  private final StudyResult result;
  private final String gap;
  private final List<String> shown;
  private final int seeds;
  private final String spread;

  StudySections(StudyResult result) {
    this.result = result;
    this.gap = Verdict.betweenGroups(result.target());
    this.shown = List.of("accuracy", gap, Verdict.toOverall(result.target()));
    this.seeds = (int) result.runs().stream().map(Run::seed).distinct().count();
    this.spread = seeds == 1 ? "The bars are 95% bootstrap intervals of the one seed."
        : "Points are means over " + seeds + " seeds, the bars reach from the lowest seed to the highest.";
  }

  // ---- methods ----

  Section methods() {
    List<Block> blocks = new ArrayList<>();
    List<Summary> measured = result.summary().stream().filter(each -> each.metrics().containsKey(gap))
        .sorted(Comparator.comparingDouble(each -> each.metrics().get(gap).mean())).toList();
    if (!measured.isEmpty()) {
      List<String> rows = measured.stream().map(Summary::method).toList();
      blocks.add(Figure.dots("gap-by-method", "Gap by method", spread + " Further left is better; plain training (erm)"
          + " is black, or white on a dark page.", gap, true, rows,
          List.of(new Series("plain training", Look.INK, ranges(rows, gap, true)),
              new Series("methods", Look.ACCENT, ranges(rows, gap, false)))));
    }
    List<String> header = new ArrayList<>(List.of("method"));
    header.addAll(shown);
    header.add("fit seconds");
    blocks.add(new DataTable("methods", seeds == 1 ? "One seed; below each number its 95% bootstrap interval."
        : "Mean ± standard deviation over " + seeds + " seeds; below, the lowest and the highest seed.", header,
        result.summary().stream().map(this::row).toList()));
    return new Section("methods", "Methods", blocks);
  }

  private List<Point> ranges(List<String> rows, String metric, boolean plain) {
    return IntStream.range(0, rows.size()).filter(row -> rows.get(row).equals(BASELINE) == plain).mapToObj(row -> {
      Cell cell = cell(rows.get(row), metric);
      return new Point(cell.value().orElseThrow(), row, cell.low(), cell.high(), "");
    }).toList();
  }

  private List<Cell> row(Summary summary) {
    List<Cell> row = new ArrayList<>(List.of(Cell.of(summary.method())));
    shown.forEach(metric -> row.add(cell(summary.method(), metric)));
    row.add(Cell.of(String.format(Locale.ROOT, "%.2f", summary.fitSeconds()), summary.fitSeconds()));
    return row;
  }

  /** A method's mean with the range of its seeds, or its one value with its interval. */
  private Cell cell(String method, String metric) {
    List<Measured> values = result.runs().stream().filter(run -> run.method().equals(method))
        .map(run -> run.metrics().get(metric)).filter(each -> each != null && each.isDetermined()).toList();
    if (values.size() < 2) {
      return values.isEmpty() ? Cell.of("undetermined") : Cell.of(values.getFirst());
    }
    Spread over = result.summary().stream().filter(each -> each.method().equals(method)).findFirst().orElseThrow()
        .metrics().get(metric);
    double[] all = values.stream().mapToDouble(each -> each.value().getAsDouble()).sorted().toArray();
    return Cell.of(DataTable.number(over.mean()) + " ± " + DataTable.number(over.sd()), over.mean())
        .within(all[0], all[all.length - 1]);
  }

  // ---- trade-off ----

  Section tradeOff() {
    Map<Boolean, List<Summary>> lines = Stream.concat(result.summary().stream(),
        StudyResult.summary(result.sweep()).stream())
        .filter(each -> each.metrics().containsKey(gap) && each.metrics().containsKey("accuracy"))
        .collect(Collectors.partitioningBy(each -> each.variant().isEmpty()));
    List<Point> asked = lines.get(true).stream().map(this::point).toList();
    List<Point> strengths = lines.get(false).stream().map(this::point).toList();
    if (asked.isEmpty()) {
      return new Section("trade-off", "Accuracy against gap", List.of());
    }
    Set<Point> front = ParetoFront.of(Stream.concat(asked.stream(), strengths.stream()).toList());
    Predicate<Point> plain = point -> point.label().equals(BASELINE);
    List<Series> series = new ArrayList<>();
    if (seeds > 1) {
      series.add(new Series("single seeds", Look.FAINT, singleSeeds()));
    }
    series.add(new Series("Pareto front", Look.FRONT, List.copyOf(front)));
    series.add(new Series("other strengths", Look.SMALL, without(strengths, front::contains)));
    series.add(new Series("beaten in both by another", Look.MUTED, without(asked, plain.or(front::contains))));
    series.add(new Series("on the front", Look.ACCENT, without(List.copyOf(front), plain)));
    series.add(new Series("plain training", Look.INK, without(asked, plain.negate())));
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Page.Words("None is better in both than one on the Pareto front: "
        + String.join(", ", front.stream().map(Point::label).toList()) + ". On it, less gap is paid for with accuracy."
        + (seeds == 1 ? "" : " The front is of means over seeds; one that is ahead by less than the seeds differ may be"
            + " ahead by chance.")
        + (strengths.isEmpty() ? " Other strengths of the methods: --sweep." : "")));
    blocks.add(Figure.plane("trade-off", "Accuracy against gap", "Up is more accurate, left is a smaller gap. Blue: the"
        + " Pareto front. Plain training (erm) is black, or white on a dark page."
        + (strengths.isEmpty() ? "" : " Grey dots: other strengths.")
        + (seeds > 1 ? " Faint dots: single seeds." : ""), Kind.SCATTER, gap, "accuracy", false,
        series.stream().filter(each -> !each.points().isEmpty()).toList()));
    MatchedAccuracy.of(result).ifPresent(matched -> blocks.add(matched(matched)));
    return new Section("trade-off", "Accuracy against gap", blocks);
  }

  private Point point(Summary of) {
    return Point.of(of.metrics().get(gap).mean(), of.metrics().get("accuracy").mean())
        .labelled(of.variant().isEmpty() ? of.method() : of.method() + " (" + of.variant() + ")");
  }

  private static List<Point> without(List<Point> points, Predicate<Point> out) {
    return points.stream().filter(out.negate()).toList();
  }

  private List<Point> singleSeeds() {
    return result.runs().stream()
        .filter(run -> run.metrics().get(gap).isDetermined() && run.metrics().get("accuracy").isDetermined())
        .map(run -> Point.of(run.metrics().get(gap).value().getAsDouble(),
            run.metrics().get("accuracy").value().getAsDouble()).labelled(run.method() + ", seed " + run.seed()))
        .toList();
  }

  private static DataTable matched(MatchedAccuracy matched) {
    List<String> header = new ArrayList<>(List.of("method"));
    matched.levels().forEach(level -> header.add(String.format(Locale.ROOT, "gap at accuracy -%.3f", level.cost())));
    List<List<Cell>> rows = matched.levels().stream().flatMap(level -> level.methods().stream())
        .map(MatchedAccuracy.Reached::method).distinct().map(method -> {
          List<Cell> row = new ArrayList<>(List.of(Cell.of(method)));
          matched.levels().forEach(level -> row.add(level.of(method).map(reached -> Cell.of(reached.gap()))
              .orElseGet(() -> Cell.of("–"))));
          return row;
        }).toList();
    return new DataTable("matched-accuracy",
        "The gap that each method leaves where it may cost so much accuracy against "
            + matched.reference()
            + "; – where it does not reach it. Between strengths, some rows go to one and some to the"
            + " other.",
        header, rows);
  }

  // ---- paired comparisons ----

  Section paired() {
    List<Comparison> all = seeds == 1 ? List.of() : result.summary().stream()
        .filter(each -> !each.method().equals(BASELINE))
        .flatMap(each -> Comparison.of(result, each.method(), BASELINE).stream()).toList();
    List<Block> blocks = new ArrayList<>();
    if (!all.isEmpty()) {
      String intervals = "Mean over seeds of the difference on the same seed, with 95% intervals by Student's t"
          + (result.overlap() > 0 ? ", widened because the seeds share rows." : ".");
      List<Comparison> drawn = all.stream().filter(each -> each.differences().get(gap).isDetermined())
          .sorted(Comparator.comparingDouble(each -> each.differences().get(gap).value().orElseThrow())).toList();
      if (!drawn.isEmpty()) {
        blocks.add(Figure.dots("against-plain", "Change of the gap against plain training", intervals
            + " Left of 0 is a smaller gap; an interval that holds 0, in grey, leaves it open.",
            gap + ", minus plain training's", true,
            drawn.stream().map(Comparison::method).toList(), Stream.of(true, false)
                .map(apart -> new Series(apart ? "told apart" : "left open", apart ? Look.ACCENT : Look.MUTED,
                    differences(drawn, apart)))
                .filter(each -> !each.points().isEmpty()).toList()));
      }
      blocks.add(comparisons("against-plain-training", "Minus plain training's. " + intervals, all, "method"));
    }
    List<Comparison> parts = Comparison.ofAblations(result);
    if (!parts.isEmpty()) {
      blocks.add(comparisons("ablations", "Without a part, minus the whole method's.", parts, "method without a part"));
    }
    return new Section("paired", "Seed by seed", blocks);
  }

  private List<Point> differences(List<Comparison> drawn, boolean apart) {
    return IntStream.range(0, drawn.size()).filter(row -> drawn.get(row).tellsApart(gap) == apart).mapToObj(row -> {
      Measured change = drawn.get(row).differences().get(gap);
      return new Point(change.value().getAsDouble(), row, change.low(), change.high(), "");
    }).toList();
  }

  private DataTable comparisons(String id, String caption, List<Comparison> all, String of) {
    List<String> header = new ArrayList<>(List.of(of));
    header.addAll(shown);
    header.add("seeds");
    return new DataTable(id, caption, header, all.stream().map(each -> {
      List<Cell> row = new ArrayList<>(List.of(Cell.of(each.variant().isEmpty() ? each.method()
          : each.method() + " (" + each.variant() + ")")));
      shown.forEach(metric -> row.add(Cell.of(each.differences().get(metric))));
      row.add(Cell.of(each.seeds()));
      return row;
    }).toList());
  }

  // ---- groups ----

  Section groups() {
    List<String> groups = List.copyOf(new LinkedHashSet<>(result.runs().stream()
        .flatMap(run -> run.groups().stream()).map(GroupRates::group).toList()));
    List<Block> blocks = new ArrayList<>();
    if (groups.isEmpty()) {
      return new Section("groups", "Rates of each group", blocks);
    }
    blocks.add(new Page.Words("A gap says how far groups are apart, not which is ahead. " + (groups.size() > 6
        ? "There are " + groups.size() + " groups, so their dots look alike; the numbers name them."
        : "")));
    Map<String, String> wanted = new LinkedHashMap<>(RATES);
    if (result.target().equals("demographic_parity")) { // its rate first
      wanted.remove("tpr");
      wanted.remove("fpr");
    }
    RATES.forEach(wanted::putIfAbsent);
    wanted.forEach((rate, words) -> {
      List<Series> series = IntStream.range(0, groups.size()).mapToObj(g -> new Series(named(groups.get(g)),
          Look.of(g, groups.size()), rates(groups.get(g), rate))).filter(each -> !each.points().isEmpty()).toList();
      if (!series.isEmpty()) {
        blocks.add(Figure.dots("groups-" + rate.replace('_', '-'), words, seeds == 1
            ? "The bars are Wilson's 95% intervals." : spread, rate, false, methodNames(), series));
      }
    });
    return new Section("groups", "Rates of each group", blocks);
  }

  /** A group as one says it: {@code sex = Female}. */
  private String named(String group) {
    return result.data().sensitive().size() == 1 ? result.data().sensitive().getFirst() + " = " + group : group;
  }

  private List<String> methodNames() {
    return result.summary().stream().map(Summary::method).toList();
  }

  private List<Point> rates(String group, String rate) {
    List<Point> points = new ArrayList<>();
    List<String> methods = methodNames();
    for (int row = 0; row < methods.size(); row++) {
      String method = methods.get(row);
      List<Measured> values = result.runs().stream().filter(run -> run.method().equals(method))
          .flatMap(run -> run.groups().stream()).filter(each -> each.group().equals(group))
          .flatMap(each -> each.rates().entrySet().stream()).filter(each -> each.getKey().equals(rate))
          .map(Map.Entry::getValue).filter(Measured::isDetermined).toList();
      double[] all = values.stream().mapToDouble(each -> each.value().getAsDouble()).sorted().toArray();
      if (all.length == 1) {
        points.add(new Point(all[0], row, values.getFirst().low(), values.getFirst().high(), ""));
      } else if (all.length > 1) {
        points.add(new Point(Arrays.stream(all).average().orElseThrow(), row, OptionalDouble.of(all[0]),
            OptionalDouble.of(all[all.length - 1]), ""));
      }
    }
    return points;
  }

  // ---- before and after ----

  Section corrections() {
    List<Block> blocks = new ArrayList<>();
    for (String method : methodNames()) {
      List<Run> own = result.runs().stream().filter(run -> run.method().equals(method) && !run.before().isEmpty())
          .toList();
      List<String> metrics = Stream.concat(shown.stream(), Stream.of(
          "balanced_accuracy", "worst_group_accuracy")).filter(
              metric -> !own.isEmpty() && own.stream()
                  .allMatch(run -> run.before().get(metric).isDetermined() && run.metrics().get(metric).isDetermined()))
          .toList();
      if (!metrics.isEmpty()) {
        blocks.add(Figure.dots("before-after-" + method, "Before and after " + method, "The model that " + method
            + " corrects, and the same with the correction." + (seeds == 1 ? "" : " Means over seeds."), "value", true,
            metrics, List.of(new Series("before", Look.A, means(own, metrics, true)),
                new Series("after", Look.B, means(own, metrics, false)))));
      }
    }
    return new Section("corrections", "Before and after a correction", blocks);
  }

  private static List<Point> means(List<Run> runs, List<String> metrics, boolean before) {
    return IntStream.range(0, metrics.size()).mapToObj(row -> Point.of(runs.stream()
        .map(run -> (before ? run.before() : run.metrics()).get(metrics.get(row)))
        .mapToDouble(each -> each.value().getAsDouble()).average().orElseThrow(), row)).toList();
  }

  // ---- tables and words ----

  Section numbers() {
    boolean variants = result.everyRun().stream().anyMatch(run -> !run.variant().isEmpty());
    List<String> header = new ArrayList<>(variants ? List.of("method", "seed", "variant") : List.of("method", "seed"));
    header.addAll(shown);
    header.add("fit seconds");
    List<List<Cell>> runs = new ArrayList<>();
    for (Run run : result.everyRun()) {
      List<Cell> row = new ArrayList<>(List.of(Cell.of(run.method()), Cell.of(Long.toString(run.seed()), run.seed())));
      if (variants) {
        row.add(Cell.of(run.variant()));
      }
      shown.forEach(metric -> row.add(Cell.of(run.metrics().get(metric))));
      row.add(Cell.of(String.format(Locale.ROOT, "%.2f", run.fitSeconds()), run.fitSeconds()));
      runs.add(row);
    }
    List<String> methods = new ArrayList<>(List.of("metric"));
    methods.addAll(methodNames());
    List<List<Cell>> metrics = new ArrayList<>();
    for (String metric : names()) {
      List<Cell> row = new ArrayList<>(List.of(Cell.of(metric)));
      result.summary().forEach(each -> row.add(each.metrics().containsKey(metric)
          ? Cell.of(each.metrics().get(metric).mean()) : Cell.of("–")));
      metrics.add(row);
    }
    return new Section("numbers", "All numbers", List.of(
        new DataTable("runs", "Every run, with 95% bootstrap intervals. study.json has all metrics of each.", header,
            runs),
        new DataTable("metrics", "Every metric, mean over seeds; – where no seed determines it.", methods, metrics)));
  }

  private List<String> names() {
    return List.copyOf(new LinkedHashSet<>(result.runs().stream().flatMap(run -> run.metrics().keySet().stream())
        .toList()));
  }

  Section meanings() {
    StudyResult.Data data = result.data();
    List<Term> terms = new ArrayList<>();
    for (String name : names()) {
      if (LanguageStudy.METRICS.containsKey(name)) {
        terms.add(new Term(name, LanguageStudy.METRICS.get(name) + "."));
      } else {
        Metric metric = Metrics.named(name);
        terms.add(new Term(name, String.format(Locale.ROOT, "%s From %s to %s, ideal %s.",
            ClassMetrics.description(name, data.classes()), plain(metric.lowest()), plain(metric.highest()),
            plain(metric.ideal()))));
      }
    }
    return new Section("meanings", "What the numbers mean", List.of(new Page.Words((data.classes() > 2
        ? "There are " + data.classes() + " labels, and none is the positive one. "
        : "Label 1, the positive one, is " + (data.positive().isEmpty() ? data.label()
            : data.label() + " = " + data.positive()) + ". ")
        + "A difference between groups is the largest rate less the smallest, so it is never negative, and 0 is ideal; a"
        + " ratio is ideal at 1. A metric is undetermined where a group has no rows to divide by, which is not 0."),
        new Page.Terms(terms)));
  }

  private static String plain(double value) {
    return value == Double.POSITIVE_INFINITY ? "infinity" : String.format(Locale.ROOT, "%.0f", value);
  }

  Section settings() {
    Map<String, String> all = new LinkedHashMap<>();
    result.runs().forEach(run -> all.putAll(run.settings()));
    return new Section("settings", "Settings", all.isEmpty() ? List.of() : List.of(new DataTable("settings",
        "The same for every seed.", List.of("setting", "value"), all.entrySet().stream()
            .map(entry -> List.of(Cell.of(entry.getKey()), Cell.of(entry.getValue()))).toList())));
  }
}
