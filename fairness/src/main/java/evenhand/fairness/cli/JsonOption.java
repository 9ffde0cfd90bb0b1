package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.JsonNode;
import evenhand.fairness.report.OutputFiles;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code --json FILE}: the results for other programs. */
final class JsonOption {
  private static final String STANDARD_OUTPUT = "-";
  private static final String NAME = "--json FILE";

  @Option(names = "--json", paramLabel = "FILE",
      description = "Write the results as JSON; - writes them to standard output and nothing else there.")
  private Optional<String> file = Optional.empty();

  /** Does standard output belong to the JSON? */
  boolean ownsOutput() {
    return file.filter(STANDARD_OUTPUT::equals).isPresent();
  }

  /** Where words for people go. */
  PrintWriter words(CommandSpec spec) {
    return ownsOutput() || EvenhandCommand.isQuiet(spec) ? new PrintWriter(Writer.nullWriter())
        : spec.commandLine().getOut();
  }

  /** Fails now rather than after the work if the file cannot be written. */
  void requireWritable() {
    path().ifPresent(path -> OutputFiles.requireWritableFile(path, NAME));
  }

  /** Writes the results, if that was asked for. */
  void write(CommandSpec spec, JsonNode json) {
    String text = json.toPrettyString() + System.lineSeparator();
    if (ownsOutput()) {
      spec.commandLine().getOut().print(text);
    }
    path().ifPresent(path -> OutputFiles.write(path, text, NAME));
  }

  private Optional<Path> path() {
    return file.filter(name -> !name.equals(STANDARD_OUTPUT)).map(Path::of);
  }
}
