package evenhand.fairness.algorithms;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Nearest;
import evenhand.fairness.metrics.ParameterParity;
import java.util.Arrays;
import java.util.List;
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

  /** The labels whose rows are compared, each by itself; -1 stands for rows of any label. */
  int[] labels() {
    return switch (this) {
      case DEMOGRAPHIC_PARITY -> new int[]{-1};
      case EQUAL_OPPORTUNITY -> new int[]{1};
      case EQUALIZED_ODDS -> new int[]{0, 1};
    };
  }

  /** The subgroups whose rationales are compared, for each of the labels. */
  public List<ParameterParity.Subgroups> subgroups(int[] y, Attribute groups) {
    return Arrays.stream(labels())
        .mapToObj(label -> ParameterParity.Subgroups.of(label, y, groups.codes(), groups.levels())).toList();
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
        .orElseThrow(() -> new IllegalArgumentException("target " + word + " is unknown; "
            + Nearest.hint(word, Arrays.stream(values()).map(Target::word).toList()) + "choose one of "
            + String.join(", ", Arrays.stream(values()).map(Target::word).toList())));
  }
}
