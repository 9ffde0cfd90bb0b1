package evenhand.fairness.algorithms;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Linear;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Partition;
import evenhand.fairness.data.Samples;
import evenhand.fairness.influence.Cholesky;
import evenhand.fairness.influence.ConjugateGradient;
import evenhand.fairness.influence.Influence;
import evenhand.fairness.influence.Objective;
import evenhand.fairness.influence.Solution;
import evenhand.fairness.influence.TopLayers;
import evenhand.fairness.influence.Unlearning;
import evenhand.fairness.influence.Vectors;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Fast Model Debias: a trained model is repaired by Newton steps on its last layers, so that rows and their
 * counterfactual rows get the same scores.
 *
 * <p>Paper: R. Chen, J. Yang, H. Xiong, J. Bai, T. Hu, J. Hao, Y. Feng, J. T. Zhou, J. Wu, Z. Liu, Fast model debias with
 * machine unlearning, NeurIPS 2023, arXiv 2310.12560. What it lowers is counterfactual bias; the gap between groups is
 * another thing and may hardly move, so the notes of a run tell both. Nothing is needed at prediction time.
 *
 * <p>Symbols: theta, the parameters of the last layers, those below being frozen; z_k training rows, k = 1 .. n; l the
 * cross-entropy of a row; {@code J = sum l(z_k) + n lambda / 2 |theta|^2}, lambda the weight decay of training; H its
 * Hessian, a sum over rows (a step by the Hessian of the mean would be n times as long); pairs (c, c') of a row and its
 * counterfactual; p the probability of the label; B the mean over pairs of |p(c) - p(c')|, over each other value of an
 * attribute of several (signed: |mean of p(a) - p(b)|); a and b the bias-aligned and the bias-conflicting member of a pair,
 * P(y|group of a) &gt; P(y|group of b) among training rows; tau the length of a step.
 *
 * <p>Steps:
 *
 * <ol>
 *   <li>train, or take the trained model as it is; compute the features of rows and pairs once;
 *   <li>divide the pairs into a half to fit on and a half held out, stratified by label and group;
 *   <li>identify: B of the held-out half; stop if it is at most delta;
 *   <li>H: exact and factored for a linear layer of up to 3,000 parameters, else by products and conjugate gradients
 *       (Gauss-Newton where it is not linear); damping is raised tenfold up to six times until H is positive definite; if
 *       tau is searched, external: and the curvature of the fit half's members;
 *   <li>evaluate, for remove and replace: {@code I_k = -grad B . H^-1 grad l(z_k)} with B of the fit half, and K the top
 *       rows with I_k &gt; 0;
 *   <li>the direction D at tau = 1: external {@code H^-1 sum (grad l(a) - grad l(b))} over the fit half, remove {@code
 *       H^-1 sum_K grad l(z_k)}, replace {@code H^-1 sum_K (grad l(z_k) - grad l(z'_k))};
 *   <li>tau: by doubling and golden section, so that B of the held-out half and the error of its members together are
 *       least, without loss of accuracy beyond the allowed; so it never overshoots. Of D by several dampings the best one
 *       is taken; {@code theta <- theta + tau D};
 *   <li>external: again from 4 at the new theta, until B is at most delta, a step lowers what the search is for by less than
 *       a thousandth, or the rounds are done.
 * </ol>
 *
 * <p>Deviations and choices:
 *
 * <ul>
 *   <li>The paper takes tau = 1 in one round; setting tau does. The rounds and the search are ours: tau = 1 is too short
 *       or too long by how many pairs there are. The search lowers {@code B + mean of (1 - p(a)) + (1 - p(b))}, which is
 *       twice the mean of 1 - min(p(a), p(b)): B alone is also lowered by scores that are alike and wrong. Where
 *       repair costs nothing, as on Adult, the V of B decides and the bottom is the same.
 *   <li>With tau searched H has the curvature of the pairs beside that of the training rows: {@code + sum Hess l(a) + Hess
 *       l(b)}. A network that has learnt its training rows has p near 1 on them, where the softmax is flat, and their
 *       Hessian is the ridge alone: it says nothing of how far the conflicting members let a step go. On Colored MNIST
 *       repairs by it could get stuck. Of training on b in place of a the exact curvature is Hess l(b) - Hess l(a);
 *       the sum bounds it from above and is never negative.
 *   <li>The softmax Hessian is that of the softmax; the authors' code takes one logistic Hessian per class, and the
 *       absolute value of the gradient difference, which does next to nothing.
 *   <li>H of a linear layer may be estimated on a sample of the training rows, drawn anew for each step (setting
 *       curvature-rows): with many rows it takes most of the time, and the damping covers what a sample misses.
 *   <li>Pairs that come with the data are used as they are. Of a table whose sensitive column is an input, training rows
 *       are held out and flipped. Other data have no counterfactual rows and the model is left as it is, unless bias is
 *       signed: then held-out rows are paired with others of the same label and another group. As two people differ in more
 *       than their group, this can widen a gap. No test row is ever used.
 *   <li>Replacement changes the protected column alone: columns that tell of it in other words stay.
 * </ul>
 */
public final class FastModelDebias implements Method<FastModelDebias.Config> {
  private static final int EXACT = 3000; // parameters, for which a dense factor is quick
  private static final List<Double> DAMPINGS = List.of(0.0, 1e-4, 1e-3, 1e-2); // in the scale of the mean loss
  private static final double LEAST_FALL = 1e-3; // of what a round is to lower, for another one to be worth its time
  private static final int COARSE = 8; // golden sections to compare dampings by

  /** What the step stands for. */
  public enum Mode {
    /** Training on the conflicting members of the pairs in place of the aligned ones. */
    EXTERNAL,
    /** Training without the most harmful rows. */
    REMOVE,
    /** Training with the most harmful rows replaced by their counterfactual ones. */
    REPLACE
  }

  /** How bias is measured on pairs. */
  public enum Bias {
    /** Mean absolute difference. */
    ABSOLUTE,
    /** Mean difference of the aligned from the conflicting members. */
    SIGNED
  }

  /**
   * Settings.
   *
   * @param mode what the step stands for
   * @param bias how bias is measured on pairs
   * @param pairs rows held out for pairs where the data bring none, at least 1
   * @param topK harmful rows for remove and replace, at least 1
   * @param layers how many of the last layers move, at least 1
   * @param rounds at most so many steps, at least 1
   * @param tau length of the only step; 0 searches it
   * @param delta bias that needs no repair, at least 0
   * @param accuracyLoss how far accuracy on held-out pairs may fall, at least 0
   * @param damping added to the curvature's diagonal in the scale of the mean loss; 0 chooses it, or with tau adds none
   * @param curvatureRows on how many training rows an exact curvature is estimated; 0 for all
   */
  public record Config(
      @Help("the step stands for training on counterfactual pairs, without the worst rows, or with them replaced") Mode mode,
      @Help("bias of pairs: the mean absolute or the mean signed difference of scores") Bias bias,
      @Help("training rows held out for pairs where the data bring none; at most one row in five") int pairs,
      @Help("how many of the most harmful training rows to remove or replace") int topK,
      @Help("how many of the last layers move") int layers,
      @Help("steps at most, each with the gradient and curvature where the one before ended") int rounds,
      @Help("length of the only step; 0 searches it on held-out pairs, 1 is the paper's") double tau,
      @Help("a model whose bias on held-out pairs is at most this is left as it is") double delta,
      @Help("how far accuracy on held-out pairs may fall") double accuracyLoss,
      @Help("added to the curvature's diagonal, in the scale of the mean loss; 0 chooses it on held-out pairs") double damping,
      @Help("training rows on which the curvature of a linear layer is estimated; 0 takes all") int curvatureRows) {
    /** Checks the ranges. */
    public Config {
      if (pairs < 1 || topK < 1 || layers < 1 || rounds < 1 || curvatureRows < 0) {
        throw new IllegalArgumentException("fast-model-debias settings are out of range: pairs " + pairs + ", top-k "
            + topK + ", layers " + layers + " and rounds " + rounds + " must be at least 1, curvature-rows "
            + curvatureRows + " at least 0");
      }
      if (!(tau >= 0) || !(delta >= 0) || !(accuracyLoss >= 0) || !(damping >= 0)) {
        throw new IllegalArgumentException("fast-model-debias settings are out of range: tau " + tau + ", delta "
            + delta + ", accuracy-loss " + accuracyLoss + " and damping " + damping + " must be at least 0");
      }
    }
  }

  /** For the service loader. */
  public FastModelDebias() {}

  @Override
  public String name() {
    return "fast-model-debias";
  }

  @Override
  public String summary() {
    return "Repairs a trained model's last layer so that counterfactual rows score alike.";
  }

  @Override
  public String paper() {
    return "Chen, Yang, Xiong, Bai, Hu, Hao, Feng, Zhou, Wu and Liu, NeurIPS 2023, arXiv 2310.12560";
  }

  @Override
  public Config defaults() {
    return new Config(Mode.EXTERNAL, Bias.ABSOLUTE, 500, 200, 1, 10, 0, 0.02, 0.01, 0, 0);
  }

  @Override
  public Optional<Strength> strength() {
    return Optional.of(Strength.of("tau", "0.25", "0.5", "1", "2"));
  }

  @Override
  public List<Ablation> ablations() {
    return List.of(Ablation.of("one searched step", "rounds", "1"),
        Ablation.of("the paper's step", "tau", "1"));
  }

  @Override
  public int heldOut(Config settings) {
    return settings.pairs();
  }

  @Override
  public boolean repairs() {
    return true;
  }

  @Override
  public Optional<String> unsuitable(Samples train) {
    return Optional.empty();
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    Given given = Given.of(task, settings);
    Fitting fitting = new Fitting(given.task);
    if (task.trained().isEmpty()) { // 1
      fitting.train(task.training().epochs(), fitting.shuffled(), Fitting.BatchLoss.CROSS_ENTROPY);
    }
    return fitting.predictor(new Repair(given, fitting.model(), settings).run());
  }

  /** The training rows and the pairs beside them, with what is to be said of the pairs. */
  private record Given(Task task, Pairs pairs, Bias bias, List<String> notes) {
    static Given of(Task task, Config settings) {
      if (task.external().isPresent()) {
        if (task.external().get().size() == 0) {
          throw new IllegalArgumentException(
              "fast-model-debias: the external pairs are none; give at least one pair, or"
                  + " no pairs, so that training rows are held out for them");
        }
        return oriented(task, task.external().get(), settings.bias(), List.of());
      }
      if (task.counterfactuals().isEmpty() && settings.bias() == Bias.ABSOLUTE) {
        Samples none = task.train().select(new int[0]);
        return new Given(task, new Pairs(none, none), settings.bias(),
            List.of("the protected attribute is no input that"
                + " could be changed, so rows have no counterfactual ones; bias=signed pairs rows of the same label in two"
                + " groups instead, who differ in more than the group"));
      }
      Partition partition = Partition.heldOut(task.train(), settings.pairs(), task.seed());
      Task rest = task.on(task.train().select(partition.train()));
      Samples held = task.train().select(partition.test());
      return task.counterfactuals().isPresent()
          ? oriented(rest, task.counterfactuals().get().of(held), settings.bias(), List.of())
          : oriented(rest, Pairs.matched(held, Fitting.rng(task, "matched pairs")), settings.bias(),
              List.of(
                  "held-out rows are paired with rows of the same label in another group, who differ in more than the"
                      + " group: look at the gaps, which can grow"));
    }

    /** Without the units of which the aligned members cannot be told. */
    private static Given oriented(Task task, Pairs pairs, Bias bias, List<String> notes) {
      int[] orientation = BiasPairs.orientation(pairs, task.train());
      boolean[] dropped = new boolean[pairs.unitCount()];
      IntStream.range(0, pairs.size()).filter(pair -> orientation[pair] == 0)
          .forEach(pair -> dropped[pairs.units()[pair]] = true);
      int[] kept = IntStream.range(0, dropped.length).filter(unit -> !dropped[unit]).toArray();
      if (kept.length == dropped.length) {
        return new Given(task, pairs, bias, notes);
      }
      List<String> more = new ArrayList<>(notes);
      more.add((dropped.length - kept.length) + " of " + dropped.length + " rows with pairs were left out: the label is"
          + " as frequent in either group of training rows, or a group has none, so no member is bias-aligned");
      return new Given(task, pairs.select(kept), bias, more);
    }
  }

  /** Steps 2 to 8 on a trained model, which is changed. */
  private static final class Repair {
    /** What a round did: the change of the held-out bias that was predicted, the pairs after it, and the solve. */
    private record Step(double tau, double predicted, BiasPairs.State after, Solution direction) {}

    private final Config settings;
    private final Task task;
    private final Given given;
    private final TopLayers layers;
    private final Objective objective;
    private final Set<String> notes;
    private final Rng sampling;

    Repair(Given given, Layer model, Config settings) {
      this.given = given;
      this.task = given.task;
      this.settings = settings;
      this.layers = TopLayers.of(model, settings.layers(), task.training().logitScale());
      this.objective = Objective.of(layers.top(), layers.features(task.train(), task.device()), task.train().y(),
          task.training().weightDecay());
      this.notes = new LinkedHashSet<>(given.notes);
      this.sampling = Fitting.rng(task, "curvature rows");
    }

    List<String> run() {
      int units = given.pairs.unitCount();
      if (units == 0) {
        notes.add("there are no pairs to measure bias on, so the model is left as it was trained");
      } else if (units == 1) {
        notes.add("a single row with pairs leaves none to hold out, so the step has length 1 and nothing checks it");
        BiasPairs all = pairs(0);
        repair(all, all, 1);
      } else {
        Partition halves = halves();
        repair(pairs(halves.train()), pairs(halves.test()), settings.tau());
      }
      return List.copyOf(notes);
    }

    /** Step 2: by the label and group of each unit's first row. */
    private Partition halves() {
      Pairs pairs = given.pairs;
      int[] first = new int[pairs.unitCount()];
      for (int pair = pairs.size() - 1; pair >= 0; pair--) {
        first[pairs.units()[pair]] = pair;
      }
      return Partition.stratified(pairs.factual().select(first).cells(), 0.5, Fitting.rng(task, "halves").nextBits());
    }

    private BiasPairs pairs(int... units) {
      return BiasPairs.of(given.pairs.select(units), task.train(), layers, task.device(), given.bias == Bias.SIGNED);
    }

    private void repair(BiasPairs fit, BiasPairs held, double length) {
      BiasPairs.State before = held.state(layers.top());
      if (before.bias() <= settings.delta()) { // 3
        notes.add("the model is left as it was trained: its bias on " + held.labels().length + " held-out pairs is "
            + words(before.interval(task.seed())) + ", not above delta " + settings.delta());
        return;
      }
      double gap = gap();
      double[] start = objective.theta();
      int rounds = length > 0 || settings.mode() != Mode.EXTERNAL ? 1 : settings.rounds();
      List<Step> steps = new ArrayList<>();
      BiasPairs.State state = before;
      while (steps.size() < rounds && state.bias() > settings.delta()) { // 8
        Optional<Step> step = step(fit, held, state, before.accuracy() - settings.accuracyLoss(), length);
        if (step.isEmpty()) {
          break;
        }
        steps.add(step.get());
        double fall = 1 - step.get().after().cost() / state.cost();
        state = step.get().after();
        if (fall < LEAST_FALL) {
          break;
        }
      }
      if (steps.isEmpty()) {
        notes.add("the model is left as it was trained, with a bias of " + words(before.interval(task.seed())) + " on "
            + held.labels().length + " held-out pairs");
      } else {
        report(steps, before, gap, Vectors.norm(Vectors.plus(objective.theta(), -1, start)) / Vectors.norm(start));
      }
    }

    /** Steps 4 to 7; empty if there is no direction, or no length of it helps. */
    private Optional<Step> step(BiasPairs fit, BiasPairs held, BiasPairs.State state, double floor, double length) {
      try (Scope _ = Scope.open()) {
        double[] theta = objective.theta();
        List<Double> dampings = length > 0 || settings.damping() > 0 ? List.of(settings.damping()) : DAMPINGS;
        List<Solution> directions = directions(fit,
            curvatures(length > 0 ? Optional.empty() : bent(fit), dampings));
        if (directions.isEmpty()) {
          return Optional.empty();
        }
        double[] slope = objective.gradient(held.measure().of(layers.top()));
        Function<Solution, DoubleUnaryOperator> cost = direction -> tau -> {
          BiasPairs.State there = held.state(moved(theta, direction, tau));
          return there.accuracy() < floor ? Double.POSITIVE_INFINITY : there.cost();
        };
        Solution best = directions.size() == 1 ? directions.getFirst()
            : Collections.min(directions, Comparator.comparingDouble(
                direction -> LineSearch.minimise(cost.apply(direction), state.cost(), COARSE).value()));
        double tau = length > 0 ? length : LineSearch.minimise(cost.apply(best), state.cost()).at(); // 7
        BiasPairs.State after = held.state(moved(theta, best, tau));
        if (tau == 0) {
          notes.add("no length of a further step helped on held-out pairs");
          return Optional.empty();
        }
        return Optional.of(new Step(tau, tau * Vectors.dot(slope, best.x()), after, best));
      }
    }

    private Layer moved(double[] theta, Solution direction, double tau) {
      objective.moveTo(theta);
      Unlearning.move(objective, direction, tau);
      return layers.top();
    }

    /** The rows of the pairs to fit on, whose curvature counts with that of the training rows. */
    private Optional<Objective> bent(BiasPairs fit) {
      if (settings.mode() != Mode.EXTERNAL) {
        return Optional.empty();
      }
      int pairs = fit.labels().length;
      int[] labels = Arrays.copyOf(fit.labels(), 2 * pairs);
      System.arraycopy(fit.labels(), 0, labels, pairs, pairs);
      return Optional
          .of(Objective.of(layers.top(), Tensor.concat(0, List.of(fit.aligned(), fit.conflicting())), labels, 0));
    }

    /** Step 4: how to solve with H at the present theta, one for each damping; damping 0 is raised if it has to be. */
    private List<Function<double[], Solution>> curvatures(Optional<Objective> pairs, List<Double> dampings) {
      int rows = task.train().rows();
      if (layers.top() instanceof Linear && objective.theta().length <= EXACT) {
        double[][] dense = hessian();
        pairs.map(Objective::denseHessian).ifPresent(more -> IntStream.range(0, dense.length)
            .forEach(row -> dense[row] = Vectors.plus(dense[row], 1, more[row])));
        List<Cholesky> solvers = dampings.stream()
            .map(damping -> damping > 0 ? Cholesky.damped(damping * rows) : Cholesky.automatic()).toList();
        return solvers.parallelStream().<Function<double[], Solution>>map(solver -> solver.factor(dense)::solve)
            .toList();
      }
      UnaryOperator<double[]> own = product(objective);
      UnaryOperator<double[]> product = pairs.map(this::product)
          .<UnaryOperator<double[]>>map(more -> v -> Vectors.plus(own.apply(v), 1, more.apply(v))).orElse(own);
      return dampings.stream().<Function<double[], Solution>>map(damping -> b -> (damping > 0
          ? ConjugateGradient.damped(damping * rows)
          : ConjugateGradient.automatic()).solve(product, b)).toList();
    }

    private UnaryOperator<double[]> product(Objective bending) {
      return layers.top() instanceof Linear ? bending.hessian() : bending.gaussNewton();
    }

    private double[][] hessian() {
      int rows = task.train().rows();
      int wanted = settings.curvatureRows();
      return wanted == 0 || wanted >= rows ? objective.denseHessian()
          : objective.denseHessian(CellIndex.draw(IntStream.range(0, rows).toArray(), wanted, sampling));
    }

    /** Steps 5 and 6: D by each curvature; none, with a note, if there is no direction to go. */
    private List<Solution> directions(BiasPairs fit, List<Function<double[], Solution>> curvatures) {
      if (Vectors.norm(objective.gradient(fit.measure().of(layers.top()))) == 0) {
        notes.add("no bias signal: the members of every pair that the step is fitted on have the same score");
        return List.of();
      }
      if (settings.mode() == Mode.EXTERNAL) {
        double[] sum = difference(fit.aligned(), fit.conflicting(), fit.labels());
        return curvatures.stream().map(curvature -> curvature.apply(sum)).toList();
      }
      return curvatures.stream().flatMap(curvature -> unlearning(fit, curvature).stream()).toList();
    }

    /** D for the most harmful rows, or empty with a note. */
    private Optional<Solution> unlearning(BiasPairs fit, Function<double[], Solution> curvature) {
      Influence influence = Influence.of(objective, fit.measure(), curvature);
      int[] harmful = IntStream.of(influence.top(settings.topK())).filter(row -> influence.rows()[row] > 0).toArray();
      if (harmful.length == 0) {
        notes.add("no training row raises the bias, so there is none to remove");
        return Optional.empty();
      }
      Samples rows = task.train().select(harmful);
      return settings.mode() == Mode.REMOVE
          ? Optional.of(curvature.apply(objective.gradient(layers.features(rows, task.device()), rows.y())))
          : replaced(rows, curvature);
    }

    private Optional<Solution> replaced(Samples rows, Function<double[], Solution> curvature) {
      Pairs pairs = task.counterfactuals().orElseThrow(() -> new IllegalArgumentException("setting"
          + " fast-model-debias.mode=replace needs counterfactual training rows, and the protected attribute is no input"
          + " that could be changed; use mode=external or remove, or --sensitive-inputs yes")).of(rows);
      if (pairs.size() == 0) {
        notes.add("no harmful row has a known value of the protected attribute, so there is none to replace");
        return Optional.empty();
      }
      notes.add("replaced rows differ in the protected column alone; columns that tell of it in other words stay");
      double[] sum = difference(layers.features(pairs.factual(), task.device()),
          layers.features(pairs.counterfactual(), task.device()), pairs.factual().y());
      return Optional.of(curvature.apply(Vectors.times((double) pairs.unitCount() / pairs.size(), sum)));
    }

    /** {@code sum (grad l(row) - grad l(other row))}. */
    private double[] difference(Tensor rows, Tensor others, int... labels) {
      return Vectors.plus(objective.gradient(rows, labels), -1, objective.gradient(others, labels));
    }

    /** The difference in selection rates between groups of training rows; NaN if there is none. */
    private double gap() {
      Samples train = task.train();
      if (train.classes() > 2 || train.sensitive().isEmpty()) {
        return Double.NaN;
      }
      try (Scope _ = Scope.open()) {
        Tensor logits = Grad.without(() -> layers.top().forward(Var.of(objective.x()))).value();
        int[] labels = Arrays.stream(Fitting.softmax(logits, train.rows()))
            .mapToInt(Predictor::mostProbable).toArray();
        return Metrics.DEMOGRAPHIC_PARITY_DIFFERENCE.of(new Predictions(train.y(), labels, new double[0],
            train.groups().codes(), train.groups().levels())).value().orElse(Double.NaN);
      }
    }

    /** What the steps did. */
    private void report(List<Step> steps, BiasPairs.State before, double gap, double moved) {
      BiasPairs.State after = steps.getLast().after();
      double predicted = steps.stream().mapToDouble(Step::predicted).sum();
      notes.add(String.format(Locale.ROOT,
          "bias on %d held-out rows with pairs %s before, %s after; change %.4f, by first"
              + " order %.4f; their accuracy %.4f before, %.4f after; pairs with two predicted labels %.4f before, %.4f"
              + " after",
          before.moved().length, words(before.interval(task.seed())), words(after.interval(task.seed())),
          after.bias() - before.bias(), predicted, before.accuracy(), after.accuracy(), before.flips(),
          after.flips()));
      double gapAfter = gap();
      if (!Double.isNaN(gap) && !Double.isNaN(gapAfter)) {
        notes.add(String.format(Locale.ROOT, "what was repaired is the pairs; the difference in selection rates between"
            + " groups of training rows is another thing, %.4f before and %.4f after", gap, gapAfter));
      }
      Solution last = steps.getLast().direction();
      notes.add(String.format(Locale.ROOT,
          "%d round(s), last step of length %.3g; the parameters moved by %.3g of their"
              + " length; solver residual %.1e, damping %.3g",
          steps.size(), steps.getLast().tau(), moved, last.residual(),
          last.damping()));
    }

    private static String words(Measured bias) {
      return String.format(Locale.ROOT, "%.4f [%.4f, %.4f]", bias.value().orElse(Double.NaN),
          bias.low().orElse(Double.NaN), bias.high().orElse(Double.NaN));
    }
  }
}
