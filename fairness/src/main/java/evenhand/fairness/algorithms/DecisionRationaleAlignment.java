package evenhand.fairness.algorithms;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.optim.Training;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Decision rationale alignment: units of a network shall weigh alike in the losses of the groups.
 *
 * <p>Paper: T. Li, Q. Guo, A. Liu, M. Du, Z. Li, Y. Liu, FAIRER: fairness as decision rationale alignment, ICML 2023,
 * arXiv 2306.15299. A penalty on the gap of the outputs, as in {@link GapRegularization}, and a reward for agreement
 * inside the network. The sensitive attribute need not be an input.
 *
 * <p>Symbols: s a subgroup, for demographic parity a group, for the other targets a group among rows of one label; L_s
 * the mean cross-entropy of its rows in the batch; W_l the weight of layer l, output units k first; D the gap.
 *
 * <pre>
 *  g^s      = dL_s / dW_l
 *  I^s_l,k  = sum over j of (W_l,kj g^s_kj)^2               influence of unit k on the loss of s; biases left out
 *  PPS(a,b) = sum over l of &lt;I^a_l, I^b_l&gt; / (|I^a_l| |I^b_l|)   parameter parity score, 0 to 1 in each layer
 *  loss     = cross-entropy + lambda D - beta * sum over labels, mean over pairs a &lt; b of PPS(a,b)
 * </pre>
 *
 * <p>Steps, for every batch ({@link Objective}):
 *
 * <ol>
 *   <li>take the rows apart by subgroup, and run each part through the network once;
 *   <li>cross-entropy and gap of all parts together;
 *   <li>the gradient g^s of each subgroup, itself differentiable, and the influences I^s of every layer;
 *   <li>the cosines of each pair;
 *   <li>the gradient of the loss. Through g^s it is exactly {@code sum over s of direct^s + H_s v^s} with {@code
 *       direct^s = 2 u^s W g^2}, {@code v^s = 2 u^s W^2 g} and u^s the derivative of PPS for I^s: one Hessian-vector
 *       product for each subgroup, in as many matrix products as three plain steps, for any number of groups. For a
 *       perceptron {@code AlignmentGradient} computes it so, in fewer; for other models it goes through the graph.
 * </ol>
 *
 * <p>Deviations and choices:
 *
 * <ul>
 *   <li>A layer with one output unit, such as the head, is skipped: its cosine is always 1, with derivative 0. With {@code
 *       include-head} it adds that 1 to every pair's score. The authors take all layers.
 *   <li>Where I^s_l is zero (a dead layer, a vanished gradient) the cosine counts as 0 with derivative 0, and is counted
 *       in the notes. Influences are divided by their largest product first, which leaves the cosine as it is; squares
 *       would underflow late in training.
 *   <li>A subgroup without rows in a batch is left out of its pairs in that step and counted. A group that has training
 *       rows, but none in one of its subgroups, is refused; with {@code empty=skip-pair} its pairs there are left out
 *       and named. A group without any training rows is never compared.
 *   <li>More than two groups, where the paper has one pair: the mean over pairs, as in the gap.
 *   <li>Batches are drawn from all rows unless {@code rows-per-group} is set; the authors draw so many rows of each
 *       subgroup. For equal opportunity that is of each label and group, or no row of label 0 would be learned from.
 *   <li>The last epoch's model is kept unless {@code held-out} is set; the authors keep the epoch after the third with the
 *       smallest gap on validation rows. {@link GapTraining} does so with a floor for the average precision.
 *   <li>Without a layer to compare (logistic regression), and with beta 0, this is gap regularisation, bit for bit.
 *   <li>High parity is cheap to reach and is not a small gap; read both.
 * </ul>
 */
public final class DecisionRationaleAlignment implements Method<DecisionRationaleAlignment.Config> {
  /**
   * Settings.
   *
   * @param lambda weight of the gap, at least 0
   * @param beta weight of the parity score, at least 0
   * @param includeHead also count layers with one output unit
   * @param empty what to do where a group has training rows, but none of a label that the target compares
   * @param batches how batches are drawn and an epoch is chosen
   */
  public record Config(
      @Help("weight of the gap in the loss") double lambda,
      @Help("weight of the parity score in the loss") double beta,
      @Help("also count layers with one output unit, whose parity is always 1") boolean includeHead,
      @Help("where a group has no training rows of a label that is compared: stop, or leave its pairs out") Empty empty,
      GapTraining batches) {
    /** Checks the ranges. */
    public Config {
      if (!(lambda >= 0) || !(beta >= 0)) {
        throw new IllegalArgumentException("decision-rationale-alignment settings are out of range: lambda " + lambda
            + " and beta " + beta + " must be at least 0");
      }
    }

    /** The head left out, no empty subgroups, shuffled batches and the last epoch. */
    public Config(double lambda, double beta) {
      this(lambda, beta, false, Empty.REFUSE, GapTraining.PLAIN);
    }
  }

  /** What to do about a subgroup without training rows whose group has others. */
  public enum Empty {
    /** Stop and name it. */
    REFUSE,
    /** Leave its pairs out and note it. */
    SKIP_PAIR
  }

  /** For the service loader. */
  public DecisionRationaleAlignment() {}

  @Override
  public String name() {
    return "decision-rationale-alignment";
  }

  @Override
  public String summary() {
    return "Penalises the gap and rewards units that weigh alike in the losses of the groups.";
  }

  @Override
  public String paper() {
    return "Li, Guo, Liu, Du, Li and Liu, ICML 2023, arXiv 2306.15299";
  }

  @Override
  public Config defaults() {
    return new Config(0.3, 0.03);
  }

  @Override
  public Optional<Strength> strength() {
    return Optional.of(Strength.of("lambda", "0.1", "0.3", "1", "3", "10"));
  }

  @Override
  public List<Ablation> ablations() {
    return List.of(Ablation.of("no parity", "beta", "0"),
        Ablation.of("no gap", "lambda", "0"));
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    requireRows(task, settings.empty());
    return settings.batches().fit(task, (training, fitting) -> objective(training, fitting, settings));
  }

  private static GapTraining.Objective objective(Task task, Fitting fitting, Config settings) {
    Map<String, Var> layers = layers(fitting.model(), settings.includeHead());
    boolean nothing = layers.values().stream().allMatch(weight -> weight.shape().dim(0) == 1);
    if (settings.beta() == 0 || nothing) {
      Training.RowLoss loss = fitting.rowLoss(GapRegularization.loss(task, settings.lambda()));
      return noting(loss, () -> settings.beta() == 0 ? List.of()
          : List.of("model " + task.model() + " has no layer with more than one unit,"
              + " so there was nothing to align and this is gap-regularization; a model with hidden layers has,"
              + " such as mlp:64,64"));
    }
    if (!fitting.model().buffers().isEmpty()) {
      throw new IllegalArgumentException("decision-rationale-alignment: the model keeps running statistics "
          + fitting.model().buffers().keySet() + ", which would mix the subgroups; use a model without batch"
          + " normalisation");
    }
    Samples train = task.train();
    Objective objective = new Objective(fitting::forward, layers, task.target(), train.y(), train.groups(), settings,
        task.device());
    boolean fits = task.training().logitScale() == 1 && AlignmentGradient.fits(fitting.model());
    return noting(fits ? new AlignmentGradient(fitting.model(), rows -> fitting.inputs(rows).value(), objective)
        : rows -> objective.of(rows).loss(), objective::notes);
  }

  private static GapTraining.Objective noting(Training.RowLoss loss, Supplier<List<String>> notes) {
    return new GapTraining.Objective() {
      @Override
      public Var of(int[] rows) {
        return loss.of(rows);
      }

      @Override
      public List<String> notes() {
        return notes.get();
      }
    };
  }

  private static void requireRows(Task task, Empty empty) {
    CellIndex cells = CellIndex.of(task.train().y(), 2, task.train().groups());
    List<String> missing = new ArrayList<>();
    for (int label : task.target().labels()) {
      for (int z = 0; label >= 0 && z < cells.compared(); z++) {
        if (cells.count(label, z) == 0 && cells.groupCount(z) > 0) {
          missing.add(cells.name(label, z));
        }
      }
    }
    if (empty == Empty.REFUSE && !missing.isEmpty()) {
      throw new IllegalArgumentException("decision-rationale-alignment: " + String.join("; ", missing)
          + (missing.size() == 1 ? " has" : " have")
          + " no training rows to compare; merge small groups, choose another"
          + " target, or leave such pairs out with --set decision-rationale-alignment.empty=skip-pair");
    }
  }

  /**
   * The loss of the header, for a training loop of one's own.
   *
   * @param model from inputs {@code [rows, columns]} to logits {@code [rows, 1]}, without running statistics
   * @param train the rows that row numbers refer to
   */
  public static Training.RowLoss loss(Layer model, Samples train, Target target, Config settings, Device device) {
    Tensor x = train.features(device);
    Objective objective = new Objective(
        rows -> model.forward(Var.of(x.indexSelect(0, device.tensor(rows))), Phase.TRAIN),
        layers(model, settings.includeHead()), target, train.y(), train.groups(), settings, device);
    return AlignmentGradient.fits(model)
        ? new AlignmentGradient(model, rows -> x.indexSelect(0, device.tensor(rows)), objective)
        : rows -> objective.of(rows).loss();
  }

  /** The weights W_l by name: two axes or more, and more than one output unit unless the head is asked for. */
  static Map<String, Var> layers(Layer model, boolean includeHead) {
    Map<String, Var> layers = new LinkedHashMap<>();
    model.parameters().forEach((name, parameter) -> {
      if (name.contains("weight") && parameter.shape().rank() > 1 && (includeHead || parameter.shape().dim(0) > 1)) {
        layers.put(name, parameter);
      }
    });
    return layers;
  }

  // ---- the loss of a batch ----

  /**
   * The loss and its parts, each a scalar.
   *
   * @param rationales by number of the subgroup; those without rows or without another to compare with are not there
   * @param loss cross-entropy + lambda gap - beta times the pairs' cosines
   */
  record Parts(Var crossEntropy, Var gap, Map<Integer, Rationale> rationales, List<Pair> pairs, Var loss) {}

  /**
   * What a subgroup's loss depends on.
   *
   * @param influences of each layer's units, {@code [K_l]}, divided by {@code scale_l^2}
   * @param scales largest {@code |W g|} of each layer; 0 for one without influence
   */
  record Rationale(List<Var> influences, float[] scales) {}

  /** Two subgroups to compare, the smaller number first, and the weight of their score among all. */
  record Compared(int a, int b, double weight) {}

  /** The cosine of two subgroups in each layer. */
  record Pair(Compared of, List<Var> cosines) {
    private Var weighted() {
      return cosines.stream().reduce(Var::plus).orElseThrow().times(of.weight());
    }
  }

  /** Computes the loss of a batch and counts what had to be left out. */
  static final class Objective {
    private final Function<int[], Var> network;
    private final Map<String, Var> layers;
    private final Target target;
    private final int[] y;
    private final Attribute groups;
    private final Config settings;
    private final Device device;
    private final int[] labels; // whose rows are compared; -1 for those of any
    private final Map<String, Integer> undetermined = new TreeMap<>(); // cosines by layer
    private int pairs;
    private int steps;
    private int incomplete; // steps in which a subgroup had no rows

    /** Of a network from row numbers to logits {@code [rows, 1]}, and the weights that are compared. */
    Objective(Function<int[], Var> network, Map<String, Var> layers, Target target, int[] y, Attribute groups,
        Config settings, Device device) {
      this.network = network;
      this.layers = layers;
      this.target = target;
      this.y = y;
      this.groups = groups;
      this.settings = settings;
      this.device = device;
      this.labels = target.labels();
    }

    /** The loss of these rows and its parts; its gradient runs through that of the subgroups' losses. */
    Parts of(int[] rows) {
      // 1. the rows of each subgroup
      SortedMap<Integer, int[]> parts = parts(rows);
      Map<Integer, Var> logits = new TreeMap<>();
      parts.forEach((s, members) -> logits.put(s, network.apply(members)));
      // 2. cross-entropy and gap
      int[] order = order(parts);
      Var all = Var.concat(0, List.copyOf(logits.values()));
      Var crossEntropy = crossEntropy(all, order);
      Var gap = gap(all, order);
      // 3. influences
      List<Compared> pairs = pairs(parts.keySet());
      Map<Integer, Rationale> rationales = new TreeMap<>();
      pairs.stream().flatMap(pair -> Stream.of(pair.a(), pair.b())).distinct()
          .forEach(s -> rationales.put(s, rationale(crossEntropy(logits.get(s), parts.get(s)))));
      // 4. cosines
      List<Pair> compared = pairs.stream()
          .map(pair -> new Pair(pair, cosines(rationales.get(pair.a()), rationales.get(pair.b())))).toList();
      // 5. the loss
      Var parity = compared.stream().map(Pair::weighted).reduce(Var::plus).orElseGet(() -> gap.like(0));
      Var loss = crossEntropy.plus(gap.times(settings.lambda())).minus(parity.times(settings.beta()));
      return new Parts(crossEntropy, gap, rationales, compared, loss);
    }

    /** The rows of each subgroup, those of none (-1) first. */
    SortedMap<Integer, int[]> parts(int[] rows) {
      SortedMap<Integer, int[]> parts = new TreeMap<>();
      Arrays.stream(rows).map(this::subgroup).distinct()
          .forEach(s -> parts.put(s, Arrays.stream(rows).filter(row -> subgroup(row) == s).toArray()));
      return parts;
    }

    /** The rows in the order of their subgroups. */
    static int[] order(SortedMap<Integer, int[]> parts) {
      return parts.values().stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** The pairs of subgroups of one label that have rows, each weighing as much as the others of its label; counted. */
    List<Compared> pairs(Set<Integer> present) {
      int groups = this.groups.levels().size();
      List<Compared> all = new ArrayList<>();
      for (int label = 0; label < labels.length; label++) {
        int first = label * groups;
        int[] ofLabel = present.stream().mapToInt(s -> s).filter(s -> s >= first && s < first + groups).sorted()
            .toArray();
        double weight = 2.0 / Math.max(1, ofLabel.length * (ofLabel.length - 1));
        for (int a = 0; a < ofLabel.length; a++) {
          for (int b = a + 1; b < ofLabel.length; b++) {
            all.add(new Compared(ofLabel[a], ofLabel[b], weight));
          }
        }
      }
      pairs += all.size();
      steps++;
      incomplete += present.stream().filter(s -> s >= 0).count() < labels.length * groups ? 1 : 0;
      return all;
    }

    /** Number of a row's subgroup, those of the first label first; -1 for none. */
    private int subgroup(int row) {
      int label = target == Target.DEMOGRAPHIC_PARITY ? -1 : y[row];
      return groups.codes()[row] < 0 || label == 0 && labels[0] == 1 ? -1
          : (label == labels[0] ? 0 : groups.levels().size()) + groups.codes()[row];
    }

    /** {@code [rows, 1]}. */
    Tensor labels(int[] rows) {
      float[] wanted = new float[rows.length];
      IntStream.range(0, rows.length).forEach(i -> wanted[i] = y[rows[i]]);
      return device.tensor(wanted, rows.length, 1);
    }

    Var crossEntropy(Var logits, int[] rows) {
      return Losses.binaryCrossEntropyWithLogits(logits, Var.of(labels(rows)));
    }

    Var gap(Var logits, int[] rows) {
      return GapRegularization.gap(logits.sigmoid(), target, y, groups, rows, device);
    }

    /** The influences, differentiable, from a subgroup's mean loss. */
    Rationale rationale(Var loss) {
      List<Var> weights = List.copyOf(layers.values());
      List<Var> gradients = Grad.graph(loss, weights);
      List<Var> products = IntStream.range(0, weights.size()).mapToObj(l -> weights.get(l).times(gradients.get(l)))
          .toList();
      float[] scales = Grad.without(() -> Var.concat(0, products.stream()
          .map(product -> product.abs().maxKeep().reshape(1)).toList())).value().toFloats(); // one copy for all layers
      List<Var> influences = new ArrayList<>();
      for (int l = 0; l < scales.length; l++) {
        scales[l] = scales[l] < Float.MIN_NORMAL ? 0 : scales[l];
        Var product = products.get(l).div(scales[l] == 0 ? 1 : scales[l]);
        influences.add(product.square().reshape(product.shape().dim(0), -1).sum(1));
      }
      return new Rationale(influences, scales);
    }

    /** The cosine of each layer; 0 where one has no influence. */
    List<Var> cosines(Rationale a, Rationale b) {
      List<Var> cosines = new ArrayList<>();
      for (String name : layers.keySet()) {
        int l = cosines.size();
        Var one = a.influences().get(l);
        Var other = b.influences().get(l);
        if (a.scales()[l] == 0 || b.scales()[l] == 0) {
          undetermined(name);
          cosines.add(one.like(0));
        } else if (one.shape().size() == 1) {
          cosines.add(one.like(1)); // two positive numbers have one direction
        } else {
          cosines.add(one.times(other).sum().div(one.square().sum().times(other.square().sum()).sqrt()));
        }
      }
      return cosines;
    }

    /** Counts a cosine that is left out. */
    void undetermined(String layer) {
      undetermined.merge(layer, 1, Integer::sum);
    }

    Map<String, Var> layers() {
      return layers;
    }

    Config settings() {
      return settings;
    }

    /** What was left out, for the reader. */
    List<String> notes() {
      List<String> notes = new ArrayList<>();
      for (int s = 0; s < labels.length * groups.levels().size(); s++) {
        int number = s;
        long rows = IntStream.range(0, y.length).filter(row -> subgroup(row) == number).count();
        if (rows < 2) {
          int label = labels[s / groups.levels().size()];
          notes.add((label < 0 ? "" : "label=" + label + ", ") + "group="
              + groups.levels().get(s % groups.levels().size()) + (rows == 0
                  ? " has no training rows; its pairs are left out"
                  : " has one training row, which stands for the subgroup"));
        }
      }
      if (incomplete > 0) {
        notes.add("in " + incomplete + " of " + steps + " steps a subgroup had no rows in"
            + " the batch and its pairs were left out; raise model.batch or set rows-per-group");
      }
      undetermined.forEach((name, count) -> notes.add(count + " of " + pairs
          + " comparisons in " + name + " counted as 0, since the layer had no influence on a subgroup's loss"));
      return notes;
    }
  }
}
