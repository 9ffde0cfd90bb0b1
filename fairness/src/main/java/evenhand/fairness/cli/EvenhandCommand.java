package evenhand.fairness.cli;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command above all commands; alone it shows them. */
@Command(name = "evenhand", scope = ScopeType.INHERIT, mixinStandardHelpOptions = true,
    versionProvider = EvenhandCommand.Version.class, sortOptions = false, usageHelpAutoWidth = true,
    header = "Finds, measures and removes bias in trained and training models.",
    description = "Begin with 'evenhand study': it needs no data and no network.", synopsisHeading = "Usage: ",
    commandListHeading = "%nCommands:%n", optionListHeading = "%nOptions:%n", parameterListHeading = "%n",
    descriptionHeading = "%n", subcommands = {
        StudyCommand.class, AuditCommand.class, AuditModelCommand.class, InfluenceCommand.class, EraseCommand.class,
        RewriteCommand.class, DataCommand.class, MethodsCommand.class, DevicesCommand.class, CompletionCommand.class})
final class EvenhandCommand implements Runnable {
  /** The versions of this program and of Java. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[]{words()};
    }

    /** {@code evenhand 0.1.0, Java 25.0.1}. */
    static String words() {
      String own = Optional.ofNullable(Version.class.getModule().getDescriptor())
          .flatMap(ModuleDescriptor::rawVersion)
          .orElse("(development)");
      return "evenhand " + own + ", Java " + Runtime.version();
    }
  }

  @Spec
  private CommandSpec spec;

  @Option(names = "--quiet", scope = ScopeType.INHERIT,
      description = "Print nothing but errors; files and --json are written all the same.")
  private boolean quiet;

  @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show the stack trace of an error.")
  private boolean verbose;

  /** Is a command to print nothing? */
  static boolean isQuiet(CommandSpec spec) {
    return spec.root().userObject() instanceof EvenhandCommand root && root.quiet;
  }

  boolean verbose() {
    return verbose;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
