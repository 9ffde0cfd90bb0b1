package evenhand.fairness.gradiend;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What GRADIEND is to be compared with: directions that are plain means, with nothing trained.
 *
 * <pre>
 *  D_c = mean over batches of class c of g+ - g-;   W_d = (D_1 - D_2) / 2,   b_d = (D_1 + D_2) / 2
 *  S_c = mean of the source;   W_e = k (S_1 - S_2) / 2,   b_e = -W_e . (S_1 + S_2) / 2,
 *                                k such that h(S_c) = +-tanh {@value #REACH}
 * </pre>
 *
 * <p>It is the least-squares decoder of an encoder that is never wrong; the encoder takes the nearer of two means.
 *
 * @param provider the model
 * @param data its rows
 * @param settings of which steps (here batches in all), batch and source count
 * @param <E> a row
 */
public record MeanDifference<E>(GradientProvider<E> provider, FeatureData<E> data, Gradiend.Settings settings) {
  private static final double REACH = 1.5;

  /** The neuron of means over batches drawn by a seed, with its report. */
  public Gradiend.Fit fit(long seed, Gradiend.Progress progress) {
    List<Tensor> theta = provider.parameters().values().stream().map(parameter -> parameter.value()).toList();
    Device device = theta.getFirst().device();
    List<Shape> shapes = theta.stream().map(Tensor::shape).toList();
    FeatureNeuron neuron = FeatureNeuron.zeros(shapes, device);
    List<Tensor> middle = FeatureNeuron.zeros(shapes, device).decoder(); // (S_1 + S_2) / 2
    Rng rng = new Rng(seed).split("batches");
    int pairs = Math.max(1, settings.steps() / 2);
    for (int batch = 0; batch < 2 * pairs; batch++) {
      int label = batch % 2 == 0 ? 1 : -1;
      try (Scope _ = Scope.open()) {
        GradientPair pair = provider.gradients(data.training().rows(label, settings.batch(), rng.split(batch)));
        double share = 0.5 / pairs;
        for (int i = 0; i < shapes.size(); i++) {
          Tensor difference = pair.factual().get(i).minus(pair.counterfactual().get(i)).times(share);
          Tensor source = switch (settings.source()) {
            case FACTUAL -> pair.factual().get(i).times(share);
            case COUNTERFACTUAL -> pair.counterfactual().get(i).times(share);
            case DIFFERENCE -> difference;
          };
          add(neuron.decoder().get(i), difference.times(label));
          add(neuron.decoderBias().get(i), difference);
          add(neuron.encoder().get(i), source.times(label));
          add(middle.get(i), source);
        }
      }
      progress.step(seed, batch + 1, 2 * pairs);
    }
    try (Scope _ = Scope.open()) {
      double k = REACH / Math.pow(FeatureNeuron.norm(neuron.encoder()), 2);
      double offset = IntStream.range(0, shapes.size())
          .mapToDouble(i -> neuron.encoder().get(i).times(middle.get(i)).sum().item()).sum();
      neuron.encoder().forEach(weight -> weight.copyFrom(weight.times(k)));
      neuron.encoderBias().copyFrom(device.full(-k * offset, Shape.of(1)));
    }
    return new Gradiend.Fit(neuron, List.of(report(seed, neuron, 2 * pairs)), 0);
  }

  private static void add(Tensor sum, Tensor part) {
    sum.copyFrom(sum.plus(part));
  }

  private Gradiend.SeedReport report(long seed, FeatureNeuron neuron, int batches) {
    double[] h = EncoderReport.encode(provider, neuron,
        data.validation().stream().map(FeatureData.Labelled::row).toList(), settings.source());
    double[] labels = data.validation().stream().mapToDouble(FeatureData.Labelled::label).toArray();
    double correlation = Correlation.pearson(labels, h).orElse(0);
    return new Gradiend.SeedReport(seed, correlation, batches, new double[0],
        correlation >= Gradiend.CONVERGED_CORRELATION,
        EncoderReport.of(provider, neuron, data.test(), data.neutral().test(), settings.source()));
  }
}
