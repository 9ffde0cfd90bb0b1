package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureNeuronTests {
  private static final List<Shape> SHAPES = List.of(Shape.of(7, 3), Shape.of(1), Shape.of(33), Shape.of(2, 1, 5));
  private static final long N = 21 + 1 + 33 + 10;
  private static final Backend.AdamStep ADAM = new Backend.AdamStep(1e-3, 0.9, 0.999, 1e-8, 0, true);

  private static final GradientPair PAIR = new GradientPair(noise(2), noise(3));

  private static FeatureNeuron neuron() {
    FeatureNeuron neuron = FeatureNeuron.zeros(SHAPES, Device.cpu());
    neuron.start(N, 1, new Rng(1));
    return neuron;
  }

  private static List<Tensor> noise(int seed) {
    List<Tensor> out = new ArrayList<>();
    for (int i = 0; i < SHAPES.size(); i++) {
      out.add(new Rng(seed).split(i).normal(Device.cpu(), SHAPES.get(i).dims()));
    }
    return out;
  }

  private static double[] joined(List<Tensor> parts) {
    double[] out = new double[parts.stream().mapToInt(Tensor::size).sum()];
    int at = 0;
    for (Tensor part : parts) {
      for (float value : part.toFloats()) {
        out[at++] = value;
      }
    }
    return out;
  }

  /** The loss in plain loops in double precision; parameters in the order W_e, W_d, b_d, b_e. */
  private static double loss(double[] p, double[] s, double[] t) {
    int n = s.length;
    double a = p[3 * n];
    for (int i = 0; i < n; i++) {
      a += p[i] * s[i];
    }
    double h = Math.tanh(a);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double r = h * p[n + i] + p[2 * n + i] - t[i];
      sum += r * r;
    }
    return sum / n;
  }

  private static double[] parameters(FeatureNeuron neuron) {
    List<Tensor> all = new ArrayList<>(neuron.encoder());
    all.addAll(neuron.decoder());
    all.addAll(neuron.decoderBias());
    all.add(neuron.encoderBias());
    return joined(all);
  }

  /** Adam's mean after one step is a tenth of the gradient; central differences of the loss in double precision. */
  @Test
  void gradientsAreTheDerivativesOfTheLoss() {
    FeatureNeuron neuron = neuron();
    double[] p = parameters(neuron);
    double[] s = joined(noise(2));
    double[] t = joined(noise(3));
    var training = new FeatureNeuron.Training(neuron, N);
    FeatureNeuron.Step step = training.step(PAIR, Source.FACTUAL, Source.COUNTERFACTUAL, 1, ADAM);
    assertThat(step.loss()).isCloseTo(loss(p, s, t), within(1e-6));
    List<Tensor> means = new ArrayList<>();
    GradiendConformance.means(training).forEach(means::addAll);
    double[] gradient = joined(means);
    double largest = 0;
    double[] reference = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      double kept = p[i];
      p[i] = kept + 1e-5;
      double above = loss(p, s, t);
      p[i] = kept - 1e-5;
      reference[i] = (above - loss(p, s, t)) / 2e-5;
      p[i] = kept;
      largest = Math.max(largest, Math.abs(reference[i]));
    }
    for (int i = 0; i < p.length; i++) {
      assertThat(gradient[i] * 10).as("parameter %d", i).isCloseTo(reference[i], within(largest * 1e-6));
    }
  }

  @Test
  void aStepWritesIntoNoGradient() {
    GradientPair pair = new GradientPair(noise(2), noise(3));
    for (Source source : Source.values()) {
      new FeatureNeuron.Training(neuron(), N).step(pair, source, Source.DIFFERENCE, 1, ADAM);
      assertThat(joined(pair.factual())).as("%s", source).isEqualTo(joined(noise(2)));
      assertThat(joined(pair.counterfactual())).as("%s", source).isEqualTo(joined(noise(3)));
    }
  }

  @Test
  void flippingTurnsTheFeatureButNotWhatIsDecodedFromIt() {
    FeatureNeuron neuron = neuron();
    double h = neuron.encode(noise(4));
    double[] before = joined(neuron.decode(h));
    neuron.flip();
    assertThat(neuron.encode(noise(4))).isEqualTo(-h);
    assertThat(joined(neuron.decode(-h))).isEqualTo(before);
  }

  @Test
  void firstWeightsLieWithinTheirBounds() {
    FeatureNeuron neuron = neuron();
    double bound = 1 / Math.sqrt(N);
    double[] encoder = joined(neuron.encoder());
    double[] decoder = joined(neuron.decoder());
    double largest = Arrays.stream(encoder).max().orElseThrow();
    assertThat(largestOf(encoder)).isBetween(bound * 0.8, bound * 1.000001);
    assertThat(largestOf(decoder)).isBetween(largest * 0.8, largest * 1.000001);
  }

  private static double largestOf(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElseThrow();
  }

  @Test
  void lengthOfADirectionIsThatOfOneVector() {
    FeatureNeuron neuron = neuron();
    double sum = 0;
    for (double value : joined(neuron.decode(-0.7))) {
      sum += value * value;
    }
    assertThat(neuron.decodedNorm(-0.7)).isCloseTo(Math.sqrt(sum), within(1e-6));
  }

  @Test
  void aSumInsteadOfAMeanIsTheSameDescentAtALargerStep() {
    FeatureNeuron one = neuron();
    FeatureNeuron two = neuron();
    var mean = new FeatureNeuron.Training(one, N);
    var sum = new FeatureNeuron.Training(two, N);
    mean.step(PAIR, Source.FACTUAL, Source.COUNTERFACTUAL, 1, ADAM);
    sum.step(PAIR, Source.FACTUAL, Source.COUNTERFACTUAL, N, ADAM);
    double[] small = joined(mean.weights().decoder().means());
    double[] large = joined(sum.weights().decoder().means());
    for (int i = 0; i < small.length; i++) {
      assertThat(large[i]).isCloseTo(small[i] * N, within(1e-5));
    }
  }
}
