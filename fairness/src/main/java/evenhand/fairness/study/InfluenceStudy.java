package evenhand.fairness.study;

import evenhand.autograd.nn.Layer;
import evenhand.fairness.algorithms.Fitting;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.influence.Influence;
import evenhand.fairness.influence.InverseHessian;
import evenhand.fairness.influence.Cholesky;
import evenhand.fairness.influence.ConjugateGradient;
import evenhand.fairness.influence.LeaveOut;
import evenhand.fairness.influence.Measure;
import evenhand.fairness.influence.Objective;
import evenhand.fairness.influence.Refit;
import evenhand.fairness.influence.TopLayers;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which training rows make a gap: a model trained plainly, its last layer brought to the minimum of {@code mean loss +
 * lambda / 2 |theta|^2}, and the influence of every training row on a gap of the test rows.
 *
 * <p>Influences hold at a minimum and for few parameters can be checked by training again, so the layers below are frozen
 * and the last layer alone is looked at; for logistic regression it is the whole model.
 *
 * @param split the rows
 * @param asked what is asked about
 * @param target whose gap, for {@link Asked#GAP}
 * @param model which model is trained
 * @param training how
 * @param device where
 * @param seed of all randomness
 * @param lambda of the minimum, above 0, so that there is one
 */
public record InfluenceStudy(Split split, Asked asked, Target target, ModelSpec model, TrainingConfig training,
    Device device, long seed, double lambda) {
  /** What rows have an influence on. */
  public enum Asked {
    /** The soft gap between groups that the target names. */
    GAP,
    /** The mean change of the score as the sensitive value alone is changed. */
    COUNTERFACTUAL_BIAS
  }

  /**
   * What was found.
   *
   * @param influence of each training row; removing a row changes the measure by minus its influence, to first order
   * @param train the training rows
   * @param numbers of the training rows in the data set, from 1
   */
  public record Found(Influence influence, Samples train, int[] numbers, Objective objective, Measure measure) {
    /**
     * How many of the top rows would, to first order, take the measure to 0; beyond that it turns and the prediction fails.
     * As many as there are harmful rows if that is less.
     */
    public int toZero() {
      double left = influence.measure();
      int count = 0;
      for (int row : influence.ranking()) {
        if (influence.rows()[row] <= 0 || left <= 0) {
          break;
        }
        left -= influence.rows()[row];
        count++;
      }
      return count;
    }

    /** Rows and summed influence of each label and group. */
    public List<Cell> cells() {
      List<Cell> cells = new ArrayList<>();
      List<String> groups = train.groups().levels();
      for (int y = 0; y < train.classes(); y++) {
        for (int g = 0; g < groups.size(); g++) {
          int[] cell = {y, g};
          int[] rows = IntStream.range(0, train.rows())
              .filter(row -> train.y()[row] == cell[0] && train.groups().codes()[row] == cell[1]).toArray();
          cells.add(new Cell(train.labelLevels().get(y), groups.get(g), rows.length,
              -influence.predictedChange(rows)));
        }
      }
      return cells;
    }

    /**
     * Trains again without the top k rows, without half and a quarter of them, without sets of k spread over the ranking
     * and without random ones; the top k come first.
     *
     * @param ticks told after each training
     * @throws IllegalArgumentException unless 0 &lt; k &lt; rows
     */
    public LeaveOut verify(int k, long seed, Runnable ticks) {
      List<int[]> sets = new ArrayList<>(LeaveOut.spaced(influence, k, SPACED));
      IntStream.of(k / 2, k / 4).filter(size -> size > 0).mapToObj(influence::top).forEach(sets::add);
      Rng rng = new Rng(seed).split("random sets");
      IntStream.range(0, RANDOM).forEach(_ -> sets.add(Arrays.copyOf(rng.permutation(train.rows()), k)));
      Refit newton = Refit.newton();
      return LeaveOut.of(objective, measure, influence, each -> {
        newton.fit(each);
        ticks.run();
      }, sets);
    }
  }

  /** A label and a group: training rows, and the sum of their influences. */
  public record Cell(String label, String group, int rows, double influence) {}

  private static final int SPACED = 8;
  /** Random sets of {@link Found#verify}, the last. */
  public static final int RANDOM = 2;
  private static final int EXACT = 3000; // parameters

  /** Trainings of {@link Found#verify}, for those who show how far it is. */
  public static int trainings(int k) {
    return SPACED + RANDOM + (k > 1 ? 1 : 0) + (k > 3 ? 1 : 0);
  }

  /**
   * Trains and ranks.
   *
   * @throws IllegalArgumentException if the data do not have what is asked about
   */
  public Found run(Task.Progress progress) {
    Task task = Task.of(split.train(), target, model, training, device, seed).with(progress);
    Fitting fitting = new Fitting(task);
    Layer trained = fitting.train(training.epochs(), fitting.shuffled(), Fitting.BatchLoss.CROSS_ENTROPY).model();
    TopLayers layers = TopLayers.of(trained, 1, training.logitScale());
    Samples train = split.train();
    Objective objective = Objective.of(layers.top(), layers.features(train, device), train.y(), lambda);
    boolean exact = objective.theta().length <= EXACT;
    InverseHessian solver = exact ? Cholesky.automatic() : ConjugateGradient.automatic();
    Refit.newton(solver, 1e-7, 50).fit(objective);
    Measure measure = measure(layers);
    int[] numbers = split.origin().map(origin -> origin.train().clone())
        .orElseGet(() -> IntStream.range(0, train.rows()).toArray());
    Arrays.setAll(numbers, i -> numbers[i] + 1);
    return new Found(Influence.of(objective, measure, solver), train, numbers, objective, measure);
  }

  private Measure measure(TopLayers layers) {
    Samples test = split.test();
    if (asked == Asked.COUNTERFACTUAL_BIAS) {
      Pairs pairs = split.testPairs().or(() -> split.counterfactuals().map(maker -> maker.of(test)))
          .orElseThrow(() -> new IllegalArgumentException("the sensitive columns are not inputs of the model, so a"
              + " counterfactual row is the same row; use --sensitive-inputs yes, or --measure gap"));
      return Measure.counterfactualBias(layers.features(pairs.factual(), device),
          layers.features(pairs.counterfactual(), device), pairs.factual().y());
    }
    if (test.classes() > 2) {
      throw new IllegalArgumentException("gaps of a target need two labels, and these data have " + test.classes()
          + "; use --measure counterfactual_bias");
    }
    var x = layers.features(test, device);
    return switch (target) {
      case DEMOGRAPHIC_PARITY -> Measure.demographicParity(x, test.groups());
      case EQUAL_OPPORTUNITY -> Measure.equalOpportunity(x, test.y(), test.groups());
      case EQUALIZED_ODDS -> Measure.equalizedOdds(x, test.y(), test.groups());
    };
  }
}
