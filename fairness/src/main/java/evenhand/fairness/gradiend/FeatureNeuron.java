package evenhand.fairness.gradiend;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend;
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

  /**
   * First values: W_e and b_e uniform on +-1/sqrt(n), W_d and b_d on +-max(W_e).
   *
   * @param n number of coordinates that take part, at most the sum of the sizes
   */
  public static FeatureNeuron random(List<Shape> shapes, long n, double scale, Rng rng, Device device) {
    double bound = 1 / Math.sqrt(n);
    List<Tensor> encoder = uniform(shapes, bound, rng.split("encoder"), device);
    double largest = 0;
    for (Tensor part : encoder) {
      largest = part.size() == 0 ? largest
          : Math.max(largest, part.reduce(evenhand.tensor.Reduction.MAX, false).item());
    }
    Tensor bias = uniform(List.of(Shape.of(1)), bound, rng.split("encoder bias"), device).getFirst();
    return new FeatureNeuron(encoder, bias, uniform(shapes, largest, rng.split("decoder"), device),
        uniform(shapes, largest, rng.split("decoder bias"), device), scale);
  }

  private static List<Tensor> uniform(List<Shape> shapes, double bound, Rng rng, Device device) {
    List<Tensor> out = new ArrayList<>();
    for (Shape shape : shapes) {
      out.add(rng.uniform(device, shape.dims()).times(2 * bound).minus(device.scalar(bound)));
    }
    return out;
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

  /** c: {@link #encode} takes gradients divided by it, {@link #decode} gives gradients in their own units. */
  public double scale() {
    return scale;
  }

  /** The feature h in (-1, 1) of gradients that are divided by {@link #scale()}. */
  public double encode(List<Tensor> source) {
    double a = encoderBias.item();
    for (int i = 0; i < encoder.size(); i++) {
      a += encoder.get(i).times(source.get(i)).sum().item();
    }
    return Math.tanh(a);
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
      squares += part.times(part).sum().item();
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
    tensor.copyFrom(tensor.times(-1));
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
        weights.get(i).copyFrom(weights.get(i).times(mask.get(i)));
      }
    }
  }

  /** What a step saw before it changed anything: h and the mean squared error. */
  public record Step(double h, double loss) {}

  /** AdamW's running means of a neuron's gradients and of their squares, made once and kept for all steps. */
  public static final class Training {
    private final FeatureNeuron neuron;
    private final long n;
    private final List<List<Tensor>> means;
    private final List<List<Tensor>> squares;
    private int steps;

    /**
     * Trains a neuron in place.
     *
     * @param n number of coordinates that take part: the squared error is divided by it
     */
    public Training(FeatureNeuron neuron, long n) {
      this.neuron = neuron;
      this.n = n;
      List<List<Tensor>> weights = List.of(neuron.encoder, neuron.decoder, neuron.decoderBias,
          List.of(neuron.encoderBias));
      this.means = weights.stream().map(Training::zeros).toList();
      this.squares = weights.stream().map(Training::zeros).toList();
    }

    private static List<Tensor> zeros(List<Tensor> like) {
      return like.stream().map(tensor -> tensor.device().full(0, tensor.shape())).toList();
    }

    /** Adam's running means of the gradients: of W_e (0), W_d (1), b_d (2) and b_e (3). */
    List<Tensor> means(int kind) {
      return means.get(kind);
    }

    /** Forgets all steps, to train another start of the same neuron in the same memory. */
    public void restart() {
      steps = 0;
      means.forEach(part -> part.forEach(tensor -> tensor.copyFrom(tensor.device().scalar(0))));
      squares.forEach(part -> part.forEach(tensor -> tensor.copyFrom(tensor.device().scalar(0))));
    }

    /**
     * One AdamW step on {@code 1/n |dec(enc(source)) - target|^2}; a and r are of the weights before it.
     *
     * <pre>
     *  a = W_e . s + b_e;   h = tanh a;   r = h W_d + b_d - t
     *  dW_d = 2 r h / n;   db_d = 2 r / n;   dh = 2/n r . W_d;   da = dh (1 - h^2);   dW_e = da s;   db_e = da
     * </pre>
     *
     * @param source s, divided by the scale; not written to
     * @param target t, likewise
     * @param lossScale factor of the loss that is descended: 1 is the mean over n, n the sum
     */
    public Step step(List<Tensor> source, List<Tensor> target, double lossScale, Backend.AdamStep adam) {
      steps++;
      double factor = 2 * lossScale / n;
      double h = neuron.encode(source);
      double squared = 0;
      double along = 0; // r . W_d
      for (int i = 0; i < target.size(); i++) {
        Tensor weight = neuron.decoder.get(i);
        Tensor residual = weight.times(h).plus(neuron.decoderBias.get(i)).minus(target.get(i));
        squared += residual.times(residual).sum().item();
        along += residual.times(weight).sum().item();
        update(1, i, weight, residual.times(factor * h), adam);
        update(2, i, neuron.decoderBias.get(i), residual.times(factor), adam);
      }
      double da = factor * along * (1 - h * h);
      for (int i = 0; i < source.size(); i++) {
        update(0, i, neuron.encoder.get(i), source.get(i).times(da), adam);
      }
      update(3, 0, neuron.encoderBias, neuron.encoderBias.device().full(da, neuron.encoderBias.shape()), adam);
      return new Step(h, squared / n);
    }

    private void update(int kind, int i, Tensor weight, Tensor gradient, Backend.AdamStep adam) {
      weight.device().backend().adam(weight, gradient, means.get(kind).get(i), squares.get(kind).get(i), adam, steps);
    }
  }
}
