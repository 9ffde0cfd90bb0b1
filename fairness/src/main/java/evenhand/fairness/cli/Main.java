package evenhand.fairness.cli;

import evenhand.fairness.data.DataException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;

/** Where the program begins. */
public final class Main {
  private Main() {}

  /** Runs a command and exits: 0 done, 1 failed, 2 wrong usage. */
  public static void main(String[] args) {
    Charset charset = System.out.charset();
    System.exit(run(args, new PrintWriter(System.out, true, charset), new PrintWriter(System.err, true, charset)));
  }

  /** Runs a command with its output going to the given places; the exit code. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    Failures failures = new Failures();
    CommandLine commands = new CommandLine(new EvenhandCommand())
        .setColorScheme(Help.defaultColorScheme(Terminal.hasColour() ? Ansi.ON : Ansi.OFF))
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
    try {
      return commands.execute(StudyConfig.expanded(args, commands.getSubcommands().get("study").getCommandSpec()));
    } catch (DataException | IllegalArgumentException e) { // of the file of options
      err.println("evenhand: " + e.getMessage());
      return e instanceof DataException ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.USAGE;
    } catch (OutOfMemoryError e) {
      err.println("evenhand: out of memory; use less data or a smaller model, or give Java more with"
          + " JDK_JAVA_OPTIONS=-Xmx8g");
      return CommandLine.ExitCode.SOFTWARE;
    } finally {
      out.flush();
      err.flush();
    }
  }
}
