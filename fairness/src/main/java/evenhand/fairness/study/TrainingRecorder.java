package evenhand.fairness.study;

import evenhand.autograd.nn.Layer;
import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.EpochWatch;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.Metrics;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Records how any training goes: the loss of each epoch and, now and then, the soft gap and the parity of the layers' units.
 *
 * <p>These two are measured on some of the training rows, in evaluation mode: nothing is drawn and nothing changed, so the
 * training is what it is without. A method that trains more than once is recorded throughout.
 */
final class TrainingRecorder implements Task.Progress {
  static final String LOSS = "loss";
  static final String GAP = "soft gap";
  static final String PARITY = "parity by layer";
  private static final int POINTS = 40;
  private static final int ROWS = 2000;

  private final Task.Progress next;
  private final Target target;
  private final Device device;
  private final Optional<Samples> rows; // none where gaps are not defined
  private final Curve.Builder loss = new Curve.Builder();
  private final Curve.Builder gap = new Curve.Builder();
  private final Map<String, Curve.Builder> parity = new LinkedHashMap<>();
  private int epoch;
  private long nanos;

  /**
   * A recorder.
   *
   * @param next told too
   */
  TrainingRecorder(Samples train, Target target, Device device, Task.Progress next) {
    this.next = next;
    this.target = target;
    this.device = device;
    int kept = Math.min(ROWS, train.rows());
    this.rows = train.classes() > 2 ? Optional.empty()
        : Optional
            .of(train.select(IntStream.range(0, kept).map(i -> (int) ((long) i * train.rows() / kept)).toArray()));
  }

  @Override
  public void epoch(int number, int epochs, double mean) {
    epoch++;
    loss.add(epoch, mean);
    next.epoch(number, epochs, mean);
  }

  @Override
  public void epoch(int number, int epochs, double mean, Layer network) {
    epoch(number, epochs, mean);
    int every = Math.max(1, epochs / POINTS);
    if (rows.isPresent() && (number % every == 0 || number == 1 || number == epochs)) {
      long start = System.nanoTime();
      measure(network, rows.get());
      nanos += System.nanoTime() - start;
    }
  }

  private void measure(Layer network, Samples sample) {
    try (Scope _ = Scope.open()) {
      Tensor x = sample.features(device);
      gap.add(epoch, EpochWatch.softGap(network, sample, x, target).value().orElse(Double.NaN));
      Metrics.PARAMETER_PARITY
          .byLayer(network, x, sample.labels(device), target.subgroups(sample.y(), sample.groups()))
          .forEach((layer, score) -> parity.computeIfAbsent(layer, each -> new Curve.Builder())
              .add(epoch, score.value().orElse(Double.NaN)));
    }
  }

  /** How long the measuring took, which is no part of the fit. */
  double seconds() {
    return nanos * 1e-9;
  }

  /** What was recorded, without curves of nothing. */
  List<Curve> curves() {
    List<Curve> curves = new ArrayList<>();
    curves.add(loss.build(LOSS, "", Curve.EPOCH));
    curves.add(gap.build(GAP, "", Curve.EPOCH));
    parity.forEach((layer, curve) -> curves.add(curve.build(PARITY, layer, Curve.EPOCH)));
    return curves.stream().filter(curve -> !curve.x().isEmpty()).toList();
  }
}
