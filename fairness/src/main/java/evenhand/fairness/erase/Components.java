package evenhand.fairness.erase;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;

/** The leading principal components of centred rows, by orthogonal iteration. */
final class Components {
  private static final int ITERATIONS = 30;
  private static final int MORE = 4; // directions carried along, so that the last one asked for converges too

  private Components() {}

  /**
   * Orthonormal directions of largest variance, {@code [columns][count]}.
   *
   * @param x centred, {@code [rows, columns]}
   * @param count at most the number of columns
   */
  static float[][] of(Tensor x, int count, Device device, Rng rng) {
    int columns = x.shape().dim(1);
    int carried = Math.min(columns, count + MORE);
    double[][] v = new double[carried][columns];
    for (double[] direction : v) {
      for (int i = 0; i < columns; i++) {
        direction[i] = rng.nextGaussian();
      }
    }
    orthonormalise(v);
    Tensor transposed = x.transpose(0, 1).copy();
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      float[] flat = new float[columns * carried];
      for (int at = 0; at < flat.length; at++) {
        flat[at] = (float) v[at % carried][at / carried];
      }
      float[] next = transposed.matmul(x.matmul(device.tensor(flat, columns, carried))).toFloats();
      for (int at = 0; at < flat.length; at++) {
        v[at % carried][at / carried] = next[at];
      }
      orthonormalise(v);
    }
    float[][] out = new float[columns][count];
    for (int i = 0; i < columns; i++) {
      for (int k = 0; k < count; k++) {
        out[i][k] = (float) v[k][i];
      }
    }
    return out;
  }

  /** Gram and Schmidt, in the given order; a direction that is nothing but the others becomes zeros. */
  private static void orthonormalise(double[][] v) {
    for (int k = 0; k < v.length; k++) {
      double before = Math.sqrt(dot(v[k], v[k]));
      for (int pass = 0; pass < 2; pass++) { // twice, as once leaves rounding where directions are close
        for (int other = 0; other < k; other++) {
          Logs.add(v[k], -dot(v[k], v[other]), v[other]);
        }
      }
      double length = Math.sqrt(dot(v[k], v[k]));
      v[k] = Logs.times(length > 1e-7 * before ? 1 / length : 0, v[k]);
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
