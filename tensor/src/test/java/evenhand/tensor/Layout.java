package evenhand.tensor;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The ways the same elements can lie in memory; a device must read them all. */
enum Layout {
  /** Row by row, without gaps. */
  ROWS,
  /** Axes in reverse order. */
  TRANSPOSED,
  /** A window of a larger block, whose other elements are NaN so that reading one of them shows. */
  SLICED,
  /** Backwards along every axis: negative strides. */
  FLIPPED,
  /** The first slice repeated along the first axis: stride 0. */
  EXPANDED;

  Sample floats(Device device, double[] values, int... shape) {
    return of(device, DType.FLOAT32, values, shape);
  }

  Sample ints(Device device, double[] values, int... shape) {
    return of(device, DType.INT32, values, shape);
  }

  Sample of(Device device, DType dtype, double[] values, int... shape) {
    int[] all = IntStream.range(0, shape.length).toArray();
    Tensor tensor = switch (this) {
      case ROWS -> store(device, dtype, values, shape, shape, at -> at);
      case TRANSPOSED -> store(device, dtype, values, shape, reversed(shape), Layout::reversed).permute(reversed(all));
      case FLIPPED -> store(device, dtype, values, shape, shape, at -> map(all, i -> shape[i] - 1 - at[i])).flip(all);
      case EXPANDED -> store(device, dtype, values, shape, firstOnly(shape), at -> at).expand(Shape.of(shape));
      case SLICED -> {
        Tensor block = store(device, dtype, values, shape, map(shape, dim -> dim + 3), at -> map(at, i -> i - 1));
        for (int axis : all) {
          block = block.slice(axis, 1, 1 + shape[axis]);
        }
        yield block;
      }
    };
    double[] seen = values.clone();
    if (this == EXPANDED && shape.length > 0 && values.length > 0) {
      int row = values.length / shape[0];
      Arrays.setAll(seen, i -> values[i % row]);
    }
    return new Sample(tensor, shape, seen, name() + " " + dtype + Arrays.toString(shape));
  }

  /** Uploads a block of shape {@code stored}; {@code logical} gives the index among the values of a stored element. */
  private static Tensor store(
      Device device, DType dtype, double[] values, int[] shape, int[] stored, Function<int[], int[]> logical) {
    double[] block = new double[Host.size(stored)];
    for (int i = 0; i < block.length; i++) {
      int[] at = logical.apply(Host.index(i, stored));
      boolean inside = IntStream.range(0, shape.length).allMatch(axis -> at[axis] >= 0 && at[axis] < shape[axis]);
      block[i] = inside ? values[Host.position(at, shape)] : dtype == DType.FLOAT32 ? Double.NaN : Integer.MIN_VALUE;
    }
    Tensor flat = dtype == DType.FLOAT32 ? device.tensor(Host.floats(block)) : device.tensor(Host.ints(block));
    return flat.reshape(stored);
  }

  private static int[] firstOnly(int[] shape) {
    int[] out = shape.clone();
    if (out.length > 0) {
      out[0] = Math.min(out[0], 1);
    }
    return out;
  }

  private static int[] reversed(int[] values) {
    return IntStream.range(0, values.length).map(i -> values[values.length - 1 - i]).toArray();
  }

  private static int[] map(int[] values, java.util.function.IntUnaryOperator function) {
    return Arrays.stream(values).map(function).toArray();
  }
}
