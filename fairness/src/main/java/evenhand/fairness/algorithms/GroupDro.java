package evenhand.fairness.algorithms;

import evenhand.autograd.Var;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Group DRO: distributionally robust optimization over groups, which trains for the group with the greatest loss.
 *
 * <p>Paper: S. Sagawa, P. W. Koh, T. B. Hashimoto, P. Liang, Distributionally robust neural networks for group shifts,
 * ICLR 2020, arXiv 1911.08731, algorithm 1. The target plays no part: the aim is a low loss of every group, not equal
 * rates, and the mean accuracy may fall for it. Nothing is needed at prediction time.
 *
 * <p>Symbols: groups g, the cells of label and sensitive group; m_g training rows; q_g their weights, with sum 1, equal at
 * first; l_g the mean cross-entropy of the batch's rows in g; eta the step; C the adjustment.
 *
 * <p>Steps, for every batch:
 *
 * <ol>
 *   <li>take l_g of the model as it is;
 *   <li>{@code q_g <- q_g exp(eta (l_g + C / sqrt(m_g)))} for the groups in the batch, then divide all by their sum;
 *   <li>descend on {@code sum over g in the batch of q_g l_g}, q held constant.
 * </ol>
 *
 * <p>Deviations and choices:
 *
 * <ul>
 *   <li>The paper draws a group evenly and then a row of it; here batches are shuffled rows, as for the other methods, and
 *       each holds several groups. A group that a batch misses keeps its q up to the division.
 *   <li>C / sqrt(m_g) is the paper's adjustment for the generalization gap of small groups; 0 leaves it out.
 *   <li>The paper finds that large networks need strong regularisation for a gain on new rows: {@code model.weight-decay}.
 *   <li>Rows whose sensitive group is unknown form a group of their own, else nothing would train on them.
 * </ul>
 */
public final class GroupDro implements Method<GroupDro.Config> {
  /** What a group is. */
  public enum By {
    /** A label and a sensitive group. */
    CELL,
    /** A sensitive group. */
    GROUP
  }

  /**
   * Settings.
   *
   * @param eta step of the weights, at least 0
   * @param by what a group is
   * @param adjustment C of the header, at least 0
   */
  public record Config(
      @Help("step of the groups' weights") double eta,
      @Help("what a group is: label and sensitive group, or sensitive group alone") By by,
      @Help("C, which raises the weight of small groups by C / sqrt(rows)") double adjustment) {
    /** Checks the ranges. */
    public Config {
      if (!(eta >= 0 && eta < Double.POSITIVE_INFINITY)
          || !(adjustment >= 0 && adjustment < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("group-dro settings are out of range: eta " + eta + " and adjustment "
            + adjustment + " must be at least 0 and finite");
      }
    }
  }

  /** For the service loader. */
  public GroupDro() {}

  @Override
  public String name() {
    return "group-dro";
  }

  @Override
  public String summary() {
    return "Weights the groups' losses while training, more where the loss is greater.";
  }

  @Override
  public String paper() {
    return "Sagawa, Koh, Hashimoto and Liang, ICLR 2020, arXiv 1911.08731";
  }

  @Override
  public Config defaults() {
    return new Config(0.01, By.CELL, 0);
  }

  @Override
  public Optional<Strength> strength() {
    return Optional.of(Strength.of("eta", "0.001", "0.003", "0.01", "0.03", "0.1"));
  }

  @Override
  public List<Ablation> ablations() {
    return List.of(Ablation.of("no weight updates", "eta", "0"),
        Ablation.of("groups without labels", "by", "group"));
  }

  /** It takes any number of labels. */
  @Override
  public Optional<String> unsuitable(Samples train) {
    return Optional.empty();
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    Fitting fitting = new Fitting(task);
    Weights weights = new Weights(task.train().y(), task.train().classes(), task.train().groups(), settings);
    Fitting.BatchLoss robust = (logits, labels, rows) -> {
      Var losses = Fitting.losses(logits, labels); // [batch, 1]
      float[] factors = weights.next(losses.value().toFloats(), rows); // steps 1 and 2
      return losses.times(Var.of(task.device().tensor(factors, rows.length, 1))).sum(); // step 3
    };
    return fitting.train(task.training().epochs(), fitting.shuffled(), robust).predictor(List.of(weights.note()));
  }

  /** The weights q while training. */
  static final class Weights {
    private final Config settings;
    private final int[] groupOf;
    private final int[] sizes;
    private final String[] names;
    private final double[] q;

    /** Equal weights of all groups that have training rows. */
    Weights(int[] y, int classes, Attribute sensitive, Config settings) {
      this.settings = settings;
      CellIndex cells = CellIndex.of(y, classes, sensitive);
      int count = settings.by() == By.CELL ? cells.rows().length : cells.groups();
      groupOf = new int[y.length];
      sizes = new int[count];
      names = new String[count];
      for (int cell = 0; cell < cells.rows().length; cell++) {
        int group = cell % count; // cell (y, z) has number y * groups + z
        for (int row : cells.rows()[cell]) {
          groupOf[row] = group;
        }
        sizes[group] += cells.rows()[cell].length;
        String name = cells.name(cell / cells.groups(), cell % cells.groups());
        names[group] = settings.by() == By.CELL ? name : name.replaceFirst("^label=\\d+, ", "");
      }
      long present = Arrays.stream(sizes).filter(size -> size > 0).count();
      q = Arrays.stream(sizes).mapToDouble(size -> size > 0 ? 1.0 / present : 0).toArray();
    }

    /**
     * Steps 1 and 2 for one batch.
     *
     * @param losses of the batch's rows
     * @return the factor of each loss in the sum of step 3: q_g over the rows of g in the batch
     */
    float[] next(float[] losses, int[] rows) {
      double[] sums = new double[q.length];
      int[] counts = new int[q.length];
      for (int i = 0; i < rows.length; i++) {
        sums[groupOf[rows[i]]] += losses[i];
        counts[groupOf[rows[i]]]++;
      }
      move(sums, counts);
      float[] factors = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        int group = groupOf[rows[i]];
        factors[i] = (float) (q[group] / counts[group]);
      }
      return factors;
    }

    /** Step 2; the greatest exponent is taken off all, so that a large eta does not overflow. */
    private void move(double[] sums, int[] counts) {
      double[] exponents = new double[q.length];
      for (int group = 0; group < q.length; group++) {
        exponents[group] = counts[group] == 0 ? 0
            : settings.eta() * (sums[group] / counts[group] + settings.adjustment() / Math.sqrt(sizes[group]));
      }
      double greatest = Arrays.stream(exponents).max().orElse(0);
      for (int group = 0; group < q.length; group++) {
        q[group] *= Math.exp(exponents[group] - greatest);
      }
      double sum = Arrays.stream(q).sum();
      for (int group = 0; group < q.length; group++) {
        q[group] /= sum;
      }
    }

    /** The weights now, by group; 0 for a group without training rows. */
    double[] q() {
      return q.clone();
    }

    /** Which group weighs most. */
    String note() {
      int heaviest = IntStream.range(0, q.length).reduce(0, (a, b) -> q[b] > q[a] ? b : a);
      return String.format(Locale.ROOT, "at the end the heaviest of %d groups was %s, with weight %.2f of 1",
          Arrays.stream(sizes).filter(size -> size > 0).count(), names[heaviest], q[heaviest]);
    }
  }
}
