package evenhand.fairness.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.report.DataTable.Cell;
import evenhand.fairness.report.Figure.Axis;
import evenhand.fairness.report.Figure.Point;
import evenhand.fairness.report.Figure.Series;
import evenhand.fairness.report.Page.Section;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A page as one HTML file that needs nothing else: style, script, charts and numbers are in it.
 *
 * <p>A content security policy lets the browser load nothing and run the page's own two scripts only, by their hashes, so
 * that no name in the data can become one. Without scripts, and on paper, the figures are drawings.
 */
final class HtmlPage {
  private static final int LONG = 20; // rows that a table shows without scrolling

  private final Page page;

  HtmlPage(Page page) {
    this.page = page;
  }

  String text() {
    boolean charts = !page.figures().isEmpty();
    String library = charts ? resource("echarts.min.js") : "";
    String script = resource("report.js");
    StringBuilder html = new StringBuilder(library.length() + 200_000);
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"
            + " script-src ")
        .append(hash(library)).append(' ').append(hash(script)).append("\">\n");
    html.append("<title>").append(escaped(page.title())).append("</title>\n<style>\n").append(resource("report.css"))
        .append("</style>\n</head>\n<body>\n");
    html.append("<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n<h1>").append(escaped(page.title()))
        .append("</h1>\n<p class=\"lead\">").append(escaped(page.lead())).append("</p>\n</header>\n");
    contents(html);
    html.append("<main id=\"main\">\n");
    page.sections().forEach(section -> section(html, section));
    html.append("</main>\n<footer>\n<p>").append(escaped(page.versions())).append("</p>\n</footer>\n");
    html.append("<script type=\"application/json\" id=\"figures\">").append(json()).append("</script>\n");
    html.append("<script>").append(library).append("</script>\n<script>").append(script).append("</script>\n");
    return html.append("</body>\n</html>\n").toString();
  }

  private void contents(StringBuilder html) {
    html.append("<nav aria-label=\"Contents\">\n<ul>\n");
    page.sections().forEach(section -> html.append("<li><a href=\"#").append(section.id()).append("\">")
        .append(escaped(section.title())).append("</a></li>\n"));
    html.append("</ul>\n</nav>\n");
  }

  private static void section(StringBuilder html, Section section) {
    html.append("<section id=\"").append(section.id()).append("\" aria-labelledby=\"").append(section.id())
        .append("-h\">\n<h2 id=\"").append(section.id()).append("-h\">").append(escaped(section.title()))
        .append("</h2>\n");
    section.blocks().forEach(block -> block(html, block));
    html.append("</section>\n");
  }

  private static void block(StringBuilder html, Page.Block block) {
    switch (block) {
      case Page.Words words -> html.append("<p>").append(escaped(words.text())).append("</p>\n");
      case Page.Heading heading -> html.append("<h3>").append(escaped(heading.text())).append("</h3>\n");
      case Page.Items items -> items(html, items.items());
      case Page.Code code -> html.append("<pre tabindex=\"0\"><code>").append(escaped(code.text()))
          .append("</code></pre>\n");
      case Page.Cards cards -> {
        html.append("<div class=\"cards\">\n");
        cards.cards().stream().filter(card -> !card.items().isEmpty()).forEach(card -> {
          html.append("<div class=\"card\">\n<h3>").append(escaped(card.title())).append("</h3>\n");
          items(html, card.items());
          html.append("</div>\n");
        });
        html.append("</div>\n");
      }
      case Page.Terms terms -> {
        html.append("<dl>\n");
        terms.terms().forEach(term -> html.append("<dt>").append(breakable(term.word())).append("</dt><dd>")
            .append(escaped(term.meaning())).append("</dd>\n"));
        html.append("</dl>\n");
      }
      case Page.Gallery gallery -> {
        html.append("<div class=\"gallery\">\n");
        gallery.all().forEach(figure -> figure(html, figure, 4));
        html.append("</div>\n");
      }
      case Figure figure -> figure(html, figure, 3);
      case DataTable table -> table(html, table, true);
    }
  }

  private static void items(StringBuilder html, List<String> items) {
    html.append("<ul>\n");
    items.forEach(item -> html.append("<li>").append(escaped(item)).append("</li>\n"));
    html.append("</ul>\n");
  }

  private static void figure(StringBuilder html, Figure figure, int level) {
    html.append("<figure id=\"figure-").append(figure.id()).append("\">\n<h").append(level).append('>')
        .append(escaped(figure.title())).append("</h").append(level).append(">\n");
    if (figure.needsKey()) {
      html.append("<p class=\"key\">");
      figure.series().forEach(each -> html.append("<span><span class=\"look ").append(each.look().name())
          .append("\" aria-hidden=\"true\"></span> ").append(escaped(each.name())).append("</span> "));
      html.append("</p>\n");
    }
    html.append("<div class=\"chart\" data-figure=\"").append(figure.id()).append("\" role=\"img\" aria-label=\"")
        .append(escaped("Chart. " + figure.title() + ". " + figure.caption() + " The numbers are in the table below."))
        .append("\"></div>\n<div class=\"drawing\">").append(new FigureSvg(figure).inline()).append("</div>\n");
    if (!figure.caption().isEmpty()) {
      html.append("<figcaption>").append(escaped(figure.caption())).append("</figcaption>\n");
    }
    html.append("<details><summary>Numbers<span class=\"hidden\"> of the figure: ").append(escaped(figure.title()))
        .append("</span></summary>\n");
    table(html, figure.table(), false);
    html.append("</details>\n</figure>\n");
  }

  /** A table that scrolls by itself; its columns sort on a click. */
  private static void table(StringBuilder html, DataTable table, boolean captioned) {
    if (captioned) { // above what scrolls
      html.append("<p class=\"caption\">").append(escaped(table.caption())).append("</p>\n");
    }
    html.append("<div class=\"wide").append(table.rows().size() > LONG ? " long" : "")
        .append("\" tabindex=\"0\" role=\"region\" aria-label=\"").append(escaped(table.caption()))
        .append("\"><table aria-label=\"").append(escaped(table.caption())).append("\">\n<thead><tr>");
    for (int column = 0; column < table.header().size(); column++) {
      html.append("<th scope=\"col\"").append(table.isNumeric(column) ? " class=\"n\"" : "").append('>')
          .append(breakable(table.header().get(column))).append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (List<Cell> row : table.rows()) {
      html.append("<tr>");
      for (int column = 0; column < row.size(); column++) {
        Cell cell = row.get(column);
        html.append(column == 0 ? "<th scope=\"row\"" : "<td").append(table.isNumeric(column) ? " class=\"n\"" : "");
        cell.value().ifPresent(value -> html.append(" data-v=\"").append(value).append('"'));
        html.append('>').append(escaped(cell.text()));
        if (!cell.small().isEmpty()) {
          html.append("<small>").append(escaped(cell.small())).append("</small>");
        }
        html.append(column == 0 ? "</th>" : "</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
  }

  // ---- what the script reads ----

  /** The figures as JSON in which no character can end a script or begin a comment. */
  private String json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    page.figures().forEach(figure -> root.set(figure.id(), json(figure)));
    return root.toString().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        .replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
  }

  private static ObjectNode json(Figure figure) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("kind", figure.kind().name()).put("spread", figure.isSpread());
    node.set("x", json(figure.x()));
    node.set("y", json(figure.y()));
    figure.rows().forEach(node.putArray("rows")::add);
    figure.mark().ifPresent(at -> node.put("mark", at));
    ArrayNode all = node.putArray("series");
    for (Series series : figure.series()) {
      ObjectNode one = all.addObject();
      one.put("name", series.name()).put("look", series.look().name());
      ArrayNode points = one.putArray("points");
      for (Point point : series.points()) {
        ArrayNode at = points.addArray().add(rounded(point.x())).add(rounded(point.y()));
        if (point.low().isPresent() || !point.label().isEmpty()) {
          at.add(point.label());
        }
        if (point.low().isPresent()) {
          at.add(rounded(point.low().getAsDouble())).add(rounded(point.high().orElseThrow()));
        }
      }
    }
    return node;
  }

  private static ObjectNode json(Axis axis) {
    return JsonNodeFactory.instance.objectNode().put("name", axis.name()).put("from", axis.from())
        .put("to", axis.to()).put("step", axis.step()).put("digits", axis.digits());
  }

  /** To six digits, which no eye sees on a screen. */
  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.6g", value));
  }

  private static String hash(String script) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks " + name + "; build it again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("</script", "<\\/script");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Text as markup. */
  static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** Text as markup in which long names may break behind an underscore. */
  private static String breakable(String text) {
    return escaped(text).replace("_", "_<wbr>");
  }
}
