package evenhand.fairness.erase;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Samples;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The rows that a patch is fitted on, with the deployed model's answers on them.
 *
 * @param answers of the deployed model
 * @param features what the patch reads of the rows: the deployed model's own inputs, or others
 * @param sensitive the sensitive attributes; of several the groups are the combinations
 * @param classes names of the classes, in the order of the answers
 * @param labels the true class of each row, if it is known
 * @param swapped answers on the rows rewritten to each group in turn, for {@link Estimator#INTERVENTION}
 */
public record Calibration(Answers answers, Inputs features, List<Attribute> sensitive, List<String> classes,
    Optional<int[]> labels, Optional<List<Answers>> swapped) {
  /**
   * Checks that the parts fit together.
   *
   * @throws IllegalArgumentException if a number of rows, classes or groups differs, or there is no attribute or row
   */
  public Calibration {
    sensitive = List.copyOf(sensitive);
    classes = List.copyOf(classes);
    int rows = answers.rows();
    if (sensitive.isEmpty() || rows == 0) {
      throw new IllegalArgumentException("calibration: " + rows + " rows and " + sensitive.size()
          + " sensitive attributes; give one of each at least");
    }
    if (answers.logits()[0].length != classes.size()) {
      throw new IllegalArgumentException("calibration: the deployed model answers with " + answers.logits()[0].length
          + " numbers in a row, and the classes are " + classes + "; name one class for each, in the same order");
    }
    checkRows("inputs", features.rows(), rows);
    sensitive.forEach(attribute -> checkRows("values of " + attribute.name(), attribute.rows(), rows));
    int count = classes.size();
    labels.ifPresent(y -> {
      checkRows("labels", y.length, rows);
      if (Arrays.stream(y).anyMatch(label -> label < 0 || label >= count)) {
        throw new IllegalArgumentException("calibration: a label is not in 0 .. " + (count - 1)
            + "; number the labels in the order of the classes");
      }
    });
    if (swapped.isPresent() && swapped.get().size() != Attribute.cross(sensitive).levels().size()) {
      throw new IllegalArgumentException("calibration: rewritten rows of " + swapped.get().size()
          + " groups, but there are " + Attribute.cross(sensitive).levels().size()
          + "; rewrite the rows to every group");
    }
  }

  private static void checkRows(String what, int got, int rows) {
    if (got != rows) {
      throw new IllegalArgumentException("calibration: " + got + " " + what + " for " + rows + " answered rows");
    }
  }

  /**
   * Asks a model about rows, each once.
   *
   * @param rows with labels and sensitive attributes; the patch reads the same inputs as the model
   */
  public static Calibration ask(DeployedModel model, Samples rows) {
    Inputs inputs = rows.inputs();
    return new Calibration(answers(model, inputs), inputs, rows.sensitive(), rows.labelLevels(), Optional.of(rows.y()),
        Optional.empty());
  }

  /** The answers of a model on rows, one for each. */
  static Answers answers(DeployedModel model, Inputs rows) {
    Answers answers = Answers.of(model.logits(rows), Answers.Kind.LOGITS);
    if (answers.rows() != rows.rows()) {
      throw new IllegalArgumentException("deployed model: " + answers.rows() + " answers on " + rows.rows()
          + " rows; it must give one for each");
    }
    return answers;
  }

  /** The groups to compare: the only sensitive attribute, or the cross of all. */
  public Attribute groups() {
    return Attribute.cross(sensitive);
  }

  /** This with answers on rewritten rows, one set for each group. */
  public Calibration with(List<Answers> rewritten) {
    return new Calibration(answers, features, sensitive, classes, labels, Optional.of(rewritten));
  }

  /** This without labels. */
  public Calibration withoutLabels() {
    return new Calibration(answers, features, sensitive, classes, Optional.empty(), swapped);
  }

  /** The given rows, in the given order. */
  public Calibration select(int[] rows) {
    return new Calibration(answers.select(rows), features.select(rows),
        sensitive.stream().map(attribute -> attribute.rows(rows)).toList(), classes,
        labels.map(y -> Arrays.stream(rows).map(row -> y[row]).toArray()),
        swapped.map(each -> each.stream().map(answers -> answers.select(rows)).toList()));
  }
}
