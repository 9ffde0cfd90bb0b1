package evenhand.tensor.spi;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;

/**
 * The primitives that a device must have.
 *
 * <p>{@code Tensor} has checked shapes and types before a method here is called, and has broadcast the operands: inputs
 * are views of the output's shape with stride 0 along repeated axes. Inputs may have any strides, also negative ones.
 * {@code out} is always contiguous, freshly allocated and never overlaps an input, unless a method says otherwise; its
 * contents are undefined before the call.
 *
 * <p>Several threads may use a device at once, each with tensors of its own.
 *
 * <p>Left out on purpose: views (they are the tensor's), anything that is a short composition of these primitives, and
 * any notion of a gradient.
 *
 * <p>The three families of fused work are interfaces of their own, with bodies made of primitives, which a device
 * overrides by kernels: {@link HessianProducts}, {@link GradientEncoder}, {@link GroupStatistics}.
 */
public interface Backend extends HessianProducts, GradientEncoder, GroupStatistics, AutoCloseable {
  /** Short name, as in {@code --device}: {@code cpu}, {@code reference}, {@code cuda}, {@code opencl}. */
  String name();

  /** One line about the hardware and the code path in use, for people. */
  String description();

  /** Memory for {@code length} elements with undefined contents. */
  Storage allocate(DType dtype, int length);

  /** Copies {@code length} host numbers (a {@code float[]} or {@code int[]}, by the storage's type) to the front. */
  void upload(Object source, Storage target, int length);

  /** Copies the first {@code length} numbers to a host array ({@code float[]} or {@code int[]}). */
  void download(Storage source, Object target, int length);

  /** {@code out = op(x)}, float32. */
  void unary(Unary op, Tensor x, Tensor out);

  /** {@code out = op(a, b)}, all float32 or all int32; int32 wraps around, see {@link Binary#apply(int, int)}. */
  void binary(Binary op, Tensor a, Tensor b, Tensor out);

  /** {@code out = condition != 0 ? a : b}; the condition may be of either type, the others share one. */
  void where(Tensor condition, Tensor a, Tensor b, Tensor out);

  /**
   * {@code out = x}, converting the type as Java casts do: towards zero, saturating, NaN to 0.
   *
   * @param out may have any strides but 0
   */
  void copy(Tensor x, Tensor out);

  /**
   * Reduces {@code axes} of {@code x}; {@code out} has size 1 there. int32 {@code out} for {@link Reduction#ARGMAX}.
   *
   * <p>The order of additions must not depend on the number of threads.
   */
  void reduce(Reduction op, Tensor x, int[] axes, Tensor out);

  /** Batched matrix product, float32: {@code [.., m, k] x [.., k, n] -> [.., m, n]}, batch axes already equal. */
  void matmul(Tensor a, Tensor b, Tensor out);

  /** Cross-correlation: x {@code [n, c, h, w]}, weight {@code [o, c / groups, kh, kw]}, out {@code [n, o, oh, ow]}. */
  void conv2d(Conv conv, Tensor x, Tensor weight, Tensor out);

  /** Derivative of {@link #conv2d} for x, given that for its output; {@code out} has x's shape. */
  void conv2dInput(Conv conv, Tensor dOut, Tensor weight, Tensor out);

  /** Derivative of {@link #conv2d} for the weight; {@code out} has the weight's shape. */
  void conv2dWeight(Conv conv, Tensor x, Tensor dOut, Tensor out);

  /**
   * {@code out[i][j][k] = x[index[i][j][k]][j][k]} for axis 0, and likewise for the others; out has index's shape.
   *
   * @throws IndexOutOfBoundsException if an index is negative or too large, naming it
   */
  void gather(Tensor x, int axis, Tensor index, Tensor out);

  /**
   * {@code out[index[i][j][k]][j][k] += source[i][j][k]} for axis 0, in the order of the source's elements.
   *
   * @param out holds the numbers to add to; contiguous
   * @throws IndexOutOfBoundsException if an index is negative or too large, naming it
   */
  void scatterAdd(Tensor index, int axis, Tensor source, Tensor out);

  /** Fills {@code out} with numbers {@code counter, counter + 1, ..} of the stream {@code key}; see {@link Rng}. */
  default void random(Rng.Law law, long key, long counter, Tensor out) {
    float[] numbers = new float[out.shape().size()];
    Rng.fill(law, key, counter, numbers);
    upload(numbers, out.storage(), numbers.length);
  }

  /**
   * One step of stochastic gradient descent with momentum, in place on {@code parameter} and {@code momentum}.
   *
   * <pre>  g += weightDecay * w;   m = first ? g : momentum * m + g;   w -= rate * m</pre>
   */
  default void sgd(Tensor parameter, Tensor gradient, Tensor momentum, double rate, double factor, double weightDecay,
      boolean first) {
    Tensor g = weightDecay == 0 ? gradient : gradient.plus(parameter.times(weightDecay));
    Tensor m = first || factor == 0 ? g : momentum.times(factor).plus(g);
    if (factor != 0) {
      momentum.copyFrom(m);
    }
    parameter.copyFrom(parameter.minus(m.times(rate)));
  }

  /**
   * One step of Adam or AdamW, in place on {@code parameter}, {@code mean} and {@code square}.
   *
   * <pre>
   *  decoupled (AdamW): w *= 1 - rate * weightDecay;   else: g += weightDecay * w
   *  m = b1 m + (1-b1) g;   v = b2 v + (1-b2) g^2;   w -= rate * (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + epsilon)
   * </pre>
   *
   * @param t number of this step, from 1
   */
  default void adam(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, AdamStep settings, int t) {
    double correction1 = 1 - Math.pow(settings.beta1(), t);
    double correction2 = 1 - Math.pow(settings.beta2(), t);
    Tensor w = parameter;
    Tensor g = gradient;
    if (settings.weightDecay() != 0 && settings.decoupled()) {
      w = w.times(1 - settings.rate() * settings.weightDecay());
    } else if (settings.weightDecay() != 0) {
      g = g.plus(w.times(settings.weightDecay()));
    }
    mean.copyFrom(mean.times(settings.beta1()).plus(g.times(1 - settings.beta1())));
    square.copyFrom(square.times(settings.beta2()).plus(g.times(g).times(1 - settings.beta2())));
    Tensor denominator = square.times(1 / correction2).apply(Unary.SQRT)
        .plus(w.device().scalar(settings.epsilon()));
    parameter.copyFrom(w.minus(mean.times(settings.rate() / correction1).div(denominator)));
  }

  /** Settings of {@link #adam}; the learning rate may differ from step to step. */
  record AdamStep(double rate, double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled) {}

  /** Waits until all work handed over is done. */
  default void synchronize() {}

  /** Gives threads and memory back. */
  @Override
  default void close() {}
}
