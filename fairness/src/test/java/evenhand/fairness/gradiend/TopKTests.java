package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopKTests {
  private static float[] joined(List<Tensor> parts) {
    float[] out = new float[parts.stream().mapToInt(Tensor::size).sum()];
    int at = 0;
    for (Tensor part : parts) {
      System.arraycopy(part.toFloats(), 0, out, at, part.size());
      at += part.size();
    }
    return out;
  }

  /** Against a sort. */
  @Test
  void takesTheLargestOfAllTensorsTogether() {
    Rng rng = new Rng(1);
    List<Tensor> tensors = List.of(rng.normal(Device.cpu(), 33, 7), rng.normal(Device.cpu(), 1).times(1e-30),
        rng.normal(Device.cpu(), 100).times(10));
    float[] all = joined(tensors);
    Integer[] order = IntStream.range(0, all.length).boxed()
        .sorted((a, b) -> Float.compare(Math.abs(all[b]), Math.abs(all[a]))).toArray(Integer[]::new);
    for (int k : new int[]{1, 2, 50, 331, 332}) {
      float[] expected = new float[all.length];
      Arrays.stream(order).limit(k).forEach(i -> expected[i] = 1);
      assertThat(joined(TopK.mask(tensors, k))).as("k %d", k).isEqualTo(expected);
    }
  }

  @Test
  void ofEqualOnesTheFirstAreTaken() {
    List<Tensor> tensors = List.of(Tensor.of(new float[]{2, -3, 2}), Tensor.of(new float[]{-2, 5, 2}));
    assertThat(joined(TopK.mask(tensors, 4))).containsExactly(1, 1, 1, 0, 1, 0);
    assertThat(joined(TopK.mask(tensors, 99))).containsExactly(1, 1, 1, 1, 1, 1);
  }

  @Test
  void sharesAreChecked() {
    List<Tensor> tensors = List.of(Tensor.of(new float[]{2, -3, 2}));
    assertThat(TopK.count(tensors, 1e-6)).isEqualTo(1);
    assertThat(TopK.count(tensors, 0.67)).isEqualTo(2);
    assertThatThrownBy(() -> TopK.count(tensors, 0)).hasMessageContaining("above 0 and at most 1, got 0.0");
    assertThatThrownBy(() -> TopK.mask(tensors, 0)).hasMessageContaining("at least one coordinate, got 0");
  }
}
