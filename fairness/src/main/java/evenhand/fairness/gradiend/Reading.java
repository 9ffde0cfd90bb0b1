package evenhand.fairness.gradiend;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * What is measured of a model before or after a rewrite.
 *
 * @param prompts the probabilities of the classes' words where one of them is expected
 * @param quality how good a language model it is, in (0, 1]: LMS
 * @param loss its mean cross-entropy on neutral text
 */
public record Reading(List<Prompt> prompts, double quality, double loss) {
  /**
   * The classes' probabilities at a prompt.
   *
   * @param label +1 or -1 where the prompt speaks for a class (a name), 0 where it is neutral
   * @param p the probability of each class's words, the first class's first
   */
  public record Prompt(int label, double[] p) {
    /** The first class's share among two; 0.5 where neither has any probability. */
    public double share() {
      return p[0] + p[1] == 0 ? 0.5 : p[0] / (p[0] + p[1]);
    }
  }

  /** Which probabilities an index is made of. */
  public enum Measure {
    /** Those of all the vocabulary, as published. */
    ABSOLUTE {
      @Override
      double[] of(Prompt prompt) {
        return prompt.p();
      }
    },
    /**
     * Those among the classes' words, which sum to 1.
     *
     * <p>Absolute ones reward a model above all for saying more of either word: on stories260k the best balanced index
     * within the limits is that of a model which is hardly changed.
     */
    RELATIVE {
      @Override
      double[] of(Prompt prompt) {
        double sum = Arrays.stream(prompt.p()).sum();
        return Arrays.stream(prompt.p()).map(p -> sum == 0 ? 0 : p / sum).toArray();
      }
    };

    abstract double[] of(Prompt prompt);
  }

  /** Whether everything is a number. */
  public boolean isFinite() {
    return Double.isFinite(quality) && Double.isFinite(loss)
        && prompts.stream().flatMapToDouble(prompt -> Arrays.stream(prompt.p())).allMatch(Double::isFinite);
  }

  /**
   * How well a goal is reached, times the quality; 0 without prompts.
   *
   * <pre>
   *  BALANCED  mean of (1 - |P1 - P2|) (P1 + P2); of (1 - (max - min)) min for more than two classes
   *  FIRST     mean of (1 - P2) P1           SECOND  mean of (1 - P1) P2
   * </pre>
   *
   * <p>FIRST and SECOND are taken over neutral prompts if there are any, BALANCED over all: that a name decides the
   * word is as much a preference as that a text without a name has one.
   *
   * @param measure which probabilities are meant
   */
  public double index(Goal goal, Measure measure) {
    List<Prompt> neutral = prompts.stream().filter(prompt -> prompt.label() == 0).toList();
    List<Prompt> telling = neutral.isEmpty() ? prompts : neutral;
    return quality * switch (goal) {
      case BALANCED -> mean(prompts, prompt -> balance(measure.of(prompt)));
      case FIRST -> mean(telling, prompt -> (1 - measure.of(prompt)[1]) * measure.of(prompt)[0]);
      case SECOND -> mean(telling, prompt -> (1 - measure.of(prompt)[0]) * measure.of(prompt)[1]);
    };
  }

  /** The index of absolute probabilities, as published. */
  public double index(Goal goal) {
    return index(goal, Measure.ABSOLUTE);
  }

  private static double balance(double[] p) {
    double largest = Arrays.stream(p).max().orElse(0);
    double smallest = Arrays.stream(p).min().orElse(0);
    return (1 - (largest - smallest)) * (p.length == 2 ? p[0] + p[1] : smallest);
  }

  private static double mean(List<Prompt> of, ToDoubleFunction<Prompt> value) {
    return of.stream().mapToDouble(value).average().orElse(0);
  }

  /** Mean share of the first class at prompts of a label. */
  public OptionalDouble share(int label) {
    DoubleStream shares = prompts.stream().filter(prompt -> prompt.label() == label).mapToDouble(Prompt::share);
    return shares.average();
  }

  /** How far the neutral share is from one half; 0 without neutral prompts. */
  public double lean() {
    return Math.abs(share(0).orElse(0.5) - 0.5);
  }

  /** The first class's share at its own prompts less that at the other's; nothing if either has none. */
  public OptionalDouble gap() {
    OptionalDouble first = share(1);
    OptionalDouble second = share(-1);
    return first.isEmpty() || second.isEmpty() ? OptionalDouble.empty()
        : OptionalDouble.of(first.getAsDouble() - second.getAsDouble());
  }

  /** Mean probability of a class's words (0 or 1) at prompts of a label. */
  public double probability(int label, int which) {
    return mean(prompts.stream().filter(prompt -> prompt.label() == label).toList(), prompt -> prompt.p()[which]);
  }
}
