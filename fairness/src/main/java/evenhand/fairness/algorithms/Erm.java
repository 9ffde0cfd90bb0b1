package evenhand.fairness.algorithms;

import evenhand.fairness.data.Samples;
import java.util.List;
import java.util.Optional;

/** Empirical risk minimisation: plain training, the baseline that every method is compared with. */
public final class Erm implements Method<Erm.Config> {
  /** No settings. */
  public record Config() {}

  /** For the service loader. */
  public Erm() {}

  @Override
  public String name() {
    return "erm";
  }

  @Override
  public String summary() {
    return "Plain training on the mean cross-entropy, without regard to groups.";
  }

  @Override
  public String paper() {
    return "";
  }

  @Override
  public Config defaults() {
    return new Config();
  }

  /** It takes any number of labels. */
  @Override
  public Optional<String> unsuitable(Samples train) {
    return Optional.empty();
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    Fitting fitting = new Fitting(task);
    return fitting.train(task.training().epochs(), fitting.shuffled(), Fitting.BatchLoss.CROSS_ENTROPY)
        .predictor(List.of());
  }
}
