package evenhand.tensor.spi;

import evenhand.tensor.Tensor;
import java.util.List;

/** Selection among the magnitudes of many tensors, one at a time on the host, without sorting them. */
final class Magnitudes {
  private static final int HALF = 16; // bits; magnitudes of floats order as their bits do

  private Magnitudes() {}

  /** The k-th largest magnitude. */
  static double largest(List<Tensor> tensors, long k) {
    long n = tensors.stream().mapToLong(Tensor::size).sum();
    if (k < 1 || k > n) {
      throw new IllegalArgumentException("gradientEncoder: the " + k + " largest of " + n
          + " weights were asked for; choose 1 .. " + n);
    }
    Place upper = place(counts(tensors, -1), k);
    Place lower = place(counts(tensors, upper.bin), upper.rank);
    return Float.intBitsToFloat(upper.bin << HALF | lower.bin);
  }

  /** How many have each upper half; or, of those with the given upper half, each lower half. */
  private static long[] counts(List<Tensor> tensors, int upper) {
    long[] counts = new long[1 << HALF];
    for (Tensor tensor : tensors) {
      for (float value : tensor.toFloats()) {
        int bits = Float.floatToIntBits(Math.abs(value));
        if (upper < 0) {
          counts[bits >>> HALF]++;
        } else if (bits >>> HALF == upper) {
          counts[bits & (1 << HALF) - 1]++;
        }
      }
    }
    return counts;
  }

  /** The bin of the k-th largest, and its rank among those of the bin. */
  private record Place(int bin, long rank) {}

  private static Place place(long[] counts, long k) {
    int bin = counts.length - 1;
    long rank = k;
    for (; counts[bin] < rank; bin--) {
      rank -= counts[bin];
    }
    return new Place(bin, rank);
  }
}
