package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a fit holds for each weight: what is alive after a collection, with the buffers that a device keeps for reuse. */
class GradiendMemoryTests {
  private static final int TENSORS = 4;
  private static final int SIZE = 250_000;

  /** Loss x theta . e_label: gradients are x times a constant of either class. */
  private static final class Linear implements GradientProvider<Integer> {
    private final Map<String, Var> parameters = new LinkedHashMap<>();
    private final Map<String, Var> inputs = new LinkedHashMap<>();

    Linear(Device device) {
      for (int i = 0; i < TENSORS; i++) {
        parameters.put("w" + i, Var.parameter(device.zeros(SIZE)));
        inputs.put("w" + i, Var.of(new Rng(i).normal(device, SIZE)));
      }
    }

    @Override
    public Map<String, Var> parameters() {
      return parameters;
    }

    @Override
    public LossPair losses(List<Integer> rows) {
      return new LossPair(loss(rows.getFirst()), loss(-rows.getFirst()));
    }

    private Var loss(int label) {
      Var sum = Var.of(parameters.get("w0").device().scalar(0));
      for (Map.Entry<String, Var> entry : parameters.entrySet()) {
        sum = sum.plus(entry.getValue().times(inputs.get(entry.getKey())).sum().times(label + .5));
      }
      return sum;
    }
  }

  /**
   * 3 numbers for the neuron, 6 for Adam's means, 3 + 3 for the best states of the seed and of all, 2 for the gradients:
   * 17. The provider of this test adds theta, x and two products, 4. In bytes 84; a little is for what a step needs.
   */
  @Test
  void atMostNinetyBytesAWeight() {
    try (Device device = Device.cpu(1)) {
      Linear provider = new Linear(device);
      List<FeatureData.Labelled<Integer>> rows = IntStream.range(0, 4)
          .mapToObj(i -> new FeatureData.Labelled<>(i % 2 == 0 ? 1 : -1, i % 2 == 0 ? 1 : -1)).toList();
      FeatureData<Integer> data = new FeatureData<>(List.of("a", "b"), (label, _, _) -> List.of(label), rows, rows,
          new FeatureData.Neutral<>(List.of(), List.of()));
      long outside = used() - 2L * TENSORS * SIZE * Float.BYTES; // theta and x are counted below
      AtomicLong peak = new AtomicLong();
      new Gradiend<>(provider, data, Gradiend.Settings.DEFAULT.withSteps(3, 2)).fit(List.of(0L, 1L),
          (_, _, _) -> peak.accumulateAndGet(used() - outside, Math::max));
      double bytes = peak.get() / (double) (TENSORS * SIZE);
      assertThat(bytes).as("bytes a weight").isBetween(60.0, 90.0);
    }
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
