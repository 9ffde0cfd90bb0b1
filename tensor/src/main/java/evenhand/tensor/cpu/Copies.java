package evenhand.tensor.cpu;

import evenhand.tensor.DType;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.Arrays;

/**
 * Copies between strided tensors: rows where both sides have rows, tiles where one is transposed, and conversions
 * between the types.
 */
final class Copies {
  private static final int TILE = 32; // two tiles of 4 kB fit the first-level cache, whatever the strides
  private static final int SHORT = 16;
  private static final int PARALLEL = 1 << 17;
  private static final int CHUNK = 1 << 14;
  private static final int LONG = 1 << 20; // the JDK copies above 2.5 MB past the caches, which saves a read

  private final ThreadPool threads;
  private final Kernels kernels;

  Copies(ThreadPool threads, Kernels kernels) {
    this.threads = threads;
    this.kernels = kernels;
  }

  /** {@code out = x}, converting the type; {@code out} may have any strides. */
  void copy(Tensor x, Tensor out) {
    if (x.dtype() == out.dtype()) {
      strided(x, out);
    } else {
      convert(x, out);
    }
  }

  /** {@code out = x}, of one type. */
  void strided(Tensor x, Tensor out) {
    if (x.size() == 0) {
      return; // the offset of an empty view may lie outside its storage
    }
    if (x.isContiguous() && out.isContiguous()) {
      runs(array(x), x.offset(), array(out), out.offset(), x.size());
    } else {
      strided(array(x), array(out), Loops.of(out.shape(), x, out));
    }
  }

  private void runs(Object x, int xo, Object out, int oo, int n) {
    if (n < 2 * LONG || x == out && xo < oo + n && oo < xo + n) { // a view may overlap its copy
      System.arraycopy(x, xo, out, oo, n);
      return;
    }
    threads.run((n + LONG - 1) / LONG, task -> System.arraycopy(x, xo + task * LONG, out, oo + task * LONG,
        Math.min(LONG, n - task * LONG)));
  }

  /** The elements of x, as float32, at the front of an array. */
  void ordered(Tensor x, float[] out) {
    if (x.size() == 0) {
      return;
    }
    if (x.dtype() == DType.INT32) {
      int[] values = HostStorage.ints(x);
      Loops loops = Loops.of(x.shape(), x);
      int inner = loops.inner();
      int step = loops.innerStride(0);
      for (int run = 0, at = 0; run < loops.outer(); run++) {
        for (int i = 0, from = loops.start(0, run); i < inner; i++, from += step) {
          out[at++] = values[from];
        }
      }
      return;
    }
    strided(HostStorage.floats(x), out, Loops.of(x.shape(), x).withContiguous());
  }

  private static Object array(Tensor x) {
    return ((HostStorage) x.storage()).array();
  }

  private void convert(Tensor x, Tensor out) {
    Shape shape = out.shape();
    if (shape.size() == 0) {
      return;
    }
    Loops loops = Loops.of(shape, x, out);
    int inner = loops.inner();
    int from = loops.innerStride(0);
    int to = loops.innerStride(1);
    for (int run = 0; run < loops.outer(); run++) {
      int at = loops.start(0, run);
      int put = loops.start(1, run);
      if (x.dtype() == DType.INT32) {
        toFloats(HostStorage.ints(x), at, from, HostStorage.floats(out), put, to, inner);
      } else {
        toInts(HostStorage.floats(x), at, from, HostStorage.ints(out), put, to, inner);
      }
    }
  }

  private static void toFloats(int[] x, int xo, int xs, float[] out, int oo, int os, int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i * os] = x[xo + i * xs];
    }
  }

  private static void toInts(float[] x, int xo, int xs, int[] out, int oo, int os, int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i * os] = (int) x[xo + i * xs]; // saturates; NaN becomes 0
    }
  }

  /** Tensor 0 of the loops to tensor 1. */
  private void strided(Object x, Object out, Loops loops) {
    int last = loops.dims.length - 1;
    int partner = tilePartner(loops);
    if (partner >= 0) {
      tiles(x, out, loops.withAxisBeforeLast(partner));
      return;
    }
    int outer = loops.outer();
    if (last == 1 && loops.dims[1] < SHORT && x instanceof float[] numbers) {
      shortRows(numbers, (float[]) out, loops);
      return;
    }
    int elements = outer * loops.dims[last];
    int perTask = elements < PARALLEL ? outer : Math.max(1, CHUNK / loops.dims[last]);
    threads.run((outer + perTask - 1) / perTask, task -> {
      for (int run = task * perTask; run < Math.min(outer, (task + 1) * perTask); run++) {
        line(x, loops.start(0, run), loops.innerStride(0), out, loops.start(1, run), loops.innerStride(1),
            loops.inner());
      }
    });
  }

  /** Rows so short that a call for each would cost more than the copy. */
  private static void shortRows(float[] x, float[] out, Loops loops) {
    int inner = loops.inner();
    int xs = loops.innerStride(0);
    int os = loops.innerStride(1);
    for (int i = 0, xo = loops.start(0, 0), oo = loops.start(1, 0); i < loops.dims[0]; i++) {
      for (int j = 0; j < inner; j++) {
        out[oo + j * os] = x[xo + j * xs];
      }
      xo += loops.strides[0][0];
      oo += loops.strides[1][0];
    }
  }

  /** The axis along which the source is contiguous, if the inner one is not: then tiles read whole cache lines. */
  private static int tilePartner(Loops loops) {
    int last = loops.dims.length - 1;
    if (Math.abs(loops.innerStride(0)) <= 1) {
      return -1;
    }
    for (int axis = 0; axis < last; axis++) {
      if (loops.strides[0][axis] == 1) {
        return axis;
      }
    }
    return -1;
  }

  private void tiles(Object x, Object out, Loops loops) {
    int last = loops.dims.length - 1;
    int rows = loops.dims[last - 1];
    int outer = loops.outer(last - 1);
    int bands = (rows + TILE - 1) / TILE;
    int perTask = outer * rows * loops.inner() < PARALLEL ? outer * bands : Math.max(1, CHUNK / TILE / loops.inner());
    threads.run((outer * bands + perTask - 1) / perTask, task -> {
      for (int band = task * perTask; band < Math.min(outer * bands, (task + 1) * perTask); band++) {
        int row = band % bands * TILE;
        band(x, out, loops, band / bands, row, Math.min(rows, row + TILE));
      }
    });
  }

  /** Rows {@code from .. to - 1} of one two-dimensional slice, TILE columns at a time. */
  private void band(Object x, Object out, Loops loops, int slice, int from, int to) {
    int last = loops.dims.length - 1;
    int xs = loops.strides[0][last];
    int os = loops.strides[1][last];
    int xRow = loops.strides[0][last - 1];
    int oRow = loops.strides[1][last - 1];
    int xo = loops.start(0, slice, last - 1);
    int oo = loops.start(1, slice, last - 1);
    for (int column = 0; column < loops.inner(); column += TILE) {
      int width = Math.min(TILE, loops.inner() - column);
      if (xRow == 1 && os == 1 && x instanceof float[] numbers) {
        kernels.transpose(numbers, xo + from + column * xs, xs, width, to - from, (float[]) out,
            oo + from * oRow + column, oRow);
        continue;
      }
      for (int row = from; row < to; row++) {
        line(x, xo + row * xRow + column * xs, xs, out, oo + row * oRow + column * os, os, width);
      }
    }
  }

  private static void line(Object x, int xo, int xs, Object out, int oo, int os, int n) {
    if (xs == 1 && os == 1) {
      System.arraycopy(x, xo, out, oo, n);
    } else if (x instanceof float[] numbers) {
      line(numbers, xo, xs, (float[]) out, oo, os, n);
    } else {
      line((int[]) x, xo, xs, (int[]) out, oo, os, n);
    }
  }

  private static void line(float[] x, int xo, int xs, float[] out, int oo, int os, int n) {
    if (xs == 0 && os == 1) {
      Arrays.fill(out, oo, oo + n, x[xo]);
    } else if (os == 1) {
      for (int i = 0; i < n; i++) {
        out[oo + i] = x[xo + i * xs];
      }
    } else {
      for (int i = 0; i < n; i++) {
        out[oo + i * os] = x[xo + i * xs];
      }
    }
  }

  private static void line(int[] x, int xo, int xs, int[] out, int oo, int os, int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i * os] = x[xo + i * xs];
    }
  }
}
