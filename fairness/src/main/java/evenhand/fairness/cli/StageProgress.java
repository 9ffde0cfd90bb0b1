package evenhand.fairness.cli;

import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** How far the stages of a piece of work are: a {@link Bar} for each. */
final class StageProgress implements AutoCloseable {
  private final CommandSpec spec;
  private final String task;
  private Optional<Bar> bar = Optional.empty();
  private String stage = "";

  StageProgress(CommandSpec spec, String task) {
    this.spec = spec;
    this.task = task;
  }

  /** So much of a stage is done; another stage begins another bar. */
  void at(String name, int done, int of) {
    if (!name.equals(stage)) {
      close();
      stage = name;
      bar = Optional.of(new Bar(spec, task + ": " + name, of, "steps", 1));
    }
    bar.ifPresent(shown -> shown.at(done));
  }

  @Override
  public void close() {
    bar.ifPresent(Bar::close);
    bar = Optional.empty();
  }
}
