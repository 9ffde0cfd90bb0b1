package evenhand.fairness.gradiend;

import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The k largest of many tensors' magnitudes, found tensor by tensor.
 *
 * <p>The bits of a non-negative float are ordered as the float is, so two counts of 16 bits each give the k-th largest
 * exactly, with no sort and no joined copy.
 */
final class TopK {
  private static final int HALF = 16;
  private static final int BINS = 1 << HALF;

  private TopK() {}

  /** How many coordinates a share in (0, 1] of tensors keeps: at least one. */
  static long count(List<Tensor> tensors, double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("gradiend: a share of coordinates to keep is above 0 and at most 1, got "
          + share);
    }
    return Math.max(1, Math.round(share * size(tensors)));
  }

  /** Number of coordinates in all. */
  static long size(List<Tensor> tensors) {
    return tensors.stream().mapToLong(Tensor::size).sum();
  }

  /**
   * Masks of zeros and ones with k ones, where the magnitudes are largest; of equal ones the first are taken.
   *
   * @throws IllegalArgumentException if k is below 1; a k above the number of coordinates takes all
   */
  static List<Tensor> mask(List<Tensor> tensors, long k) {
    if (k < 1) {
      throw new IllegalArgumentException("gradiend: top-k keeps at least one coordinate, got " + k);
    }
    long wanted = Math.min(k, size(tensors));
    int high = 0;
    long[] counts = counts(tensors, bits -> bits >>> HALF);
    high = bin(counts, wanted);
    long above = above(counts, high);
    int prefix = high;
    long[] within = counts(tensors, bits -> bits >>> HALF == prefix ? bits & BINS - 1 : -1);
    int low = bin(within, wanted - above);
    int threshold = high << HALF | low;
    return masks(tensors, threshold, wanted - above - above(within, low));
  }

  /** Ones above the threshold, and for the first {@code ties} equal to it. */
  private static List<Tensor> masks(List<Tensor> tensors, int threshold, long ties) {
    List<Tensor> masks = new ArrayList<>();
    long left = ties;
    for (Tensor tensor : tensors) {
      float[] values = tensor.toFloats();
      for (int i = 0; i < values.length; i++) {
        int bits = bits(values[i]);
        boolean tie = bits == threshold && left > 0;
        left -= tie ? 1 : 0;
        values[i] = bits > threshold || tie ? 1 : 0;
      }
      masks.add(tensor.device().tensor(values, values.length).reshape(tensor.shape()));
    }
    return masks;
  }

  private interface Bin {
    /** The bin of a magnitude's bits, or -1 for none. */
    int of(int bits);
  }

  private static long[] counts(List<Tensor> tensors, Bin bin) {
    long[] counts = new long[BINS];
    for (Tensor tensor : tensors) {
      for (float value : tensor.toFloats()) {
        int at = bin.of(bits(value));
        if (at >= 0) {
          counts[at]++;
        }
      }
    }
    return counts;
  }

  private static int bits(float value) {
    return Float.floatToIntBits(Math.abs(value));
  }

  /** The bin in which the k-th largest lies. */
  private static int bin(long[] counts, long k) {
    long seen = 0;
    for (int bin = counts.length - 1; bin > 0; bin--) {
      seen += counts[bin];
      if (seen >= k) {
        return bin;
      }
    }
    return 0;
  }

  private static long above(long[] counts, int bin) {
    long seen = 0;
    for (int other = bin + 1; other < counts.length; other++) {
      seen += counts[other];
    }
    return seen;
  }
}
