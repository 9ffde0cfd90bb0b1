package evenhand.fairness.metrics;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.NeuronInfluence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
    /**
     * The groups among rows of one label or (-1) of all.
     *
     * @param groups one per row, an index into {@code names}, or -1 where it is unknown
     */
    public static Subgroups of(int label, int[] y, int[] groups, List<String> names) {
      Map<String, int[]> rows = new LinkedHashMap<>();
      for (int g = 0; g < names.size(); g++) {
        int group = g;
        rows.put(names.get(g), IntStream.range(0, y.length)
            .filter(row -> groups[row] == group && (label < 0 || y[row] == label)).toArray());
      }
      return new Subgroups(label < 0 ? "rows" : "rows with label=" + label, rows);
    }

    String tooFew() {
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
    if (weights(network).values().stream().noneMatch(weight -> weight.shape().dim(0) > 1)) {
      return Measured.undetermined("no layer of the model has more than one output unit, so there are no units to"
          + " compare; a model with hidden layers has, such as mlp:64,64");
    }
    for (Subgroups subgroups : compared) {
      if (subgroups.rows().values().stream().filter(rows -> rows.length > 0).count() < 2) {
        return Measured.undetermined(subgroups.tooFew());
      }
    }
    return mean("in every layer", cosines(network, x, y, compared).values().stream().flatMap(List::stream).toList());
  }

  /** The same for each layer with more than one unit, by name of its weight: the mean over pairs. */
  public Map<String, Measured> byLayer(Layer network, Tensor x, Tensor y, List<Subgroups> compared) {
    Map<String, Measured> layers = new LinkedHashMap<>();
    cosines(network, x, y, compared).forEach((name, cosines) -> layers.put(name, mean("here", cosines)));
    return layers;
  }

  private static Measured mean(String where, List<Double> cosines) {
    return cosines.isEmpty()
        ? Measured.undetermined(where + " the gradient of a group is zero or not finite, so it has no direction")
        : Measured.of(cosines.stream().mapToDouble(Double::doubleValue).sum() / cosines.size());
  }

  /** The cosines of all pairs in which both vectors have a direction, by layer. */
  private static Map<String, List<Double>> cosines(Layer network, Tensor x, Tensor y, List<Subgroups> compared) {
    Map<String, List<Double>> cosines = new LinkedHashMap<>();
    List<String> names = List.copyOf(weights(network).keySet());
    weights(network).forEach((name, weight) -> {
      if (weight.shape().dim(0) > 1) {
        cosines.put(name, new ArrayList<>());
      }
    });
    for (Subgroups subgroups : cosines.isEmpty() ? List.<Subgroups>of() : compared) {
      List<List<double[]>> influences = subgroups.rows().values().stream().filter(rows -> rows.length > 0)
          .map(rows -> influence(network, x, y, rows)).toList();
      for (int a = 0; a < influences.size(); a++) {
        for (int b = a + 1; b < influences.size(); b++) {
          for (int l = 0; l < names.size(); l++) {
            if (cosines.containsKey(names.get(l))) {
              NeuronInfluence.cosine(influences.get(a).get(l), influences.get(b).get(l))
                  .ifPresent(cosines.get(names.get(l))::add);
            }
          }
        }
      }
    }
    return cosines;
  }

  /** The weights W_l by name: those of two axes or more. */
  static Map<String, Var> weights(Layer network) {
    Map<String, Var> weights = new LinkedHashMap<>();
    network.parameters().forEach((name, parameter) -> {
      if (name.contains("weight") && parameter.shape().rank() > 1) {
        weights.put(name, parameter);
      }
    });
    return weights;
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
      List<Var> weights = List.copyOf(weights(network).values());
      Var loss = Losses.binaryCrossEntropyWithLogits(network.forward(Var.of(x), Phase.EVALUATE), Var.of(y));
      List<Tensor> gradients = Grad.of(loss, weights);
      return IntStream.range(0, weights.size())
          .mapToObj(l -> x.device().backend().neuronInfluence(weights.get(l).value(), List.of(gradients.get(l)))
              .groups().getFirst())
          .toList();
    }
  }
}
