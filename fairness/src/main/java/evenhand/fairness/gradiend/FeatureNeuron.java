package evenhand.fairness.gradiend;

import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.GradientEncoder;
import java.util.ArrayList;
import java.util.List;

/**
 * An encoder and a decoder of gradients with one hidden neuron:
 *
 * <pre>  enc(g) = tanh(W_e . g + b_e),   dec(h) = h W_d + b_d</pre>
 *
 * <p>W_e, W_d and b_d are lists of tensors with the shapes of the model's weights and are never joined to one vector.
 */
public final class FeatureNeuron {
  private final List<Tensor> encoder;
  private final Tensor encoderBias;
  private final List<Tensor> decoder;
  private final List<Tensor> decoderBias;
  private double scale;

  /**
   * A neuron of given weights, which it owns.
   *
   * @param encoder W_e
   * @param encoderBias b_e, of size 1
   * @param decoder W_d
   * @param decoderBias b_d
   * @param scale c: the neuron reads gradients divided by c, and what it decodes times c is in their units
   */
  public FeatureNeuron(List<Tensor> encoder, Tensor encoderBias, List<Tensor> decoder, List<Tensor> decoderBias,
      double scale) {
    this.encoder = List.copyOf(encoder);
    this.encoderBias = encoderBias;
    this.decoder = List.copyOf(decoder);
    this.decoderBias = List.copyOf(decoderBias);
    this.scale = scale;
  }

  /** A neuron of zeros for weights of these shapes. */
  public static FeatureNeuron zeros(List<Shape> shapes, Device device) {
    return new FeatureNeuron(zeros(device, shapes), device.full(0, Shape.of(1)), zeros(device, shapes),
        zeros(device, shapes), 1);
  }

  /** A neuron that only decodes. */
  static FeatureNeuron decoding(List<Tensor> decoder, List<Tensor> decoderBias, double scale) {
    Device device = decoder.getFirst().device();
    return new FeatureNeuron(List.of(), device.full(0, Shape.of(1)), decoder, decoderBias, scale);
  }

  private static List<Tensor> zeros(Device device, List<Shape> shapes) {
    return shapes.stream().map(shape -> device.full(0, shape)).toList();
  }

  /**
   * Begins anew with W_e and b_e uniform on +-1/sqrt(n), W_d and b_d on +-max(W_e).
   *
   * @param n number of coordinates that take part, at most the sum of the sizes
   * @param c the scale, see {@link #scale()}
   */
  public void start(long n, double c, Rng rng) {
    scale = c;
    double bound = 1 / Math.sqrt(n);
    double largest = fill(encoder, bound, rng.split("encoder"));
    fill(List.of(encoderBias), bound, rng.split("encoder bias"));
    fill(decoder, largest, rng.split("decoder"));
    fill(decoderBias, largest, rng.split("decoder bias"));
  }

  /** Uniform numbers on +-bound; returns the largest. */
  private static double fill(List<Tensor> tensors, double bound, Rng rng) {
    double largest = 0;
    for (Tensor tensor : tensors) {
      try (Scope _ = Scope.open()) {
        Tensor values = rng.uniform(tensor.device(), tensor.shape().dims()).times(2 * bound)
            .minus(tensor.device().scalar(bound));
        tensor.copyFrom(values);
        largest = values.size() == 0 ? largest : Math.max(largest, values.reduce(Reduction.MAX, false).item());
      }
    }
    return largest;
  }

  /** W_e. */
  public List<Tensor> encoder() {
    return encoder;
  }

  /** b_e, of size 1. */
  public Tensor encoderBias() {
    return encoderBias;
  }

  /** W_d. */
  public List<Tensor> decoder() {
    return decoder;
  }

  /** b_d. */
  public List<Tensor> decoderBias() {
    return decoderBias;
  }

  /** c: the neuron works on gradients divided by it; {@link #encode} and {@link #decode} are in the model's units. */
  public double scale() {
    return scale;
  }

  /** The feature h in (-1, 1) of gradients: {@code tanh(W_e . g / c + b_e)}. */
  public double encode(List<Tensor> gradients) {
    return encode(GradientEncoder.Signal.of(gradients));
  }

  private double encode(GradientEncoder.Signal signal) {
    return Math.tanh(backend().encode(encoder, signal.withScale(1 / scale)) + encoderBias.item());
  }

  private Backend backend() {
    return encoderBias.device().backend();
  }

  /** {@code c (h W_d + b_d)}, a direction in the space of the model's weights. */
  public List<Tensor> decode(double h) {
    List<Tensor> out = new ArrayList<>();
    for (int i = 0; i < decoder.size(); i++) {
      out.add(decoder.get(i).times(h).plus(decoderBias.get(i)).times(scale));
    }
    return out;
  }

  /** The length of {@code decode(h)}. */
  public double decodedNorm(double h) {
    return norm(decode(h));
  }

  /** The length of tensors taken as one vector. */
  public static double norm(List<Tensor> parts) {
    double squares = 0;
    for (Tensor part : parts) {
      try (Scope _ = Scope.open()) {
        squares += part.times(part).sum().item();
      }
    }
    return Math.sqrt(squares);
  }

  /** Turns the sign of h: W_e, b_e and W_d times -1, which leaves dec(enc(g)) as it is. */
  public void flip() {
    encoder.forEach(FeatureNeuron::negate);
    negate(encoderBias);
    decoder.forEach(FeatureNeuron::negate);
  }

  private static void negate(Tensor tensor) {
    try (Scope _ = Scope.open()) {
      tensor.copyFrom(tensor.times(-1));
    }
  }

  /** A neuron of the same values in memory of its own. */
  public FeatureNeuron copy() {
    return new FeatureNeuron(copies(encoder), encoderBias.copy(), copies(decoder), copies(decoderBias), scale);
  }

  private static List<Tensor> copies(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::copy).toList();
  }

  /** Takes over another's values, in the memory that is there. */
  public void copyFrom(FeatureNeuron other) {
    for (int i = 0; i < encoder.size(); i++) {
      encoder.get(i).copyFrom(other.encoder.get(i));
      decoder.get(i).copyFrom(other.decoder.get(i));
      decoderBias.get(i).copyFrom(other.decoderBias.get(i));
    }
    encoderBias.copyFrom(other.encoderBias);
    scale = other.scale;
  }

  /** Sets to 0 every weight whose coordinate is 0 in a mask of zeros and ones. */
  public void restrict(List<Tensor> mask) {
    for (int i = 0; i < mask.size(); i++) {
      for (List<Tensor> weights : List.of(encoder, decoder, decoderBias)) {
        try (Scope _ = Scope.open()) {
          weights.get(i).copyFrom(weights.get(i).times(mask.get(i)));
        }
      }
    }
  }

  /** What a step saw before it changed anything: h and the mean squared error. */
  public record Step(double h, double loss) {}

  /** AdamW's running means of a neuron's gradients and of their squares, made once and kept for all steps. */
  public static final class Training {
    private final FeatureNeuron neuron;
    private final GradientEncoder.EncoderDecoder weights;
    private final double share;
    private int steps;

    /**
     * Trains a neuron in place.
     *
     * @param n number of coordinates that take part: the squared error is divided by it
     */
    public Training(FeatureNeuron neuron, long n) {
      this.neuron = neuron;
      this.weights = new GradientEncoder.EncoderDecoder(GradientEncoder.Trained.of(neuron.encoder),
          GradientEncoder.Trained.of(List.of(neuron.encoderBias)), GradientEncoder.Trained.of(neuron.decoder),
          GradientEncoder.Trained.of(neuron.decoderBias));
      this.share = weights.decoder().size() / (double) n;
    }

    /** The weights with Adam's means. */
    GradientEncoder.EncoderDecoder weights() {
      return weights;
    }

    /** Forgets all steps, to train another start of the same neuron in the same memory. */
    public void restart() {
      steps = 0;
      for (GradientEncoder.Trained part : List.of(weights.encoder(), weights.encoderBias(), weights.decoder(),
          weights.decoderBias())) {
        part.means().forEach(mean -> mean.copyFrom(mean.device().scalar(0)));
        part.squares().forEach(square -> square.copyFrom(square.device().scalar(0)));
      }
    }

    /**
     * One AdamW step on {@code lossScale/n |dec(enc(source)) - target|^2}; a and r are of the weights before it.
     *
     * <pre>
     *  a = W_e . s + b_e;   h = tanh a;   r = h W_d + b_d - t
     *  dW_d = 2 r h / n;   db_d = 2 r / n;   dh = 2/n r . W_d;   da = dh (1 - h^2);   dW_e = da s;   db_e = da
     * </pre>
     *
     * @param lossScale factor of the loss that is descended: 1 is the mean over n, n the sum
     */
    public Step step(GradientPair gradients, Source source, Source target, double lossScale, Backend.AdamStep adam) {
      steps++;
      double factor = 1 / neuron.scale;
      GradientEncoder.Encoded done = neuron.backend().encoderDecoderStep(weights,
          gradients.of(source).withScale(factor), gradients.of(target).withScale(factor), lossScale * share, adam,
          steps);
      return new Step(done.h(), done.loss() * share);
    }
  }
}
