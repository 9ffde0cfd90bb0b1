package evenhand.fairness.cli;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** Command lines as one would type them. */
final class Shell {
  private Shell() {}

  /** The command line that was given, quoted where a shell needs it. */
  static String line(CommandSpec spec) {
    List<String> words = spec.root().commandLine().getParseResult().originalArgs();
    return words.stream().map(Shell::quoted).collect(Collectors.joining(" ", spec.root().name() + " ", ""));
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
