package evenhand.tensor.cpu;

import evenhand.tensor.DType;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.Arrays;

/**
 * Matrix products: chooses a way by shape and strides, cuts the work for threads and caches.
 *
 * <ul>
 *   <li>vector times matrix: dot products where the matrix lies along them, else a tile of one row;
 *   <li>small or skinny: register tiles straight from the operands; a transposed B is first copied into order;
 *   <li>large: B is copied into panels of a tile's width, block by block, so that the tiles read neighbours from the
 *       caches. A is read where it lies: a copy in panels gained nothing beyond noise.
 * </ul>
 *
 * <p>C is cut by rows and columns only, never along depth, and depth is added in blocks of {@link #DEPTH}; so neither
 * threads nor blocks change a bit of the result.
 */
final class Gemm {
  static final int PANEL_ROWS = 12;
  private static final int DEPTH = 512; // C is read and written once for each block: 256 cost a tenth at n = 2048
  private static final int ROWS = 12 * PANEL_ROWS; // a block of A, 144 x 512 numbers, is 288 kB: second-level cache
  private static final int COLUMNS = 2048;
  static final int FEW_ROWS = 8; // so few rows are not worth a transposed copy of B
  private static final long PARALLEL = 2_000_000; // multiply-adds, about 20 us
  private static final long PARALLEL_DOTS = 400_000; // bound by memory, not by arithmetic
  private static final int PACK_B = 1 << 15; // numbers of B above which its rows are far apart for the cache

  private final Kernels kernels;
  private final ThreadPool threads;
  private final BufferPool buffers;

  Gemm(Kernels kernels, ThreadPool threads, BufferPool buffers) {
    this.kernels = kernels;
    this.threads = threads;
    this.buffers = buffers;
  }

  /** {@code [.., m, k] x [.., k, n] -> [.., m, n]} with equal batch axes; {@code out} is contiguous. */
  void matmul(Tensor a, Tensor b, Tensor out) {
    int row = out.shape().rank() - 2;
    int m = out.shape().dim(row);
    int n = out.shape().dim(row + 1);
    int k = a.shape().dim(row + 1);
    if (out.size() == 0) {
      return;
    }
    Matrix left = matrix(a);
    Matrix right = matrix(b);
    float[] c = HostStorage.floats(out);
    if (row == 0) {
      multiply(m, n, k, left, right, c, out.offset(), n, false);
      return;
    }
    Loops batch = Loops.of(Shape.of(Arrays.copyOf(out.shape().dims(), row)), a, b, out);
    int count = batch.outer() * batch.inner();
    if (batch.dims.length == 1 && batch.innerStride(1) == 0 && batch.innerStride(0) == m * left.rowStride()) {
      multiply(m * count, n, k, left, right, c, out.offset(), n, false); // one right matrix: more rows of the left one
      return;
    }
    long work = (long) out.size() * k;
    int axes = batch.dims.length;
    int perTask = work < PARALLEL || count < 2 * threads.threads() ? count : (count + 7) / 8;
    threads.run((count + perTask - 1) / perTask, task -> {
      for (int i = task * perTask; i < Math.min(count, (task + 1) * perTask); i++) {
        multiply(m, n, k, left.at(batch.start(0, i, axes)), right.at(batch.start(1, i, axes)), c,
            batch.start(2, i, axes), n, false);
      }
    });
  }

  private static Matrix matrix(Tensor x) {
    int row = x.shape().rank() - 2;
    return new Matrix(HostStorage.floats(x), x.offset(), x.stride(row), x.stride(row + 1));
  }

  /** {@code C = A B}, or {@code C += A B}, for A {@code [m, k]}, B {@code [k, n]} and C {@code [m, n]}. */
  void multiply(int m, int n, int k, Matrix a, Matrix b, float[] c, int co, int ldc, boolean accumulate) {
    if (k == 0) {
      for (int i = 0; i < m && !accumulate; i++) {
        Arrays.fill(c, co + i * ldc, co + i * ldc + n, 0f);
      }
    } else if (n == 1 && m > 1 && ldc == 1) {
      multiply(1, m, k, b.transposed(), a.transposed(), c, co, m, accumulate); // y = A x read as y' = x' A'
    } else if (m <= FEW_ROWS && b.rowStride() == 1 && (b.columnStride() != 1 || n == 1)) {
      dots(m, n, k, a, b, c, co, ldc, accumulate);
    } else if (b.columnStride() == 1 && (m < 2 * PANEL_ROWS || (long) n * k <= PACK_B) || n == 1) {
      direct(m, n, k, a, b, c, co, ldc, accumulate);
    } else {
      packed(m, n, k, a, b, c, co, ldc, accumulate);
    }
  }

  /** Few rows of A against the columns of B, which lie along depth. */
  private void dots(int m, int n, int k, Matrix a, Matrix b, float[] c, int co, int ldc, boolean accumulate) {
    float[] row = a.columnStride() == 1 ? a.values() : new float[k];
    float[] sums = accumulate ? new float[n] : c;
    for (int i = 0; i < m; i++) {
      int start = a.at(i, 0);
      if (row != a.values()) {
        for (int j = 0; j < k; j++) {
          row[j] = a.values()[start + j * a.columnStride()];
        }
        start = 0;
      }
      dotsOfRow(n, k, row, start, b, sums, accumulate ? 0 : co + i * ldc);
      for (int j = 0; accumulate && j < n; j++) {
        c[co + i * ldc + j] += sums[j];
      }
    }
  }

  private void dotsOfRow(int n, int k, float[] x, int xo, Matrix b, float[] c, int co) {
    if ((long) n * k < PARALLEL_DOTS) {
      kernels.dotRows(b.values(), b.offset(), b.columnStride(), x, xo, c, co, n, k);
      return;
    }
    int perTask = Math.max(4, (int) (PARALLEL_DOTS / 4 / k) & ~3);
    threads.run((n + perTask - 1) / perTask, task -> {
      int j = task * perTask;
      kernels.dotRows(b.values(), b.at(0, j), b.columnStride(), x, xo, c, co + j, Math.min(perTask, n - j), k);
    });
  }

  /** Tiles straight from the operands; rows of B without gaps. */
  private void direct(int m, int n, int k, Matrix a, Matrix b, float[] c, int co, int ldc, boolean accumulate) {
    boolean parallel = (long) m * n * k >= (m == 1 ? PARALLEL_DOTS : PARALLEL);
    if (!parallel && m <= ROWS) {
      block(m, n, k, a, b, c, co, ldc, accumulate);
      return;
    }
    int height = rowsOfTask(m, parallel);
    int width = n;
    if (parallel && m <= PANEL_ROWS) { // too few rows to share out, so share columns
      width = roundUp((n + threads.threads() - 1) / threads.threads(), 4 * kernels.tileColumns());
    }
    int across = (n + width - 1) / width;
    int parts = (m + height - 1) / height * across;
    int columns = width;
    int perTask = parallel ? 1 : parts;
    threads.run((parts + perTask - 1) / perTask, task -> {
      for (int part = task * perTask; part < Math.min(parts, (task + 1) * perTask); part++) {
        int i = part / across * height;
        int j = part % across * columns;
        block(Math.min(height, m - i), Math.min(columns, n - j), k, a.from(i, 0), b.from(0, j), c, co + i * ldc + j,
            ldc,
            accumulate);
      }
    });
  }

  private void block(int m, int n, int k, Matrix a, Matrix b, float[] c, int co, int ldc, boolean accumulate) {
    for (int from = 0; from < k; from += DEPTH) {
      kernels.multiply(m, n, Math.min(DEPTH, k - from), from == 0 ? a : a.from(0, from), b.values(), b.at(from, 0),
          b.rowStride(), c, co, ldc, from == 0 && !accumulate);
    }
  }

  /** At most {@link #ROWS}; where threads share, a few equal parts for each, so that none waits long for another. */
  private int rowsOfTask(int m, boolean parallel) {
    int parts = (m + ROWS - 1) / ROWS;
    if (parallel && threads.threads() > 1) {
      parts = roundUp(parts, 2 * threads.threads());
    }
    return roundUp((m + parts - 1) / parts, PANEL_ROWS);
  }

  private static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }

  private void packed(int m, int n, int k, Matrix a, Matrix b, float[] c, int co, int ldc, boolean accumulate) {
    int depth = Math.min(DEPTH, k);
    int columns = roundUp(Math.min(COLUMNS, n), kernels.tileColumns());
    float[] panels = (float[]) buffers.take(DType.FLOAT32, depth * columns);
    boolean parallel = (long) m * n * k >= PARALLEL;
    for (int j = 0; j < n; j += COLUMNS) {
      for (int from = 0; from < k; from += DEPTH) {
        Block block = new Block(Math.min(COLUMNS, n - j), Math.min(DEPTH, k - from), panels, c, co + j, ldc,
            from == 0 && !accumulate);
        packPanels(block, b.from(from, j), parallel);
        rowBlocks(block, m, a.from(0, from), parallel);
      }
    }
    buffers.giveBack(panels);
  }

  /** A block of B in panels {@code [columns / tile][depth][tile]}, and the columns of C that it is for. */
  private record Block(int n, int depth, float[] panels, float[] c, int co, int ldc, boolean first) {}

  private void packPanels(Block block, Matrix b, boolean parallel) {
    int tile = kernels.tileColumns();
    int count = (block.n + tile - 1) / tile;
    int perTask = parallel ? (count + threads.threads() - 1) / threads.threads() : count;
    threads.run((count + perTask - 1) / perTask, task -> {
      for (int i = task * perTask; i < Math.min(count, (task + 1) * perTask); i++) {
        int j = i * tile;
        packPanel(b.from(0, j), block.depth, Math.min(tile, block.n - j), block.panels, j * block.depth, tile);
      }
    });
  }

  private void packPanel(Matrix b, int depth, int width, float[] out, int oo, int tile) {
    if (b.columnStride() == 1) {
      kernels.copyRows(b.values(), b.offset(), b.rowStride(), depth, width, out, oo, tile);
    } else if (b.rowStride() == 1) {
      kernels.transpose(b.values(), b.offset(), b.columnStride(), width, depth, out, oo, tile);
    } else {
      for (int k = 0; k < depth; k++) {
        for (int j = 0; j < width; j++) {
          out[oo + k * tile + j] = b.values()[b.at(k, j)];
        }
      }
    }
  }

  private void rowBlocks(Block block, int m, Matrix a, boolean parallel) {
    int rows = rowsOfTask(m, parallel);
    int count = (m + rows - 1) / rows;
    int perTask = parallel ? 1 : count;
    threads.run((count + perTask - 1) / perTask, task -> {
      for (int i = task * perTask; i < Math.min(count, (task + 1) * perTask); i++) {
        rowBlock(block, Math.min(rows, m - i * rows), a.from(i * rows, 0), block.co + i * rows * block.ldc);
      }
    });
  }

  private void rowBlock(Block block, int m, Matrix a, int co) {
    int tile = kernels.tileColumns();
    for (int j = 0; j < block.n; j += tile) {
      kernels.multiply(m, Math.min(tile, block.n - j), block.depth, a, block.panels, j * block.depth, tile, block.c,
          co + j, block.ldc, block.first);
    }
  }
}
