package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.GradCheck;
import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PoolingTests {
  private static final float NAN = Float.NaN;
  private final Device device = Device.reference();

  private Var plane(int height, int width, float... values) {
    return Var.of(device.tensor(values, 1, 1, height, width));
  }

  @Test
  void firstMaximumWinsAndNanIsKept() {
    Var x = plane(2, 4, 5, 5, NAN, 1, 5, 5, 2, 3);
    Pooling.MaxPooled pooled = Pooling.maxPool2dWithIndices(x, PoolWindow.of(2, 2));
    assertThat(pooled.output().value().toFloats()).containsExactly(5, NAN);
    assertThat(pooled.indices().toInts()).containsExactly(0, 2);
    Tensor gradient = Grad.of(v -> Pooling.maxPool2d(v, PoolWindow.of(2, 2)).sum(), x.value());
    assertThat(gradient.toFloats()).containsExactly(1, 0, 1, 0, 0, 0, 0, 0);
  }

  @Test
  void paddingNeverWins() {
    Pooling.MaxPooled pooled = Pooling.maxPool2dWithIndices(plane(2, 2, -4, -3, -2, Float.NEGATIVE_INFINITY),
        PoolWindow.of(2, 2).withPadding(1, 1));
    assertThat(pooled.output().value().toFloats()).containsExactly(-4, -3, -2, Float.NEGATIVE_INFINITY);
    assertThat(pooled.indices().toInts()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void agreesWithPlainLoops() {
    Tensor x = new Rng(1).normal(device, 2, 3, 7, 9);
    for (PoolWindow window : List.of(PoolWindow.of(2, 2), PoolWindow.of(3, 2, 3, 2), PoolWindow.of(3, 1),
        PoolWindow.of(3, 2).withPadding(1, 1), PoolWindow.of(2, 3).withCeiling(true),
        PoolWindow.of(3, 3).withPadding(1, 0).withCeiling(true), PoolWindow.of(4, 3, 2, 1).withPadding(2, 1))) {
      for (boolean countPadding : new boolean[]{true, false}) {
        Var mean = Pooling.avgPool2d(Var.of(x), window, countPadding, OptionalInt.empty());
        assertThat(mean.value().toFloats()).as(window.toString())
            .containsExactly(loops(x, window, mean.shape(), countPadding, false), within(1e-5f));
      }
      Var largest = Pooling.maxPool2d(Var.of(x), window);
      assertThat(largest.value().toFloats()).as(window.toString())
          .containsExactly(loops(x, window, largest.shape(), false, true));
    }
  }

  /** Pooling as its definition says, one window at a time. */
  private static float[] loops(Tensor x, PoolWindow window, Shape out, boolean countPadding, boolean max) {
    float[] values = x.toFloats();
    int height = x.shape().dim(2);
    int width = x.shape().dim(3);
    float[] result = new float[out.size()];
    for (int i = 0; i < result.length; i++) {
      int top = i / out.dim(3) % out.dim(2) * window.strideH() - window.padH();
      int left = i % out.dim(3) * window.strideW() - window.padW();
      int base = i / (out.dim(2) * out.dim(3)) * height * width;
      double sum = 0;
      double largest = Double.NEGATIVE_INFINITY;
      int cells = 0;
      for (int row = top; row < Math.min(top + window.kernelH(), height + window.padH()); row++) {
        for (int column = left; column < Math.min(left + window.kernelW(), width + window.padW()); column++) {
          boolean inside = row >= 0 && row < height && column >= 0 && column < width;
          cells += inside || countPadding ? 1 : 0;
          sum += inside ? values[base + row * width + column] : 0;
          largest = inside ? Math.max(largest, values[base + row * width + column]) : largest;
        }
      }
      result[i] = (float) (max ? largest : sum / cells);
    }
    return result;
  }

  @Test
  void dilationSkipsCells() {
    Var pooled = Pooling.maxPool2d(plane(1, 5, 1, 9, 2, 8, 3), PoolWindow.of(1, 2, 1, 1).withDilation(1, 2));
    assertThat(pooled.value().toFloats()).containsExactly(2, 9, 3);
  }

  @Test
  void adaptiveWindowsOverlapAsInPyTorch() {
    // 5 columns into 3: columns 0-1, 1-3, 3-4
    Var pooled = Pooling.adaptiveAvgPool2d(plane(1, 5, 1, 2, 3, 4, 5), 1, 3);
    assertThat(pooled.value().toFloats()).containsExactly(1.5f, 3, 4.5f);
    Var x = Var.of(new Rng(2).normal(device, 3, 4, 5));
    assertThat(Pooling.adaptiveAvgPool2d(x, 4, 5).value().toFloats()).containsExactly(x.value().toFloats());
    assertThat(Pooling.adaptiveAvgPool2d(x, 1, 1).value().toFloats())
        .containsExactly(Pooling.globalAvgPool2d(x).value().toFloats(), within(1e-6f));
  }

  @Test
  void infinityStaysInItsWindows() {
    Var x = plane(1, 4, Float.POSITIVE_INFINITY, 1, 2, 3);
    assertThat(Pooling.avgPool2d(x, PoolWindow.of(1, 2, 1, 1)).value().toFloats())
        .containsExactly(Float.POSITIVE_INFINITY, 1.5f, 2.5f);
  }

  @Test
  void divisorReplacesTheCount() {
    assertThat(Pooling.avgPool2d(plane(2, 2, 1, 2, 3, 4), PoolWindow.of(2, 2), true, OptionalInt.of(5)).item())
        .isEqualTo(2);
  }

  @Test
  void whatDoesNotFitIsNamed() {
    assertThatThrownBy(() -> Pooling.maxPool2d(plane(1, 2, 1, 2), PoolWindow.of(2, 2)))
        .hasMessageContaining("maxPool2d").hasMessageContaining("[1, 1, 1, 2]");
    assertThatThrownBy(() -> PoolWindow.of(2, 2).withPadding(2, 0)).hasMessageContaining("padding [2, 0]");
    assertThatThrownBy(() -> PoolWindow.of(0, 1)).hasMessageContaining("kernel [0, 0]");
  }

  @Test
  void derivativesToSecondOrder() {
    Tensor x = device.tensor(shuffled(2 * 5 * 4), 2, 5, 4); // a quarter apart: far from ties
    PoolWindow window = PoolWindow.of(3, 2).withPadding(1, 1);
    GradCheck.check(in -> Pooling.maxPool2d(in.getFirst(), PoolWindow.of(2, 2)).square(), x);
    GradCheck.check(in -> Pooling.avgPool2d(in.getFirst(), window).square(), x);
    GradCheck.check(in -> Pooling.avgPool2d(in.getFirst(), PoolWindow.of(2, 2)).square(), x);
    GradCheck.check(in -> Pooling.adaptiveAvgPool2d(in.getFirst(), 3, 3).square(), x);
  }

  private static float[] shuffled(int n) {
    int[] order = new Rng(4).permutation(n);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = order[i] * 0.25f;
    }
    return values;
  }
}
