package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.GradientEncoder;
import evenhand.tensor.spi.NeuronInfluence;
import evenhand.tensor.spi.Storage;
import java.util.List;
import java.util.Optional;

/**
 * The fast CPU device: vector loops, register-tiled products, a pool of threads.
 *
 * <p>Results have the same bits for any number of threads. int32 arithmetic, which only handles indices and labels, is
 * the reference device's.
 */
public final class CpuBackend implements Backend {
  private static final int RANDOM_CHUNK = 1 << 12;

  private final BufferPool buffers = new BufferPool();
  private final ReferenceBackend reference = new ReferenceBackend();
  private final Kernels kernels;
  private final ThreadPool threads;
  private final Copies copies;
  private final Elementwise elementwise;
  private final Reductions reductions;
  private final Gemm gemm;
  private final Convolution convolution;
  private final Indexing indexing;
  private final HeadProducts heads;
  private final RLayers layers;
  private final EncoderPasses encoder;
  private final Updates updates;

  /**
   * A device on so many threads, the caller's included, with the best loops of this JVM.
   *
   * @throws IllegalArgumentException if there is not at least one thread
   */
  public CpuBackend(int threads) {
    this(threads, KernelChoice.best());
  }

  CpuBackend(int threads, Kernels kernels) {
    this.kernels = kernels;
    this.threads = new ThreadPool(threads);
    this.copies = new Copies(this.threads, kernels);
    this.elementwise = new Elementwise(kernels, this.threads, buffers, copies);
    this.reductions = new Reductions(kernels, this.threads, buffers, copies);
    this.gemm = new Gemm(kernels, this.threads, buffers);
    this.convolution = new Convolution(kernels, gemm, this.threads, buffers, copies);
    this.indexing = new Indexing(kernels);
    this.heads = new HeadProducts(kernels, this.threads, buffers, gemm);
    this.layers = new RLayers(kernels, this.threads, gemm, reductions);
    this.encoder = new EncoderPasses(kernels, this.threads);
    this.updates = new Updates(kernels, this.threads);
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return kernels.description() + ", " + threads.threads() + (threads.threads() == 1 ? " thread" : " threads");
  }

  @Override
  public Storage allocate(DType dtype, int length) {
    return new HostStorage(dtype, length, buffers.take(dtype, length), buffers);
  }

  @Override
  public void upload(Object source, Storage target, int length) {
    System.arraycopy(source, 0, ((HostStorage) target).array(), 0, length);
  }

  @Override
  public void download(Storage source, Object target, int length) {
    System.arraycopy(((HostStorage) source).array(), 0, target, 0, length);
  }

  @Override
  public void unary(Unary op, Tensor x, Tensor out) {
    elementwise.unary(op, x, out);
  }

  @Override
  public void binary(Binary op, Tensor a, Tensor b, Tensor out) {
    if (out.dtype() == DType.FLOAT32) {
      elementwise.binary(op, a, b, out);
    } else {
      reference.binary(op, a, b, out);
    }
  }

  @Override
  public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
    if (out.dtype() == DType.FLOAT32) {
      elementwise.where(condition, a, b, out);
    } else {
      reference.where(condition, a, b, out);
    }
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    copies.copy(x, out);
  }

  @Override
  public void reduce(Reduction op, Tensor x, int[] axes, Tensor out) {
    reductions.reduce(op, x, axes, out);
  }

  @Override
  public void matmul(Tensor a, Tensor b, Tensor out) {
    gemm.matmul(a, b, out);
  }

  @Override
  public void conv2d(Conv conv, Tensor x, Tensor weight, Tensor out) {
    convolution.forward(conv, x, weight, out);
  }

  @Override
  public void conv2dInput(Conv conv, Tensor dOut, Tensor weight, Tensor out) {
    convolution.input(conv, dOut, weight, out);
  }

  @Override
  public void conv2dWeight(Conv conv, Tensor x, Tensor dOut, Tensor out) {
    convolution.weight(conv, x, dOut, out);
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    indexing.gather(x, axis, index, out);
  }

  @Override
  public void scatterAdd(Tensor index, int axis, Tensor source, Tensor out) {
    if (out.dtype() == DType.FLOAT32) {
      indexing.scatterAdd(index, axis, source, out);
    } else {
      reference.scatterAdd(index, axis, source, out);
    }
  }

  @Override
  public void random(Rng.Law law, long key, long counter, Tensor out) {
    float[] target = HostStorage.floats(out);
    int n = out.size();
    threads.run((n + RANDOM_CHUNK - 1) / RANDOM_CHUNK, task -> {
      int at = task * RANDOM_CHUNK;
      float[] numbers = new float[Math.min(RANDOM_CHUNK, n - at)];
      Rng.fill(law, key, counter + at, numbers);
      System.arraycopy(numbers, 0, target, out.offset() + at, numbers.length);
    });
  }

  @Override
  public void sgd(Tensor parameter, Tensor gradient, Tensor momentum, double rate, double factor, double weightDecay,
      boolean first) {
    if (parameter.isContiguous() && momentum.isContiguous()) {
      updates.sgd(parameter, gradient.contiguous(), momentum, (float) rate, (float) factor, (float) weightDecay, first);
    } else {
      Backend.super.sgd(parameter, gradient, momentum, rate, factor, weightDecay, first);
    }
  }

  @Override
  public void adam(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, AdamStep settings, int t) {
    if (parameter.isContiguous() && mean.isContiguous() && square.isContiguous()) {
      updates.adam(parameter, gradient.contiguous(), mean, square, settings, t);
    } else {
      Backend.super.adam(parameter, gradient, mean, square, settings, t);
    }
  }

  @Override
  public void logisticHvp(Tensor x, Tensor w, Tensor v, Tensor out) {
    heads.logistic(x, w, false, v, out);
  }

  @Override
  public void logisticHvpKept(Tensor x, Tensor curvature, Tensor v, Tensor out) {
    heads.logistic(x, curvature, true, v, out);
  }

  @Override
  public void softmaxHvp(Tensor x, Tensor w, Tensor v, Tensor out) {
    heads.softmax(x, w, false, v, out);
  }

  @Override
  public void softmaxHvpKept(Tensor x, Tensor probabilities, Tensor v, Tensor out) {
    heads.softmax(x, probabilities, true, v, out);
  }

  @Override
  public void rForward(RLayer layer, Tensor x, Optional<Tensor> rx, boolean known, Tensor h, Tensor rh) {
    layers.forward(layer, x, rx, known, h, rh);
  }

  @Override
  public void rBackward(RLayer layer, Tensor x, Optional<Tensor> rx, Tensor d, Tensor rd, Optional<Slopes> gradient,
      Slopes product, Optional<Below> below) {
    layers.backward(layer, x, rx, d, rd, gradient, product, below);
  }

  @Override
  public double encode(List<Tensor> weights, Signal source) {
    GradientEncoder.requireShapes("encode", weights, source.plus());
    return encoder.encode(weights, source);
  }

  @Override
  public Decoded decoderStep(Trained weight, Trained bias, Signal target, double h, double lossScale, AdamStep settings,
      int t) {
    GradientEncoder.requireShapes("decoderStep", weight.values(), bias.values());
    GradientEncoder.requireShapes("decoderStep", weight.values(), target.plus());
    return encoder.decoder(weight, bias, target, h, lossScale, settings, t);
  }

  @Override
  public void encoderStep(Trained weight, Signal source, double slope, AdamStep settings, int t) {
    GradientEncoder.requireShapes("encoderStep", weight.values(), source.plus());
    encoder.encoder(weight, source, slope, settings, t);
  }

  @Override
  public void rewrite(List<Tensor> theta, List<Tensor> weight, Optional<List<Tensor>> bias, double h, double alpha,
      Optional<Mask> mask) {
    if (theta.stream().allMatch(Tensor::isContiguous)) {
      GradientEncoder.requireShapes("rewrite", theta, weight);
      bias.ifPresent(list -> GradientEncoder.requireShapes("rewrite", theta, list));
      mask.ifPresent(chosen -> GradientEncoder.requireShapes("rewrite", theta, chosen.importance()));
      encoder.rewrite(theta, weight, bias, h, alpha, mask);
    } else {
      Backend.super.rewrite(theta, weight, bias, h, alpha, mask);
    }
  }

  @Override
  public NeuronInfluence neuronInfluence(Tensor weight, List<Tensor> gradients) {
    NeuronInfluence.requireShapes(weight, gradients);
    return Influences.of(kernels, threads, weight, gradients);
  }

  @Override
  public void close() {
    threads.close();
    buffers.clear();
  }
}
