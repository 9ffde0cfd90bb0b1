package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.conformance.OpsConformance;
import evenhand.tensor.Device;
import evenhand.tensor.MatmulContract;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Matrix products by cuBLAS, in CI by an emulated one, between our kernels. */
class CudaProductTests implements MatmulContract {
  private static final OpenDevice DEVICE = new OpenDevice(new CudaProvider());

  @BeforeAll
  static void requireLibrary() {
    DEVICE.require();
    Assumptions.assumeTrue(DEVICE.get().description().contains("matrix products by cuBLAS"),
        DEVICE.get()::description);
  }

  @Override
  public Device device() {
    return DEVICE.get();
  }

  @Test
  void opsAgreeWithPyTorch() {
    Path root = Path.of(System.getProperty("evenhand.conformance", "../autograd/src/test/resources/conformance"));
    assertThat(OpsConformance.run(device(), root.resolve("ops")).problems()).isEmpty();
  }

  /** Sums of row and column numbers, exact in float32: any mistake in order, offset or leading dimension shows. */
  @Test
  void everyWayThatMatricesLieGivesTheSameProduct() {
    Tensor a = numbers(5, 7);
    Tensor b = numbers(7, 3);
    float[] expected = product(a.toFloats(), b.toFloats(), 5, 7, 3);
    Tensor wide = numbers(9, 20); // for windows with leading dimensions of their own
    wide.slice(0, 2, 7).slice(1, 4, 11).copyFrom(a);
    Tensor tall = numbers(20, 9);
    tall.slice(0, 4, 11).slice(1, 2, 7).copyFrom(a.transpose());
    for (Tensor left : new Tensor[]{a, a.transpose().copy().transpose(), wide.slice(0, 2, 7).slice(1, 4, 11),
        tall.slice(0, 4, 11).slice(1, 2, 7).transpose()}) {
      assertThat(GpuProducts.matrices(left)).isPresent();
      assertThat(left.matmul(b).toFloats()).containsExactly(expected);
      assertThat(b.transpose().matmul(left.transpose()).transpose().toFloats()).containsExactly(expected);
    }
  }

  @Test
  void matricesOfABatchMayBeSharedButNotScattered() {
    Tensor batch = numbers(2, 3, 4, 5);
    assertThat(GpuProducts.matrices(batch).orElseThrow().step()).isEqualTo(20);
    assertThat(GpuProducts.matrices(batch.slice(1, 0, 2))).isEmpty(); // distances of 20, then 40
    assertThat(GpuProducts.matrices(batch.slice(1, 0, 1)).orElseThrow().step()).isEqualTo(60);
    Tensor one = numbers(4, 5);
    assertThat(GpuProducts.matrices(one.expand(Shape.of(2, 3, 4, 5))).orElseThrow().step()).isZero();
    Tensor each = numbers(2, 1, 4, 5);
    assertThat(GpuProducts.matrices(each.expand(Shape.of(2, 3, 4, 5)))).isEmpty(); // three times the one, then the other
    Tensor right = numbers(5, 2);
    assertThat(batch.matmul(right).slice(0, 1, 2).slice(1, 2, 3).reshape(4, 2).toFloats()).containsExactly(
        product(batch.slice(0, 1, 2).slice(1, 2, 3).toFloats(), right.toFloats(), 4, 5, 2));
  }

  private Tensor numbers(int... shape) {
    int size = IntStream.of(shape).reduce(1, (x, y) -> x * y);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i % 13 - 4;
    }
    return device().tensor(values, shape);
  }

  private static float[] product(float[] a, float[] b, int m, int k, int n) {
    float[] out = new float[m * n];
    for (int i = 0; i < m * n; i++) {
      for (int l = 0; l < k; l++) {
        out[i] += a[i / n * k + l] * b[l * n + i % n];
      }
    }
    return out;
  }
}
