package evenhand.autograd.nn;

/**
 * How a pooling window moves over a plane.
 *
 * @param kernelH rows of the window
 * @param strideH rows between windows
 * @param padH rows added above and below, at most half the window
 * @param dilationH rows between the window's elements
 * @param ceiling true: also a last window that hangs over the edge, if it starts inside
 */
public record PoolWindow(int kernelH, int kernelW, int strideH, int strideW, int padH, int padW, int dilationH,
    int dilationW, boolean ceiling) {
  /** Checks the ranges. */
  public PoolWindow {
    if (Math.min(Math.min(kernelH, kernelW), Math.min(strideH, strideW)) < 1 || Math.min(dilationH, dilationW) < 1) {
      throw new IllegalArgumentException("pooling: kernel, stride and dilation must be at least 1, got kernel ["
          + kernelH + ", " + kernelW + "], stride [" + strideH + ", " + strideW + "], dilation [" + dilationH + ", "
          + dilationW + "]");
    }
    if (padH < 0 || padW < 0 || 2 * padH > span(kernelH, dilationH) || 2 * padW > span(kernelW, dilationW)) {
      throw new IllegalArgumentException("pooling: padding [" + padH + ", " + padW
          + "] must be between 0 and half the window [" + kernelH + ", " + kernelW + "]");
    }
  }

  /** Windows of {@code kernel} x {@code kernel}, {@code stride} apart. */
  public static PoolWindow of(int kernel, int stride) {
    return of(kernel, kernel, stride, stride);
  }

  /** Windows with a stride for each direction. */
  public static PoolWindow of(int kernelH, int kernelW, int strideH, int strideW) {
    return new PoolWindow(kernelH, kernelW, strideH, strideW, 0, 0, 1, 1, false);
  }

  /** With rows and columns added around the plane. */
  public PoolWindow withPadding(int rows, int columns) {
    return new PoolWindow(kernelH, kernelW, strideH, strideW, rows, columns, dilationH, dilationW, ceiling);
  }

  /** With gaps between the window's elements. */
  public PoolWindow withDilation(int rows, int columns) {
    return new PoolWindow(kernelH, kernelW, strideH, strideW, padH, padW, rows, columns, ceiling);
  }

  /** With or without a last window that hangs over the edge. */
  public PoolWindow withCeiling(boolean on) {
    return new PoolWindow(kernelH, kernelW, strideH, strideW, padH, padW, dilationH, dilationW, on);
  }

  /** Windows along a plane of so many rows. */
  int outHeight(int height) {
    return count(height, span(kernelH, dilationH), strideH, padH);
  }

  /** Windows along a plane of so many columns. */
  int outWidth(int width) {
    return count(width, span(kernelW, dilationW), strideW, padW);
  }

  /** True if windows tile the plane from its corner: no overlap, no padding, no gaps. */
  boolean isTiling(int height, int width) {
    return kernelH == strideH && kernelW == strideW && padH == 0 && padW == 0 && dilationH == 1 && dilationW == 1
        && outHeight(height) * kernelH <= height && outWidth(width) * kernelW <= width;
  }

  private static int span(int kernel, int dilation) {
    return dilation * (kernel - 1) + 1;
  }

  private int count(int length, int span, int stride, int pad) {
    int room = length + 2 * pad - span;
    int count = Math.floorDiv(room + (ceiling ? stride - 1 : 0), stride) + 1;
    boolean outside = ceiling && (count - 1) * stride >= length + pad; // the last one must start inside
    return outside ? count - 1 : count;
  }
}
