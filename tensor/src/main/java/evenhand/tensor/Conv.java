package evenhand.tensor;

/**
 * How a convolution window moves.
 *
 * @param strideH rows between windows, at least 1
 * @param strideW columns between windows, at least 1
 * @param padH zero rows added above and below, at least 0
 * @param padW zero columns added left and right, at least 0
 * @param dilationH rows between kernel elements, at least 1
 * @param dilationW columns between kernel elements, at least 1
 * @param groups independent groups of channels, at least 1
 */
public record Conv(int strideH, int strideW, int padH, int padW, int dilationH, int dilationW, int groups) {
  /** Stride 1, no padding, no dilation, one group. */
  public static final Conv UNIT = new Conv(1, 1, 0, 0, 1, 1, 1);

  /** Checks the ranges above. */
  public Conv {
    if (strideH < 1 || strideW < 1 || padH < 0 || padW < 0 || dilationH < 1 || dilationW < 1 || groups < 1) {
      throw new IllegalArgumentException(
          "conv2d: stride, dilation and groups must be at least 1 and padding at least 0,"
              + " got stride [" + strideH + ", " + strideW + "], padding [" + padH + ", " + padW + "], dilation ["
              + dilationH + ", " + dilationW + "], groups " + groups);
    }
  }

  /** Equal stride and padding in both directions. */
  public static Conv of(int stride, int pad) {
    return new Conv(stride, stride, pad, pad, 1, 1, 1);
  }

  /** Output rows for an input of so many rows and a kernel of so many; at most 0 if it does not fit. */
  public int outHeight(int height, int kernel) {
    return windows(height, kernel, strideH, padH, dilationH);
  }

  /** Output columns for an input of so many columns and a kernel of so many; at most 0 if it does not fit. */
  public int outWidth(int width, int kernel) {
    return windows(width, kernel, strideW, padW, dilationW);
  }

  private static int windows(int length, int kernel, int stride, int pad, int dilation) {
    long room = length + 2L * pad - (long) dilation * (kernel - 1) - 1; // may be beyond int
    return Math.clamp(Math.floorDiv(room, stride) + 1, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  /**
   * Shape {@code [n, o, oh, ow]} of the result.
   *
   * @param input {@code [n, c, h, w]}
   * @param weight {@code [o, c / groups, kh, kw]}
   * @throws IllegalArgumentException if channels do not match, the kernel does not fit, or an index into the padded
   *     input would be beyond 2^31 - 1
   */
  public Shape outShape(Shape input, Shape weight) {
    if (input.rank() != 4 || weight.rank() != 4 || input.dim(1) != weight.dim(1) * groups
        || weight.dim(0) % groups != 0) {
      throw new IllegalArgumentException("conv2d: input " + input + " and weight " + weight
          + " do not match; expected [n, c, h, w] and [o, c / groups, kh, kw] with groups " + groups);
    }
    if (input.dim(2) + 2L * padH > Integer.MAX_VALUE || input.dim(3) + 2L * padW > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("conv2d: input " + input + " with padding [" + padH + ", " + padW
          + "] has more than 2^31 - 1 rows or columns; pad less");
    }
    int height = outHeight(input.dim(2), weight.dim(2));
    int width = outWidth(input.dim(3), weight.dim(3));
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException("conv2d: kernel of weight " + weight + " does not fit into input " + input
          + "; add padding");
    }
    return Shape.of(input.dim(0), weight.dim(0), height, width);
  }
}
