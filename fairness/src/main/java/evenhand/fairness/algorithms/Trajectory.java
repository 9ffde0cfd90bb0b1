package evenhand.fairness.algorithms;

import evenhand.fairness.metrics.Measured;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * How a training went: measures on held-out rows after each epoch.
 *
 * @param layers names of the weights whose parity is taken, none for a model without hidden layers
 * @param epochs in order
 * @param chosen number of the epoch whose model was kept, from 1
 */
public record Trajectory(List<String> layers, List<Epoch> epochs, int chosen) {
  /**
   * One epoch.
   *
   * @param number from 1
   * @param loss mean loss of its batches
   * @param averagePrecision on the held-out rows
   * @param softGap the gap of mean probabilities that {@link GapRegularization} penalises, on the held-out rows
   * @param parity of the subgroups in each layer, mean over pairs, on the held-out rows
   */
  public record Epoch(int number, double loss, Measured averagePrecision, Measured softGap, List<Measured> parity) {
    private double precision() {
      return averagePrecision.value().orElse(Double.NaN);
    }

    private double gap() {
      return softGap.value().orElse(Double.NaN);
    }

    boolean isDetermined() {
      return averagePrecision.isDetermined() && softGap.isDetermined();
    }

    /** Whether another epoch is at least as good in both and better in one, so that this one is never chosen. */
    boolean isBeatenBy(Epoch other) {
      return other.precision() >= precision() && other.gap() <= gap()
          && (other.precision() > precision() || other.gap() < gap());
    }
  }

  /**
   * An epoch and why.
   *
   * @param epoch its number
   * @param note for the reader
   */
  record Choice(int epoch, String note) {}

  /**
   * The epoch with the smallest gap that is precise enough.
   *
   * <p>Of the epochs after the warm-up (of the last alone if there is none after it), those count whose average
   * precision is at least {@code floor} times the best of all epochs, warm-up included. Without such an epoch the most
   * precise one after the warm-up is taken; without a determined one, the last.
   */
  static Choice choose(List<Epoch> epochs, int warmUp, double floor) {
    List<Epoch> after = epochs.subList(Math.min(warmUp, epochs.size() - 1), epochs.size());
    List<Epoch> candidates = after.stream().filter(Epoch::isDetermined).toList();
    if (candidates.isEmpty()) {
      Epoch last = epochs.getLast();
      return new Choice(last.number(), "the last epoch was kept, as the held-out rows do not determine the others: "
          + last.averagePrecision().undetermined() + last.softGap().undetermined());
    }
    double least = floor * epochs.stream().filter(epoch -> epoch.averagePrecision().isDetermined())
        .mapToDouble(Epoch::precision).max().orElseThrow();
    Comparator<Epoch> byPrecision = Comparator.comparingDouble(Epoch::precision).reversed();
    Comparator<Epoch> byGap = Comparator.comparingDouble(Epoch::gap);
    Epoch precise = candidates.stream().min(byPrecision.thenComparing(byGap)).orElseThrow();
    return candidates.stream().filter(epoch -> epoch.precision() >= least).min(byGap.thenComparing(byPrecision))
        .map(epoch -> new Choice(epoch.number(), words("epoch %d of %d was kept for its gap: average precision %.3f,"
            + " soft gap %.3f on held-out rows", epoch, epochs)))
        .orElseGet(() -> new Choice(precise.number(), words("no epoch after the warm-up was precise enough, average"
            + " precision " + String.format(Locale.ROOT, "%.3f", least)
            + " or more; epoch %d of %d was kept as the most"
            + " precise: average precision %.3f, soft gap %.3f on held-out rows", precise, epochs)));
  }

  private static String words(String pattern, Epoch epoch, List<Epoch> epochs) {
    return String.format(Locale.ROOT, pattern, epoch.number(), epochs.size(), epoch.precision(), epoch.gap());
  }

  /** Copies the lists. */
  public Trajectory {
    layers = List.copyOf(layers);
    epochs = List.copyOf(epochs);
  }
}
