package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.spi.NeuronInfluence;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Influence of neurons by group, against double loops and a worked example. */
public interface GroupContract {
  Device device();

  /** W = [[1, -2], [3, .5]], g^a = [[.1, .2], [-.1, .4]], g^b = [[.3, 0], [0, .2]]. */
  @Test
  default void influenceByHand() {
    Tensor w = device().tensor(new float[]{1, -2, 3, 0.5f}, 2, 2);
    NeuronInfluence found = device().backend().neuronInfluence(w, List.of(
        device().tensor(new float[]{0.1f, 0.2f, -0.1f, 0.4f}, 2, 2),
        device().tensor(new float[]{0.3f, 0, 0, 0.2f}, 2, 2)));
    assertThat(found.groups().get(0)).containsExactly(new double[]{0.17, 0.13}, within(1e-7));
    assertThat(found.groups().get(1)).containsExactly(new double[]{0.09, 0.01}, within(1e-7));
    assertThat(found.cosine(0, 1).orElseThrow()).isCloseTo(0.8565809721, within(1e-6));
    assertThat(found.cosine(0, 0).orElseThrow()).isCloseTo(1, within(1e-15));
  }

  @Test
  default void influenceMatchesLoopsForEveryLayout() {
    for (int[] shape : new int[][]{{1, 1}, {3, 0}, {0, 3}, {7, 33}, {33, 7}, {100, 207}, {5, 3, 3, 3}, {4, 4098},
        {9}}) {
      for (Layout layout : Layout.values()) {
        int n = Host.size(shape);
        Sample w = layout.floats(device(), Host.random(1, -1, 1, n), shape);
        List<Sample> gradients = IntStream.range(2, 5)
            .mapToObj(seed -> layout.floats(device(), Host.random(seed, -1, 1, n), shape)).toList();
        NeuronInfluence found = device().backend().neuronInfluence(w.tensor(),
            gradients.stream().map(Sample::tensor).toList());
        int inputs = shape[0] == 0 ? 0 : n / shape[0];
        for (int a = 0; a < gradients.size(); a++) {
          double[] expected = new double[shape[0]];
          for (int i = 0; i < n; i++) {
            double product = w.values()[i] * gradients.get(a).values()[i];
            expected[i / inputs] += product * product;
          }
          assertThat(found.groups().get(a)).as("group %d of %s", a, w)
              .containsExactly(expected, within(Host.EPS * (4 + Math.sqrt(inputs)) * inputs));
        }
      }
    }
  }

  /** Products of 1e-28 have squares far below float32's range; their ratio still counts: (1, 4) against (4, 4). */
  @Test
  default void tinyInfluencesDoNotVanish() {
    Tensor w = device().ones(2, 1);
    NeuronInfluence found = device().backend().neuronInfluence(w, List.of(
        device().tensor(new float[]{1e-28f, 2e-28f}, 2, 1), device().tensor(new float[]{2e-28f, 2e-28f}, 2, 1)));
    assertThat(found.groups().get(0)[1] / found.groups().get(0)[0]).isCloseTo(4, within(1e-5));
    assertThat(found.cosine(0, 1).orElseThrow()).isCloseTo(20 / Math.sqrt(17 * 32), within(1e-5));
  }

  @Test
  default void theCosineOfNothingIsUndetermined() {
    NeuronInfluence found = device().backend().neuronInfluence(device().ones(2, 3),
        List.of(device().zeros(2, 3), device().ones(2, 3)));
    assertThat(found.cosine(0, 1)).isEmpty();
    assertThat(device().backend().neuronInfluence(device().ones(2, 3), List.of()).groups()).isEmpty();
  }

  @Test
  default void gradientsOfAnotherWeightAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> device().backend().neuronInfluence(device().ones(2, 3), List.of(device().ones(3, 2))))
        .withMessageContaining("weight float32[2, 3] and gradient float32[3, 2] of group 0");
  }
}
