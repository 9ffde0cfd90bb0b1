package evenhand.fairness.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import evenhand.fairness.data.DataException;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Every failure as one line on standard error and an exit code; the stack trace only with {@code --verbose}. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  /** Wrong usage. */
  @Override
  public int handleParseException(ParameterException e, String[] args) {
    String message = sentence(e.getMessage());
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getSuggestions().isEmpty()) {
      message += "; did you mean '" + unmatched.getSuggestions().getFirst() + "'?";
    }
    String ask = message.endsWith("?") ? " See '" : "; see '";
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    e.getCommandLine().getErr().println("evenhand: " + message + ask + command + " --help'");
    return ExitCode.USAGE;
  }

  /** A failure of the work itself. */
  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println("evenhand: " + sentence(switch (e) {
      case DataException data -> data.getMessage();
      case IllegalArgumentException wrong -> wrong.getMessage();
      case IllegalStateException failed -> failed.getMessage();
      case UncheckedIOException io -> io.getMessage();
      case IOException io -> io.getMessage();
      default -> "unexpected " + e + "; this is a fault of evenhand, please report it with the output of --verbose";
    }));
    if (command.getCommandSpec().root().userObject() instanceof EvenhandCommand root && root.verbose()) {
      e.printStackTrace(err);
    }
    return ExitCode.SOFTWARE;
  }

  private static String sentence(String message) {
    String line = String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " ");
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  /** What a user's words give; an {@link IllegalArgumentException} means that they are wrong usage. */
  static <T> T parsed(CommandSpec spec, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw wrongUsage(spec, e.getMessage());
    }
  }

  /** To be thrown on wrong usage. */
  static ParameterException wrongUsage(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
