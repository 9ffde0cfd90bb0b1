package evenhand.fairness.erase;

import java.util.Arrays;
import java.util.Locale;

/** How the rule of a row is had at inference. */
public enum PatchKind {
  /** Soft, squares and reader, each linear and with a hidden layer; what is nearest to the log rule on held-out rows. */
  AUTO,
  /** Looked up by the row's group, which must be known at inference. */
  TABLE,
  /** A network for the rule, fitted by soft cross-entropy. */
  SOFT,
  /** A network for the log rule, fitted by least squares. */
  SQUARES,
  /** A network for the group, fitted by cross-entropy, and the average of the groups' log rules under it. */
  READER;

  /** The name on the command line: {@code reader}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The kind of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PatchKind named(String word) {
    return Arrays.stream(values())
        .filter(each -> each.word().equals(word.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("patch " + word + " is unknown; choose one of "
            + String.join(", ", Arrays.stream(values()).map(PatchKind::word).toList())));
  }
}
