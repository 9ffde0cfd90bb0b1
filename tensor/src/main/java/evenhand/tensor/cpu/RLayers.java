package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.DType;
import evenhand.tensor.Reduction;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.HessianProducts.Activation;
import evenhand.tensor.spi.HessianProducts.Below;
import evenhand.tensor.spi.HessianProducts.RLayer;
import evenhand.tensor.spi.HessianProducts.Slopes;
import java.util.Optional;

/**
 * A perceptron's layer and its R-operator: products straight into their places, the rest while rows are in the cache.
 *
 * <p>Threads share rows of results, which changes no bit; each does all products of its rows.
 */
final class RLayers {
  private static final long PARALLEL = 2_000_000; // multiply-adds of all products together

  private final Kernels kernels;
  private final ThreadPool threads;
  private final BufferPool buffers;
  private final Gemm gemm;
  private final Reductions reductions;

  RLayers(Kernels kernels, ThreadPool threads, BufferPool buffers, Gemm gemm, Reductions reductions) {
    this.kernels = kernels;
    this.threads = threads;
    this.buffers = buffers;
    this.gemm = gemm;
    this.reductions = reductions;
  }

  /** A contiguous matrix, {@code [rows, columns]}. */
  private record Block(float[] values, int offset, int rows, int columns) {
    static Block of(Tensor x) {
      Tensor compact = x.contiguous();
      return new Block(HostStorage.floats(compact), compact.offset(), x.shape().dim(0),
          x.shape().rank() == 1 ? 1 : x.shape().dim(1));
    }

    Matrix from(int row) {
      return new Matrix(values, at(row), columns, 1);
    }

    Matrix transposedFrom(int column) {
      return new Matrix(values, offset + column, 1, columns);
    }

    int at(int row) {
      return offset + row * columns;
    }
  }

  void forward(RLayer layer, Tensor x, Optional<Tensor> rx, boolean known, Tensor h, Tensor rh) {
    Block in = Block.of(x);
    Optional<Block> rate = rx.map(Block::of);
    Block out = Block.of(h);
    Block outRate = Block.of(rh);
    int k = in.columns;
    int n = out.columns;
    float[] w = turned(Block.of(layer.weight()));
    float[] v = turned(Block.of(layer.weightRate()));
    Block b = Block.of(layer.bias());
    Block c = Block.of(layer.biasRate());
    share(in.rows, (known ? 1L : 2L) * in.rows * k * n + rate.map(_ -> (long) in.rows * k * n).orElse(0L),
        (from, to) -> {
          int rows = to - from;
          if (!known) {
            gemm.multiply(rows, n, k, in.from(from), new Matrix(w, 0, n, 1), out.values, out.at(from), n, false);
            addBias(out, from, to, b);
            activate(layer.activation(), out.values, out.at(from), rows * n);
          }
          gemm.multiply(rows, n, k, in.from(from), new Matrix(v, 0, n, 1), outRate.values, outRate.at(from), n, false);
          rate.ifPresent(moved -> gemm.multiply(rows, n, k, moved.from(from), new Matrix(w, 0, n, 1), outRate.values,
              outRate.at(from), n, true));
          addBias(outRate, from, to, c);
          slope(layer.activation(), out.values, out.at(from), outRate.values, outRate.at(from), rows * n);
        });
    buffers.giveBack(w);
    buffers.giveBack(v);
  }

  /** {@code [N, K] -> [K, N]}, in a buffer to give back: read by several products, each row by row. */
  private float[] turned(Block w) {
    float[] out = (float[]) buffers.take(DType.FLOAT32, w.rows * w.columns);
    kernels.transpose(w.values, w.offset, w.columns, w.rows, w.columns, out, 0, w.rows);
    return out;
  }

  private void addBias(Block out, int from, int to, Block bias) {
    for (int row = from; row < to; row++) {
      kernels.binary(Binary.ADD, out.values, out.at(row), 1, bias.values, bias.offset, 1, out.values, out.at(row),
          out.columns);
    }
  }

  private void activate(Activation activation, float[] z, int at, int n) {
    switch (activation) {
      case IDENTITY -> {
      }
      case RELU -> kernels.unary(Unary.RELU, z, at, z, at, n);
      case TANH -> kernels.unary(Unary.TANH, z, at, z, at, n);
    }
  }

  /** {@code dy *= slope}, from the layer's result h. */
  private void slope(Activation activation, float[] h, int ho, float[] dy, int at, int n) {
    switch (activation) {
      case IDENTITY -> {
      }
      case RELU -> kernels.reluSlope(h, ho, dy, at, n);
      case TANH -> kernels.tanhSlope(h, ho, dy, at, n);
    }
  }

  void backward(RLayer layer, Tensor x, Optional<Tensor> rx, Tensor d, Tensor rd, Optional<Slopes> gradient,
      Slopes product, Optional<Below> below) {
    Block in = Block.of(x);
    Optional<Block> rate = rx.map(Block::of);
    Block up = Block.of(d);
    Block upRate = Block.of(rd);
    gradient.ifPresent(slopes -> {
      weights(up, in, Optional.empty(), Optional.empty(), Block.of(slopes.weight()));
      reductions.reduce(Reduction.SUM, d, new int[]{0}, slopes.bias().unsqueeze(0));
    });
    weights(upRate, in, Optional.of(up), rate, Block.of(product.weight()));
    reductions.reduce(Reduction.SUM, rd, new int[]{0}, product.bias().unsqueeze(0));
    below.ifPresent(under -> below(layer, in, rate, up, upRate, under));
  }

  /** {@code out = a^T x}, plus {@code b^T y} where y is there. */
  private void weights(Block a, Block x, Optional<Block> b, Optional<Block> y, Block out) {
    int units = out.rows;
    int inputs = out.columns;
    share(units, (y.isPresent() ? 2L : 1L) * x.rows * units * inputs, (from, to) -> {
      gemm.multiply(to - from, inputs, x.rows, a.transposedFrom(from), x.from(0), out.values, out.at(from), inputs,
          false);
      y.ifPresent(moved -> gemm.multiply(to - from, inputs, x.rows, b.orElseThrow().transposedFrom(from),
          moved.from(0), out.values, out.at(from), inputs, true));
    });
  }

  private void below(RLayer layer, Block x, Optional<Block> rx, Block up, Block upRate, Below under) {
    Block w = Block.of(layer.weight());
    Block v = Block.of(layer.weightRate());
    Block d = Block.of(under.d());
    Block rd = Block.of(under.rd());
    int n = w.rows;
    int k = w.columns;
    share(x.rows, (under.known() ? 2L : 3L) * x.rows * n * k, (from, to) -> {
      int rows = to - from;
      if (!under.known()) {
        gemm.multiply(rows, k, n, up.from(from), w.from(0), d.values, d.at(from), k, false);
      }
      gemm.multiply(rows, k, n, upRate.from(from), w.from(0), rd.values, rd.at(from), k, false);
      gemm.multiply(rows, k, n, up.from(from), v.from(0), rd.values, rd.at(from), k, true);
      if (under.activation() == Activation.TANH && rx.isPresent()) {
        kernels.tanhBend(x.values, x.at(from), rx.get().values, rx.get().at(from), d.values, d.at(from), rd.values,
            rd.at(from), under.known(), rows * k);
        return;
      }
      if (!under.known()) {
        slope(under.activation(), x.values, x.at(from), d.values, d.at(from), rows * k);
      }
      slope(under.activation(), x.values, x.at(from), rd.values, rd.at(from), rows * k);
    });
  }

  private interface Span {
    void accept(int from, int to);
  }

  /** Cuts rows for the threads where the work is worth it, in multiples of a tile's rows. */
  private void share(int rows, long work, Span span) {
    int parts = work < PARALLEL ? 1 : 2 * threads.threads();
    int height = Math.max(1, (rows + parts - 1) / parts);
    int perTask = parts == 1 ? rows : (height + Gemm.PANEL_ROWS - 1) / Gemm.PANEL_ROWS * Gemm.PANEL_ROWS;
    if (rows > 0) {
      threads.run((rows + perTask - 1) / perTask,
          task -> span.accept(task * perTask, Math.min(rows, (task + 1) * perTask)));
    }
  }
}
