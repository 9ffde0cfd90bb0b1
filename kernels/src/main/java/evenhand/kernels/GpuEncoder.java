package evenhand.kernels;

import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend.AdamStep;
import evenhand.tensor.spi.GradientEncoder;
import evenhand.tensor.spi.GradientEncoder.Decoded;
import evenhand.tensor.spi.GradientEncoder.Mask;
import evenhand.tensor.spi.GradientEncoder.Signal;
import evenhand.tensor.spi.GradientEncoder.Trained;
import java.util.List;
import java.util.Optional;

/** The passes of the gradient encoder, a launch for each tensor; sums travel back once for all. */
final class GpuEncoder {
  private static final int LENGTH = 1024; // elements of a group, at least, where sums are made
  private static final int MOST_GROUPS = 1024;

  private final GpuQueue queue;

  GpuEncoder(GpuQueue queue) {
    this.queue = queue;
  }

  /** One tensor of a signal, ready for a kernel: contiguous, with the {@code Signal} of encoder.krn. */
  private record Part(Tensor plus, Tensor minus, int[] words) {
    static Part of(Signal signal, int tensor) {
      Tensor plus = signal.plus().get(tensor).contiguous();
      Tensor minus = signal.minus().map(list -> list.get(tensor).contiguous()).orElse(plus);
      return new Part(plus, minus, new int[]{plus.offset(), minus.offset(), signal.minus().isPresent() ? 1 : 0});
    }
  }

  private static int groups(Tensor tensor) {
    return Math.clamp((tensor.size() + LENGTH - 1) / LENGTH, 1, MOST_GROUPS);
  }

  /** Launches for a tensor; its groups' sums start at a slot. */
  private interface Pass {
    void launch(int tensor, int groups, GpuStorage sums, int slot);
  }

  /** Runs a pass over all tensors; the {@code sums} sums of each group, added up in double, tensor by tensor. */
  private double[] summed(List<Tensor> tensors, int sums, Pass pass) {
    int slots = tensors.stream().mapToInt(GpuEncoder::groups).sum();
    float[] parts = new float[2 * sums * slots];
    double[] totals = new double[sums];
    if (slots == 0) {
      return totals;
    }
    GpuStorage out = queue.temporary(DType.FLOAT32, parts.length);
    int slot = 0;
    for (int tensor = 0; tensor < tensors.size(); tensor++) {
      int groups = groups(tensors.get(tensor));
      pass.launch(tensor, groups, out, slot);
      slot += groups;
    }
    queue.download(out, parts, parts.length);
    out.release();
    for (int i = 0; i < parts.length; i += 2) { // a float and what rounding took from it
      totals[i / 2 % sums] += (double) parts[i] + parts[i + 1];
    }
    return totals;
  }

  double encode(List<Tensor> weights, Signal source) {
    GradientEncoder.requireShapes("encode", weights, source.plus());
    double[] total = summed(weights, 1, (tensor, groups, sums, slot) -> {
      Tensor w = weights.get(tensor).contiguous();
      Part part = Part.of(source, tensor);
      queue.launch(Kernel.SIGNAL_DOT, groups, of(w), of(part.plus()), of(part.minus()), sums, w.offset(),
          part.words(), slot, w.size());
    });
    return source.scale() * total[0];
  }

  Decoded decoderStep(Trained weight, Trained bias, Signal target, double h, double lossScale, AdamStep settings,
      int t) {
    GradientEncoder.requireShapes("decoderStep", weight.values(), bias.values());
    GradientEncoder.requireShapes("decoderStep", weight.values(), target.plus());
    double factor = 2 * lossScale / weight.size();
    float[] decoder = {(float) h, (float) target.scale(), (float) (factor * h), (float) factor};
    float[] adam = GpuBackend.adamNumbers(settings, t);
    double[] totals = summed(weight.values(), 2, (tensor, groups, sums, slot) -> {
      Part part = Part.of(target, tensor);
      Tensor w = weight.values().get(tensor);
      Tensor b = bias.values().get(tensor);
      queue.launch(Kernel.DECODER_STEP, groups, of(w), of(weight.means().get(tensor)),
          of(weight.squares().get(tensor)), of(b), of(bias.means().get(tensor)), of(bias.squares().get(tensor)),
          of(part.plus()), of(part.minus()), sums, starts(weight, tensor), starts(bias, tensor), part.words(), decoder,
          adam, slot, w.size());
    });
    return new Decoded(totals[0] / weight.size(), factor * totals[1]);
  }

  void encoderStep(Trained weight, Signal source, double slope, AdamStep settings, int t) {
    GradientEncoder.requireShapes("encoderStep", weight.values(), source.plus());
    float[] adam = GpuBackend.adamNumbers(settings, t);
    for (int tensor = 0; tensor < weight.values().size(); tensor++) {
      Part part = Part.of(source, tensor);
      Tensor w = weight.values().get(tensor);
      queue.each(Kernel.ENCODER_STEP, w.size(), of(w), of(weight.means().get(tensor)),
          of(weight.squares().get(tensor)), of(part.plus()), of(part.minus()), starts(weight, tensor), part.words(),
          adam, (float) (slope * source.scale()), w.size());
    }
  }

  void rewrite(List<Tensor> theta, List<Tensor> weight, Optional<List<Tensor>> bias, double h, double alpha,
      Optional<Mask> mask) {
    GradientEncoder.requireShapes("rewrite", theta, weight);
    bias.ifPresent(list -> GradientEncoder.requireShapes("rewrite", theta, list));
    mask.ifPresent(chosen -> GradientEncoder.requireShapes("rewrite", theta, chosen.importance()));
    for (int i = 0; i < theta.size(); i++) {
      int tensor = i;
      Tensor moved = theta.get(i);
      Tensor w = weight.get(i).contiguous();
      Tensor b = bias.map(list -> list.get(tensor).contiguous()).orElse(w);
      Tensor importance = mask.map(of -> of.importance().get(tensor).contiguous()).orElse(w);
      int[] words = {moved.offset(), w.offset(), b.offset(), importance.offset(), bias.isPresent() ? 1 : 0,
          mask.isPresent() ? 1 : 0};
      queue.each(Kernel.REWRITE_STEP, moved.size(), of(moved), of(w), of(b), of(importance), words, (float) h,
          (float) alpha, mask.map(of -> (float) of.threshold()).orElse(0f), moved.size());
    }
  }

  private static int[] starts(Trained trained, int tensor) {
    return new int[]{trained.values().get(tensor).offset(), trained.means().get(tensor).offset(),
        trained.squares().get(tensor).offset()};
  }

  private static GpuStorage of(Tensor tensor) {
    return GpuStorage.of(tensor);
  }
}
