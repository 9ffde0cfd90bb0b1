package evenhand.fairness.algorithms;

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
import java.util.List;
import java.util.Optional;

/**
 * Gap regularisation: a penalty on the difference of mean probabilities between groups.
 *
 * <p>The usual in-training baseline, as in the comparisons of Decision Rationale Alignment (Li et al., ICML 2023) and
 * Fair Mixup (Chuang and Mroueh, ICLR 2021).
 *
 * <pre>
 *  loss = cross-entropy + lambda * D
 *  demographic parity  D = mean over pairs of groups a &lt; b of |mean p in a - mean p in b|
 *  equal opportunity   the same over rows with label 1
 *  equalized odds      the sum of the same over rows with label 1 and over rows with label 0
 * </pre>
 *
 * <p>Means are taken within the batch; a group without rows there adds nothing in that step. The derivative at equal
 * means is 0. Deviations: batches are drawn from all rows unless {@code rows-per-group} is set, and the last epoch is
 * kept unless {@code held-out} is; with more than two groups, where the papers have one pair, the mean over pairs keeps
 * lambda's meaning (a sum would drown the cross-entropy).
 */
public final class GapRegularization implements Method<GapRegularization.Config> {
  /**
   * Settings.
   *
   * @param lambda weight of the gap, at least 0
   * @param batches how batches are drawn and an epoch is chosen
   */
  public record Config(@Help("weight of the gap in the loss") double lambda, GapTraining batches) {
    /** Checks the range. */
    public Config {
      if (!(lambda >= 0)) {
        throw new IllegalArgumentException("setting gap-regularization.lambda must be at least 0, got " + lambda);
      }
    }

    /** Shuffled batches, and the last epoch. */
    public Config(double lambda) {
      this(lambda, GapTraining.PLAIN);
    }
  }

  /** For the service loader. */
  public GapRegularization() {}

  @Override
  public String name() {
    return "gap-regularization";
  }

  @Override
  public String summary() {
    return "Adds the difference of mean probabilities between groups to the loss.";
  }

  @Override
  public String paper() {
    return "baseline in Chuang and Mroueh, ICLR 2021, and Li et al., ICML 2023";
  }

  @Override
  public Config defaults() {
    return new Config(1);
  }

  @Override
  public Optional<Strength> strength() {
    return Optional.of(Strength.of("lambda", "0.1", "0.3", "1", "3", "10"));
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    return settings.batches().fit(task, (training, fitting) -> fitting.rowLoss(loss(training, settings.lambda()))::of);
  }

  /**
   * The loss of the header, for a training loop of one's own.
   *
   * @param model from inputs {@code [rows, columns]} to logits {@code [rows, 1]}
   * @param train the rows that row numbers refer to
   */
  public static Training.RowLoss loss(Layer model, Samples train, Target target, double lambda, Device device) {
    Tensor x = train.features(device);
    Tensor y = train.labels(device);
    return rows -> {
      Tensor chosen = device.tensor(rows);
      Var logits = model.forward(Var.of(x.indexSelect(0, chosen)), Phase.TRAIN);
      return Losses.binaryCrossEntropyWithLogits(logits, Var.of(y.indexSelect(0, chosen)))
          .plus(gap(logits.sigmoid(), target, train.y(), train.groups(), rows, device).times(lambda));
    };
  }

  /** The loss of the header on a task's training rows. */
  static Fitting.BatchLoss loss(Task task, double lambda) {
    Attribute groups = task.train().groups();
    int[] y = task.train().y();
    return (logits, labels, rows) -> Losses.binaryCrossEntropyWithLogits(logits, labels)
        .plus(gap(logits.sigmoid(), task.target(), y, groups, rows, task.device()).times(lambda));
  }

  /** D of the header, of the probabilities {@code [batch, 1]} of the given rows; a scalar. */
  static Var gap(Var probabilities, Target target, int[] y, Attribute groups, int[] rows, Device device) {
    return switch (target) {
      case DEMOGRAPHIC_PARITY -> gap(probabilities, -1, y, groups, rows, device);
      case EQUAL_OPPORTUNITY -> gap(probabilities, 1, y, groups, rows, device);
      case EQUALIZED_ODDS -> gap(probabilities, 0, y, groups, rows, device)
          .plus(gap(probabilities, 1, y, groups, rows, device));
    };
  }

  /** The mean over pairs of groups, among rows of one label or (-1) of all. */
  private static Var gap(Var probabilities, int label, int[] y, Attribute groups, int[] rows, Device device) {
    int count = groups.levels().size();
    int[] sizes = new int[count];
    for (int row : rows) {
      if (groups.codes()[row] >= 0 && (label < 0 || y[row] == label)) {
        sizes[groups.codes()[row]]++;
      }
    }
    float[] averaging = new float[count * rows.length]; // row g holds 1 / (size of g) at g's members
    for (int i = 0; i < rows.length; i++) {
      int g = groups.codes()[rows[i]];
      if (g >= 0 && (label < 0 || y[rows[i]] == label)) {
        averaging[g * rows.length + i] = 1f / sizes[g];
      }
    }
    Var means = Var.of(device.tensor(averaging, count, rows.length)).matmul(probabilities); // [groups, 1]
    List<Var> differences = new ArrayList<>();
    for (int a = 0; a < count; a++) {
      for (int b = a + 1; b < count; b++) {
        if (sizes[a] > 0 && sizes[b] > 0) {
          differences.add(means.slice(0, a, a + 1).minus(means.slice(0, b, b + 1)).abs().sum());
        }
      }
    }
    return differences.stream().reduce(Var::plus)
        .map(sum -> differences.size() == 1 ? sum : sum.div(differences.size()))
        .orElseGet(() -> probabilities.like(0));
  }
}
