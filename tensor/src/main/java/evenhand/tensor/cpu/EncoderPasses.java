package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend.AdamStep;
import evenhand.tensor.spi.GradientEncoder.Decoded;
import evenhand.tensor.spi.GradientEncoder.Mask;
import evenhand.tensor.spi.GradientEncoder.Signal;
import evenhand.tensor.spi.GradientEncoder.Trained;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The passes of the gradient encoder, bound by memory: each number is read and written once.
 *
 * <p>All tensors are cut into pieces of {@link #PIECE} numbers, and a piece is taken through all steps while it is in
 * the cache. Sums are in double: one of each piece, then those in order; so threads change no bit.
 */
final class EncoderPasses {
  private static final int PIECE = 4096; // numbers; eight arrays of them, 128 kB, stay in the second-level cache
  private static final int PIECES_PER_TASK = 16;

  private final Kernels kernels;
  private final ThreadPool threads;

  EncoderPasses(Kernels kernels, ThreadPool threads) {
    this.kernels = kernels;
    this.threads = threads;
  }

  /** A stretch of one tensor. */
  private record Piece(int number, int tensor, int from, int length) {}

  private interface Body {
    /** Works on a piece with room for its numbers, three times. */
    void accept(Piece piece, float[] room);
  }

  private static List<Piece> cut(List<Tensor> tensors) {
    List<Piece> pieces = new ArrayList<>();
    for (int tensor = 0; tensor < tensors.size(); tensor++) {
      int n = tensors.get(tensor).size();
      for (int from = 0; from < n; from += PIECE) {
        pieces.add(new Piece(pieces.size(), tensor, from, Math.min(PIECE, n - from)));
      }
    }
    return pieces;
  }

  private void run(List<Piece> pieces, Body body) {
    int count = pieces.size();
    threads.run((count + PIECES_PER_TASK - 1) / PIECES_PER_TASK, task -> {
      float[] room = new float[3 * PIECE];
      for (Piece piece : pieces.subList(task * PIECES_PER_TASK, Math.min(count, (task + 1) * PIECES_PER_TASK))) {
        body.accept(piece, room);
      }
    });
  }

  /** Arrays of a list of tensors. */
  private record Flat(float[][] values, int[] offsets) {
    static Flat of(List<Tensor> tensors) {
      List<Tensor> compact = tensors.stream().map(Tensor::contiguous).toList();
      return new Flat(compact.stream().map(HostStorage::floats).toArray(float[][]::new),
          compact.stream().mapToInt(Tensor::offset).toArray());
    }

    float[] values(Piece piece) {
      return values[piece.tensor];
    }

    int at(Piece piece) {
      return offsets[piece.tensor] + piece.from;
    }
  }

  /** Arrays of a signal. */
  private record Wave(Flat plus, Optional<Flat> minus) {
    static Wave of(Signal signal) {
      return new Wave(Flat.of(signal.plus()), signal.minus().map(Flat::of));
    }

    /** {@code plus - minus} of a piece, without the scale: in the room if it must be formed. */
    float[] unscaled(Kernels kernels, Piece piece, float[] room) {
      float[] values = plus.values(piece);
      minus.ifPresent(other -> kernels.binary(Binary.SUB, values, plus.at(piece), 1, other.values(piece),
          other.at(piece), 1, room, 0, piece.length));
      return minus.isPresent() ? room : values;
    }

    int at(Piece piece) {
      return minus.isPresent() ? 0 : plus.at(piece);
    }
  }

  double encode(List<Tensor> weights, Signal source) {
    List<Piece> pieces = cut(weights);
    Flat w = Flat.of(weights);
    Wave wave = Wave.of(source);
    double[] sums = new double[pieces.size()];
    run(pieces, (piece, room) -> sums[piece.number] = kernels.dot(w.values(piece), w.at(piece),
        wave.unscaled(kernels, piece, room), wave.at(piece), piece.length));
    return source.scale() * total(sums);
  }

  private static double total(double... sums) {
    double total = 0;
    for (double sum : sums) {
      total += sum;
    }
    return total;
  }

  Decoded decoder(Trained weight, Trained bias, Signal target, double h, double lossScale, AdamStep settings, int t) {
    List<Piece> pieces = cut(weight.values());
    Moments w = Moments.of(weight);
    Moments b = Moments.of(bias);
    Wave wave = Wave.of(target);
    double factor = 2 * lossScale / weight.size();
    AdamFactors ofWeight = AdamFactors.of(factor * h, settings, t);
    AdamFactors ofBias = AdamFactors.of(factor, settings, t);
    double[] squares = new double[pieces.size()];
    double[] slopes = new double[pieces.size()];
    run(pieces, (piece, room) -> {
      float[] wanted = wave.unscaled(kernels, piece, room);
      double[] sums = new double[2];
      kernels.decoder((float) h, w.slice(piece, ofWeight), b.slice(piece, ofBias), (float) target.scale(), wanted,
          wave.at(piece), piece.length, room, PIECE, sums);
      squares[piece.number] = sums[0];
      slopes[piece.number] = sums[1];
    });
    return new Decoded(total(squares) / weight.size(), factor * total(slopes));
  }

  /** Parameters and their moments. */
  private record Moments(Flat value, Flat mean, Flat square) {
    static Moments of(Trained trained) {
      return new Moments(Flat.of(trained.values()), Flat.of(trained.means()), Flat.of(trained.squares()));
    }

    AdamSlice slice(Piece piece, AdamFactors factors) {
      return new AdamSlice(value.values(piece), value.at(piece), mean.values(piece), mean.at(piece),
          square.values(piece), square.at(piece), factors);
    }

    void move(Kernels kernels, Piece piece, float[] gradient, int from, AdamFactors factors) {
      kernels.adam(value.values(piece), value.at(piece), gradient, from, mean.values(piece), mean.at(piece),
          square.values(piece), square.at(piece), piece.length, factors);
    }
  }

  void encoder(Trained weight, Signal source, double slope, AdamStep settings, int t) {
    Moments w = Moments.of(weight);
    Wave wave = Wave.of(source);
    AdamFactors factors = AdamFactors.of(slope * source.scale(), settings, t);
    run(cut(weight.values()), (piece, room) -> w.move(kernels, piece, wave.unscaled(kernels, piece, room),
        wave.at(piece), factors));
  }

  /** Of contiguous theta. */
  void rewrite(List<Tensor> theta, List<Tensor> weight, Optional<List<Tensor>> bias, double h, double alpha,
      Optional<Mask> mask) {
    Flat moved = Flat.of(theta);
    Flat w = Flat.of(weight);
    Optional<Flat> b = bias.map(Flat::of);
    Optional<Flat> importance = mask.map(of -> Flat.of(of.importance()));
    float[] factor = {(float) h};
    float[] step = {(float) alpha};
    float[] zero = {0};
    float[] threshold = {(float) mask.map(Mask::threshold).orElse(0.0).doubleValue()};
    run(cut(theta), (piece, room) -> {
      int n = piece.length;
      kernels.binary(Binary.MUL, w.values(piece), w.at(piece), 1, factor, 0, 0, room, 0, n);
      b.ifPresent(list -> kernels.binary(Binary.ADD, room, 0, 1, list.values(piece), list.at(piece), 1, room, 0, n));
      kernels.binary(Binary.MUL, room, 0, 1, step, 0, 0, room, 0, n);
      importance.ifPresent(list -> {
        float[] kept = new float[n];
        kernels.unary(Unary.ABS, list.values(piece), list.at(piece), kept, 0, n);
        kernels.binary(Binary.GE, kept, 0, 1, threshold, 0, 0, kept, 0, n);
        kernels.where(kept, 0, 1, room, 0, 1, zero, 0, 0, room, 0, n);
      });
      kernels.binary(Binary.ADD, moved.values(piece), moved.at(piece), 1, room, 0, 1, moved.values(piece),
          moved.at(piece), n);
    });
  }
}
