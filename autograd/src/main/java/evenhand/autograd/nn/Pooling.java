package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Reduction;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Pooling over the last two axes of {@code [.., height, width]}, with PyTorch's meaning of every option.
 *
 * <p>A table made on the host says which cells of the flattened plane each window holds; pooling is then a gather and a
 * reduction. Windows that tile the plane are taken by views instead.
 */
public final class Pooling {
  private Pooling() {}

  /** Largest values and where they are: positions in the flattened input plane, int32, of the output's shape. */
  public record MaxPooled(Var output, Tensor indices) {}

  /** The largest value of each window; the first one of equal values gets the gradient. */
  public static Var maxPool2d(Var x, PoolWindow window) {
    return maxPool2dWithIndices(x, window).output();
  }

  /** The largest value of each window (NaN if any is) and its position. */
  public static MaxPooled maxPool2dWithIndices(Var x, PoolWindow window) {
    Plane plane = Plane.of("maxPool2d", x.shape(), window);
    Table table = table(plane, window);
    table.fillGaps();
    int windows = plane.outHeight * plane.outWidth;
    Tensor cells = x.device().tensor(table.cells, 1, windows, table.width);
    Tensor values = x.value().reshape(plane.planes, plane.height * plane.width);
    Tensor inWindows = window.isTiling(plane.height, plane.width)
        ? tiles(plane, window, Var.of(values)).permute(0, 1, 3, 2, 4).value()
        : values.gather(1, cells.reshape(1, windows * table.width)
            .expand(Shape.of(plane.planes, windows * table.width)));
    Tensor best = inWindows.reshape(plane.planes, windows, table.width).reduce(Reduction.ARGMAX, true, 2);
    Tensor indices = cells.expand(Shape.of(plane.planes, windows, table.width)).gather(2, best)
        .reshape(plane.planes, windows);
    Var output = x.reshape(plane.planes, plane.height * plane.width).gather(1, Var.of(indices));
    return new MaxPooled(output.reshape(plane.out), indices.reshape(plane.out));
  }

  /** The mean of each window; added rows and columns count as zeros. */
  public static Var avgPool2d(Var x, PoolWindow window) {
    return avgPool2d(x, window, true, OptionalInt.empty());
  }

  /**
   * The sum of each window divided by its number of cells, or by a divisor.
   *
   * @param window without dilation
   * @param countPadding do added rows and columns count as cells
   * @param divisor divides instead of the number of cells
   */
  public static Var avgPool2d(Var x, PoolWindow window, boolean countPadding, OptionalInt divisor) {
    if (window.dilationH() != 1 || window.dilationW() != 1) {
      throw new IllegalArgumentException("avgPool2d: dilation is not defined for averages; use 1");
    }
    Plane plane = Plane.of("avgPool2d", x.shape(), window);
    if (window.isTiling(plane.height, plane.width)) {
      double cells = divisor.orElse(window.kernelH() * window.kernelW());
      return tiles(plane, window, x).sum(2, 4).times(1 / cells).reshape(plane.out);
    }
    float[] divisors = new float[plane.outHeight * plane.outWidth];
    for (int i = 0; i < divisors.length; i++) {
      int rows = extent(i / plane.outWidth, window.strideH(), window.padH(), window.kernelH(), plane.height,
          countPadding);
      int columns = extent(i % plane.outWidth, window.strideW(), window.padW(), window.kernelW(), plane.width,
          countPadding);
      divisors[i] = divisor.orElse(rows * columns);
    }
    return averaged(x, plane, table(plane, window), divisors);
  }

  /** Cells of a window along one direction that count. */
  private static int extent(int at, int stride, int pad, int kernel, int length, boolean countPadding) {
    int start = at * stride - pad;
    int end = Math.min(start + kernel, length + pad);
    return countPadding ? end - start : Math.min(end, length) - Math.max(start, 0);
  }

  /**
   * Means over so many rows and columns of windows; window i covers {@code floor(i H / h) .. ceil((i + 1) H / h) - 1}.
   */
  public static Var adaptiveAvgPool2d(Var x, int rows, int columns) {
    Plane plane = Plane.of("adaptiveAvgPool2d", x.shape(), rows, columns);
    int tall = 0;
    int wide = 0;
    for (int i = 0; i < rows; i++) {
      tall = Math.max(tall, end(i, plane.height, rows) - start(i, plane.height, rows));
    }
    for (int j = 0; j < columns; j++) {
      wide = Math.max(wide, end(j, plane.width, columns) - start(j, plane.width, columns));
    }
    Table table = new Table(rows * columns, tall * wide);
    float[] divisors = new float[rows * columns];
    for (int at = 0; at < divisors.length; at++) {
      int top = start(at / columns, plane.height, rows);
      int bottom = end(at / columns, plane.height, rows);
      int left = start(at % columns, plane.width, columns);
      int right = end(at % columns, plane.width, columns);
      divisors[at] = (bottom - top) * (right - left);
      int slot = at * table.width;
      for (int row = top; row < bottom; row++) {
        for (int column = left; column < right; column++) {
          table.cells[slot++] = row * plane.width + column;
        }
      }
    }
    return averaged(x, plane, table, divisors);
  }

  private static int start(int at, int length, int windows) {
    return (int) ((long) at * length / windows);
  }

  private static int end(int at, int length, int windows) {
    return (int) (((long) (at + 1) * length + windows - 1) / windows);
  }

  /** The mean of each plane: {@code [.., height, width] -> [..]}. */
  public static Var globalAvgPool2d(Var x) {
    return x.mean(-2, -1);
  }

  /** Sums of the tables' windows over divisors; a cell of zero stands for what lies outside. */
  private static Var averaged(Var x, Plane plane, Table table, float[] divisors) {
    int cells = plane.height * plane.width;
    for (int i = 0; i < table.cells.length; i++) {
      table.cells[i] = table.cells[i] == Table.OUTSIDE ? cells : table.cells[i];
    }
    Tensor index = x.device().tensor(table.cells, 1, table.cells.length)
        .expand(Shape.of(plane.planes, table.cells.length));
    Var picked = x.reshape(plane.planes, cells).pad(1, 0, 1, 0).gather(1, Var.of(index));
    Var sums = picked.reshape(plane.planes, divisors.length, table.width).sum(2);
    return sums.div(Var.of(x.device().tensor(divisors))).reshape(plane.out);
  }

  /** The plane cut into windows: {@code [planes, out height, kernel height, out width, kernel width]}. */
  private static Var tiles(Plane plane, PoolWindow window, Var x) {
    Var whole = x.reshape(plane.planes, plane.height, plane.width);
    return whole.slice(1, 0, plane.outHeight * window.kernelH()).slice(2, 0, plane.outWidth * window.kernelW())
        .reshape(plane.planes, plane.outHeight, window.kernelH(), plane.outWidth, window.kernelW());
  }

  private static Table table(Plane plane, PoolWindow window) {
    Table table = new Table(plane.outHeight * plane.outWidth, window.kernelH() * window.kernelW());
    int slot = 0;
    for (int at = 0; at < plane.outHeight * plane.outWidth; at++) {
      int top = at / plane.outWidth * window.strideH() - window.padH();
      int left = at % plane.outWidth * window.strideW() - window.padW();
      for (int i = 0; i < window.kernelH(); i++) {
        for (int j = 0; j < window.kernelW(); j++, slot++) {
          int row = top + i * window.dilationH();
          int column = left + j * window.dilationW();
          if (row >= 0 && row < plane.height && column >= 0 && column < plane.width) {
            table.cells[slot] = row * plane.width + column;
          }
        }
      }
    }
    return table;
  }

  /** The cells of each window, in reading order. */
  private static final class Table {
    static final int OUTSIDE = -1;
    final int width;
    final int[] cells;

    Table(int windows, int width) {
      this.width = width;
      this.cells = new int[windows * width];
      Arrays.fill(cells, OUTSIDE);
    }

    /** Puts the window's first cell in place of those outside: for a first maximum it changes nothing. */
    void fillGaps() {
      for (int start = 0; start < cells.length; start += width) {
        int first = OUTSIDE;
        for (int i = start + width - 1; i >= start; i--) {
          first = cells[i] == OUTSIDE ? first : cells[i];
        }
        if (first == OUTSIDE) {
          throw new IllegalArgumentException("maxPool2d: a window lies in the padding alone; use less dilation");
        }
        for (int i = start; i < start + width; i++) {
          cells[i] = cells[i] == OUTSIDE ? first : cells[i];
        }
      }
    }
  }

  /** Sizes: input {@code [planes, height, width]}, output {@code [planes, outHeight, outWidth]}. */
  private record Plane(int planes, int height, int width, int outHeight, int outWidth, Shape out) {
    static Plane of(String op, Shape x, PoolWindow window) {
      requirePlanes(op, x);
      return of(op, x, window.outHeight(x.dim(-2)), window.outWidth(x.dim(-1)));
    }

    static Plane of(String op, Shape x, int outHeight, int outWidth) {
      requirePlanes(op, x);
      if (outHeight < 1 || outWidth < 1) {
        throw new IllegalArgumentException(op + ": the window does not fit into input " + x + "; add padding");
      }
      int planes = Arrays.stream(x.dims()).limit(x.rank() - 2).reduce(1, (a, b) -> a * b);
      return new Plane(planes, x.dim(-2), x.dim(-1), outHeight, outWidth, x.with(-2, outHeight).with(-1, outWidth));
    }

    private static void requirePlanes(String op, Shape x) {
      if (x.rank() < 2 || x.dim(-2) == 0 || x.dim(-1) == 0) {
        throw new IllegalArgumentException(op + ": expected [.., height, width] with cells, got " + x);
      }
    }
  }
}
