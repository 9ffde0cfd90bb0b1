package evenhand.tensor.cpu;

import evenhand.tensor.Tensor;
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
    /** Works on a piece with room for its numbers. */
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
      float[] room = new float[PIECE];
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
    float[] unscaled(Piece piece, float[] room) {
      float[] values = plus.values(piece);
      minus.ifPresent(other -> {
        float[] subtracted = other.values(piece);
        int from = plus.at(piece);
        int at = other.at(piece);
        for (int i = 0; i < piece.length; i++) {
          room[i] = values[from + i] - subtracted[at + i];
        }
      });
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
        wave.unscaled(piece, room), wave.at(piece), piece.length));
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
    double[] squares = new double[pieces.size()];
    double[] slopes = new double[pieces.size()];
    run(pieces, (piece, room) -> {
      residual(piece, (float) h, w.value, b.value, wave, (float) target.scale(), room);
      squares[piece.number] = kernels.dot(room, 0, room, 0, piece.length);
      slopes[piece.number] = kernels.dot(room, 0, w.value.values(piece), w.value.at(piece), piece.length);
      w.move(piece, room, 0, factor * h, settings, t);
      b.move(piece, room, 0, factor, settings, t);
    });
    return new Decoded(total(squares) / weight.size(), factor * total(slopes));
  }

  /** {@code room = h w + b - scale (plus - minus)}. */
  private static void residual(Piece piece, float h, Flat weight, Flat bias, Wave wave, float scale, float[] room) {
    float[] w = weight.values(piece);
    float[] b = bias.values(piece);
    float[] wanted = wave.unscaled(piece, room);
    int wo = weight.at(piece);
    int bo = bias.at(piece);
    int at = wave.at(piece);
    for (int i = 0; i < piece.length; i++) {
      room[i] = h * w[wo + i] + b[bo + i] - scale * wanted[at + i];
    }
  }

  /** Parameters and their moments. */
  private record Moments(Flat value, Flat mean, Flat square) {
    static Moments of(Trained trained) {
      return new Moments(Flat.of(trained.values()), Flat.of(trained.means()), Flat.of(trained.squares()));
    }

    void move(Piece piece, float[] gradient, int from, double factor, AdamStep settings, int t) {
      Updates.adam(new Updates.Stretch(value.values(piece), value.at(piece)),
          new Updates.Stretch(gradient, from), new Updates.Stretch(mean.values(piece), mean.at(piece)),
          new Updates.Stretch(square.values(piece), square.at(piece)), piece.length, (float) factor, settings, t);
    }
  }

  void encoder(Trained weight, Signal source, double slope, AdamStep settings, int t) {
    Moments w = Moments.of(weight);
    Wave wave = Wave.of(source);
    run(cut(weight.values()), (piece, room) -> w.move(piece, wave.unscaled(piece, room), wave.at(piece),
        slope * source.scale(), settings, t));
  }

  /** Of contiguous theta. */
  void rewrite(List<Tensor> theta, List<Tensor> weight, Optional<List<Tensor>> bias, double h, double alpha,
      Optional<Mask> mask) {
    Flat moved = Flat.of(theta);
    Flat w = Flat.of(weight);
    Optional<Flat> b = bias.map(Flat::of);
    Optional<Flat> importance = mask.map(of -> Flat.of(of.importance()));
    float threshold = (float) mask.map(Mask::threshold).orElse(0.0).doubleValue();
    run(cut(theta), (piece, room) -> {
      scale(room, w.values(piece), w.at(piece), (float) h, piece.length);
      b.ifPresent(list -> add(room, list.values(piece), list.at(piece), piece.length));
      importance.ifPresent(list -> keep(room, list.values(piece), list.at(piece), threshold, piece.length));
      step(moved.values(piece), moved.at(piece), room, (float) alpha, piece.length);
    });
  }

  private static void scale(float[] out, float[] x, int at, float factor, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = factor * x[at + i];
    }
  }

  private static void add(float[] out, float[] x, int at, int n) {
    for (int i = 0; i < n; i++) {
      out[i] += x[at + i];
    }
  }

  private static void keep(float[] out, float[] importance, int at, float threshold, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = Math.abs(importance[at + i]) >= threshold ? out[i] : 0;
    }
  }

  private static void step(float[] theta, int at, float[] direction, float alpha, int n) {
    for (int i = 0; i < n; i++) {
      theta[at + i] += alpha * direction[i];
    }
  }
}
