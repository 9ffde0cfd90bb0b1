package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** Devices, random operands and comparisons for the tests of this package. */
final class Numbers {
  static final Device REFERENCE = Device.reference();
  static final List<Integer> AWKWARD = List.of(0, 1, 3, 7, 13, 16, 17, 31, 33, 100, 207, 4098);

  private Numbers() {}

  /** The fast device on one and three threads, on each kind of inner loops. */
  static Stream<Device> devices() {
    return Stream.of(device(1, new VectorKernels()), device(3, new VectorKernels()), device(2, new ScalarKernels()));
  }

  static Device device(int threads, Kernels kernels) {
    return new Device(new CpuBackend(threads, kernels));
  }

  /** Normal numbers on the reference device. */
  static Tensor normal(long seed, int... shape) {
    return new Rng(seed).normal(REFERENCE, shape);
  }

  /** Equal up to {@code tolerance * (1 + |expected|)}; NaN and infinities exactly. */
  static void assertClose(Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    if (expected.dtype() == DType.INT32) {
      assertThat(actual.toInts()).isEqualTo(expected.toInts());
      return;
    }
    assertClose(actual.toFloats(), expected.toFloats(), tolerance);
  }

  static void assertClose(float[] actual, float[] expected, double tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      double difference = Math.abs((double) actual[i] - expected[i]);
      if (Float.compare(actual[i], expected[i]) != 0 && !(difference <= tolerance * (1 + Math.abs(expected[i])))) {
        throw new AssertionError("element " + i + " is " + actual[i] + ", expected " + expected[i]);
      }
    }
  }
}
