package evenhand.autograd.models;

import evenhand.autograd.nn.BatchNorm;
import evenhand.autograd.nn.Conv2d;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Residual;
import evenhand.autograd.nn.Sequential;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;

/**
 * A small residual network for small images: a stem, three stages of basic blocks, mean, linear output.
 *
 * <p>Source: He, Zhang, Ren, Sun, Deep residual learning for image recognition, CVPR 2016, section 4.2. Where a block
 * changes the size, its shortcut is a 1 x 1 convolution (their option B).
 */
public final class ResNet {
  private ResNet() {}

  /**
   * {@code [rows, channels, height, width] -> [rows, classes]}; {@code 6 blocks + 2} layers deep.
   *
   * <p>Parameters are named as torchvision names them:
   * {@code conv1, bn1, layer1.0.conv1, .., layer2.0.downsample.0, fc}.
   *
   * @param width channels of the first stage; doubled at the second and the third
   * @param blocks basic blocks of each stage, at least 1
   */
  public static Sequential of(Rng rng, Device device, int channels, int classes, int width, int blocks) {
    Sequential net = Sequential.empty()
        .with("conv1", Conv2d.withoutBias(rng, device, channels, width, 3, Conv.of(1, 1)))
        .with("bn1", BatchNorm.of(device, width)).with(Layers.relu());
    int in = width;
    for (int stage = 1; stage <= 3; stage++) {
      int out = width << stage - 1;
      for (int block = 0; block < blocks; block++) {
        int stride = stage > 1 && block == 0 ? 2 : 1;
        net = net.with("layer" + stage + "." + block, block(rng, device, in, out, stride)).with(Layers.relu());
        in = out;
      }
    }
    return net.with(Layers.globalAvgPool2d()).with("fc", Linear.of(rng, device, in, classes));
  }

  /** Two 3 x 3 convolutions beside a shortcut; the relu after their sum is the caller's. */
  private static Layer block(Rng rng, Device device, int in, int out, int stride) {
    Sequential body = Sequential.empty()
        .with("conv1", Conv2d.withoutBias(rng, device, in, out, 3, Conv.of(stride, 1)))
        .with("bn1", BatchNorm.of(device, out)).with(Layers.relu())
        .with("conv2", Conv2d.withoutBias(rng, device, out, out, 3, Conv.of(1, 1)))
        .with("bn2", BatchNorm.of(device, out));
    Sequential shortcut = Sequential.empty();
    if (in != out || stride != 1) {
      shortcut = shortcut.with("downsample", Sequential.of(
          Conv2d.withoutBias(rng, device, in, out, 1, Conv.of(stride, 0)), BatchNorm.of(device, out)));
    }
    return new Residual(body, shortcut);
  }
}
