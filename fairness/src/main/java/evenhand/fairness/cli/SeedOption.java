package evenhand.fairness.cli;

import picocli.CommandLine.Option;

/** {@code --seed}. */
final class SeedOption {
  @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
      description = "Of all randomness; with --seeds the first one (default: ${DEFAULT-VALUE}).")
  private long seed;

  long seed() {
    return seed;
  }
}
