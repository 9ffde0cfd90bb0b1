package evenhand.fairness.gradiend;

import evenhand.fairness.algorithms.Help;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Chooses h and alpha: tries a grid, then finer steps around the best, and keeps the weights as they were.
 *
 * <p>Alpha is laid on a log scale relative to {@code |theta| / |dec(h)|}, since its useful size is another for each
 * model. Along a ray (h and the sign of alpha) it grows until the loss is above a ceiling.
 *
 * @param rewrite the weights
 * @param probe measures the model as it is now
 */
public record RewriteSearch(Rewrite rewrite, Supplier<Reading> probe, RewriteSearch.Settings settings) {
  /** How the candidate of a goal is chosen among those within the limits. */
  public enum Policy {
    /** The largest published index. It rewards above all a model that says more of both words. */
    INDEX,
    /** The largest index of probabilities among the classes' words. */
    RELATIVE_INDEX,
    /** The largest probability of the class wanted at neutral prompts; balanced: the smallest gap between names. */
    STRONGEST
  }

  /**
   * Settings of a search.
   *
   * @param debiasLoss share by which a balanced model's loss may grow
   * @param strengthenLoss the same for the other goals
   * @param keepLean whether a balanced model's neutral share may be no further from one half than before
   * @param policy how the best is chosen
   * @param refine rounds of finer steps around the best
   */
  public record Settings(
      @Help("share by which the loss of a balanced model may grow") double debiasLoss,
      @Help("share by which the loss of a model that prefers one class may grow") double strengthenLoss,
      @Help("a balanced model's neutral lean may not grow") boolean keepLean,
      @Help("index takes the best index, relative-index that of probabilities among the classes' words, strongest the"
          + " largest effect") Policy policy,
      @Help("rounds of finer steps around the best") int refine) {
    /** Loss up by at most 0.5% or 1%, neutral lean no larger, the strongest effect, two rounds. */
    public static final Settings DEFAULT = new Settings(0.005, 0.01, true, Policy.STRONGEST, 2);

    /** Checks the ranges. */
    public Settings {
      if (!(debiasLoss >= 0) || !(strengthenLoss >= 0) || refine < 0) {
        throw new IllegalArgumentException("rewrite settings are out of range: debias-loss " + debiasLoss
            + ", strengthen-loss " + strengthenLoss + " and refine " + refine + " must be at least 0");
      }
    }
  }

  /**
   * A rewrite and what it gives.
   *
   * @param size {@code |alpha dec(h)| / |theta|}
   */
  public record Candidate(double h, double alpha, double size, Reading reading) {}

  /**
   * What a search found.
   *
   * @param base the model as it was
   * @param tried all candidates that gave numbers
   * @param chosen the best of each goal; absent where none is better than the base within the limits
   * @param discarded candidates that did not give numbers
   */
  public record Outcome(Reading base, List<Candidate> tried, Map<Goal, Candidate> chosen, int discarded) {
    /** The best of a goal. */
    public Optional<Candidate> best(Goal goal) {
      return Optional.ofNullable(chosen.get(goal));
    }
  }

  /** Told how many candidates have been tried. */
  @FunctionalInterface
  public interface Progress {
    /** So many of at most so many. */
    void tried(int count, int atMost);
  }

  private static final double[] FEATURES = {-2, -1, -.5, -.2, -.1, 0, .1, .2, .5, 1, 2};
  private static final double[] SIZES = {5e-5, 1e-4, 2e-4, 5e-4, .001, .002, .005, .01, .02, .05, .1, .2};
  private static final double STEP = 0.1;
  private static final double BRACKET = 0.1;
  private static final double GROWTH = 1.5;
  private static final int HALVINGS = 6;
  private static final double CEILING = 2; // of the largest growth of the loss that is allowed

  /** Tries the grid and finer steps for these goals. */
  public Outcome run(List<Goal> goals, Progress progress) {
    Run run = new Run(goals, progress);
    try {
      run.grid();
      if (goals.contains(Goal.BALANCED)) {
        run.balance();
      }
      for (int round = 1; round <= settings.refine; round++) {
        run.refine(Math.pow(0.5, round));
      }
      return new Outcome(run.base, run.tried, run.chosen(), run.discarded);
    } finally {
      rewrite.restore();
    }
  }

  /** The candidates of one search. */
  private final class Run {
    private final List<Goal> goals;
    private final Progress progress;
    private final Reading base;
    private final List<Candidate> tried = new ArrayList<>();
    private final int atMost;
    private int count;
    private int discarded;

    Run(List<Goal> goals, Progress progress) {
      this.goals = goals;
      this.progress = progress;
      rewrite.restore();
      this.base = probe.get();
      this.atMost = 2 * FEATURES.length * SIZES.length + settings.refine * goals.size() * 8
          + (goals.contains(Goal.BALANCED) ? 2 * SIZES.length * HALVINGS : 0);
    }

    private double ceiling() {
      return 1 + CEILING * Math.max(settings.debiasLoss, settings.strengthenLoss);
    }

    void grid() {
      for (double h : FEATURES) {
        ray(h, 1);
        ray(h, -1);
      }
    }

    private void ray(double h, int sign) {
      boolean within = true;
      for (double size : SIZES) {
        count += within ? 0 : 1;
        if (within) {
          Optional<Candidate> candidate = attempt(h, sign, size);
          within = candidate.isPresent() && candidate.get().reading().loss() <= base.loss() * ceiling();
        }
      }
    }

    /**
     * For each size, looks for the h at which the neutral prompts prefer neither class: the larger a rewrite is, the
     * more finely h must be set. The first class's share falls as h grows, since alpha is positive here.
     */
    void balance() {
      if (base.share(0).isEmpty()) {
        return;
      }
      double h = 0;
      double bracket = 4 * BRACKET;
      boolean within = true;
      for (double size = SIZES[0]; within && size < SIZES[SIZES.length - 1]; size *= GROWTH) {
        double low = h - bracket;
        double high = h + bracket;
        bracket = BRACKET;
        for (int halving = 0; within && halving < HALVINGS; halving++) {
          Optional<Candidate> candidate = attempt(h, 1, size);
          within = candidate.isPresent() && candidate.get().reading().loss() <= base.loss() * ceiling();
          boolean tooMuch = within && candidate.get().reading().share(0).orElse(0.5) > 0.5;
          low = tooMuch ? h : low;
          high = tooMuch ? high : h;
          h = (low + high) / 2;
        }
      }
    }

    /** Steps of a share of the grid's around the best of each goal, in h and in size. */
    void refine(double share) {
      for (Candidate best : chosen().values()) {
        for (int dh = -1; dh <= 1; dh++) {
          for (int ds = -1; ds <= 1; ds++) {
            if (dh != 0 || ds != 0) {
              attempt(best.h() + dh * STEP * share, Math.signum(best.alpha()), best.size() * Math.pow(2, ds * share));
            }
          }
        }
      }
    }

    private Optional<Candidate> attempt(double h, double sign, double size) {
      progress.tried(++count, atMost);
      double alpha = sign * size * rewrite.norm() / rewrite.directionNorm(h);
      if (!Double.isFinite(alpha)) {
        discarded++;
        return Optional.empty();
      }
      rewrite.apply(h, alpha);
      Reading reading = probe.get();
      if (!reading.isFinite()) {
        discarded++;
        return Optional.empty();
      }
      tried.add(new Candidate(h, alpha, size, reading));
      return Optional.of(tried.getLast());
    }

    Map<Goal, Candidate> chosen() {
      Map<Goal, Candidate> out = new EnumMap<>(Goal.class);
      goals.forEach(goal -> choose(goal, base, tried, settings).ifPresent(best -> out.put(goal, best)));
      return out;
    }
  }

  /** The best candidate of a goal within the limits, if it is better than the base. */
  static Optional<Candidate> choose(Goal goal, Reading base, List<Candidate> tried, Settings settings) {
    double growth = goal == Goal.BALANCED ? settings.debiasLoss : settings.strengthenLoss;
    ToDoubleFunction<Reading> score = switch (settings.policy) {
      case INDEX -> reading -> reading.index(goal, Reading.Measure.ABSOLUTE);
      case RELATIVE_INDEX -> reading -> reading.index(goal, Reading.Measure.RELATIVE);
      case STRONGEST -> reading -> strength(goal, reading);
    };
    return tried.stream()
        .filter(candidate -> candidate.reading().loss() <= base.loss() * (1 + growth))
        .filter(candidate -> goal != Goal.BALANCED || !settings.keepLean || candidate.reading().lean() <= base.lean())
        .filter(candidate -> score.applyAsDouble(candidate.reading()) > score.applyAsDouble(base))
        .max(Comparator.<Candidate>comparingDouble(candidate -> score.applyAsDouble(candidate.reading()))
            .thenComparingDouble(candidate -> -Math.abs(candidate.alpha()))
            .thenComparingDouble(candidate -> -Math.abs(candidate.h())));
  }

  private static double strength(Goal goal, Reading reading) {
    return switch (goal) {
      case BALANCED -> -reading.gap().orElseGet(() -> IntStream.range(0, reading.prompts().size())
          .mapToDouble(i -> Math.abs(reading.prompts().get(i).p()[0] - reading.prompts().get(i).p()[1])).average()
          .orElse(0));
      case FIRST -> probability(reading, 0);
      case SECOND -> probability(reading, 1);
    };
  }

  /** Of a class's words at neutral prompts; at all where none is neutral. */
  private static double probability(Reading reading, int which) {
    return reading.share(0).isPresent() ? reading.probability(0, which)
        : (reading.probability(1, which) + reading.probability(-1, which)) / 2;
  }
}
