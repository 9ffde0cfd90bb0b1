package evenhand.fairness.cli;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The terminal that words go to, if they do: how wide it is and whether it shows colour. */
final class Terminal {
  /** Without a terminal. */
  private static final int USUAL = 80;
  private static final int NARROWEST = 40;
  /** Lines longer than this are hard to read. */
  private static final int WIDEST = 120;

  private static final boolean ATTACHED = attached();
  private static final int WIDTH = Math.clamp(number(System.getenv("COLUMNS"))
      .or(() -> ATTACHED ? columns() : Optional.empty()).orElse(USUAL), NARROWEST, WIDEST);

  private Terminal() {}

  /** Are both standard input and output a terminal? Java cannot tell for each, nor for standard error. */
  static boolean isAttached() {
    return ATTACHED;
  }

  private static boolean attached() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** Columns to write in: those that COLUMNS says, else the terminal's, else 80. */
  static int width() {
    return WIDTH;
  }

  /** Colour only on a terminal that shows it, and not where NO_COLOR is set (https://no-color.org). */
  static boolean hasColour() {
    String no = System.getenv("NO_COLOR");
    return ATTACHED && (no == null || no.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
  }

  static String bold(String text) {
    return hasColour() ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  static String red(String text) {
    return hasColour() ? "\u001b[31m" + text + "\u001b[0m" : text;
  }

  /** What {@code stty} says of the terminal: rows and columns. */
  private static Optional<Integer> columns() {
    try {
      Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty"))
          .redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      return stty.waitFor(1, TimeUnit.SECONDS) ? number(size.replaceFirst(".* ", "")) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // no stty: not a POSIX system
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static Optional<Integer> number(String word) {
    return word != null && word.matches("[1-9]\\d{0,4}") ? Optional.of(Integer.valueOf(word)) : Optional.empty();
  }
}
