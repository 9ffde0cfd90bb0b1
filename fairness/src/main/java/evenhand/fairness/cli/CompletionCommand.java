package evenhand.fairness.cli;

import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion}: what makes the shell complete commands, options and names. */
@Command(name = "completion", header = "Prints a script by which bash or zsh completes commands, options and names.",
    description = "The one script is for both shells. In bash: source <(evenhand completion bash). In zsh the same,"
        + " after autoload -U compinit && compinit. Put the line into ~/.bashrc or ~/.zshrc to keep it.",
    footer = {"%nExamples:", "  evenhand completion bash", "  evenhand completion zsh"})
final class CompletionCommand implements Runnable {
  /** The shells. */
  static final class Shells extends Words {
    Shells() {
      super(() -> List.of("bash", "zsh"));
    }
  }

  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "bash|zsh", arity = "0..1", defaultValue = "bash", description = "The shell.",
      completionCandidates = Shells.class)
  private String shell;

  /** With names of files where an option takes one, which picocli does not see behind an Optional. */
  private static String withFiles(String script) {
    String out = script;
    for (String option : List.of("--csv", "--test-csv", "--config", "--out", "--json", "--logits", "--onnx", "--save",
        "--apply", "--templates")) {
      out = out.replace("    '" + option + "')\n      return\n", "    '" + option + "')\n      local IFS=$'\\n'\n"
          + "      type compopt &>/dev/null && compopt -o filenames\n"
          + "      COMPREPLY=( $( compgen -f -- \"${curr_word}\" ) )\n      return $?\n");
    }
    return out;
  }

  @Override
  public void run() {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw Failures.wrongUsage(spec, "completion is for bash and zsh, got " + shell);
    }
    spec.commandLine().getOut().print(withFiles(AutoComplete.bash(spec.root().name(), spec.root().commandLine())));
  }
}
