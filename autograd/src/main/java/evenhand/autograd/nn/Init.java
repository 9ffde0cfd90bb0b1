package evenhand.autograd.nn;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.Arrays;

/**
 * Initial values of parameters.
 *
 * <p>For a weight {@code [out, in, kernel..]}, fan-in is {@code in * kernel} and fan-out {@code out * kernel}.
 */
public final class Init {
  private Init() {}

  /** Uniform on [low, high). */
  public static Tensor uniform(Rng rng, Device device, double low, double high, int... shape) {
    return rng.uniform(device, shape).times(high - low).plus(device.scalar(low));
  }

  /** Normal. */
  public static Tensor normal(Rng rng, Device device, double mean, double sd, int... shape) {
    return rng.normal(device, shape).times(sd).plus(device.scalar(mean));
  }

  /** All the same. */
  public static Tensor constant(Device device, double value, int... shape) {
    return device.full(value, Shape.of(shape));
  }

  /** PyTorch's default for linear maps and convolutions, weight and bias: uniform within {@code 1 / sqrt(fanIn)}. */
  public static Tensor fanInUniform(Rng rng, Device device, int fanIn, int... shape) {
    double bound = fanIn == 0 ? 0 : 1 / Math.sqrt(fanIn);
    return uniform(rng, device, -bound, bound, shape);
  }

  /** Uniform within {@code sqrt(6 / (fanIn + fanOut))} (Glorot and Bengio 2010), for tanh. */
  public static Tensor xavierUniform(Rng rng, Device device, int... shape) {
    double bound = Math.sqrt(6.0 / (fan("xavierUniform", 1, shape) + fan("xavierUniform", 0, shape)));
    return uniform(rng, device, -bound, bound, shape);
  }

  /** Normal with variance {@code 2 / (fanIn + fanOut)} (Glorot and Bengio 2010), for tanh. */
  public static Tensor xavierNormal(Rng rng, Device device, int... shape) {
    return normal(rng, device, 0, Math.sqrt(2.0 / (fan("xavierNormal", 1, shape) + fan("xavierNormal", 0, shape))),
        shape);
  }

  /** Uniform within {@code sqrt(6 / fanIn)} (He et al. 2015), for relu. */
  public static Tensor kaimingUniform(Rng rng, Device device, int... shape) {
    double bound = Math.sqrt(6.0 / fan("kaimingUniform", 1, shape));
    return uniform(rng, device, -bound, bound, shape);
  }

  /** Normal with variance {@code 2 / fanIn} (He et al. 2015), for relu. */
  public static Tensor kaimingNormal(Rng rng, Device device, int... shape) {
    return normal(rng, device, 0, Math.sqrt(2.0 / fan("kaimingNormal", 1, shape)), shape);
  }

  private static int fan(String op, int axis, int... shape) {
    if (shape.length < 2) {
      throw new IllegalArgumentException(op + ": shape " + Arrays.toString(shape)
          + " has no fan-in and fan-out; they need [out, in, ..]. Use uniform or normal");
    }
    return Arrays.stream(shape).skip(2).reduce(shape[axis], (a, b) -> a * b);
  }
}
