package evenhand.fairness.gradiend;

import evenhand.autograd.Var;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Changes a model's weights along a feature: {@code theta' = theta + alpha dec(h)}.
 *
 * <p>Convention: the feature of the first class is positive. With alpha above 0, {@code dec(+1)} points to where the
 * first class's answers lose probability, {@code dec(-1)} to where the second's do, and {@code dec(0)} is what both
 * have in common: the right answer loses and the opposite one gains, so the model relies less on the feature.
 *
 * <p>The weights that were there are kept, and {@link #restore} brings back their bits.
 */
public final class Rewrite {
  private final List<Tensor> theta;
  private final List<Tensor> base;
  private final FeatureNeuron neuron;
  private final double decoderSquared;
  private final double biasSquared;
  private final double product;

  /**
   * A rewrite of these weights, nothing changed yet.
   *
   * @throws IllegalArgumentException if the neuron was learned from weights of other shapes
   */
  public Rewrite(Map<String, Var> parameters, FeatureNeuron neuron) {
    this.theta = parameters.values().stream().map(Var::value).toList();
    this.neuron = neuron;
    requireFit(List.copyOf(parameters.keySet()));
    this.base = theta.stream().map(Tensor::copy).toList();
    this.decoderSquared = dot(neuron.decoder(), neuron.decoder());
    this.biasSquared = dot(neuron.decoderBias(), neuron.decoderBias());
    this.product = dot(neuron.decoder(), neuron.decoderBias());
  }

  private void requireFit(List<String> names) {
    List<Tensor> decoder = neuron.decoder();
    if (decoder.size() != theta.size()) {
      throw new IllegalArgumentException("rewrite: the neuron has " + decoder.size() + " tensors, the model "
          + theta.size() + "; learn it from this model");
    }
    for (int i = 0; i < theta.size(); i++) {
      if (!decoder.get(i).shape().equals(theta.get(i).shape())) {
        throw new IllegalArgumentException("rewrite: " + names.get(i) + " has shape " + theta.get(i).shape()
            + ", the neuron's tensor " + decoder.get(i).shape() + "; learn it from this model");
      }
    }
  }

  private static double dot(List<Tensor> a, List<Tensor> b) {
    double sum = 0;
    try (Scope _ = Scope.open()) {
      for (int i = 0; i < a.size(); i++) {
        sum += a.get(i).times(b.get(i)).sum().item();
      }
    }
    return sum;
  }

  /** Length of the weights as they were. */
  public double norm() {
    return Math.sqrt(dot(base, base));
  }

  /** Length of {@code dec(h)}; not finite where the neuron decodes to nothing. */
  public double directionNorm(double h) {
    double squared = h * h * decoderSquared + 2 * h * product + biasSquared;
    return neuron.scale() * Math.sqrt(Math.max(squared, 0));
  }

  /** Whether the neuron has lost W_d, so that every h gives the same direction. */
  public boolean ignoresFeature() {
    return decoderSquared == 0;
  }

  /**
   * Sets the weights to {@code theta + alpha dec(h)}, from theta as it was; alpha 0 restores its bits.
   *
   * @param alpha how far, in units of the direction
   */
  public void apply(double h, double alpha) {
    restore();
    if (alpha != 0) {
      theta.getFirst().device().backend().rewrite(theta, neuron.decoder(), Optional.of(neuron.decoderBias()), h,
          alpha * neuron.scale(), Optional.empty());
    }
  }

  /** Brings the weights back as they were, bit for bit. */
  public void restore() {
    for (int i = 0; i < theta.size(); i++) {
      theta.get(i).copyFrom(base.get(i));
    }
  }

  /** The share of the squared length of dec(h) that lies in each tensor, in the model's order. */
  public List<Double> shares(double h) {
    double whole = Math.pow(directionNorm(h), 2);
    List<Double> out = new ArrayList<>();
    for (int i = 0; i < theta.size(); i++) {
      List<Tensor> weight = List.of(neuron.decoder().get(i));
      List<Tensor> bias = List.of(neuron.decoderBias().get(i));
      double own = h * h * dot(weight, weight) + 2 * h * dot(weight, bias) + dot(bias, bias);
      out.add(whole == 0 ? 0 : neuron.scale() * neuron.scale() * own / whole);
    }
    return out;
  }
}
