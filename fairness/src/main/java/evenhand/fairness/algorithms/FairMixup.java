package evenhand.fairness.algorithms;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Fair mixup: the predictor shall hardly change on the way from the rows of one group to those of another.
 *
 * <p>Paper: C.-Y. Chuang, Y. Mroueh, Fair mixup: fairness via interpolation, ICLR 2021, arXiv 2103.06503. The gap is the
 * integral, along a path between the groups, of the derivative of the mean prediction; a small derivative on the whole
 * path leaves a small gap that also holds on new rows. Nothing is needed at prediction time.
 *
 * <p>Symbols: f(x) the probability of label 1; x_a, x_b rows of groups a and b in the batch, drawn pair by pair; t in
 * [0, 1], uniform, which is Beta(1, 1), one number a step.
 *
 * <pre>
 *  x_mix = t x_a + (1 - t) x_b
 *  R     = | mean over pairs of rows of &lt;grad_x f(x_mix), x_a - x_b&gt; |     = | d/dt mean f(x_mix) |
 *  loss  = cross-entropy + lambda * R
 * </pre>
 *
 * <p>Steps, for every batch:
 *
 * <ol>
 *   <li>pair rows of both groups; of all labels for demographic parity, else label by label;
 *   <li>draw t and mix;
 *   <li>R, summed over the labels of the target, its gradient running through grad_x f.
 * </ol>
 *
 * <p>Deviations and choices:
 *
 * <ul>
 *   <li>The paper draws as many rows of each group. Here batches are shuffled rows unless {@code rows-per-group} is set;
 *       the rows of the smaller group then recur until each of the larger one has a partner.
 *   <li>More than two groups, where the paper has one pair: the mean over pairs, as in {@link GapRegularization}.
 *   <li>Inputs are mixed, categories of 0 and 1 too; the paper's mixing of hidden layers is not here.
 *   <li>A group without rows in a batch adds nothing in that step; such steps are counted.
 * </ul>
 */
public final class FairMixup implements Method<FairMixup.Config> {
  /**
   * Settings.
   *
   * @param lambda weight of R, at least 0
   * @param batches how batches are drawn and an epoch is chosen
   */
  public record Config(@Help("weight of the change between groups in the loss") double lambda, GapTraining batches) {
    /** Checks the range. */
    public Config {
      if (!(lambda >= 0)) {
        throw new IllegalArgumentException("setting fair-mixup.lambda must be at least 0, got " + lambda);
      }
    }
  }

  /** For the service loader. */
  public FairMixup() {}

  @Override
  public String name() {
    return "fair-mixup";
  }

  @Override
  public String summary() {
    return "Penalises how predictions change between mixed rows of two groups.";
  }

  @Override
  public String paper() {
    return "Chuang and Mroueh, ICLR 2021, arXiv 2103.06503";
  }

  @Override
  public Config defaults() {
    return new Config(1, GapTraining.PLAIN);
  }

  @Override
  public Optional<Strength> strength() {
    return Optional.of(Strength.of("lambda", "0.1", "0.3", "1", "3", "10"));
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    return settings.batches().fit(task, (training, fitting) -> new Objective(training, fitting, settings.lambda()));
  }

  private static final class Objective implements GapTraining.Objective {
    private final Task task;
    private final Fitting fitting;
    private final double lambda;
    private final Rng rng;
    private int steps;
    private int incomplete; // steps in which a pair of groups was not there

    Objective(Task task, Fitting fitting, double lambda) {
      this.task = task;
      this.fitting = fitting;
      this.lambda = lambda;
      this.rng = Fitting.rng(task, "mixup");
    }

    @Override
    public Var of(int[] rows) {
      Var loss = fitting.rowLoss(Fitting.BatchLoss.CROSS_ENTROPY).of(rows);
      double t = rng.nextDouble(); // drawn also where it is not used, so that lambda = 0 is plain training
      return lambda == 0 ? loss : loss.plus(ofBatch(rows, t).times(lambda));
    }

    /** Steps 1 to 3: R of the batch, summed over labels, mean over pairs of groups. */
    private Var ofBatch(int[] rows, double t) {
      Samples train = task.train();
      int[] z = train.groups().codes();
      int count = train.groups().levels().size();
      List<Var> parts = new ArrayList<>();
      boolean complete = true;
      for (int label : task.target().labels()) {
        List<Var> pairs = new ArrayList<>();
        for (int a = 0; a < count; a++) {
          for (int b = a + 1; b < count; b++) {
            int[] ofA = members(rows, z, a, label);
            int[] ofB = members(rows, z, b, label);
            if (ofA.length > 0 && ofB.length > 0) {
              int each = Math.max(ofA.length, ofB.length);
              pairs.add(change(x -> fitting.forward(x).sigmoid(), fitting.inputs(repeated(ofA, each)),
                  fitting.inputs(repeated(ofB, each)), t));
            } else {
              complete = false;
            }
          }
        }
        pairs.stream().reduce(Var::plus).ifPresent(sum -> parts.add(sum.div(pairs.size())));
      }
      steps++;
      incomplete += complete ? 0 : 1;
      return parts.stream().reduce(Var::plus).orElseGet(() -> Var.of(task.device().scalar(0)));
    }

    private int[] members(int[] rows, int[] z, int group, int label) {
      int[] y = task.train().y();
      return Arrays.stream(rows).filter(row -> z[row] == group && (label < 0 || y[row] == label)).toArray();
    }

    private static int[] repeated(int[] rows, int length) {
      return IntStream.range(0, length).map(i -> rows[i % rows.length]).toArray();
    }

    @Override
    public List<String> notes() {
      return incomplete == 0 ? List.of()
          : List.of("in " + incomplete + " of " + steps + " steps a pair of groups had no"
              + " rows in the batch and was left out; raise model.batch or set rows-per-group");
    }
  }

  /**
   * R of the header.
   *
   * @param f from rows {@code [n, columns]} to probabilities {@code [n, 1]}
   * @param a rows of a group, {@code [n, columns]}
   * @param b rows of another one, as many
   */
  static Var change(UnaryOperator<Var> f, Var a, Var b, double t) {
    Var mixed = Var.parameter(Grad.without(() -> a.times(t).plus(b.times(1 - t))).value());
    Var gradient = Grad.graph(f.apply(mixed).sum(), List.of(mixed)).getFirst();
    return gradient.times(a.minus(b)).sum().div(a.shape().dim(0)).abs();
  }
}
