package evenhand.tensor.cpu;

import evenhand.tensor.Tensor;
import evenhand.tensor.spi.NeuronInfluence;
import java.util.List;
import java.util.stream.Stream;

/** Influence of neurons: a layer's weights are read once for all groups, products and sums are in double. */
final class Influences {
  private static final int PER_TASK = 1 << 16; // numbers of the weight

  private Influences() {}

  static NeuronInfluence of(Kernels kernels, ThreadPool threads, Tensor weight, List<Tensor> gradients) {
    int units = weight.shape().dim(0);
    int inputs = units == 0 ? 0 : weight.size() / units;
    Tensor w = weight.contiguous();
    List<Tensor> g = gradients.stream().map(Tensor::contiguous).toList();
    List<double[]> sums = Stream.generate(() -> new double[units]).limit(g.size()).toList();
    int perTask = Math.max(1, PER_TASK / Math.max(inputs, 1));
    threads.run((units + perTask - 1) / perTask, task -> {
      for (int k = task * perTask; k < Math.min(units, (task + 1) * perTask); k++) {
        for (int a = 0; a < g.size(); a++) {
          Tensor each = g.get(a);
          sums.get(a)[k] = kernels.sumOfSquaredProducts(HostStorage.floats(w), w.offset() + k * inputs,
              HostStorage.floats(each), each.offset() + k * inputs, inputs);
        }
      }
    });
    return new NeuronInfluence(sums);
  }
}
