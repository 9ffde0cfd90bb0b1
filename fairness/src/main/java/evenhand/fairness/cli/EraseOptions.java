package evenhand.fairness.cli;

import evenhand.fairness.data.Nearest;
import evenhand.fairness.erase.EraserSettings;
import evenhand.fairness.erase.Estimator;
import evenhand.fairness.erase.PatchKind;
import evenhand.fairness.erase.Temperature;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How {@code erase} fits a patch. */
final class EraseOptions {
  @Option(names = "--estimator", paramLabel = "NAME", defaultValue = "auto",
      description = "How the biased rule is estimated: arithmetic (rows like those of training), geometric (balanced"
          + " rows), cells, supervised, shrunken, or auto, which compares those that need labels.")
  private String estimator;

  @Option(names = "--patch", paramLabel = "NAME", defaultValue = "auto",
      description = "What gives the rule of a row: soft, squares or reader (of the inputs), table (of the sensitive"
          + " column), or auto, the best of the first three.")
  private String patch;

  @Option(names = "--strength", paramLabel = "auto|N", defaultValue = "auto",
      description = "How much of the rule is subtracted; auto chooses in 0, 0.25 .. 1.5 by cross-validation.")
  private String strength;

  @Option(names = "--accuracy-drop", paramLabel = "D", defaultValue = "0.01",
      description = "What --strength auto may cost of the mean accuracy over cells of label and group (default:"
          + " ${DEFAULT-VALUE}).")
  private double accuracyDrop;

  @Option(names = "--temperature", paramLabel = "auto|on|off", defaultValue = "auto",
      description = "Make the outputs as sure as they are right first; auto: if they are off by more than .05, or extreme.")
  private String temperature;

  @Option(names = "--attributes", paramLabel = "auto|joint|additive", defaultValue = "auto",
      description = "Several sensitive columns: every combination a group, or rules added; auto: added if a cell has"
          + " fewer than 20 rows.")
  private String attributes;

  @Option(names = "--prior", paramLabel = "CLASS=SHARE", split = ",",
      description = "Class shares wanted after the correction, or uniform; a share of 0 forbids the class.")
  private List<String> prior = List.of();

  @Option(names = "--balanced",
      description = "Without --label: the rows are balanced, group and label being independent.")
  private boolean balanced;

  @Option(names = "--hidden", paramLabel = "N", defaultValue = "64",
      description = "Hidden units of the patch; 0 tries linear ones only (default: ${DEFAULT-VALUE}).")
  private int hidden;

  /** The settings, for these classes. */
  EraserSettings settings(CommandSpec spec, List<String> classes) {
    return Failures.parsed(spec, () -> new EraserSettings(Estimator.named(estimator), PatchKind.named(patch), balanced,
        strength(), accuracyDrop, constant(Temperature.Use.values(), "--temperature", temperature),
        constant(EraserSettings.Attributes.values(), "--attributes", attributes), prior(classes), true, hidden,
        EraserSettings.DEFAULT.ridge(), EraserSettings.DEFAULT.heldOut()));
  }

  /** Whether a table patch is asked for. */
  boolean table() {
    return patch.equalsIgnoreCase(PatchKind.TABLE.word());
  }

  private OptionalDouble strength() {
    if (strength.equals("auto")) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(number("--strength", strength));
  }

  private static double number(String option, String word) {
    try {
      return Double.parseDouble(word);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(option + ": '" + word + "' is not a number", e);
    }
  }

  /** The constant of a name, whatever its case. */
  static <E extends Enum<E>> E constant(E[] values, String option, String word) {
    return Arrays.stream(values).filter(each -> each.name().equals(word.toUpperCase(Locale.ROOT))).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(option + " " + word + " is unknown; "
            + Nearest.hint(word, words(values)) + "choose one of " + String.join(", ", words(values))));
  }

  private static <E extends Enum<E>> List<String> words(E[] values) {
    return Arrays.stream(values).map(each -> each.name().toLowerCase(Locale.ROOT)).toList();
  }

  private Optional<double[]> prior(List<String> classes) {
    if (prior.isEmpty()) {
      return Optional.empty();
    }
    double[] shares = new double[classes.size()];
    if (prior.equals(List.of("uniform"))) {
      Arrays.fill(shares, 1.0 / shares.length);
      return Optional.of(shares);
    }
    Arrays.fill(shares, Double.NaN);
    for (String word : prior) {
      int equals = word.lastIndexOf('=');
      int at = equals < 0 ? -1 : classes.indexOf(word.substring(0, equals));
      if (at < 0) {
        throw new IllegalArgumentException("--prior " + word + " does not name a class; give CLASS=SHARE for each of "
            + String.join(", ", classes));
      }
      shares[at] = number("--prior", word.substring(equals + 1));
    }
    if (Arrays.stream(shares).anyMatch(Double::isNaN)) {
      throw new IllegalArgumentException("--prior needs a share for each of " + String.join(", ", classes));
    }
    return Optional.of(shares);
  }
}
