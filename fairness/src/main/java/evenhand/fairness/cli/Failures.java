package evenhand.fairness.cli;

import evenhand.autograd.io.FormatException;
import evenhand.fairness.data.DataException;
import evenhand.fairness.data.Nearest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Set;
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
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    String message = sentence(e instanceof UnmatchedArgumentException unmatched
        ? unmatched(unmatched.getUnmatched().getFirst(), spec)
        : e.getMessage());
    String ask = message.endsWith("?") ? " See '" : "; see '";
    e.getCommandLine().getErr().println("evenhand: " + message + ask + spec.qualifiedName() + " --help'");
    return ExitCode.USAGE;
  }

  private static String unmatched(String word, CommandSpec spec) {
    if (word.startsWith("-")) {
      String name = word.replaceFirst("=.*", "");
      return "option " + name + " is unknown; " + Nearest.hint(name, spec.optionsMap().keySet());
    }
    Set<String> commands = spec.subcommands().keySet();
    return commands.isEmpty() ? "'" + word + "' is one argument too many"
        : "command '" + word + "' is unknown; " + Nearest.hint(word, commands) + "choose from "
            + String.join(", ", commands);
  }

  /** A failure of the work itself. */
  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println("evenhand: " + sentence(switch (e) {
      case DataException data -> data.getMessage();
      case FormatException damaged -> damaged.getMessage();
      case IllegalArgumentException wrong -> wrong.getMessage();
      case IllegalStateException failed -> failed.getMessage();
      case ArithmeticException diverged -> diverged.getMessage(); // a loss that is no longer finite
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
    return String.valueOf(message).replaceAll("\\s*\\R\\s*", " ").replaceFirst("[.;\\s]+$", "");
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
