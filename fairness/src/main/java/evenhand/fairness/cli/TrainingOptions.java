package evenhand.fairness.cli;

import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code --target}, {@code --model} and {@code --set}: what is trained, how, and for what. */
final class TrainingOptions {
  /** The targets, for completion. */
  static final class Targets extends Words {
    Targets() {
      super(() -> Arrays.stream(Target.values()).map(Target::word).toList());
    }
  }

  @Option(names = "--target", paramLabel = "TARGET", completionCandidates = Targets.class,
      description = "What is to be alike across groups: demographic_parity, equal_opportunity or equalized_odds"
          + " (default: equal_opportunity; equalized_odds with more than two labels).")
  private Optional<String> target = Optional.empty();

  @Option(names = "--model", paramLabel = "MODEL",
      description = "logistic, or mlp:64,64 with the sizes of hidden layers (default: the data set's).")
  private Optional<String> model = Optional.empty();

  @Option(names = "--set", paramLabel = "METHOD.KEY=VALUE",
      description = "A setting, see 'evenhand methods describe NAME'; model.epochs, model.batch and the like are those"
          + " of all methods, data.KEY those of the data (see 'evenhand data describe NAME'). Repeatable.")
  private Map<String, String> settings = new LinkedHashMap<>();

  /** The target that was named, else that of the data. */
  Target target(CommandSpec spec, DataOptions data) {
    return Failures.parsed(spec, () -> target.map(Target::named).orElseGet(() -> data.target(spec)));
  }

  /** The model that was named. */
  Optional<ModelSpec> model(CommandSpec spec) {
    return Failures.parsed(spec, () -> model.map(ModelSpec::parse));
  }

  /** {@code METHOD.KEY} to value. */
  Map<String, String> settings() {
    return settings;
  }

  /** The name of an option that was given and is of use with tables only. */
  Optional<String> ofTables() {
    return model.map(_ -> "--model").or(() -> target.map(_ -> "--target"));
  }
}
