package evenhand.tensor.cpu;

import evenhand.tensor.DType;
import evenhand.tensor.Reduction;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.Arrays;

/**
 * Sums, extremes and their positions along any axes.
 *
 * <p>Axes are merged into alternating kept and reduced blocks, and reduced from the last block outwards: a last block
 * by rows, another one by columns. Long blocks are cut into pieces of a fixed size, whose partial results are reduced
 * in turn. So the order of additions depends on the shape alone, and rounding errors grow with the logarithm of the
 * length. Very long rows are summed in four places at once: a core fetches four streams of memory faster than one.
 */
final class Reductions {
  private static final int PIECE = 4096; // numbers of a row that one kernel call adds
  private static final int PIECE_ROWS = 256; // rows that one kernel call adds by columns
  private static final int PIECES_PER_TASK = 8;
  private static final int STREAM = 1 << 16; // numbers between the four places of a row that are summed at once
  private static final int STREAMS = 4;
  private static final int PARALLEL = 1 << 17;

  private final Kernels kernels;
  private final ThreadPool threads;
  private final BufferPool buffers;
  private final Copies copies;

  Reductions(Kernels kernels, ThreadPool threads, BufferPool buffers, Copies copies) {
    this.kernels = kernels;
    this.threads = threads;
    this.buffers = buffers;
    this.copies = copies;
  }

  void reduce(Reduction op, Tensor x, int[] axes, Tensor out) {
    if (out.size() == 0) {
      return;
    }
    if (x.size() == 0) { // sums only: other reductions of nothing were refused
      Arrays.fill(HostStorage.floats(out), out.offset(), out.offset() + out.size(), 0f);
      return;
    }
    float[] source = HostStorage.floats(x);
    int from = x.offset();
    if (!x.isContiguous()) {
      source = (float[]) buffers.take(DType.FLOAT32, x.size());
      from = 0;
      copies.ordered(x, source);
    }
    if (op == Reduction.ARGMAX) {
      argmax(source, from, x.shape(), axes[0], HostStorage.ints(out), out.offset());
    } else {
      fold(op, source, from, blocks(x.shape(), axes), HostStorage.floats(out), out.offset());
    }
    if (source != HostStorage.floats(x)) {
      buffers.giveBack(source);
    }
  }

  /** Sizes of alternating blocks: kept, reduced, kept, reduced, ..; blocks may have size 1. */
  private static int[] blocks(Shape shape, int[] axes) {
    int[] sizes = new int[shape.rank() + 2];
    Arrays.fill(sizes, 1);
    int used = 0;
    for (int axis = 0, next = 0; axis < shape.rank(); axis++) {
      boolean reduced = next < axes.length && axes[next] == axis;
      next += reduced ? 1 : 0;
      if (shape.dim(axis) != 1) {
        used += (used & 1) == (reduced ? 1 : 0) ? 0 : 1;
        sizes[used] *= shape.dim(axis);
      }
    }
    return Arrays.copyOf(sizes, used + 1);
  }

  private void fold(Reduction op, float[] x, int xo, int[] blocks, float[] out, int oo) {
    int last = blocks.length - 1;
    if (last == 0) {
      System.arraycopy(x, xo, out, oo, blocks[0]);
      return;
    }
    boolean byRows = (last & 1) == 1; // the last block is a reduced one
    int kept = byRows ? 1 : blocks[last];
    int reduced = blocks[byRows ? last : last - 1];
    int before = 1;
    int rest = byRows ? last : last - 1;
    for (int i = 0; i < rest; i++) {
      before *= blocks[i];
    }
    if (rest == 1) {
      foldInner(op, x, xo, before, reduced, kept, out, oo);
      return;
    }
    float[] partial = (float[]) buffers.take(DType.FLOAT32, before * kept);
    foldInner(op, x, xo, before, reduced, kept, partial, 0);
    int[] left = Arrays.copyOf(blocks, rest);
    left[rest - 1] *= kept; // the block before the reduced one was kept too, and now they touch
    fold(op, partial, 0, left, out, oo);
    buffers.giveBack(partial);
  }

  /** {@code [before, reduced, kept] -> [before, kept]}. */
  private void foldInner(Reduction op, float[] x, int xo, int before, int reduced, int kept, float[] out, int oo) {
    if (kept == 1) {
      foldRows(op, x, xo, before, reduced, out, oo);
    } else {
      foldColumns(op, x, xo, before, reduced, kept, out, oo);
    }
  }

  private void foldRows(Reduction op, float[] x, int xo, int rows, int n, float[] out, int oo) {
    if (n <= PIECE) {
      int perTask = (long) rows * n < PARALLEL ? rows : Math.max(1, PARALLEL / 8 / n);
      threads.run((rows + perTask - 1) / perTask, task -> {
        for (int i = task * perTask; i < Math.min(rows, (task + 1) * perTask); i++) {
          out[oo + i] = kernels.reduce(op, x, xo + i * n, n);
        }
      });
      return;
    }
    int pieces = (n + PIECE - 1) / PIECE;
    float[] partial = (float[]) buffers.take(DType.FLOAT32, rows * pieces);
    int all = rows * pieces;
    int perTask = (long) rows * n < PARALLEL ? all : PIECES_PER_TASK;
    int streamed = op == Reduction.SUM ? n / (STREAMS * STREAM) * (STREAMS * STREAM / PIECE) : 0;
    threads.run((all + perTask - 1) / perTask, task -> {
      for (int i = task * perTask; i < Math.min(all, (task + 1) * perTask); i++) {
        int piece = i % pieces;
        int row = xo + i / pieces * n;
        partial[i] = piece < streamed
            ? kernels.sumOfFour(x, row + streams(piece), STREAM, PIECE / STREAMS)
            : kernels.reduce(op, x, row + piece * PIECE, Math.min(PIECE, n - piece * PIECE));
      }
    });
    foldRows(op, partial, 0, rows, pieces, out, oo);
    buffers.giveBack(partial);
  }

  /** Where the first stretch of a piece lies: pieces go along four streams, then on to the next four. */
  private static int streams(int piece) {
    int ofStreams = STREAM / (PIECE / STREAMS);
    return piece / ofStreams * STREAMS * STREAM + piece % ofStreams * (PIECE / STREAMS);
  }

  private void foldColumns(Reduction op, float[] x, int xo, int before, int rows, int n, float[] out, int oo) {
    int pieces = (rows + PIECE_ROWS - 1) / PIECE_ROWS;
    float[] partial = pieces == 1 ? out : (float[]) buffers.take(DType.FLOAT32, before * pieces * n);
    int start = pieces == 1 ? oo : 0;
    int all = before * pieces;
    int perTask = (long) before * rows * n < PARALLEL ? all : 1;
    threads.run((all + perTask - 1) / perTask, task -> {
      for (int i = task * perTask; i < Math.min(all, (task + 1) * perTask); i++) {
        int row = i % pieces * PIECE_ROWS;
        kernels.reduceRows(op, x, xo + (i / pieces * rows + row) * n, n, Math.min(PIECE_ROWS, rows - row), partial,
            start + i * n, n);
      }
    });
    if (pieces > 1) {
      foldColumns(op, partial, 0, before, pieces, n, out, oo);
      buffers.giveBack(partial);
    }
  }

  private void argmax(float[] x, int xo, Shape shape, int axis, int[] out, int oo) {
    int inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= shape.dim(i);
    }
    int n = shape.dim(axis);
    int outer = x.length == 0 ? 0 : shape.size() / n / inner;
    for (int i = 0; i < outer; i++) {
      if (inner == 1) {
        out[oo + i] = firstLargest(x, xo + i * n, n);
      } else {
        for (int j = 0; j < inner; j++) {
          out[oo + i * inner + j] = firstLargest(x, xo + i * n * inner + j, inner, n);
        }
      }
    }
  }

  private int firstLargest(float[] x, int xo, int n) {
    float largest = kernels.reduce(Reduction.MAX, x, xo, n);
    boolean nan = Float.isNaN(largest);
    int i = 0;
    while (nan ? !Float.isNaN(x[xo + i]) : x[xo + i] != largest) {
      i++;
    }
    return i;
  }

  private static int firstLargest(float[] x, int xo, int stride, int n) {
    int best = 0;
    float largest = x[xo];
    for (int i = 1; i < n; i++) {
      float value = x[xo + i * stride];
      if (value > largest || Float.isNaN(value) && !Float.isNaN(largest)) {
        largest = value;
        best = i;
      }
    }
    return best;
  }
}
