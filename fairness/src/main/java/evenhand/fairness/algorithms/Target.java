package evenhand.fairness.algorithms;

import java.util.Arrays;
import java.util.Locale;

/** What is to be alike across groups. */
public enum Target {
  /** The share of positive predictions. */
  DEMOGRAPHIC_PARITY,
  /** The share of positive predictions among rows with label 1. */
  EQUAL_OPPORTUNITY,
  /** The share of positive predictions among rows with label 1, and among rows with label 0. */
  EQUALIZED_ODDS;

  /** The name on the command line: {@code equal_opportunity}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The target of a name; hyphens are as good as underscores.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Target named(String word) {
    return Arrays.stream(values())
        .filter(target -> target.word().equals(word.toLowerCase(Locale.ROOT).replace('-', '_')))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("target " + word + " is unknown; choose one of "
            + String.join(", ", Arrays.stream(values()).map(Target::word).toList())));
  }
}
