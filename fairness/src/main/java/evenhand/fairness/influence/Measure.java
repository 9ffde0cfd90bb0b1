package evenhand.fairness.influence;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.fairness.data.Attribute;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A number that depends smoothly on a model, on rows of its own: what an influence is on.
 *
 * <p>p is the probability of a class: by the softmax, or for a model with one logit by the logistic function.
 */
@FunctionalInterface
public interface Measure {
  /** The measure, a scalar with a graph. */
  Var of(Layer model);

  /** The mean cross-entropy of rows. */
  static Measure meanLoss(Tensor x, int... labels) {
    return model -> Objective.losses(model, x, labels).mean();
  }

  /**
   * Soft demographic parity: the mean over pairs of groups of |mean p in a - mean p in b|, p of class 1.
   *
   * <p>Rows of unknown group are left out; the derivative at equal means is 0.
   *
   * @throws IllegalArgumentException if a group has no rows
   */
  static Measure demographicParity(Tensor x, Attribute groups) {
    return gap("demographicParity", x, groups, new boolean[0]);
  }

  /**
   * Soft equal opportunity: as demographic parity, over the rows with label 1.
   *
   * @throws IllegalArgumentException if a group has no rows with label 1
   */
  static Measure equalOpportunity(Tensor x, int[] labels, Attribute groups) {
    return gap("equalOpportunity", x, groups, labelled(labels, 1));
  }

  /**
   * Soft equalized odds: as demographic parity over the rows with label 1, and over those with label 0; the sum.
   *
   * @throws IllegalArgumentException if a group has no rows with either label
   */
  static Measure equalizedOdds(Tensor x, int[] labels, Attribute groups) {
    Measure positive = equalOpportunity(x, labels, groups);
    Measure negative = gap("equalizedOdds", x, groups, labelled(labels, 0));
    return model -> positive.of(model).plus(negative.of(model));
  }

  private static boolean[] labelled(int[] labels, int label) {
    boolean[] counted = new boolean[labels.length];
    IntStream.range(0, labels.length).forEach(row -> counted[row] = labels[row] == label);
    return counted;
  }

  /**
   * Counterfactual bias: the mean over pairs of |p(row) - p(its counterfactual)|.
   *
   * <p>The derivative of a pair with equal p is 0.
   *
   * @param counterfactual of x's shape, the protected attribute set to another value
   * @param classes of which p is taken, one per pair; of two classes either gives the same
   */
  static Measure counterfactualBias(Tensor x, Tensor counterfactual, int... classes) {
    requirePairs("counterfactualBias", x, counterfactual, classes);
    return model -> probability(model, x, classes).minus(probability(model, counterfactual, classes)).abs().mean();
  }

  private static void requirePairs(String name, Tensor x, Tensor counterfactual, int... classes) {
    if (!x.shape().equals(counterfactual.shape()) || classes.length == 0 || x.shape().dim(0) != classes.length) {
      throw new IllegalArgumentException(name + ": rows " + x.shape() + ", counterfactual rows "
          + counterfactual.shape() + " and " + classes.length + " classes differ; give one of each per pair");
    }
  }

  /**
   * Signed counterfactual bias: |mean over pairs of p(aligned) - p(conflicting)|, p of the label.
   *
   * <p>Differences of either sign cancel, so it is 0 if aligned rows are as likely to get their label as conflicting ones.
   * The derivative at 0 is 0.
   *
   * @param aligned rows that agree with the bias
   * @param conflicting their counterparts, of the same shape
   * @param labels one per pair
   */
  static Measure signedCounterfactualBias(Tensor aligned, Tensor conflicting, int... labels) {
    requirePairs("signedCounterfactualBias", aligned, conflicting, labels);
    return model -> probability(model, aligned, labels).minus(probability(model, conflicting, labels)).mean().abs();
  }

  /** p of the class of each row, {@code [rows]}. */
  private static Var probability(Layer model, Tensor x, int[] classes) {
    Var logits = model.forward(Var.of(x));
    if (logits.shape().dim(1) == 1) {
      float[] signs = new float[classes.length];
      IntStream.range(0, signs.length).forEach(row -> signs[row] = classes[row] == 0 ? -1 : 1); // 1 - sigmoid(s) = sigmoid(-s)
      return logits.reshape(classes.length).times(Var.of(x.device().tensor(signs, signs.length))).sigmoid();
    }
    Var index = Var.of(x.device().tensor(classes, classes.length, 1));
    return logits.softmax(1).gather(1, index).reshape(classes.length);
  }

  private static Measure gap(String name, Tensor x, Attribute groups, boolean[] counted) {
    int[] ones = new int[groups.rows()];
    Arrays.fill(ones, 1);
    Tensor contrasts = contrasts(name, x, groups, counted);
    return model -> Var.of(contrasts).matmul(probability(model, x, ones).reshape(ones.length, 1)).abs().mean();
  }

  /** {@code [pairs of groups, rows]}: 1 / size at the rows of the first, -1 / size at those of the second. */
  private static Tensor contrasts(String name, Tensor x, Attribute groups, boolean[] counted) {
    int count = groups.levels().size();
    int rows = groups.rows();
    boolean allRows = counted.length == 0;
    if (x.shape().dim(0) != rows || count < 2 || !allRows && counted.length != rows) {
      throw new IllegalArgumentException(name + ": rows " + x.shape() + ", " + (allRows ? rows : counted.length)
          + " labels and " + rows + " values of " + count
          + " groups; give one of each per row and at least two groups");
    }
    int[] members = IntStream.range(0, rows).map(row -> allRows || counted[row] ? groups.codes()[row] : -1).toArray();
    int[] sizes = new int[count];
    IntStream.of(members).filter(g -> g >= 0).forEach(g -> sizes[g]++);
    for (int g = 0; g < count; g++) {
      if (sizes[g] == 0) {
        throw new IllegalArgumentException("%s: no rows %sin group %s=%s; the gap is undetermined (counts: %s of %s)"
            .formatted(name, allRows ? "" : name.equals("equalizedOdds") ? "with label 0 " : "with label 1 ",
                groups.name(), groups.levels().get(g),
                Arrays.toString(sizes), groups.levels()));
      }
    }
    float[] weights = new float[count * (count - 1) / 2 * rows];
    int at = 0;
    for (int a = 0; a < count; a++) {
      for (int b = a + 1; b < count; b++, at += rows) {
        for (int row = 0; row < rows; row++) {
          weights[at + row] = members[row] == a ? 1f / sizes[a] : members[row] == b ? -1f / sizes[b] : 0;
        }
      }
    }
    return x.device().tensor(weights, weights.length / rows, rows);
  }
}
