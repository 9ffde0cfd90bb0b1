package evenhand.kernels;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.CellSums;
import evenhand.tensor.spi.NeuronInfluence;
import evenhand.tensor.spi.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The primitives on a CUDA or OpenCL device, by the hand-written kernels of {@code src-native}.
 *
 * <p>Verified by emulation: no kernel of it has yet run on graphics hardware. Work is handed over in order and runs
 * behind the caller, until numbers are downloaded. The same sizes give the same bits on one device; between devices,
 * functions such as {@code exp} and products may differ by a few roundings. Left to the host: normal random numbers,
 * whose bits are {@link StrictMath}'s, and division and power of int32, which can fail or leave int32.
 */
final class GpuBackend implements Backend {
  private static final int CELLS = 4; // of a tile, as in cells.krn
  private static final int CELL_ROWS = 1 << 16;
  private static final double CELL_UNIT = 0x1p32;
  private static final double INFLUENCE_UNIT = 0x1p-80; // the kernel scales products by 2^40
  private static final int ANY_BIT = -1;
  private static final int ALL_BUT_SIGN = 0x7fffffff;

  private final GpuQueue queue;
  private final GpuReductions reductions;
  private final GpuProducts products;
  private final GpuIndexing indexing;
  private final GpuHeads heads;
  private final GpuLayers layers;
  private final GpuEncoder encoder;

  GpuBackend(GpuRuntime runtime) {
    queue = new GpuQueue(runtime);
    reductions = new GpuReductions(queue);
    products = new GpuProducts(queue, reductions);
    indexing = new GpuIndexing(queue);
    heads = new GpuHeads(queue, reductions);
    layers = new GpuLayers(queue);
    encoder = new GpuEncoder(queue);
  }

  /** The kernels that were handed over so far. */
  Set<Kernel> launched() {
    return queue.launched();
  }

  @Override
  public String name() {
    return queue.runtime().name();
  }

  @Override
  public String description() {
    return queue.runtime().description();
  }

  @Override
  public Storage allocate(DType dtype, int length) {
    return new GpuStorage(dtype, length, queue.pool());
  }

  @Override
  public void upload(Object source, Storage target, int length) {
    GpuStorage storage = (GpuStorage) target;
    if (length == 1) { // a scalar, as in x.times(2): an argument is quicker than a transfer
      int bits = source instanceof float[] floats ? Float.floatToRawIntBits(floats[0]) : ((int[]) source)[0];
      queue.fill(storage, bits, 1);
    } else if (length > 0) {
      queue.upload(source, storage, length);
    }
  }

  @Override
  public void download(Storage source, Object target, int length) {
    GpuStorage storage = (GpuStorage) source;
    storage.block(); // refuses one that is released
    if (length > 0) {
      queue.download(storage, target, length);
    }
  }

  @Override
  public void unary(Unary op, Tensor x, Tensor out) {
    int n = out.size();
    queue.each(Kernel.UNARY, n, of(x), of(out), Layout.of(out.shape(), x), op.ordinal(), n);
  }

  @Override
  public void binary(Binary op, Tensor a, Tensor b, Tensor out) {
    int n = out.size();
    boolean whole = out.dtype() == DType.INT32;
    if (whole && (op == Binary.DIV || op == Binary.POW)) {
      binaryOnHost(op, a, b, out);
    } else {
      queue.each(whole ? Kernel.BINARY_INT : Kernel.BINARY_FLOAT, n, of(a), of(b), of(out),
          Layout.of(out.shape(), a, b), op.ordinal(), n);
    }
  }

  private void binaryOnHost(Binary op, Tensor a, Tensor b, Tensor out) {
    int[] left = a.toInts();
    int[] right = b.toInts();
    for (int i = 0; i < left.length; i++) {
      left[i] = op.apply(left[i], right[i]);
    }
    upload(left, out.storage(), left.length);
  }

  @Override
  public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
    int n = out.size();
    queue.each(Kernel.WHERE_BITS, n, of(condition), of(a), of(b), of(out), Layout.of(out.shape(), condition, a, b),
        condition.dtype() == DType.FLOAT32 ? ALL_BUT_SIGN : ANY_BIT, n);
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    int n = out.size();
    Kernel kernel = x.dtype() == out.dtype() ? Kernel.COPY_BITS
        : out.dtype() == DType.INT32 ? Kernel.FLOAT_TO_INT : Kernel.INT_TO_FLOAT;
    queue.each(kernel, n, of(x), of(out), Layout.of(out.shape(), x, out), n);
  }

  @Override
  public void reduce(Reduction op, Tensor x, int[] axes, Tensor out) {
    reductions.reduce(op, x, axes, out);
  }

  @Override
  public void matmul(Tensor a, Tensor b, Tensor out) {
    products.matmul(a, b, out);
  }

  @Override
  public void conv2d(Conv conv, Tensor x, Tensor weight, Tensor out) {
    products.conv2d(conv, x, weight, out);
  }

  @Override
  public void conv2dInput(Conv conv, Tensor dOut, Tensor weight, Tensor out) {
    products.conv2dInput(conv, dOut, weight, out);
  }

  @Override
  public void conv2dWeight(Conv conv, Tensor x, Tensor dOut, Tensor out) {
    products.conv2dWeight(conv, x, dOut, out);
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    indexing.gather(x, axis, index, out);
  }

  @Override
  public void scatterAdd(Tensor index, int axis, Tensor source, Tensor out) {
    indexing.scatterAdd(index, axis, source, out);
  }

  @Override
  public void random(Rng.Law law, long key, long counter, Tensor out) {
    int n = out.size();
    if (law == Rng.Law.UNIFORM) {
      queue.each(Kernel.UNIFORM_NUMBERS, (n + 3) / 4, of(out), key, counter >>> 2, n);
    } else {
      Backend.super.random(law, key, counter, out);
    }
  }

  @Override
  public void sgd(Tensor parameter, Tensor gradient, Tensor momentum, double rate, double factor, double weightDecay,
      boolean first) {
    if (!parameter.isContiguous() || !gradient.isContiguous() || !momentum.isContiguous()) {
      Backend.super.sgd(parameter, gradient, momentum, rate, factor, weightDecay, first);
      return;
    }
    int n = parameter.size();
    int[] starts = {parameter.offset(), gradient.offset(), momentum.offset(), 0};
    queue.each(Kernel.SGD_STEP, n, of(parameter), of(gradient), of(momentum), starts, (float) rate,
        first ? 0f : (float) factor, (float) weightDecay, factor == 0 ? 0 : 1, n);
  }

  @Override
  public void adam(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, AdamStep settings, int t) {
    if (!parameter.isContiguous() || !gradient.isContiguous() || !mean.isContiguous() || !square.isContiguous()) {
      Backend.super.adam(parameter, gradient, mean, square, settings, t);
      return;
    }
    float[] numbers = adamNumbers(settings, t);
    int n = parameter.size();
    int[] starts = {parameter.offset(), gradient.offset(), mean.offset(), square.offset()};
    queue.each(Kernel.ADAM_STEP, n, of(parameter), of(gradient), of(mean), of(square), starts, numbers, n);
  }

  /** {@code Adam} of update.krn: the settings with the bias corrections of step t. */
  static float[] adamNumbers(AdamStep settings, int t) {
    double correction1 = 1 - Math.pow(settings.beta1(), t);
    double correction2 = 1 - Math.pow(settings.beta2(), t);
    boolean decoupled = settings.decoupled();
    return new float[]{decoupled ? (float) (1 - settings.rate() * settings.weightDecay()) : 1,
        decoupled ? 0 : (float) settings.weightDecay(), (float) settings.beta1(), (float) (1 - settings.beta1()),
        (float) settings.beta2(), (float) (1 - settings.beta2()), (float) (settings.rate() / correction1),
        (float) (1 / correction2), (float) settings.epsilon()};
  }

  @Override
  public CellSums cellSums(Tensor logits, Tensor targets, int[] cells, int count) {
    int tiles = (count + CELLS - 1) / CELLS;
    int parts = (cells.length + CELL_ROWS - 1) / CELL_ROWS;
    long[] sums = new long[tiles * parts * CELLS * 3];
    if (sums.length > 0) {
      Tensor scores = line(logits);
      Tensor labels = line(targets);
      GpuStorage of = queue.temporary(DType.INT32, cells.length);
      GpuStorage out = queue.temporary(DType.INT32, 2L * sums.length);
      queue.upload(cells, of, cells.length);
      queue.launch(Kernel.CELL_SUMS, (long) tiles * parts, of(scores), of(labels), of, out, scores.offset(),
          scores.stride(0), labels.offset(), labels.stride(0), cells.length, tiles);
      queue.download(out, sums, sums.length);
      of.release();
      out.release();
    }
    return merged(sums, tiles, parts, count);
  }

  private static Tensor line(Tensor tensor) {
    return tensor.reshape(tensor.size());
  }

  /** Adds the groups' sums, {@code [part][tile][count; loss; score of each cell]}, in the order of the parts. */
  private static CellSums merged(long[] sums, int tiles, int parts, int cells) {
    long[] count = new long[cells];
    double[] loss = new double[cells];
    double[] score = new double[cells];
    for (int part = 0; part < parts; part++) {
      for (int cell = 0; cell < cells; cell++) {
        int at = (part * tiles * CELLS + cell) * 3;
        boolean bad = sums[at] >>> 32 != 0; // rows that are not numbers
        count[cell] += (int) sums[at];
        loss[cell] += bad ? Double.NaN : sums[at + 1] / CELL_UNIT;
        score[cell] += bad ? Double.NaN : sums[at + 2] / CELL_UNIT;
      }
    }
    return new CellSums(count, loss, score);
  }

  @Override
  public NeuronInfluence neuronInfluence(Tensor weight, List<Tensor> gradients) {
    boolean fits = weight.shape().rank() > 0 && weight.size() > 0
        && gradients.stream().allMatch(gradient -> gradient.shape().equals(weight.shape()));
    if (!fits) {
      return Backend.super.neuronInfluence(weight, gradients); // names what is wrong
    }
    int units = weight.shape().dim(0);
    Tensor w = weight.contiguous();
    List<double[]> influences = new ArrayList<>();
    for (Tensor gradient : gradients) {
      Tensor g = gradient.contiguous();
      GpuStorage out = queue.temporary(DType.FLOAT32, units);
      float[] sums = new float[units];
      queue.launch(Kernel.NEURON_INFLUENCE, units, of(w), of(g), out, w.offset(), g.offset(), w.size() / units);
      queue.download(out, sums, units);
      out.release();
      double[] scaled = new double[units];
      Arrays.setAll(scaled, k -> sums[k] * INFLUENCE_UNIT);
      influences.add(scaled);
    }
    return new NeuronInfluence(influences);
  }

  @Override
  public void logisticHvp(Tensor x, Tensor w, Tensor v, Tensor out) {
    if (GpuHeads.fits(x, v)) {
      heads.logistic(x, w, Optional.empty(), v, out);
    } else {
      Backend.super.logisticHvp(x, w, v, out);
    }
  }

  @Override
  public void logisticHvpKept(Tensor x, Tensor curvature, Tensor v, Tensor out) {
    if (GpuHeads.fits(x, v)) {
      heads.logistic(x, v, Optional.of(curvature), v, out);
    } else {
      Backend.super.logisticHvpKept(x, curvature, v, out);
    }
  }

  @Override
  public void softmaxHvp(Tensor x, Tensor w, Tensor v, Tensor out) {
    if (GpuHeads.fits(x, v)) {
      heads.softmax(x, w, Optional.empty(), v, out);
    } else {
      Backend.super.softmaxHvp(x, w, v, out);
    }
  }

  @Override
  public void softmaxHvpKept(Tensor x, Tensor probabilities, Tensor v, Tensor out) {
    if (GpuHeads.fits(x, v)) {
      heads.softmax(x, v, Optional.of(probabilities), v, out);
    } else {
      Backend.super.softmaxHvpKept(x, probabilities, v, out);
    }
  }

  @Override
  public void rForward(RLayer layer, Tensor x, Optional<Tensor> rx, boolean known, Tensor h, Tensor rh) {
    if (GpuLayers.fits(layer, x)) {
      layers.forward(layer, x, rx, known, h, rh);
    } else {
      Backend.super.rForward(layer, x, rx, known, h, rh);
    }
  }

  @Override
  public void rBackward(RLayer layer, Tensor x, Optional<Tensor> rx, Tensor d, Tensor rd, Optional<Slopes> gradient,
      Slopes product, Optional<Below> below) {
    if (GpuLayers.fits(layer, x)) {
      layers.backward(layer, x, rx, d, rd, gradient, product, below);
    } else {
      Backend.super.rBackward(layer, x, rx, d, rd, gradient, product, below);
    }
  }

  @Override
  public double encode(List<Tensor> weights, Signal source) {
    return encoder.encode(weights, source);
  }

  @Override
  public Decoded decoderStep(Trained weight, Trained bias, Signal target, double h, double lossScale,
      AdamStep settings, int t) {
    return encoder.decoderStep(weight, bias, target, h, lossScale, settings, t);
  }

  @Override
  public void encoderStep(Trained weight, Signal source, double slope, AdamStep settings, int t) {
    encoder.encoderStep(weight, source, slope, settings, t);
  }

  @Override
  public void rewrite(List<Tensor> theta, List<Tensor> weight, Optional<List<Tensor>> bias, double h, double alpha,
      Optional<Mask> mask) {
    if (theta.stream().allMatch(Tensor::isContiguous)) {
      encoder.rewrite(theta, weight, bias, h, alpha, mask);
    } else {
      Backend.super.rewrite(theta, weight, bias, h, alpha, mask);
    }
  }

  @Override
  public void synchronize() {
    queue.synchronize();
  }

  @Override
  public void close() {
    queue.close();
  }

  private static GpuStorage of(Tensor tensor) {
    return GpuStorage.of(tensor);
  }
}
