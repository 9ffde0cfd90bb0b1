package evenhand.fairness.report;

import evenhand.fairness.influence.Influence;
import evenhand.fairness.influence.LeaveOut;
import evenhand.fairness.report.DataTable.Cell;
import evenhand.fairness.report.Figure.Kind;
import evenhand.fairness.report.Figure.Look;
import evenhand.fairness.report.Figure.Point;
import evenhand.fairness.report.Figure.Series;
import evenhand.fairness.report.Page.Block;
import evenhand.fairness.report.Page.Card;
import evenhand.fairness.report.Page.Section;
import evenhand.fairness.study.InfluenceStudy;
import evenhand.fairness.study.InfluenceStudy.Found;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The page on which training rows make a gap.
 *
 * @param data name of the data
 * @param measure what rows have an influence on, in words
 * @param study what was asked
 * @param found what came out
 * @param checked trainings without sets of rows, if asked for
 * @param sets what these sets are, in words
 * @param command the command line that repeats it
 * @param versions of the program, the Java runtime and the device, in words
 */
public record InfluenceReport(String data, String measure, InfluenceStudy study, Found found,
    Optional<LeaveOut> checked, List<String> sets, String command, String versions) {
  /** What chooses the directory, for messages. */
  public static final String OPTION = "--report DIR";
  private static final int POINTS = 60;
  private static final int TOP = 50;

  /**
   * Writes the files, the page last.
   *
   * @return where the page is
   * @throws java.io.UncheckedIOException if a file cannot be written
   */
  public Path write(Path directory) {
    return page().write(directory, OPTION);
  }

  /** What the page says. */
  Page page() {
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("summary", "Summary", List.of(new Page.Cards(List.of(
        new Card("What was asked", asked()), new Card("What was found", findings()),
        new Card("How far it holds", trust()))))));
    sections.add(new Section("leaving-out", "Leaving rows out", leavingOut()));
    sections.add(new Section("cells", "Labels and groups", cells()));
    sections.add(new Section("rows", "The rows that raise it most", List.of(rows())));
    sections
        .add(new Section("repeat", "To repeat", List.of(new Page.Code(command), new Page.Words("Seed " + study.seed()
            + ". " + versions + "."))));
    return new Page(data + ": which rows make the gap?", String.format(Locale.ROOT,
        "%,d training and %,d test rows; model %s on %s.", found.train().rows(), study.split().test().rows(),
        study.model(), study.device().name()), sections, command, versions);
  }

  private List<String> asked() {
    return List.of("Which training rows raise the " + measure + " of the test rows, and by how much?",
        "A row's influence is what the " + measure + " would lose if the row were left out and the last layer trained"
            + " again, to first order. Above 0 it raises the gap; 0 is no influence.");
  }

  private List<String> findings() {
    double[] rows = found.influence().rows();
    long raise = Arrays.stream(rows).filter(each -> each > 0).count();
    return List.of(String.format(Locale.ROOT, "The %s is %.4f; %,d training rows raise it, %,d lower it.", measure,
        found.influence().measure(), raise, Arrays.stream(rows).filter(each -> each < 0).count()),
        found.toZero() < raise ? String.format(Locale.ROOT, "By the prediction, leaving out the top %,d takes it to 0.",
            found.toZero()) : "By the prediction, leaving out every row that raises it does not take it to 0.");
  }

  private List<String> trust() {
    List<String> out = new ArrayList<>();
    checked.ifPresentOrElse(check -> {
      LeaveOut.Outcome first = check.outcomes().getFirst();
      out.add(
          String.format(Locale.ROOT, "Trained again without the top %d rows, it changes by %.4f; %.4f was predicted.",
              first.rows().length, first.retrained(), first.predicted()));
      out.add(
          "Over " + check.outcomes().size() + " sets of rows the rank correlation of prediction and training again is "
              + (check.rankCorrelation().isPresent() ? DataTable.number(check.rankCorrelation().getAsDouble())
                  : "undetermined")
              + ": the ranking " + (check.isTrustworthy() ? "holds." : "is not trustworthy (below 0.9)."));
    }, () -> out.add("Not checked: --verify K trains again without the top K rows."));
    Influence influence = found.influence();
    if (influence.optimality() > 1e-4 || influence.solution().damping() > 0) {
      out.add(String.format(Locale.ROOT, "Mind: |gradient| / rows is %.1e and the curvature was damped by %.1e.",
          influence.optimality(), influence.solution().damping()));
    }
    out.add("It says how rows move one gap of one model, not that a row is wrong, nor that leaving it out is right.");
    return out;
  }

  private List<Block> leavingOut() {
    Influence influence = found.influence();
    int raise = (int) Arrays.stream(influence.rows()).filter(each -> each > 0).count();
    int end = Math.max(1, Math.min(raise, Math.max(found.toZero(), largest())));
    List<Point> predicted = IntStream.rangeClosed(0, POINTS).map(i -> (int) ((long) i * end / POINTS)).distinct()
        .mapToObj(count -> Point.of(count, influence.measure() + (count == 0 ? 0
            : influence.predictedChange(influence.top(count)))))
        .toList();
    List<Series> series = new ArrayList<>(List.of(new Series("predicted", Look.A, predicted)));
    List<Point> again = checked.stream().flatMap(check -> IntStream.range(0, check.outcomes().size())
        .filter(set -> sets.get(set).startsWith("top ")).mapToObj(check.outcomes()::get))
        .map(each -> Point.of(each.rows().length, influence.measure() + each.retrained()))
        .sorted(Comparator.comparingDouble(Point::x)).toList();
    if (again.size() > 1) {
      series.add(new Series("trained again", Look.B, again));
    }
    List<Block> blocks = new ArrayList<>(List.of(Figure.plane("leaving-out", "Without the top rows",
        "The " + measure + " as more and more of the rows that raise it most are left out. Beyond 0 the prediction says"
            + " nothing.",
        Kind.LINES, "rows left out", measure, true, series)));
    checked.ifPresent(check -> {
      blocks.add(Figure.dots("trained-again", "Predicted and after training again", "Change of the " + measure
          + " without sets of rows: the top ones, sets spread over the ranking, random ones.", "change", true, sets,
          List.of(new Series("predicted", Look.A, changes(check, true)),
              new Series("trained again", Look.B, changes(check, false)))));
    });
    return blocks;
  }

  private int largest() {
    return checked.stream().flatMap(check -> check.outcomes().stream()).mapToInt(each -> each.rows().length).max()
        .orElse(0);
  }

  private static List<Point> changes(LeaveOut check, boolean predicted) {
    return IntStream.range(0, check.outcomes().size()).mapToObj(row -> Point.of(predicted
        ? check.outcomes().get(row).predicted() : check.outcomes().get(row).retrained(), row)).toList();
  }

  private List<Block> cells() {
    List<InfluenceStudy.Cell> all = found.cells();
    return List.of(Figure.dots("influence-by-cell", "Influence of all rows with a label, of a group",
        "Right of 0, these"
            + " rows together raise the " + measure + "; left of 0 they lower it.",
        "summed influence", true, all.stream()
            .map(each -> "label " + each.label() + ", " + each.group() + " (" + each.rows() + " rows)").toList(),
        List.of(new Series("influence", Look.ACCENT, IntStream.range(0, all.size())
            .mapToObj(row -> Point.of(all.get(row).influence(), row)).toList()))));
  }

  private DataTable rows() {
    List<List<Cell>> rows = new ArrayList<>();
    Arrays.stream(found.influence().ranking()).limit(TOP).forEach(row -> {
      int code = found.train().groups().codes()[row];
      double influence = found.influence().rows()[row];
      rows.add(List.of(Cell.of(Integer.toString(found.numbers()[row]), found.numbers()[row]),
          Cell.of(found.train().labelLevels().get(found.train().y()[row])),
          Cell.of(code < 0 ? "unknown" : found.train().groups().levels().get(code)),
          Cell.of(String.format(Locale.ROOT, "%.3e", influence), influence)));
    });
    return new DataTable("rows",
        "The first " + rows.size() + "; numbers of rows count from 1 in the data set. The file of"
            + " --out has all.",
        List.of("row", "label", "group", "influence"), rows);
  }
}
