package evenhand.fairness.metrics;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * {@code mean over pairs (a, b) and layers l of cos(I^a_l, I^b_l)}, with {@code I^s_l,k = sum_j (W_l,kj g^s_l,kj)^2}.
 *
 * <p>0 to 1, ideal 1. g^s is the gradient of the mean cross-entropy of subgroup s, W_l a weight of two axes or more
 * with K_l > 1 output units k on its first; with one unit the cosine is always 1. Subgroups without rows are left out,
 * as are cosines with a zero vector; undetermined without such a layer, or with fewer than two subgroups left to
 * compare. The parameter parity score of Li et al., ICML 2023.
 */
public record ParameterParity() implements Metric {
  /**
   * Subgroups to compare with each other, pair by pair.
   *
   * @param over which rows they are of: {@code rows with label=1}
   * @param rows the rows of each subgroup by the group's name
   */
  public record Subgroups(String over, Map<String, int[]> rows) {
    private String tooFew() {
      String words = rows.entrySet().stream().map(group -> group.getKey() + " " + group.getValue().length)
          .collect(Collectors.joining(", ", " (counts: ", ")"));
      return rows.entrySet().stream().filter(group -> group.getValue().length == 0).findFirst()
          .map(group -> "no " + over + " in group " + group.getKey() + words)
          .orElse("a comparison needs two groups" + words);
    }
  }

  @Override
  public String name() {
    return "parameter_parity";
  }

  @Override
  public String description() {
    return "How alike, from 0 to 1, the units of a network weigh in the losses of two groups, mean over layers.";
  }

  @Override
  public double lowest() {
    return 0;
  }

  @Override
  public double highest() {
    return 1;
  }

  @Override
  public double ideal() {
    return 1;
  }

  /**
   * The value, without interval, in evaluation mode.
   *
   * @param network from inputs to logits {@code [rows, 1]}
   * @param x inputs, rows on the first axis
   * @param y labels {@code [rows, 1]}, each 0 or 1
   * @param compared what is compared; one or more
   */
  public Measured of(Layer network, Tensor x, Tensor y, List<Subgroups> compared) {
    if (weights(network).stream().noneMatch(weight -> weight.shape().dim(0) > 1)) {
      return Measured.undetermined("no layer of the model has more than one output unit, so there are no units to"
          + " compare; a model with hidden layers has, such as mlp:64,64");
    }
    double sum = 0;
    int cosines = 0;
    for (Subgroups subgroups : compared) {
      List<List<double[]>> influences = subgroups.rows().values().stream().filter(rows -> rows.length > 0)
          .map(rows -> influence(network, x, y, rows)).toList();
      if (influences.size() < 2) {
        return Measured.undetermined(subgroups.tooFew());
      }
      for (int a = 0; a < influences.size(); a++) {
        for (int b = a + 1; b < influences.size(); b++) {
          for (double cosine : cosines(influences.get(a), influences.get(b))) {
            sum += cosine;
            cosines++;
          }
        }
      }
    }
    return cosines == 0
        ? Measured.undetermined("in every layer the gradient of a group is zero or not finite, so it has no direction")
        : Measured.of(sum / cosines);
  }

  private static List<Var> weights(Layer network) {
    return network.parameters().entrySet().stream()
        .filter(entry -> entry.getKey().contains("weight") && entry.getValue().shape().rank() > 1)
        .map(Map.Entry::getValue).toList();
  }

  private static List<double[]> influence(Layer network, Tensor x, Tensor y, int[] rows) {
    try (Scope _ = Scope.open()) {
      Tensor index = x.device().tensor(rows);
      return influence(network, x.indexSelect(0, index), y.indexSelect(0, index));
    }
  }

  /** I of each layer on all of the given rows, in float64, as squares of float32 would underflow late in training. */
  static List<double[]> influence(Layer network, Tensor x, Tensor y) {
    try (Scope _ = Scope.open()) {
      List<Var> weights = weights(network);
      Var loss = Losses.binaryCrossEntropyWithLogits(network.forward(Var.of(x), Phase.EVALUATE), Var.of(y));
      List<Tensor> gradients = Grad.of(loss, weights);
      return IntStream.range(0, weights.size())
          .mapToObj(l -> influence(weights.get(l).value(), gradients.get(l))).toList();
    }
  }

  private static double[] influence(Tensor weight, Tensor gradient) {
    float[] w = weight.toFloats();
    float[] g = gradient.toFloats();
    double[] units = new double[weight.shape().dim(0)];
    for (int i = 0; i < w.length; i++) {
      double product = (double) w[i] * g[i];
      units[i / (w.length / units.length)] += product * product;
    }
    return units;
  }

  /** The cosines of the layers with more than one unit in which both vectors have a direction. */
  private static double[] cosines(List<double[]> a, List<double[]> b) {
    return IntStream.range(0, a.size()).filter(l -> a.get(l).length > 1)
        .mapToObj(l -> cosine(a.get(l), b.get(l)))
        .flatMapToDouble(OptionalDouble::stream).toArray();
  }

  /** {@code <a, b> / (|a| |b|)}; empty if a vector is zero or not finite. */
  static OptionalDouble cosine(double[] a, double[] b) {
    double scaleA = Arrays.stream(a).max().orElse(0); // entries are squares; scaled, they neither under- nor overflow
    double scaleB = Arrays.stream(b).max().orElse(0);
    if (!(scaleA > 0 && scaleB > 0 && Double.isFinite(scaleA) && Double.isFinite(scaleB))) {
      return OptionalDouble.empty();
    }
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < a.length; k++) {
      double u = a[k] / scaleA;
      double v = b[k] / scaleB;
      ab += u * v;
      aa += u * u;
      bb += v * v;
    }
    return OptionalDouble.of(Math.min(1, ab / Math.sqrt(aa * bb)));
  }
}
