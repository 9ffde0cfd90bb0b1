package evenhand.fairness.metrics;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.fairness.metrics.ParameterParity.Subgroups;
import evenhand.fairness.metrics.ParityReport.Check;
import evenhand.fairness.metrics.ParityReport.Comparison;
import evenhand.fairness.metrics.ParityReport.Options;
import evenhand.fairness.metrics.ParityReport.Pair;
import evenhand.fairness.metrics.ParityReport.Unit;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.NeuronInfluence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Makes a {@link ParityReport}.
 *
 * <p>Intervals: the gradient of a subgroup's loss is a sum over rows, so the rows are dealt into up to 50 random blocks
 * whose sums are taken once, and blocks are drawn with replacement instead of rows; with fewer rows than blocks that is
 * the bootstrap of rows. Influences are squares, so noise in a gradient raises them: the interval of small subgroups lies
 * low, and may lie below its value.
 *
 * <p>Exact effects take one forward pass for each unit. The network is changed for each and as before in the end, also
 * after an error, but is not to be used by others meanwhile.
 */
public final class ParityReporter {
  private static final int BLOCKS = 50;
  private static final long MOST_NUMBERS = 1L << 26; // in all blocks together, so that large networks fit

  /** A pair of sides; each a set of groups whose gradients are added. */
  private record Sides(String a, String b, int[] ofA, int[] ofB) {}

  private final Layer network;
  private final Tensor x;
  private final Tensor y;
  private final Options options;
  private final Map<String, Var> weights = new LinkedHashMap<>();
  private final List<float[]> values;

  private ParityReporter(Layer network, Tensor x, Tensor y, Options options) {
    this.network = network;
    this.x = x;
    this.y = y;
    this.options = options;
    ParameterParity.weights(network).forEach((name, weight) -> {
      if (weight.shape().dim(0) > 1) { // with one unit the score is always 1
        weights.put(name, weight);
      }
    });
    this.values = weights.values().stream().map(weight -> weight.value().toFloats()).toList();
  }

  /**
   * The report of a network in evaluation mode; without pairs if no layer has more than one unit.
   *
   * @param network from inputs to logits {@code [rows, 1]}
   * @param x inputs, rows on the first axis
   * @param y labels {@code [rows, 1]}, each 0 or 1
   * @param compared what is compared
   */
  public static ParityReport report(Layer network, Tensor x, Tensor y, List<Subgroups> compared, Options options) {
    ParityReporter reporter = new ParityReporter(network, x, y, options);
    List<Pair> pairs = new ArrayList<>();
    List<Check> checks = new ArrayList<>();
    List<String> undetermined = new ArrayList<>();
    for (Subgroups subgroups : reporter.weights.isEmpty() ? List.<Subgroups>of() : compared) {
      Map<String, int[]> present = new LinkedHashMap<>(subgroups.rows());
      present.values().removeIf(rows -> rows.length == 0);
      if (present.size() < subgroups.rows().size() || present.size() < 2) {
        undetermined.add(subgroups.tooFew());
      }
      if (present.size() >= 2) {
        reporter.add(subgroups.over(), present, pairs, checks);
      }
    }
    return new ParityReport(pairs, checks, undetermined);
  }

  private void add(String over, Map<String, int[]> present, List<Pair> pairs, List<Check> checks) {
    List<String> names = List.copyOf(present.keySet());
    List<Sides> sides = sides(names);
    List<List<float[][]>> blocks = present.values().stream().map(rows -> blocks(rows, present.size())).toList();
    List<double[][]> sums = blocks.stream().map(group -> sum(group, ones(group.size()))).toList();
    double[][][] drawn = resampled(blocks, sides); // [pair][layer][resample]
    List<int[]> few = present.values().stream().map(rows -> spaced(rows, options.ablationRows())).toList();
    List<double[][]> changes = options.ablationRows() == 0 ? List.of() : changes(few); // [group][layer][unit]
    double[] sizes = present.values().stream().mapToDouble(rows -> rows.length).toArray();
    int l = 0;
    for (Map.Entry<String, Var> layer : weights.entrySet()) {
      for (int p = 0; p < sides.size(); p++) {
        Sides pair = sides.get(p);
        double[] a = influence(added(sums, pair.ofA()), l);
        double[] b = influence(added(sums, pair.ofB()), l);
        pairs.add(new Pair(layer.getKey(), a.length, over, pair.a(), pair.b(),
            Bootstrap.withInterval(measured(NeuronInfluence.cosine(a, b)), drawn[p][l], options.bootstrap().level()),
            ablated(changes, sizes, pair, l), apart(a, b)));
      }
      for (int g = 0; g < changes.size(); g++) {
        double[] proxy = influence(sum(List.<float[][]>of(gradients(few.get(g))), ones(1)), l);
        OptionalDouble correlation = RankCorrelation.of(proxy, effects(changes, sizes, new int[]{g}, l));
        checks.add(new Check(layer.getKey(), over, names.get(g), correlation.isPresent()
            ? Measured.of(correlation.getAsDouble())
            : Measured.undetermined("all units have the same influence or the same effect")));
      }
      l++;
    }
  }

  private List<Sides> sides(List<String> names) {
    List<Sides> sides = new ArrayList<>();
    for (int a = 0; a < names.size(); a++) {
      int own = a;
      if (options.comparison() == Comparison.ONE_VS_REST && names.size() > 2) {
        sides.add(new Sides(names.get(a), "all others", new int[]{a},
            IntStream.range(0, names.size()).filter(other -> other != own).toArray()));
      } else {
        for (int b = a + 1; b < names.size(); b++) {
          sides.add(new Sides(names.get(a), names.get(b), new int[]{a}, new int[]{b}));
        }
      }
    }
    return sides;
  }

  // ---- influences ----

  /** The rows dealt into blocks by the seed, and the sums of each. */
  private List<float[][]> blocks(int[] rows, int groups) {
    long numbers = (long) groups * values.stream().mapToLong(value -> value.length).sum();
    int count = options.bootstrap().resamples() == 0 ? 1
        : (int) Math.min(Math.min(BLOCKS, rows.length), Math.max(2, MOST_NUMBERS / Math.max(1, numbers)));
    int[] dealt = rows.clone();
    new Rng(options.bootstrap().seed()).split("blocks").shuffle(dealt);
    return IntStream.range(0, count)
        .mapToObj(block -> gradients(IntStream.range(0, dealt.length).filter(i -> i % count == block)
            .map(i -> dealt[i]).toArray()))
        .toList();
  }

  /** The sum over rows of the loss's gradient, for each weight. */
  private float[][] gradients(int[] rows) {
    try (Scope _ = Scope.open()) {
      Var logits = network.forward(Var.of(rows(x, rows)), Phase.EVALUATE);
      var sum = Losses.BinaryOptions.defaults().withReduction(Losses.Reduction.SUM);
      Var loss = Losses.binaryCrossEntropyWithLogits(logits, Var.of(rows(y, rows)), sum);
      return Grad.of(loss, List.copyOf(weights.values())).stream().map(Tensor::toFloats).toArray(float[][]::new);
    }
  }

  private static Tensor rows(Tensor all, int[] rows) {
    return all.indexSelect(0, all.device().tensor(rows));
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** The sum of the blocks, each so many times. */
  private static double[][] sum(List<float[][]> blocks, int[] times) {
    double[][] sum = Arrays.stream(blocks.getFirst()).map(layer -> new double[layer.length])
        .toArray(double[][]::new);
    for (int b = 0; b < times.length; b++) {
      for (int l = 0; times[b] > 0 && l < sum.length; l++) {
        float[] block = blocks.get(b)[l];
        for (int i = 0; i < block.length; i++) {
          sum[l][i] += times[b] * block[i];
        }
      }
    }
    return sum;
  }

  private static double[][] added(List<double[][]> groups, int[] which) {
    double[][] sum = groups.get(which[0]);
    for (int other : Arrays.copyOfRange(which, 1, which.length)) {
      double[][] left = sum;
      sum = IntStream.range(0, left.length).mapToObj(l -> IntStream.range(0, left[l].length)
          .mapToDouble(i -> left[l][i] + groups.get(other)[l][i]).toArray()).toArray(double[][]::new);
    }
    return sum;
  }

  /** I of a layer's units, times the number of rows squared, which neither cosines nor ranks see. */
  private double[] influence(double[][] gradients, int l) {
    float[] weight = values.get(l);
    double[] units = new double[List.copyOf(weights.values()).get(l).shape().dim(0)];
    for (int i = 0; i < weight.length; i++) {
      double product = weight[i] * gradients[l][i];
      units[i / (weight.length / units.length)] += product * product;
    }
    return units;
  }

  /** The cosines of the resamples; NaN where one has no direction. */
  private double[][][] resampled(List<List<float[][]>> blocks, List<Sides> sides) {
    int resamples = options.bootstrap().resamples();
    double[][][] drawn = new double[sides.size()][values.size()][resamples];
    Rng root = new Rng(options.bootstrap().seed()).split("resamples");
    IntStream.range(0, resamples).parallel().forEach(i -> {
      Rng rng = root.split(i);
      List<double[][]> sums = blocks.stream().map(group -> sum(group, draw(group.size(), rng))).toList();
      for (int p = 0; p < sides.size(); p++) {
        double[][] a = added(sums, sides.get(p).ofA());
        double[][] b = added(sums, sides.get(p).ofB());
        for (int l = 0; l < values.size(); l++) {
          drawn[p][l][i] = NeuronInfluence.cosine(influence(a, l), influence(b, l)).orElse(Double.NaN);
        }
      }
    });
    return drawn;
  }

  private static int[] draw(int count, Rng rng) {
    int[] times = new int[count];
    for (int i = 0; i < count; i++) {
      times[rng.nextInt(count)]++;
    }
    return times;
  }

  private static Measured measured(OptionalDouble cosine) {
    return cosine.isPresent() ? Measured.of(cosine.getAsDouble())
        : Measured.undetermined("the gradient of a group is zero or not finite here, so it has no direction");
  }

  private List<Unit> apart(double[] a, double[] b) {
    double lengthA = length(a);
    double lengthB = length(b);
    return lengthA == 0 || lengthB == 0 ? List.of() : IntStream.range(0, a.length)
        .mapToObj(k -> new Unit(k, a[k] / lengthA, b[k] / lengthB))
        .sorted(Comparator.comparingDouble((Unit unit) -> -Math.abs(unit.a() - unit.b())))
        .limit(options.top()).toList();
  }

  private static double length(double[] values) {
    double scale = Arrays.stream(values).max().orElse(0); // squares of tiny squares would be 0
    return scale == 0 ? 0 : scale * Math.sqrt(Arrays.stream(values).map(v -> v / scale * (v / scale)).sum());
  }

  // ---- exact effects ----

  private static int[] spaced(int[] rows, int wanted) {
    return wanted >= rows.length ? rows
        : IntStream.range(0, wanted).map(i -> rows[(int) ((long) i * rows.length / wanted)]).toArray();
  }

  /** {@code L_s - L_s without the unit} of every unit: {@code [group][layer][unit]}. */
  private List<double[][]> changes(List<int[]> groups) {
    try (Scope _ = Scope.open()) {
      int[] all = groups.stream().flatMapToInt(Arrays::stream).toArray();
      Tensor inputs = rows(x, all);
      float[] labels = rows(y, all).toFloats();
      double[] whole = losses(inputs, labels, groups);
      List<double[][]> changes = groups.stream().map(_ -> new double[weights.size()][]).toList();
      int l = 0;
      for (Map.Entry<String, Var> layer : weights.entrySet()) {
        int units = layer.getValue().shape().dim(0);
        for (double[][] change : changes) {
          change[l] = new double[units];
        }
        for (int k = 0; k < units; k++) {
          double[] without = without(layer.getKey(), k, inputs, labels, groups);
          for (int g = 0; g < without.length; g++) {
            changes.get(g)[l][k] = whole[g] - without[g];
          }
        }
        l++;
      }
      return changes;
    }
  }

  /** c of a layer's units, of the rows of some groups together. */
  private static double[] effects(List<double[][]> changes, double[] sizes, int[] groups, int l) {
    double rows = Arrays.stream(groups).mapToDouble(g -> sizes[g]).sum();
    double[] effects = new double[changes.getFirst()[l].length];
    for (int k = 0; k < effects.length; k++) {
      int unit = k;
      double change = Arrays.stream(groups).mapToDouble(g -> sizes[g] / rows * changes.get(g)[l][unit]).sum();
      effects[k] = change * change;
    }
    return effects;
  }

  /** The losses with the unit's incoming weights and bias at 0. */
  private double[] without(String name, int unit, Tensor inputs, float[] labels, List<int[]> groups) {
    try (Scope _ = Scope.open()) {
      Tensor weight = weights.get(name).value();
      List<Tensor> parts = new ArrayList<>(List.of(weight.slice(0, unit, unit + 1)));
      Var bias = network.parameters().get(name.replace("weight", "bias"));
      if (bias != null && bias.shape().size() == weight.shape().dim(0)) {
        parts.add(bias.value().slice(0, unit, unit + 1));
      }
      List<Tensor> before = parts.stream().map(Tensor::copy).toList();
      parts.forEach(part -> part.copyFrom(part.device().scalar(0)));
      try {
        return losses(inputs, labels, groups);
      } finally {
        for (int i = 0; i < parts.size(); i++) {
          parts.get(i).copyFrom(before.get(i));
        }
      }
    }
  }

  /** The mean cross-entropy of each group, whose rows follow each other; summed in float64. */
  private double[] losses(Tensor inputs, float[] labels, List<int[]> groups) {
    try (Scope _ = Scope.open()) {
      float[] logits = Grad.without(() -> network.forward(Var.of(inputs), Phase.EVALUATE)).value().toFloats();
      double[] means = new double[groups.size()];
      int row = 0;
      for (int g = 0; g < means.length; g++) {
        int rows = groups.get(g).length;
        for (int end = row + rows; row < end; row++) { // log(1 + e^z) - y z, without overflow
          double z = logits[row];
          means[g] += (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - labels[row] * z) / rows;
        }
      }
      return means;
    }
  }

  private static Measured ablated(List<double[][]> changes, double[] sizes, Sides pair, int l) {
    if (changes.isEmpty()) {
      return Measured.undetermined("not asked for");
    }
    OptionalDouble cosine = NeuronInfluence.cosine(effects(changes, sizes, pair.ofA(), l),
        effects(changes, sizes, pair.ofB(), l));
    return cosine.isPresent() ? Measured.of(cosine.getAsDouble())
        : Measured.undetermined("no unit has an effect on the loss of a group");
  }
}
