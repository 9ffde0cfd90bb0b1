package evenhand.tensor.spi;

import evenhand.tensor.Binary;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One hidden neuron over the gradients of a whole model: encode, one AdamW step, and the rewriting of the model.
 *
 * <pre>  h = tanh(&lt;W_e, s&gt; + b_e)    L = (1/n) |h W_d + b_d - t|^2    theta += alpha (h W_d + b_d)</pre>
 *
 * <p>W_e, W_d, b_d, the source s and the target t have one number for each of the n weights of the model, and lie in
 * lists of tensors of the model's shapes, which are never concatenated: n is a long. Sums over n are in double, in an
 * order that does not depend on threads.
 *
 * <p>A step has two barriers: h is needed before the residual, and dL/dh before W_e can move. So it is three passes,
 * {@link #encode}, {@link #decoderStep} and {@link #encoderStep}, which read 56 bytes a weight and write 36 (64 and 36
 * if source and target are differences). {@link #encoderDecoderStep} puts them together.
 *
 * <p>Source: J. Drechsel, S. Herbold, GRADIEND, ICLR 2026.
 */
public interface GradientEncoder {
  /**
   * A source or target, {@code scale (plus - minus)}, formed on the fly: a gradient, or the difference of two.
   *
   * @param plus one tensor for each of the model's
   * @param minus the same, or empty for 0
   * @param scale factor, for gradients far from 1
   */
  record Signal(List<Tensor> plus, Optional<List<Tensor>> minus, double scale) {
    /** Checks that both lists fit. */
    public Signal {
      plus = List.copyOf(plus);
      minus = minus.map(List::copyOf);
      for (List<Tensor> other : minus.stream().toList()) {
        requireShapes("signal", plus, other);
      }
    }

    /** A gradient as it is. */
    public static Signal of(List<Tensor> gradient) {
      return new Signal(gradient, Optional.empty(), 1);
    }

    /** {@code plus - minus}. */
    public static Signal difference(List<Tensor> plus, List<Tensor> minus) {
      return new Signal(plus, Optional.of(minus), 1);
    }

    /** This with another factor. */
    public Signal withScale(double factor) {
      return new Signal(plus, minus, factor);
    }

    /** {@code plus - minus} of one tensor of the list, without the scale. */
    public Tensor unscaled(int tensor) {
      return minus.map(list -> plus.get(tensor).minus(list.get(tensor))).orElse(plus.get(tensor));
    }
  }

  /** Parameters with Adam's two moments, each a list of the same shapes; moved in place, so contiguous. */
  record Trained(List<Tensor> values, List<Tensor> means, List<Tensor> squares) {
    /** Checks that the lists fit. */
    public Trained {
      values = List.copyOf(values);
      means = List.copyOf(means);
      squares = List.copyOf(squares);
      requireShapes("moments", values, means);
      requireShapes("moments", values, squares);
      if (!Stream.of(values, means, squares).flatMap(List::stream).allMatch(Tensor::isContiguous)) {
        throw new IllegalArgumentException("gradientEncoder: parameters and moments must be contiguous; copy them");
      }
    }

    /** With moments of 0, as before the first step. */
    public static Trained of(List<Tensor> values) {
      return new Trained(values, zeros(values), zeros(values));
    }

    private static List<Tensor> zeros(List<Tensor> like) {
      return like.stream().map(tensor -> tensor.device().full(0, tensor.shape())).toList();
    }

    /** How many numbers the parameters have. */
    public long size() {
      return values.stream().mapToLong(Tensor::size).sum();
    }
  }

  /**
   * What is trained.
   *
   * @param encoder W_e
   * @param encoderBias b_e, one tensor of one number
   * @param decoder W_d
   * @param decoderBias b_d
   */
  record EncoderDecoder(Trained encoder, Trained encoderBias, Trained decoder, Trained decoderBias) {
    /** Checks that the parts fit. */
    public EncoderDecoder {
      requireShapes("decoder", encoder.values(), decoder.values());
      requireShapes("decoder bias", encoder.values(), decoderBias.values());
      if (encoderBias.size() != 1 || encoderBias.values().size() != 1) {
        throw new IllegalArgumentException("gradientEncoder: the encoder's bias is one tensor of one number, got "
            + encoderBias.values());
      }
    }
  }

  /**
   * What a pass of the decoder found, before it moved.
   *
   * @param loss L, a mean over n
   * @param slope {@code lossScale dL/dh}
   */
  record Decoded(double loss, double slope) {}

  /** What a step found, before it moved: the neuron h and the loss L. */
  record Encoded(double h, double loss) {}

  /**
   * The weights that a rewrite may move: those with {@code |importance| >= threshold}.
   *
   * @param importance one tensor for each of the model's
   */
  record Mask(List<Tensor> importance, double threshold) {
    /** Keeps the list as it is. */
    public Mask {
      importance = List.copyOf(importance);
    }

    /**
     * The k weights of largest importance, and those that tie with the last of them.
     *
     * @throws IllegalArgumentException unless k is between 1 and the number of weights
     */
    public static Mask ofLargest(List<Tensor> importance, long k) {
      return new Mask(importance, Magnitudes.largest(importance, k));
    }
  }

  /** {@code <weights, source>}: the encoder before bias and activation. */
  default double encode(List<Tensor> weights, Signal source) {
    requireShapes("encode", weights, source.plus());
    double total = 0;
    for (int tensor = 0; tensor < weights.size(); tensor++) {
      float[] w = weights.get(tensor).toFloats();
      float[] s = source.unscaled(tensor).toFloats();
      for (int i = 0; i < w.length; i++) {
        total += (double) w[i] * s[i];
      }
    }
    return source.scale() * total;
  }

  /**
   * Loss and slope of the decoder, and one AdamW step of both its parameters, in one pass.
   *
   * <pre>
   *  r = h W_d + b_d - t     loss = |r|^2 / n     slope = k &lt;r, W_d&gt;     with k = 2 lossScale / n and the old W_d
   *  gradients: k h r for W_d, k r for b_d
   * </pre>
   *
   * @param weight W_d
   * @param bias b_d
   * @param h the neuron
   * @param lossScale factor of the loss that is descended; 1 is the mean over n, whose gradients of about 1/n may be
   *        below Adam's epsilon when n is large, and n is the sum
   * @param t number of this step, from 1
   */
  default Decoded decoderStep(Trained weight, Trained bias, Signal target, double h, double lossScale,
      Backend.AdamStep settings, int t) {
    requireShapes("decoderStep", weight.values(), bias.values());
    requireShapes("decoderStep", weight.values(), target.plus());
    double factor = 2 * lossScale / weight.size();
    double squares = 0;
    double slope = 0;
    for (int tensor = 0; tensor < weight.values().size(); tensor++) {
      Tensor w = weight.values().get(tensor);
      Tensor wanted = target.unscaled(tensor).times(target.scale());
      Tensor residual = w.times(h).plus(bias.values().get(tensor)).minus(wanted);
      float[] r = residual.toFloats();
      float[] old = w.toFloats();
      for (int i = 0; i < r.length; i++) {
        squares += (double) r[i] * r[i];
        slope += (double) r[i] * old[i];
      }
      move(weight, tensor, residual.times(factor * h), settings, t);
      move(bias, tensor, residual.times(factor), settings, t);
    }
    return new Decoded(squares / weight.size(), factor * slope);
  }

  /**
   * One AdamW step of the encoder: its gradient is {@code slope * source}.
   *
   * @param weight W_e
   * @param slope dL/da at {@code a = <W_e, s> + b_e}: for tanh {@link Decoded#slope} times {@code 1 - h^2}
   */
  default void encoderStep(Trained weight, Signal source, double slope, Backend.AdamStep settings, int t) {
    requireShapes("encoderStep", weight.values(), source.plus());
    for (int tensor = 0; tensor < weight.values().size(); tensor++) {
      move(weight, tensor, source.unscaled(tensor).times(slope * source.scale()), settings, t);
    }
  }

  /** One AdamW step of all parameters with {@code h = tanh a}; source and target may share tensors. */
  default Encoded encoderDecoderStep(EncoderDecoder model, Signal source, Signal target, double lossScale,
      Backend.AdamStep settings, int t) {
    Tensor bias = model.encoderBias().values().getFirst();
    double h = Math.tanh(encode(model.encoder().values(), source) + bias.item());
    Decoded decoded = decoderStep(model.decoder(), model.decoderBias(), target, h, lossScale, settings, t);
    double slope = decoded.slope() * (1 - h * h);
    encoderStep(model.encoder(), source, slope, settings, t);
    move(model.encoderBias(), 0, bias.device().full(slope, bias.shape()), settings, t);
    return new Encoded(h, decoded.loss());
  }

  /**
   * {@code theta += alpha (h weight + bias)}, in place.
   *
   * @param theta the model's tensors; contiguous
   * @param weight W_d, or another direction
   * @param bias b_d; empty for 0
   * @param mask the weights that may move; empty for all
   */
  default void rewrite(List<Tensor> theta, List<Tensor> weight, Optional<List<Tensor>> bias, double h, double alpha,
      Optional<Mask> mask) {
    requireShapes("rewrite", theta, weight);
    bias.ifPresent(list -> requireShapes("rewrite", theta, list));
    mask.ifPresent(chosen -> requireShapes("rewrite", theta, chosen.importance()));
    for (int i = 0; i < theta.size(); i++) {
      int tensor = i;
      Tensor scaled = weight.get(i).times(h);
      Tensor step = bias.map(list -> scaled.plus(list.get(tensor))).orElse(scaled).times(alpha);
      Tensor chosen = mask.map(of -> kept(of, tensor).where(step, step.device().scalar(0))).orElse(step);
      theta.get(i).copyFrom(theta.get(i).plus(chosen));
    }
  }

  private static Tensor kept(Mask mask, int tensor) {
    Tensor importance = mask.importance().get(tensor);
    return importance.apply(Unary.ABS)
        .apply(Binary.GE, importance.device().scalar(mask.threshold()));
  }

  private static void move(Trained trained, int tensor, Tensor gradient, Backend.AdamStep settings, int t) {
    Tensor value = trained.values().get(tensor);
    value.device().backend().adam(value, gradient, trained.means().get(tensor), trained.squares().get(tensor),
        settings, t);
  }

  /**
   * Checks that a list has tensors of the shapes of another; for devices.
   *
   * @throws IllegalArgumentException naming the first that differs
   */
  static void requireShapes(String what, List<Tensor> wanted, List<Tensor> given) {
    if (wanted.size() != given.size()) {
      throw new IllegalArgumentException("gradientEncoder: " + what + ": " + given.size() + " tensors given for "
          + wanted.size() + "; give one for each of the model's");
    }
    for (int i = 0; i < wanted.size(); i++) {
      if (!wanted.get(i).shape().equals(given.get(i).shape())) {
        throw new IllegalArgumentException("gradientEncoder: " + what + ": tensor " + i + " has shape "
            + given.get(i).shape() + ", expected " + wanted.get(i).shape());
      }
    }
  }
}
