package evenhand.tensor.check;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.CellSums;
import evenhand.tensor.spi.GradientEncoder.Decoded;
import evenhand.tensor.spi.GradientEncoder.Signal;
import evenhand.tensor.spi.GradientEncoder.Trained;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;

/**
 * Work for a device, at any size n, with what it costs at the least.
 *
 * <p>Inputs are uniform numbers, the same on every device, at least 0, so that sums do not cancel and errors can be
 * judged by the largest result.
 *
 * @param name of the work, near to the kernel's
 * @param preparation makes the inputs; what it gives then does the work, again at each call
 * @param bytes read and written, each number once
 * @param flops additions, products and functions
 * @param terms of the longest sum
 */
record Probe(String name, Preparation preparation, IntToDoubleFunction bytes, IntToDoubleFunction flops,
    IntToDoubleFunction terms) {
  /** Makes the inputs for about n numbers. */
  interface Preparation {
    Supplier<List<Tensor>> on(Device device, int n);
  }

  private static final int COLUMNS = 64;
  private static final int CLASSES = 10;
  private static final int CHANNELS = 8;
  private static final int CELLS = 4;
  /** Epsilon 1 keeps the step smooth where a gradient is near 0, whose sign would be rounding noise. */
  private static final Backend.AdamStep ADAM = new Backend.AdamStep(0.1, 0.9, 0.999, 1, 0.01, true);

  /** How fast memory can be: a copy. */
  static Probe copy() {
    return of("copy", 8, 0, (device, n) -> {
      Tensor x = numbers(device, 1, n);
      return () -> List.of(x.copy());
    });
  }

  /** The general matrix product. */
  static Probe matmul(String name) {
    return new Probe(name, (device, n) -> {
      int side = side(n);
      Tensor a = numbers(device, 1, side, side);
      Tensor b = numbers(device, 2, side, side);
      return () -> List.of(a.matmul(b));
    }, n -> 12.0 * side(n) * side(n), n -> 2.0 * side(n) * side(n) * side(n), Probe::side);
  }

  static List<Probe> all() {
    return List.of(copy(), of("exp", 8, 1, (device, n) -> {
      Tensor x = numbers(device, 1, n);
      return () -> List.of(x.apply(Unary.EXP));
    }), of("add", 12, 1, (device, n) -> {
      Tensor x = numbers(device, 1, n);
      Tensor y = numbers(device, 2, n);
      return () -> List.of(x.plus(y));
    }), of("add a row", 8, 1, (device, n) -> {
      Tensor x = table(device, n);
      Tensor row = numbers(device, 2, COLUMNS);
      return () -> List.of(x.plus(row));
    }), of("copy transposed", 8, 0, (device, n) -> {
      Tensor x = numbers(device, 1, side(n), side(n)).transpose();
      return () -> List.of(x.copy());
    }), of("where", 16, 0, (device, n) -> {
      Tensor x = numbers(device, 1, n);
      Tensor y = numbers(device, 2, n);
      Tensor chosen = x.apply(Binary.GT, y);
      return () -> List.of(chosen.where(x, y));
    }), of("random", 4, 0, (device, n) -> () -> List.of(numbers(device, 1, n))),
        sums("sum", n -> n, (device, n) -> {
          Tensor x = numbers(device, 1, n);
          return () -> List.of(x.sum());
        }), sums("sum of rows", n -> COLUMNS, (device, n) -> {
          Tensor x = table(device, n);
          return () -> List.of(x.sum(1));
        }), sums("sum of columns", Probe::rows, (device, n) -> {
          Tensor x = table(device, n);
          return () -> List.of(x.sum(0));
        }), of("argmax of rows", 4, 1, (device, n) -> {
          Tensor x = table(device, n);
          return () -> List.of(x.reduce(Reduction.ARGMAX, false, 1));
        }), of("gather rows", 8, 0, (device, n) -> {
          Tensor x = table(device, n);
          Tensor index = backwards(device, rows(n));
          return () -> List.of(x.indexSelect(0, index));
        }), sums("scatter-add rows", n -> rows(n) / 7.0 + 1, (device, n) -> {
          Tensor x = table(device, n);
          int bins = Math.max(rows(n) / 7, 1);
          int[] into = new int[rows(n)];
          Arrays.setAll(into, row -> row % bins);
          Tensor index = device.tensor(into, rows(n), 1).expand(Shape.of(rows(n), COLUMNS));
          return () -> List.of(device.zeros(bins, COLUMNS).scatterAdd(0, index, x));
        }), matmul("matmul"), conv("conv2d", (x, w) -> x.conv2d(w, Conv.of(1, 1))),
        conv("conv2d for its input", (x, w) -> x.conv2dInput(w, Conv.of(1, 1), x.shape())),
        conv("conv2d for its weight", (x, w) -> x.conv2dWeight(x, Conv.of(1, 1), w.shape())), sgd(), adam(),
        logisticHvp(), softmaxHvp(), encode(), decoderStep(), encoderStep(), rewrite(), cellSums(), influence());
  }

  private interface Convolution {
    Tensor of(Tensor x, Tensor weight);
  }

  /** Images of 16 by 16 with as many channels in as out, windows of 3 by 3. */
  private static Probe conv(String name, Convolution convolution) {
    int plane = 16 * 16 * CHANNELS;
    return new Probe(name, (device, n) -> {
      Tensor x = numbers(device, 1, Math.max(n / plane, 1), CHANNELS, 16, 16);
      Tensor w = numbers(device, 2, CHANNELS, CHANNELS, 3, 3);
      return () -> List.of(convolution.of(x, w));
    }, n -> 8.0 * Math.max(n, plane), n -> 18.0 * CHANNELS * Math.max(n, plane),
        n -> Math.max(9 * CHANNELS, Math.max(n, plane) / CHANNELS));
  }

  private static Probe sgd() {
    return of("sgd step", 20, 6, (device, n) -> {
      Tensor w = numbers(device, 1, n);
      Tensor g = numbers(device, 2, n);
      Tensor m = numbers(device, 3, n);
      return () -> {
        device.backend().sgd(w, g, m, 0.1, 0.9, 0.01, false);
        return List.of(w, m);
      };
    });
  }

  private static Probe adam() {
    return of("adam step", 28, 14, (device, n) -> {
      Tensor w = numbers(device, 1, n);
      Tensor g = numbers(device, 2, n);
      Tensor m = numbers(device, 3, n);
      Tensor v = numbers(device, 4, n);
      return () -> {
        device.backend().adam(w, g, m, v, ADAM, 3);
        return List.of(w, m, v);
      };
    });
  }

  private static Probe logisticHvp() {
    return new Probe("logistic HVP", (device, n) -> {
      Tensor x = table(device, n);
      Tensor curvature = numbers(device, 2, rows(n));
      Tensor v = numbers(device, 3, COLUMNS);
      return () -> {
        Tensor out = device.empty(DType.FLOAT32, v.shape());
        device.backend().logisticHvpKept(x, curvature, v, out);
        return List.of(out);
      };
    }, n -> 4.0 * rows(n) * (COLUMNS + 1), n -> 4.0 * rows(n) * COLUMNS, n -> (double) rows(n) * COLUMNS);
  }

  private static Probe softmaxHvp() {
    return new Probe("softmax HVP", (device, n) -> {
      Tensor x = table(device, n);
      Tensor weight = numbers(device, 2, CLASSES, COLUMNS);
      Tensor v = numbers(device, 3, CLASSES, COLUMNS);
      return () -> {
        Tensor out = device.empty(DType.FLOAT32, v.shape());
        device.backend().softmaxHvp(x, weight, v, out);
        return List.of(out);
      };
    }, n -> 4.0 * rows(n) * COLUMNS, n -> 6.0 * rows(n) * COLUMNS * CLASSES,
        n -> 16.0 * rows(n) * COLUMNS); // q = p (u - <p, u>) cancels: about four bits more
  }

  private static Probe encode() {
    return sums("gradient encoder", 8, n -> n, (device, n) -> {
      Tensor w = numbers(device, 1, n);
      Signal source = Signal.of(List.of(numbers(device, 2, n)));
      return () -> List.of(device.scalar(device.backend().encode(List.of(w), source)));
    });
  }

  private static Probe decoderStep() {
    return new Probe("decoder step", (device, n) -> {
      Trained weight = Trained.of(List.of(numbers(device, 1, n)));
      Trained bias = Trained.of(List.of(numbers(device, 2, n)));
      Signal target = Signal.difference(List.of(numbers(device, 3, n)), List.of(numbers(device, 4, n)));
      return () -> {
        Decoded found = device.backend().decoderStep(weight, bias, target, 0.5, n, ADAM, 1);
        return List.of(device.scalar(found.loss()), device.scalar(found.slope()), weight.values().getFirst(),
            bias.values().getFirst());
      };
    }, n -> 56.0 * n, n -> 36.0 * n, n -> n);
  }

  private static Probe encoderStep() {
    return of("encoder step", 28, 16, (device, n) -> {
      Trained weight = Trained.of(List.of(numbers(device, 1, n)));
      Signal source = Signal.of(List.of(numbers(device, 2, n)));
      return () -> {
        device.backend().encoderStep(weight, source, 0.5, ADAM, 1);
        return List.of(weight.values().getFirst());
      };
    });
  }

  private static Probe rewrite() {
    return of("rewrite", 16, 4, (device, n) -> {
      Tensor theta = numbers(device, 1, n);
      List<Tensor> weight = List.of(numbers(device, 2, n));
      List<Tensor> bias = List.of(numbers(device, 3, n));
      return () -> {
        device.backend().rewrite(List.of(theta), weight, Optional.of(bias), 0.5, 0.1, Optional.empty());
        return List.of(theta);
      };
    });
  }

  private static Probe cellSums() {
    return new Probe("group statistics", (device, n) -> {
      Tensor logits = numbers(device, 1, n);
      Tensor targets = logits.apply(Binary.GT, numbers(device, 2, n));
      int[] cells = new int[n];
      Arrays.setAll(cells, row -> row % CELLS);
      return () -> {
        CellSums sums = device.backend().cellSums(logits, targets, cells, CELLS);
        return List.of(floats(device, Arrays.stream(sums.count()).asDoubleStream().toArray()),
            floats(device, sums.loss()), floats(device, sums.score()));
      };
    }, n -> 12.0 * n, n -> 11.0 * n, n -> n);
  }

  private static Probe influence() {
    return sums("neuron influence", 8, n -> COLUMNS, (device, n) -> {
      Tensor weight = table(device, n);
      Tensor gradient = numbers(device, 2, rows(n), COLUMNS);
      return () -> List.of(floats(device,
          device.backend().neuronInfluence(weight, List.of(gradient)).groups().getFirst()));
    });
  }

  private static Probe of(String name, int bytes, int flops, Preparation preparation) {
    return new Probe(name, preparation, n -> (double) bytes * n, n -> (double) flops * n, _ -> 1);
  }

  private static Probe sums(String name, IntToDoubleFunction terms, Preparation preparation) {
    return sums(name, 4, terms, preparation);
  }

  private static Probe sums(String name, int bytes, IntToDoubleFunction terms, Preparation preparation) {
    return new Probe(name, preparation, n -> (double) bytes * n, n -> bytes / 4.0 * n, terms);
  }

  private static int side(int n) {
    return Math.max((int) Math.sqrt(n), 1);
  }

  private static int rows(int n) {
    return Math.max(n / COLUMNS, 1);
  }

  private static Tensor numbers(Device device, int seed, int... shape) {
    return new Rng(seed).uniform(device, shape);
  }

  private static Tensor table(Device device, int n) {
    return numbers(device, 1, rows(n), COLUMNS);
  }

  private static Tensor backwards(Device device, int n) {
    int[] index = new int[n];
    Arrays.setAll(index, i -> n - 1 - i);
    return device.tensor(index);
  }

  private static Tensor floats(Device device, double[] values) {
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return device.tensor(out);
  }
}
