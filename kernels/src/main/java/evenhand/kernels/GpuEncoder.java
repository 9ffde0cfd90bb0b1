package evenhand.kernels;

import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend.AdamStep;
import evenhand.tensor.spi.GradientEncoder;
import evenhand.tensor.spi.GradientEncoder.Decoded;
import evenhand.tensor.spi.GradientEncoder.Mask;
import evenhand.tensor.spi.GradientEncoder.Signal;
import evenhand.tensor.spi.GradientEncoder.Trained;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The passes of the gradient encoder, a launch for eight tensors; sums travel back once for all. */
final class GpuEncoder {
  /** Tensors of a launch, as in encoder.krn. */
  static final int TENSORS = 8;

  private static final int LENGTH = 1024; // elements of a group, at least, where sums are made
  private static final int MOST_GROUPS = 1024;

  private final GpuQueue queue;

  GpuEncoder(GpuQueue queue) {
    this.queue = queue;
  }

  private static int groups(Tensor tensor) {
    return Math.clamp((tensor.size() + LENGTH - 1) / LENGTH, 1, MOST_GROUPS);
  }

  /**
   * Runs a kernel over all tensors that hold anything.
   *
   * @param streams for each of the kernel's streams of numbers a tensor for each of the model's
   * @param rest the arguments after buffers and table; a launch's groups are numbered from the given slot on
   */
  private void launch(Kernel kernel, List<List<Tensor>> streams, IntFunction<Object[]> rest) {
    List<Tensor> model = streams.getFirst();
    int[] filled = IntStream.range(0, model.size()).filter(tensor -> model.get(tensor).size() > 0).toArray();
    int slot = 0;
    for (int from = 0; from < filled.length; from += TENSORS) {
      int[] chosen = Arrays.copyOfRange(filled, from, Math.min(from + TENSORS, filled.length));
      slot += launch(kernel, streams, chosen, rest.apply(slot));
    }
  }

  /** {@code Many} of encoder.krn, behind the buffers: first groups, lengths, and where each stream starts. */
  private int launch(Kernel kernel, List<List<Tensor>> streams, int[] chosen, Object... rest) {
    int[] many = new int[TENSORS + 1 + TENSORS + TENSORS * TENSORS];
    List<Object> arguments = new ArrayList<>();
    for (int stream = 0; stream < streams.size(); stream++) {
      for (int t = 0; t < TENSORS; t++) {
        Tensor tensor = streams.get(stream).get(chosen[Math.min(t, chosen.length - 1)]).contiguous();
        arguments.add(GpuStorage.of(tensor));
        many[2 * TENSORS + 1 + stream * TENSORS + t] = tensor.offset();
      }
    }
    for (int t = 0; t < TENSORS; t++) {
      boolean there = t < chosen.length;
      Tensor tensor = streams.getFirst().get(chosen[there ? t : chosen.length - 1]);
      many[t + 1] = many[t] + (there ? groups(tensor) : 0);
      many[TENSORS + 1 + t] = tensor.size();
    }
    arguments.add(many);
    arguments.addAll(List.of(rest));
    queue.launch(kernel, many[TENSORS], arguments.toArray());
    return many[TENSORS];
  }

  /** The same with sums that each group leaves: added up in double, tensor by tensor. */
  private double[] summed(Kernel kernel, int sums, List<List<Tensor>> streams, IntFunction<Object[]> rest) {
    int slots = streams.getFirst().stream().filter(tensor -> tensor.size() > 0).mapToInt(GpuEncoder::groups).sum();
    float[] parts = new float[2 * sums * slots];
    double[] totals = new double[sums];
    if (slots == 0) {
      return totals;
    }
    GpuStorage out = queue.temporary(DType.FLOAT32, parts.length);
    launch(kernel, streams, slot -> joined(new Object[]{out}, rest.apply(slot)));
    queue.download(out, parts, parts.length);
    out.release();
    for (int i = 0; i < parts.length; i += 2) { // a float and what rounding took from it
      totals[i / 2 % sums] += (double) parts[i] + parts[i + 1];
    }
    return totals;
  }

  private static Object[] joined(Object[] first, Object... second) {
    return Stream.concat(Stream.of(first), Stream.of(second)).toArray();
  }

  private static List<Tensor> minus(Signal signal) {
    return signal.minus().orElse(signal.plus());
  }

  private static int difference(Signal signal) {
    return signal.minus().isPresent() ? 1 : 0;
  }

  double encode(List<Tensor> weights, Signal source) {
    GradientEncoder.requireShapes("encode", weights, source.plus());
    if (weights.isEmpty()) {
      return 0;
    }
    double[] total = summed(Kernel.SIGNAL_DOT, 1, List.of(weights, source.plus(), minus(source)),
        slot -> new Object[]{difference(source), slot});
    return source.scale() * total[0];
  }

  Decoded decoderStep(Trained weight, Trained bias, Signal target, double h, double lossScale, AdamStep settings,
      int t) {
    GradientEncoder.requireShapes("decoderStep", weight.values(), bias.values());
    GradientEncoder.requireShapes("decoderStep", weight.values(), target.plus());
    double factor = 2 * lossScale / weight.size();
    float[] decoder = {(float) h, (float) target.scale(), (float) (factor * h), (float) factor};
    float[] adam = GpuBackend.adamNumbers(settings, t);
    double[] totals = summed(Kernel.DECODER_STEP, 2,
        List.of(weight.values(), weight.means(), weight.squares(), bias.values(), bias.means(), bias.squares(),
            target.plus(), minus(target)),
        slot -> new Object[]{difference(target), slot, decoder, adam});
    return new Decoded(totals[0] / weight.size(), factor * totals[1]);
  }

  void encoderStep(Trained weight, Signal source, double slope, AdamStep settings, int t) {
    GradientEncoder.requireShapes("encoderStep", weight.values(), source.plus());
    Object[] rest = {difference(source), (float) (slope * source.scale()), GpuBackend.adamNumbers(settings, t)};
    launch(Kernel.ENCODER_STEP,
        List.of(weight.values(), weight.means(), weight.squares(), source.plus(), minus(source)), _ -> rest);
  }

  void rewrite(List<Tensor> theta, List<Tensor> weight, Optional<List<Tensor>> bias, double h, double alpha,
      Optional<Mask> mask) {
    GradientEncoder.requireShapes("rewrite", theta, weight);
    bias.ifPresent(list -> GradientEncoder.requireShapes("rewrite", theta, list));
    mask.ifPresent(chosen -> GradientEncoder.requireShapes("rewrite", theta, chosen.importance()));
    Object[] rest = {bias.isPresent() ? 1 : 0, mask.isPresent() ? 1 : 0, (float) h, (float) alpha,
        mask.map(of -> (float) of.threshold()).orElse(0f)};
    launch(Kernel.REWRITE_STEP, List.of(theta, weight, bias.orElse(weight), mask.map(Mask::importance).orElse(weight)),
        _ -> rest);
  }
}
