package evenhand.fairness.cli;

import java.util.List;
import java.util.stream.LongStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code --seeds} and {@code --seed}. */
final class SeedsOptions {
  @Option(names = "--seeds", paramLabel = "N", defaultValue = "3",
      description = "Number of seeds; each has a split or sample of its own (default: ${DEFAULT-VALUE}).")
  private int seeds;

  @Mixin
  private SeedOption first;

  /** The first seed. */
  long first() {
    return first.seed();
  }

  /** All seeds, at least one. */
  List<Long> all(CommandSpec spec) {
    if (seeds < 1) {
      throw Failures.wrongUsage(spec, "--seeds must be at least 1, got " + seeds);
    }
    return LongStream.range(first(), first() + seeds).boxed().toList();
  }
}
