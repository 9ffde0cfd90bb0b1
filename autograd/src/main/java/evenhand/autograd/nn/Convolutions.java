package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Conv;
import evenhand.tensor.Shape;
import java.util.Optional;

/** Affine maps: of vectors, and of image patches. */
public final class Convolutions {
  private Convolutions() {}

  /**
   * {@code y = x W^T + b}, as one matrix product over all leading axes.
   *
   * @param x [.., in]
   * @param weight [out, in]
   * @param bias [out]
   */
  public static Var linear(Var x, Var weight, Optional<Var> bias) {
    Shape shape = x.shape();
    if (shape.rank() < 1 || weight.shape().rank() != 2 || shape.dim(-1) != weight.shape().dim(1)) {
      throw new IllegalArgumentException("linear: input " + shape + " and weight " + weight.shape()
          + " do not match; expected [.., in] and [out, in]");
    }
    Var rows = shape.rank() == 2 ? x : x.reshape(shape.reduced(new int[]{-1}, false).size(), shape.dim(-1));
    Var y = rows.matmul(weight.transpose());
    Var out = bias.map(y::plus).orElse(y);
    return shape.rank() == 2 ? out : out.reshape(shape.with(-1, weight.shape().dim(0)));
  }

  /**
   * Cross-correlation; "valid" padding is padding 0.
   *
   * @param x [rows, channels, height, width], or without rows
   * @param weight [out, channels / groups, kernel height, kernel width]
   * @param bias [out]
   */
  public static Var conv2d(Var x, Var weight, Optional<Var> bias, Conv conv) {
    boolean single = x.shape().rank() == 3;
    Var y = (single ? x.unsqueeze(0) : x).conv2d(weight, conv);
    Var out = bias.map(b -> y.plus(b.reshape(-1, 1, 1))).orElse(y);
    return single ? out.reshape(out.shape().reduced(new int[]{0}, false)) : out;
  }

  /**
   * Cross-correlation padded so that the output is as large as the input; of an odd padding the larger half goes below
   * and to the right.
   *
   * @param conv its padding is not used
   * @throws IllegalArgumentException if a stride is not 1
   */
  public static Var conv2dSame(Var x, Var weight, Optional<Var> bias, Conv conv) {
    if (conv.strideH() != 1 || conv.strideW() != 1) {
      throw new IllegalArgumentException("conv2dSame: the strides must be 1, got [" + conv.strideH() + ", "
          + conv.strideW() + "]; use conv2d with explicit padding");
    }
    int rows = conv.dilationH() * (weight.shape().dim(2) - 1);
    int columns = conv.dilationW() * (weight.shape().dim(3) - 1);
    Var padded = x.pad(-2, 0, rows % 2, 0).pad(-1, 0, columns % 2, 0); // what symmetric padding cannot give
    return conv2d(padded, weight, bias,
        new Conv(1, 1, rows / 2, columns / 2, conv.dilationH(), conv.dilationW(), conv.groups()));
  }
}
