package evenhand.fairness.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;

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
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
    try {
      return commands.execute(args);
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
