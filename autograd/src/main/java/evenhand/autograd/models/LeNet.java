package evenhand.autograd.models;

import evenhand.autograd.nn.Conv2d;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Sequential;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;

/**
 * LeNet-5 in today's form: relu, max pooling, linear output.
 *
 * <p>Source: LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 1998.
 */
public final class LeNet {
  private LeNet() {}

  /**
   * {@code [rows, channels, height, width] -> [rows, classes]}; parameters {@code conv1, conv2, fc1, fc2, fc3}.
   *
   * @param height at least 16, as is the width
   */
  public static Sequential of(Rng rng, Device device, int channels, int height, int width, int classes) {
    int rows = afterBlock(afterBlock(height));
    int columns = afterBlock(afterBlock(width));
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "lenet: images of " + height + " x " + width + " are too small; use at least 16 x 16");
    }
    return Sequential.empty()
        .with("conv1", Conv2d.of(rng, device, channels, 6, 5, Conv.UNIT)).with(Layers.relu())
        .with(Layers.maxPool2d(2, 2))
        .with("conv2", Conv2d.of(rng, device, 6, 16, 5, Conv.UNIT)).with(Layers.relu()).with(Layers.maxPool2d(2, 2))
        .with(Layers.flatten())
        .with("fc1", Linear.of(rng, device, 16 * rows * columns, 120)).with(Layers.relu())
        .with("fc2", Linear.of(rng, device, 120, 84)).with(Layers.relu())
        .with("fc3", Linear.of(rng, device, 84, classes));
  }

  /** Length after a 5 x 5 convolution and 2 x 2 pooling. */
  private static int afterBlock(int length) {
    return (length - 4) / 2;
  }
}
