package evenhand.fairness.report;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A report: what it says, without how it looks.
 *
 * @param title the heading
 * @param lead one or two sentences below it
 * @param sections in reading order
 * @param command the command line that repeats it
 * @param versions of the program, the Java runtime and the device, in words
 */
public record Page(String title, String lead, List<Section> sections, String command, String versions) {
  /** A part of the page that the table of contents leads to. Sections without blocks are left out. */
  public record Section(String id, String title, List<Block> blocks) {}

  /** What a section is made of. */
  public sealed interface Block permits Words, Items, Cards, Code, Terms, Heading, Gallery, Figure, DataTable {
    /** The figures in it. */
    default Stream<Figure> figures() {
      return Stream.empty();
    }
  }

  /** A paragraph. */
  public record Words(String text) implements Block {}

  /** A list. */
  public record Items(List<String> items) implements Block {}

  /** Short lists beside each other, each with a heading; those without items are left out. */
  public record Cards(List<Card> cards) implements Block {}

  /** One of {@link Cards}. */
  public record Card(String title, List<String> items) {}

  /** Something to type. */
  public record Code(String text) implements Block {}

  /** Words and what they mean. */
  public record Terms(List<Term> terms) implements Block {}

  /** One of {@link Terms}. */
  public record Term(String word, String meaning) {}

  /** A heading within a section. */
  public record Heading(String text) implements Block {}

  /** Small figures beside each other. */
  public record Gallery(List<Figure> all) implements Block {
    @Override
    public Stream<Figure> figures() {
      return all.stream();
    }
  }

  /** Leaves out sections without blocks. */
  public Page {
    sections = sections.stream().filter(section -> !section.blocks().isEmpty()).toList();
  }

  /** All figures, in reading order. */
  public List<Figure> figures() {
    return sections.stream().flatMap(section -> section.blocks().stream()).flatMap(Block::figures).toList();
  }

  /** All tables, in reading order, without those behind figures. */
  public List<DataTable> tables() {
    return sections.stream().flatMap(section -> section.blocks().stream())
        .flatMap(block -> block instanceof DataTable table ? Stream.of(table) : Stream.empty()).toList();
  }

  /**
   * Writes {@code report.html}, each figure as {@code figures/ID.svg} with its numbers in {@code figures/ID.csv}, and each
   * table as {@code tables/ID.csv}; the page last.
   *
   * @param option what chose the directory, for messages
   * @return where the page is
   * @throws java.io.UncheckedIOException if a file cannot be written
   */
  public Path write(Path directory, String option) {
    for (Figure figure : figures()) {
      OutputFiles.write(directory.resolve("figures/" + figure.id() + ".svg"), new FigureSvg(figure).file(), option);
      OutputFiles.write(directory.resolve("figures/" + figure.id() + ".csv"), figure.table().csv(), option);
    }
    for (DataTable table : tables()) {
      OutputFiles.write(directory.resolve("tables/" + table.id() + ".csv"), table.csv(), option);
    }
    Path page = directory.resolve("report.html");
    OutputFiles.write(page, new HtmlPage(this).text(), option);
    return page;
  }
}
