package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.Reduction;
import evenhand.tensor.Unary;
import java.util.Arrays;

/** Inner loops in plain Java, for a JVM without the vector module. */
final class ScalarKernels implements Kernels {
  private static final int LANES = 16; // pixels that the compiler may put into vectors of its own

  private static final int COLUMNS = 32;

  @Override
  public String description() {
    return "scalar loops (module jdk.incubator.vector is off)";
  }

  @Override
  public int tileColumns() {
    return COLUMNS;
  }

  @Override
  public void unary(Unary op, float[] x, int xo, float[] out, int oo, int n) {
    switch (op) {
      case NEG -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = -x[xo + i];
        }
      }
      case ABS -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = Math.abs(x[xo + i]);
        }
      }
      case SIGN -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = Math.signum(x[xo + i]);
        }
      }
      case RELU -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = x[xo + i] <= 0 ? 0 : x[xo + i];
        }
      }
      case SQUARE -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = x[xo + i] * x[xo + i];
        }
      }
      case FLOOR -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = (float) Math.floor(x[xo + i]);
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = (float) op.apply(x[xo + i]);
        }
      }
    }
  }

  @Override
  public void binary(Binary op, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out, int oo, int n) {
    switch (op) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = a[ao + i * as] + b[bo + i * bs];
        }
      }
      case SUB -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = a[ao + i * as] - b[bo + i * bs];
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = a[ao + i * as] * b[bo + i * bs];
        }
      }
      case DIV -> {
        for (int i = 0; i < n; i++) {
          out[oo + i] = a[ao + i * as] / b[bo + i * bs];
        }
      }
      case POW -> {
        if (bs == 0) {
          power(a, ao, as, b[bo], out, oo, n);
        } else {
          general(op, a, ao, as, b, bo, bs, out, oo, n);
        }
      }
      default -> general(op, a, ao, as, b, bo, bs, out, oo, n);
    }
  }

  private static void general(Binary op, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out, int oo,
      int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i] = (float) op.apply(a[ao + i * as], b[bo + i * bs]);
    }
  }

  /** A constant exponent; small whole ones as products in double precision, which round as the power does. */
  private static void power(float[] a, int ao, int as, float exponent, float[] out, int oo, int n) {
    if (exponent == 2) {
      for (int i = 0; i < n; i++) {
        out[oo + i] = a[ao + i * as] * a[ao + i * as];
      }
    } else if (exponent == 3) {
      for (int i = 0; i < n; i++) {
        double x = a[ao + i * as];
        out[oo + i] = (float) (x * x * x);
      }
    } else if (exponent == -1) {
      for (int i = 0; i < n; i++) {
        out[oo + i] = 1 / a[ao + i * as];
      }
    } else {
      for (int i = 0; i < n; i++) {
        out[oo + i] = (float) Binary.POW.apply(a[ao + i * as], exponent);
      }
    }
  }

  @Override
  public void where(float[] c, int co, int cs, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out,
      int oo, int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i] = c[co + i * cs] != 0 ? a[ao + i * as] : b[bo + i * bs];
    }
  }

  @Override
  public float reduce(Reduction op, float[] x, int xo, int n) {
    if (op == Reduction.SUM) {
      return sum(x, xo, n);
    }
    float result = x[xo];
    for (int i = 1; i < n; i++) {
      result = op == Reduction.MAX ? Math.max(result, x[xo + i]) : Math.min(result, x[xo + i]);
    }
    return result;
  }

  @Override
  public float sumOfFour(float[] x, int xo, int apart, int n) {
    return sum(x, xo, n) + sum(x, xo + apart, n) + (sum(x, xo + 2 * apart, n) + sum(x, xo + 3 * apart, n));
  }

  private static float sum(float[] x, int xo, int n) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      s0 += x[xo + i];
      s1 += x[xo + i + 1];
      s2 += x[xo + i + 2];
      s3 += x[xo + i + 3];
    }
    for (; i < n; i++) {
      s0 += x[xo + i];
    }
    return (float) (s0 + s1 + (s2 + s3));
  }

  @Override
  public void reduceRows(Reduction op, float[] x, int xo, int ld, int rows, float[] out, int oo, int n) {
    System.arraycopy(x, xo, out, oo, n);
    Binary fold = switch (op) {
      case SUM -> Binary.ADD;
      case MAX -> Binary.MAX;
      case MIN -> Binary.MIN;
      case ARGMAX -> throw new AssertionError("argmax is no fold of numbers");
    };
    for (int i = 1; i < rows; i++) {
      binary(fold, out, oo, 1, x, xo + i * ld, 1, out, oo, n);
    }
  }

  @Override
  public void dotRows(float[] a, int ao, int lda, float[] x, int xo, float[] y, int yo, int rows, int n) {
    for (int i = 0; i < rows; i++) {
      double even = 0;
      double odd = 0;
      int at = ao + i * lda;
      for (int k = 0; k + 1 < n; k += 2) {
        even += (double) a[at + k] * x[xo + k];
        odd += (double) a[at + k + 1] * x[xo + k + 1];
      }
      if ((n & 1) == 1) {
        even += (double) a[at + n - 1] * x[xo + n - 1];
      }
      y[yo + i] = (float) (even + odd);
    }
  }

  @Override
  public double dot(float[] a, int ao, float[] b, int bo, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (double) a[ao + i] * b[bo + i];
    }
    return sum;
  }

  @Override
  public double sumOfSquaredProducts(float[] a, int ao, float[] b, int bo, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double product = (double) a[ao + i] * b[bo + i];
      sum += product * product;
    }
    return sum;
  }

  @Override
  public void descend(float[] w, int wo, float[] g, int go, int n, float rate, float decay) {
    for (int i = 0; i < n; i++) {
      w[wo + i] -= rate * (g[go + i] + decay * w[wo + i]);
    }
  }

  @Override
  public void heavyBall(float[] w, int wo, float[] g, int go, float[] m, int mo, int n, float rate, float kept,
      float decay) {
    for (int i = 0; i < n; i++) {
      float step = kept * m[mo + i] + (g[go + i] + decay * w[wo + i]);
      m[mo + i] = step;
      w[wo + i] -= rate * step;
    }
  }

  @Override
  public void adam(float[] w, int wo, float[] g, int go, float[] m, int mo, float[] v, int vo, int n, AdamFactors f) {
    for (int i = 0; i < n; i++) {
      float slope = f.gradient() * g[go + i] + f.weightDecay() * w[wo + i];
      float first = f.beta1() * m[mo + i] + f.rest1() * slope;
      float second = f.beta2() * v[vo + i] + f.rest2() * (slope * slope);
      m[mo + i] = first;
      v[vo + i] = second;
      w[wo + i] = w[wo + i] * f.shrink() - f.rate() * first / ((float) Math.sqrt(second * f.scale()) + f.epsilon());
    }
  }

  @Override
  public void decoder(float h, AdamSlice w, AdamSlice b, float scale, float[] t, int to, int n, float[] room, int ro,
      double[] sums) {
    for (int i = 0; i < n; i++) {
      room[ro + i] = h * w.value()[w.at() + i] + b.value()[b.at() + i] - scale * t[to + i];
    }
    sums[0] += dot(room, ro, room, ro, n);
    sums[1] += dot(room, ro, w.value(), w.at(), n);
    adam(w, room, ro, n);
    adam(b, room, ro, n);
  }

  private void adam(AdamSlice slice, float[] g, int go, int n) {
    adam(slice.value(), slice.at(), g, go, slice.mean(), slice.meanAt(), slice.square(), slice.squareAt(), n,
        slice.factors());
  }

  @Override
  public void reluSlope(float[] h, int ho, float[] dy, int at, int n) {
    for (int i = 0; i < n; i++) {
      dy[at + i] = h[ho + i] > 0 ? dy[at + i] : 0;
    }
  }

  @Override
  public void tanhSlope(float[] h, int ho, float[] dy, int at, int n) {
    for (int i = 0; i < n; i++) {
      dy[at + i] *= 1 - h[ho + i] * h[ho + i];
    }
  }

  @Override
  public void tanhBend(float[] h, int ho, float[] rh, int ro, float[] d, int at, float[] rd, int rdAt, boolean known,
      int n) {
    for (int i = 0; i < n; i++) {
      float value = h[ho + i];
      float slope = 1 - value * value;
      float s = !known ? d[at + i] : slope > 0 ? d[at + i] / slope : 0;
      rd[rdAt + i] = rd[rdAt + i] * slope - (value + value) * rh[ro + i] * s;
      d[at + i] = known ? d[at + i] : s * slope;
    }
  }

  @Override
  public void dotRowsTwice(float[] a, int ao, int lda, float[] x, float[] y, float[] outX, float[] outY, int rows,
      int n) {
    dotRows(a, ao, lda, x, 0, outX, 0, rows, n);
    dotRows(a, ao, lda, y, 0, outY, 0, rows, n);
  }

  @Override
  public void addRows(float[] q, int qo, float[] x, int xo, int ldx, int rows, float[] out, int oo, int n) {
    for (int i = 0, at = xo; i < rows; i++, at += ldx) {
      float factor = q[qo + i];
      for (int j = 0; j < n; j++) {
        out[oo + j] += factor * x[at + j];
      }
    }
  }

  @Override
  public void multiply(int m, int n, int depth, Matrix a, float[] b, int bo, int ldb, float[] c, int co, int ldc,
      boolean first) {
    for (int i = 0; i < m; i++) {
      int row = co + i * ldc;
      if (first) {
        java.util.Arrays.fill(c, row, row + n, 0f);
      }
      for (int k = 0; k < depth; k++) {
        float x = a.values()[a.at(i, k)];
        int from = bo + k * ldb;
        for (int j = 0; j < n; j++) {
          c[row + j] += x * b[from + j];
        }
      }
    }
  }

  /** Four rows at a time, so that each step writes four neighbours. */
  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public int weightRows(int left) {
    return 1;
  }

  @Override
  public void convolve(int m, float[] a, int ao, int all, int tap, int depth, float[] x, int[] seen, float[] c, int co,
      int ldc) {
    float[] sums = new float[2 * LANES];
    for (int i = 0; i < m; i++) {
      Arrays.fill(sums, 0f);
      for (int k = 0; k < depth; k++) {
        float factor = a[ao + i * all + tap + k];
        int from = seen[k];
        for (int p = 0; p < 2 * LANES; p++) {
          sums[p] += factor * x[from + p];
        }
      }
      for (int p = 0; p < 2 * LANES; p++) {
        int at = co + i * ldc + p;
        c[at] = tap == 0 ? sums[p] : c[at] + sums[p];
      }
    }
  }

  @Override
  public void tapProducts(int n, float[] d, int at, int ldd, float[] x, int[] taps, int first, float[] products) {
    for (int tap = 0; tap < 6; tap++) {
      for (int i = 0; i < 4; i++) {
        products[4 * tap + i] = (float) dot(d, at + i * ldd, x, taps[first + tap], n);
      }
    }
  }

  @Override
  public void transpose(float[] x, int xo, int ldx, int rows, int columns, float[] out, int oo, int ldo) {
    int i = 0;
    for (; i + 4 <= rows; i += 4) {
      int x0 = xo + i * ldx;
      int x1 = x0 + ldx;
      int x2 = x1 + ldx;
      int x3 = x2 + ldx;
      for (int k = 0, at = oo + i; k < columns; k++, at += ldo) {
        out[at] = x[x0 + k];
        out[at + 1] = x[x1 + k];
        out[at + 2] = x[x2 + k];
        out[at + 3] = x[x3 + k];
      }
    }
    for (; i < rows; i++) {
      for (int k = 0; k < columns; k++) {
        out[oo + k * ldo + i] = x[xo + i * ldx + k];
      }
    }
  }

  @Override
  public void copyRows(float[] x, int xo, int ldx, int rows, int columns, float[] out, int oo, int ldo) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(x, xo + i * ldx, out, oo + i * ldo, columns);
    }
  }
}
