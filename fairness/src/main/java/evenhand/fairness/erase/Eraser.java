package evenhand.fairness.erase;

import evenhand.fairness.data.Inputs;
import java.util.Arrays;
import java.util.List;

/**
 * A fitted correction of a deployed model's answers: equation (E) with a patch for the rule of each row.
 *
 * <pre>
 *  u = f(x) / temperature - strength * ln g(x) + logPrior,   probabilities = softmax(u)
 * </pre>
 *
 * <p>With strength 0 the temperature is left out, so that the deployed answer stays exactly as it is but for the prior.
 * It holds for the classes it was fitted on, in their order, and is safe for use by several threads.
 *
 * @param classes their names, in the order of the logits
 * @param attribute name of the attribute whose rule is subtracted; {@code sex*race} for several
 * @param groups names of the groups, in the order that a table patch has them
 * @param estimator how the rule was estimated
 * @param rules the log rule of each group, {@code [groups][classes]}
 * @param patch what gives the log rule of a row
 * @param strength lambda
 * @param temperature T
 * @param logPrior for each class, greatest 0; minus infinity forbids a class
 */
public record Eraser(List<String> classes, String attribute, List<String> groups, Estimator estimator, double[][] rules,
    Patch patch, double strength, double temperature, double[] logPrior) {
  /** Takes copies of the lists. */
  public Eraser {
    classes = List.copyOf(classes);
    groups = List.copyOf(groups);
  }

  /**
   * The corrected probabilities, {@code [rows][classes]}.
   *
   * @param answers of the deployed model
   * @param features what the patch reads of the same rows
   * @param group of each row; read by a table patch alone and may else be empty
   * @throws IllegalArgumentException if the number of rows, classes or features differs
   */
  public double[][] probabilities(Answers answers, Inputs features, int... group) {
    return probabilities(answers, patch.logRule(checked(answers, features), group), strength);
  }

  /** The same with the log rule of each row given, and another strength. */
  double[][] probabilities(Answers answers, double[][] logRule, double lambda) {
    double divisor = lambda == 0 ? 1 : temperature;
    double[][] out = new double[answers.rows()][];
    for (int row = 0; row < out.length; row++) {
      double[] f = Logs.times(1 / divisor, answers.logits()[row]);
      out[row] = Logs.softmax(Logs.corrected(f, logRule[row], lambda, logPrior));
    }
    return out;
  }

  private Inputs checked(Answers answers, Inputs features) {
    if (answers.rows() != features.rows()) {
      throw new IllegalArgumentException("eraser: " + answers.rows() + " answers and " + features.rows()
          + " rows of inputs; give both for the same rows");
    }
    if (answers.rows() > 0 && answers.logits()[0].length != classes.size()) {
      throw new IllegalArgumentException("eraser: the answers have " + answers.logits()[0].length
          + " classes, the patch was fitted on " + classes.size() + " (" + String.join(", ", classes)
          + "); it holds for those alone, in that order");
    }
    return features;
  }

  /** A deployed model and this as one black box; the patch must read the model's inputs and need no groups. */
  public DeployedModel wrap(DeployedModel model) {
    if (patch.needsGroups()) {
      throw new IllegalArgumentException("eraser: a table patch needs the group of each row, and a model is asked with"
          + " inputs alone; fit a reader, soft or squares patch");
    }
    return DeployedModel.ofProbabilities(rows -> probabilities(Calibration.answers(model, rows), rows));
  }

  /** The predicted class of each row, the lowest number of several. */
  public static int[] labels(double[][] probabilities) {
    return Arrays.stream(probabilities).mapToInt(Logs::argmax).toArray();
  }
}
