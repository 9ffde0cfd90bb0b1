package evenhand.tensor.cpu;

import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.Arrays;

/**
 * Hessian-vector products of logistic and softmax heads: x is read from memory once.
 *
 * <p>A block of rows is taken through all steps while it is in the cache. Blocks are added in float32 up to a strip of
 * {@link #STRIP} rows, strips in double. Rows are cut into parts by the shapes alone, so that threads change no bit.
 */
final class HeadProducts {
  private static final int BLOCK = 32768; // numbers of x, 128 kB: the second-level cache
  private static final int STRIP = 1024;
  private static final int PARTS = 64;
  private static final int ALONE = 1 << 16; // numbers of x that are not worth a second thread

  private final Kernels kernels;
  private final ThreadPool threads;
  private final BufferPool buffers;
  private final Gemm gemm;

  HeadProducts(Kernels kernels, ThreadPool threads, BufferPool buffers, Gemm gemm) {
    this.kernels = kernels;
    this.threads = threads;
    this.buffers = buffers;
    this.gemm = gemm;
  }

  /** Rows of numbers without gaps within a row. */
  private record Rows(float[] values, int offset, int stride, int count, int width) {
    static Rows of(Tensor x) {
      Tensor even = x.shape().dim(1) == 1 || x.stride(1) == 1 ? x : x.contiguous();
      return new Rows(HostStorage.floats(even), even.offset(), even.stride(0), x.shape().dim(0), x.shape().dim(1));
    }

    int at(int row) {
      return offset + row * stride;
    }
  }

  /** What a block of rows adds to {@code sums}, of the output's size. */
  private interface Body {
    void add(int from, int to, float[] sums);
  }

  /** {@code c} is the curvature, {@code [n]}, or the weights from which it follows, {@code [d]} or {@code [d + 1]}. */
  void logistic(Tensor x, Tensor c, boolean kept, Tensor v, Tensor out) {
    Rows rows = Rows.of(x);
    float[] direction = compact(v);
    float[] given = compact(c);
    int d = rows.width;
    boolean biased = v.size() > d;
    int most = blockRows(d);
    sum(rows, out, (from, to, sums) -> {
      int m = to - from;
      float[] q = new float[most];
      float[] bend = new float[most];
      if (kept) {
        kernels.dotRows(rows.values, rows.at(from), rows.stride, direction, 0, q, 0, m, d);
        System.arraycopy(given, from, bend, 0, m);
      } else {
        kernels.dotRowsTwice(rows.values, rows.at(from), rows.stride, direction, given, q, bend, m, d);
        curvature(bend, biased ? given[d] : 0, m);
      }
      float total = 0;
      for (int i = 0; i < m; i++) {
        q[i] = bend[i] * (biased ? q[i] + direction[d] : q[i]);
        total += q[i];
      }
      kernels.addRows(q, 0, rows.values, rows.at(from), rows.stride, m, sums, 0, d);
      if (biased) {
        sums[d] += total;
      }
    });
  }

  /** {@code z -> s(z + bias) s(-z - bias)}. */
  private void curvature(float[] z, float bias, int m) {
    float[] opposite = new float[m];
    for (int i = 0; i < m; i++) {
      z[i] += bias;
      opposite[i] = -z[i];
    }
    kernels.unary(Unary.SIGMOID, z, 0, z, 0, m);
    kernels.unary(Unary.SIGMOID, opposite, 0, opposite, 0, m);
    for (int i = 0; i < m; i++) {
      z[i] *= opposite[i];
    }
  }

  /** {@code c} holds the probabilities, {@code [n, C]}, or the weights from which they follow, of v's shape. */
  void softmax(Tensor x, Tensor c, boolean kept, Tensor v, Tensor out) {
    Rows rows = Rows.of(x);
    int d = rows.width;
    int classes = v.shape().dim(0);
    int width = v.shape().dim(1);
    float[] direction = compact(v);
    float[] given = compact(c);
    int most = blockRows(d);
    sum(rows, out, (from, to, sums) -> {
      int m = to - from;
      float[] q = new float[most * classes]; // [C, m]: a class's numbers side by side
      float[] p = new float[most * classes];
      scores(rows, from, m, direction, classes, width, q);
      if (kept) {
        kernels.transpose(given, from * classes, classes, m, classes, p, 0, m);
      } else {
        scores(rows, from, m, given, classes, width, p);
        probabilities(p, classes, m);
      }
      bend(q, p, classes, m);
      gemm.multiply(classes, d, m, new Matrix(q, 0, m, 1), block(rows, from), sums, 0, width, true);
      for (int k = 0; k < classes && width > d; k++) {
        for (int i = 0; i < m; i++) {
          sums[k * width + d] += q[k * m + i];
        }
      }
    });
  }

  private static Matrix block(Rows rows, int from) {
    return new Matrix(rows.values, rows.at(from), rows.stride, 1);
  }

  /** {@code out[k][i] = w_k . x_i}, with the bias where w has one. */
  private void scores(Rows rows, int from, int m, float[] w, int classes, int width, float[] out) {
    gemm.multiply(classes, m, rows.width, new Matrix(w, 0, width, 1), block(rows, from).transposed(), out, 0, m, false);
    for (int k = 0; k < classes && width > rows.width; k++) {
      float bias = w[k * width + rows.width];
      for (int i = 0; i < m; i++) {
        out[k * m + i] += bias;
      }
    }
  }

  /** Softmax over the first axis of {@code [C, m]}. */
  private void probabilities(float[] z, int classes, int m) {
    float[] largest = Arrays.copyOf(z, m);
    for (int k = 1; k < classes; k++) {
      for (int i = 0; i < m; i++) {
        largest[i] = Math.max(largest[i], z[k * m + i]);
      }
    }
    for (int at = 0; at < classes * m; at += m) {
      for (int i = 0; i < m; i++) {
        z[at + i] -= largest[i];
      }
    }
    kernels.unary(Unary.EXP, z, 0, z, 0, classes * m);
    float[] total = new float[m];
    for (int at = 0; at < classes * m; at += m) {
      for (int i = 0; i < m; i++) {
        total[i] += z[at + i];
      }
    }
    for (int at = 0; at < classes * m; at += m) {
      for (int i = 0; i < m; i++) {
        z[at + i] /= total[i];
      }
    }
  }

  /** {@code u -> p (u - <p, u>)} along the first axis of {@code [C, m]}. */
  private static void bend(float[] u, float[] p, int classes, int m) {
    float[] mean = new float[m];
    for (int at = 0; at < classes * m; at += m) {
      for (int i = 0; i < m; i++) {
        mean[i] += p[at + i] * u[at + i];
      }
    }
    for (int at = 0; at < classes * m; at += m) {
      for (int i = 0; i < m; i++) {
        u[at + i] = p[at + i] * (u[at + i] - mean[i]);
      }
    }
  }

  private static float[] compact(Tensor x) {
    return x.isContiguous() && x.offset() == 0 ? HostStorage.floats(x) : HostStorage.floats(x.copy());
  }

  /** A multiple of 8, so that rows go in fours. */
  private static int blockRows(int d) {
    return Math.clamp(BLOCK / Math.max(d, 1) / 8 * 8, 8, 256);
  }

  /** The sum over all blocks of rows. */
  private void sum(Rows rows, Tensor out, Body body) {
    int n = rows.count;
    int block = blockRows(rows.width);
    int part = Math.max(STRIP, (n / PARTS + STRIP - 1) / STRIP * STRIP);
    int parts = Math.max(1, (n + part - 1) / part);
    double[][] totals = new double[parts][];
    int perTask = (long) n * rows.width < ALONE ? parts : 1;
    threads.run((parts + perTask - 1) / perTask, task -> {
      for (int i = task * perTask; i < Math.min(parts, (task + 1) * perTask); i++) {
        totals[i] = part(i * part, Math.min(n, (i + 1) * part), block, out.size(), body);
      }
    });
    float[] target = HostStorage.floats(out);
    for (int j = 0; j < out.size(); j++) {
      double total = 0;
      for (double[] each : totals) {
        total += each[j];
      }
      target[out.offset() + j] = (float) total;
    }
  }

  private double[] part(int from, int to, int block, int size, Body body) {
    double[] totals = new double[size];
    float[] sums = (float[]) buffers.take(DType.FLOAT32, size);
    for (int strip = from; strip < to; strip += STRIP) {
      Arrays.fill(sums, 0, size, 0f);
      int end = Math.min(to, strip + STRIP);
      for (int row = strip; row < end; row += block) {
        body.add(row, Math.min(end, row + block), sums);
      }
      for (int j = 0; j < size; j++) {
        totals[j] += sums[j];
      }
    }
    buffers.giveBack(sums);
    return totals;
  }
}
