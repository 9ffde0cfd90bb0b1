package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.Numbers.assertClose;
import static evenhand.tensor.cpu.Numbers.normal;

import evenhand.tensor.Device;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products against double loops, for shapes that take each way through {@link Gemm}. */
class GemmTests {
  private static final int[][] SHAPES = { // m, n, k
      {1, 1, 1}, {1, 1, 40}, {1, 40, 1}, {40, 1, 1}, {1, 300, 70}, {300, 1, 70}, {2, 100, 33}, {3, 5, 7}, {5, 17, 9},
      {13, 31, 100}, {12, 32, 16}, {25, 49, 13}, {100, 128, 100}, {100, 64, 128}, {207, 33, 300}, {31, 257, 520},
      {250, 260, 300}, {64, 2100, 40}, {1, 5000, 200}, {5000, 1, 200}, {4, 4, 0}, {0, 4, 4}, {4, 0, 4}, {23, 600, 600}
  };

  /** {@code |error| <= k eps |A| |B|} at worst; normal numbers stay far below. */
  private static double tolerance(int k) {
    return 2e-6 * Math.sqrt(k + 1);
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void allTranspositionsOfAwkwardShapes(Device device) {
    for (int[] shape : SHAPES) {
      int m = shape[0];
      int n = shape[1];
      int k = shape[2];
      Tensor a = normal(m, m, k);
      Tensor b = normal(n, k, n);
      Tensor expected = a.matmul(b);
      Tensor left = a.to(device);
      Tensor right = b.to(device);
      Tensor leftTurned = a.transpose().copy().to(device).transpose();
      Tensor rightTurned = b.transpose().copy().to(device).transpose();
      assertClose(left.matmul(right), expected, tolerance(k));
      assertClose(leftTurned.matmul(right), expected, tolerance(k));
      assertClose(left.matmul(rightTurned), expected, tolerance(k));
      assertClose(leftTurned.matmul(rightTurned), expected, tolerance(k));
      assertClose(left.flip(0).matmul(right.flip(1)), expected.flip(0, 1), tolerance(k));
      assertClose(left.flip(1).matmul(right.flip(0)), expected, tolerance(k));
    }
  }

  @ParameterizedTest
  @MethodSource("evenhand.tensor.cpu.Numbers#devices")
  void batchesAndBroadcasts(Device device) {
    for (List<Shape> pair : List.of(List.of(Shape.of(3, 17, 20), Shape.of(3, 20, 33)),
        List.of(Shape.of(40, 17, 20), Shape.of(20, 33)), List.of(Shape.of(17, 20), Shape.of(5, 20, 33)),
        List.of(Shape.of(4, 1, 7, 20), Shape.of(6, 20, 9)), List.of(Shape.of(60, 50, 40), Shape.of(60, 40, 30)),
        List.of(Shape.of(2, 3, 1, 9), Shape.of(2, 3, 9, 1)), List.of(Shape.of(0, 3, 4), Shape.of(4, 5)))) {
      Tensor a = normal(1, pair.get(0).dims());
      Tensor b = normal(2, pair.get(1).dims());
      Tensor expected = a.matmul(b);
      assertClose(a.to(device).matmul(b.to(device)), expected, tolerance(40));
      Tensor turned = b.transpose().copy().to(device).transpose();
      assertClose(a.to(device).matmul(turned), expected, tolerance(40));
    }
  }
}
