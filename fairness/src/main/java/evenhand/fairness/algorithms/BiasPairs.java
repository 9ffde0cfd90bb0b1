package evenhand.fairness.algorithms;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.influence.Measure;
import evenhand.fairness.influence.TopLayers;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pairs as the layers on top see them, each with its bias-aligned member first.
 *
 * @param aligned features of the members whose label is the likelier of the two for their group, {@code [pairs, ..]}
 * @param conflicting features of the others
 * @param labels one per pair
 * @param units of the pairs, as {@link Pairs#units}
 * @param signed is bias the mean difference, or the mean absolute one?
 */
record BiasPairs(Tensor aligned, Tensor conflicting, int[] labels, int[] units, boolean signed) {
  /**
   * What a model makes of the pairs.
   *
   * @param moved p(aligned) - p(conflicting) of the label, or its absolute value; the mean over each unit's pairs
   * @param accuracy share of all members whose predicted label is right
   * @param flips share of the pairs whose members have different predicted labels
   * @param support mean probability of the label over all members
   */
  record State(double[] moved, double accuracy, double flips, double support) {
    /** The bias: |mean of moved|, which is B of the header of {@link FastModelDebias}. */
    double bias() {
      return Math.abs(Arrays.stream(moved).average().orElse(0));
    }

    /**
     * What a step is to lower: the bias and both members' mean error, {@code B + 2 (1 - support)}.
     *
     * <p>With absolute differences, as |p - q| = p + q - 2 min(p, q), it is 2 (1 - mean of min(p, q)): the member that is
     * worse off is to get its label. Bias alone is also lowered by scores that are alike and wrong.
     */
    double cost() {
      return bias() + 2 * (1 - support);
    }

    /** The bias with its sign and a 95% bootstrap interval over units. */
    Measured interval(long seed) {
      return Metrics.COUNTERFACTUAL_BIAS.of(moved, BootstrapOptions.defaults(seed));
    }
  }

  /** The features of pairs, oriented by the training rows. */
  static BiasPairs of(Pairs pairs, Samples train, TopLayers layers, Device device, boolean signed) {
    int[] orientation = orientation(pairs, train);
    int size = pairs.size();
    Tensor both = Tensor.concat(0,
        List.of(layers.features(pairs.factual(), device), layers.features(pairs.counterfactual(), device)));
    int[] first = IntStream.range(0, size).map(pair -> orientation[pair] < 0 ? size + pair : pair).toArray();
    int[] second = IntStream.range(0, size).map(pair -> orientation[pair] < 0 ? pair : size + pair).toArray();
    return new BiasPairs(both.indexSelect(0, device.tensor(first)), both.indexSelect(0, device.tensor(second)),
        pairs.factual().y(), pairs.units(), signed);
  }

  /**
   * Which member of each pair is bias-aligned: 1 the factual one, -1 the counterfactual one, 0 if it cannot be told.
   *
   * <p>Aligned is the member for whose group the label is the more frequent among training rows, {@code P(y|a) >
   * P(y|a')}. a is the value of the one attribute that differs, or of the crossed ones if several do. It cannot be told if
   * the shares are equal or a group has no training rows.
   */
  static int[] orientation(Pairs pairs, Samples train) {
    List<Attribute> attributes = new ArrayList<>(train.sensitive());
    List<Attribute> left = new ArrayList<>(pairs.factual().sensitive());
    List<Attribute> right = new ArrayList<>(pairs.counterfactual().sensitive());
    int count = attributes.size();
    if (count == 0 || left.size() != count || right.size() != count) {
      return new int[pairs.size()];
    }
    attributes.add(Attribute.cross(train.sensitive()));
    left.add(pairs.factual().groups());
    right.add(pairs.counterfactual().groups());
    int classes = train.classes();
    List<int[][]> counts = attributes.stream().map(attribute -> counts(attribute, train.y(), classes)).toList();
    return IntStream.range(0, pairs.size()).map(pair -> {
      int[] differing = IntStream.range(0, count)
          .filter(i -> left.get(i).codes()[pair] != right.get(i).codes()[pair]).toArray();
      int by = differing.length == 1 ? differing[0] : count;
      return compare(counts.get(by), left.get(by).codes()[pair], right.get(by).codes()[pair],
          pairs.factual().y()[pair]);
    }).toArray();
  }

  /** Rows of each level and label, {@code [levels][classes]}. */
  private static int[][] counts(Attribute attribute, int[] y, int classes) {
    int[][] counts = new int[attribute.levels().size()][classes];
    for (int row = 0; row < y.length; row++) {
      if (attribute.codes()[row] >= 0) {
        counts[attribute.codes()[row]][y[row]]++;
      }
    }
    return counts;
  }

  /** The sign of P(y|first) - P(y|second); 0 if a group is unknown or has no rows. */
  private static int compare(int[][] counts, int first, int second, int y) {
    if (first < 0 || second < 0) {
      return 0;
    }
    long ofFirst = IntStream.of(counts[first]).sum();
    long ofSecond = IntStream.of(counts[second]).sum();
    return Long.compare(counts[first][y] * ofSecond, counts[second][y] * ofFirst); // 0 : 0 if either has no rows
  }

  /** The bias as a differentiable measure. */
  Measure measure() {
    return signed ? Measure.signedCounterfactualBias(aligned, conflicting, labels)
        : Measure.counterfactualBias(aligned, conflicting, labels);
  }

  /** What the layers on top make of the pairs now. */
  State state(Layer top) {
    try (Scope _ = Scope.open()) {
      Side first = Side.of(top, aligned, labels);
      Side second = Side.of(top, conflicting, labels);
      double[] moved = new double[Arrays.stream(units).max().orElse(-1) + 1];
      int[] sizes = new int[moved.length];
      int right = 0;
      int flips = 0;
      double support = 0;
      for (int pair = 0; pair < labels.length; pair++) {
        double difference = first.p[pair] - second.p[pair];
        moved[units[pair]] += signed ? difference : Math.abs(difference);
        sizes[units[pair]]++;
        right += (first.predicted[pair] == labels[pair] ? 1 : 0) + (second.predicted[pair] == labels[pair] ? 1 : 0);
        support += (first.p[pair] + second.p[pair]) / 2;
        flips += first.predicted[pair] == second.predicted[pair] ? 0 : 1;
      }
      Arrays.setAll(moved, unit -> moved[unit] / sizes[unit]);
      return new State(moved, right / (2.0 * labels.length), (double) flips / labels.length,
          support / labels.length);
    }
  }

  /** The probability of the label and the predicted label of each row. */
  private record Side(double[] p, int[] predicted) {
    /** {@code p = 1 / sum_k e^(logit k - logit of the label)}; a single logit is the second of two, the first being 0. */
    static Side of(Layer top, Tensor x, int[] labels) {
      Tensor logits = Grad.without(() -> top.forward(Var.of(x))).value();
      int rows = labels.length;
      Tensor all = logits.shape().dim(1) > 1 ? logits : Tensor.concat(1, List.of(logits.times(0), logits));
      float[] values = all.toFloats();
      float[] ratios = all.minus(all.gather(1, x.device().tensor(labels, rows, 1))).apply(Unary.EXP).toFloats();
      int classes = all.shape().dim(1);
      double[] p = new double[rows];
      int[] predicted = new int[rows];
      for (int row = 0; row < rows; row++) {
        double sum = 0;
        int best = 0;
        for (int k = 0; k < classes; k++) {
          sum += ratios[row * classes + k]; // infinite if the label is hopeless: p = 0
          best = values[row * classes + k] > values[row * classes + best] ? k : best;
        }
        p[row] = 1 / sum;
        predicted[row] = best;
      }
      return new Side(p, predicted);
    }
  }
}
