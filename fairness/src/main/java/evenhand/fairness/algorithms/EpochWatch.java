package evenhand.fairness.algorithms;

import evenhand.autograd.nn.Layer;
import evenhand.autograd.optim.Training;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.Counts;
import evenhand.fairness.metrics.GroupCounts;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Measures a model on held-out rows after each epoch, and goes back to the best epoch in the end. */
public final class EpochWatch implements Training.Listener {
  /** A predictor whose probabilities spread less tells rows hardly apart. */
  private static final double DEGENERATE = 0.01;

  private final Fitting fitting;
  private final Task task;
  private final Samples rows;
  private final Tensor x;
  private final Tensor y;
  private final GapTraining settings;
  private final List<String> layers = new ArrayList<>();
  private final List<Trajectory.Epoch> epochs = new ArrayList<>();
  /** Parameters and running statistics after those epochs that may still be chosen. */
  private final Map<Integer, List<Tensor>> states = new TreeMap<>();

  EpochWatch(Fitting fitting, Task task, Samples rows, GapTraining settings) {
    this.fitting = fitting;
    this.task = task;
    this.rows = rows;
    this.x = rows.features(task.device());
    this.y = rows.labels(task.device());
    this.settings = settings;
  }

  @Override
  public void epoch(int number, double loss) {
    Counts counts = counts(scores(), rows);
    Map<String, Measured> parity;
    try (Scope _ = Scope.open()) {
      parity = Metrics.PARAMETER_PARITY.byLayer(fitting.network(), x, y,
          task.target().subgroups(rows.y(), rows.groups()));
    }
    if (number == 1) {
      layers.addAll(parity.keySet());
    }
    epochs.add(new Trajectory.Epoch(number, loss, Metrics.AVERAGE_PRECISION.of(counts),
        softGap(counts, task.target()), List.copyOf(parity.values())));
    states.put(number, state().map(Tensor::copy).toList());
    states.keySet().removeIf(this::neverChosen);
  }

  private double[] scores() {
    return scores(fitting.network(), x);
  }

  /** The probabilities of label 1. */
  private static double[] scores(Layer network, Tensor x) {
    try (Scope _ = Scope.open()) {
      float[] logits = Evaluation.outputs(network, x).toFloats();
      double[] scores = new double[logits.length];
      Arrays.setAll(scores, row -> 1 / (1 + Math.exp(-logits[row])));
      return scores;
    }
  }

  private static Counts counts(double[] scores, Samples rows) {
    int[] predicted = Arrays.stream(scores).mapToInt(score -> score > 0.5 ? 1 : 0).toArray();
    Attribute groups = rows.groups();
    return Counts.of(new Predictions(rows.y(), predicted, scores, groups.codes(), groups.levels()));
  }

  /** The gap of {@link GapRegularization} that a network with one logit leaves on rows with two labels, of inputs x. */
  public static Measured softGap(Layer network, Samples rows, Tensor x, Target target) {
    return softGap(counts(scores(network, x), rows), target);
  }

  /** The gap of {@link GapRegularization}: the mean over pairs of groups, summed over the labels of the target. */
  static Measured softGap(Counts counts, Target target) {
    double sum = 0;
    for (int label : target.labels()) {
      double[] means = counts.byGroup().stream().mapToDouble(group -> meanScore(group, label))
          .filter(mean -> !Double.isNaN(mean)).toArray();
      if (means.length < 2) {
        return Measured.undetermined("fewer than two groups have rows" + (label < 0 ? "" : " with label=" + label)
            + " among those measured");
      }
      double differences = 0;
      for (int a = 0; a < means.length; a++) {
        for (int b = 0; b < a; b++) {
          differences += Math.abs(means[a] - means[b]);
        }
      }
      sum += differences / (means.length * (means.length - 1) / 2);
    }
    return Measured.of(sum);
  }

  /** Of the rows of a label, or (-1) of all; NaN without such rows. */
  private static double meanScore(GroupCounts group, int label) {
    return switch (label) {
      case 0 -> group.negativeScores() / group.negatives();
      case 1 -> group.positiveScores() / group.positives();
      default -> (group.negativeScores() + group.positiveScores()) / group.rows();
    };
  }

  /** Whether an epoch is in the warm-up, or another one that may be chosen beats it; the latest always stays. */
  private boolean neverChosen(int number) {
    Trajectory.Epoch epoch = epochs.get(number - 1);
    return number < epochs.size() && (number <= settings.warmUp() || !epoch.isDetermined()
        || epochs.stream().filter(other -> other.number() > settings.warmUp()).anyMatch(epoch::isBeatenBy));
  }

  private Stream<Tensor> state() {
    return Stream.concat(fitting.model().parameters().values().stream().map(parameter -> parameter.value()),
        fitting.model().buffers().values().stream());
  }

  /** Puts the model back to the chosen epoch, and adds what is to be said of it. */
  Trajectory keepBest(List<String> notes) {
    Trajectory.Choice choice = Trajectory.choose(epochs, settings.warmUp(), settings.floor());
    List<Tensor> kept = states.get(choice.epoch());
    List<Tensor> now = state().toList();
    for (int i = 0; i < kept.size(); i++) {
      now.get(i).copyFrom(kept.get(i));
    }
    notes.add(choice.note());
    double[] scores = scores();
    double mean = Arrays.stream(scores).average().orElseThrow();
    double variance = Arrays.stream(scores).map(score -> (score - mean) * (score - mean)).average().orElseThrow();
    if (Math.sqrt(variance) < DEGENERATE) {
      notes.add("the probabilities of the held-out rows hardly differ, standard deviation below " + DEGENERATE
          + ": a gap this small says little; lower lambda");
    }
    return new Trajectory(layers, epochs, choice.epoch());
  }
}
