package evenhand.fairness.report;

import java.util.List;

/** What a terminal showed, as a picture. */
final class TerminalSvg {
  private static final double WIDTH = 7.83; // of a letter of 13 px
  private static final int HEIGHT = 18; // of a line
  private static final int MARGIN = 16;

  private TerminalSvg() {}

  /** Light text on dark, the command that was given first. */
  static String of(String command, List<String> lines) {
    int letters = Math.max(command.length() + 2, lines.stream().mapToInt(String::length).max().orElse(0));
    int width = (int) (2 * MARGIN + WIDTH * letters);
    int height = 2 * MARGIN + HEIGHT * (lines.size() + 1);
    StringBuilder svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " "
        + height + "\" width=\"" + width + "\" role=\"img\" font-family=\"ui-monospace, 'DejaVu Sans Mono', monospace\""
        + " font-size=\"13\" fill=\"#d6dbe0\" xml:space=\"preserve\"><title>" + HtmlPage.escaped(command) + "</title>\n"
        + "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#14171a\"/>\n");
    text(svg, 0, "$ " + command, "#7cbcf5");
    for (int line = 0; line < lines.size(); line++) {
      text(svg, line + 1, lines.get(line), "");
    }
    return svg.append("</svg>\n").toString();
  }

  private static void text(StringBuilder svg, int line, String text, String colour) {
    if (!text.isBlank()) {
      svg.append("<text x=\"" + MARGIN + "\" y=\"" + (MARGIN + HEIGHT * line + 13) + "\""
          + (colour.isEmpty() ? "" : " fill=\"" + colour + "\"") + ">").append(HtmlPage.escaped(text))
          .append("</text>\n");
    }
  }
}
