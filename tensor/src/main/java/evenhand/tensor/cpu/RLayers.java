package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.Reduction;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.HessianProducts.Activation;
import evenhand.tensor.spi.HessianProducts.Below;
import evenhand.tensor.spi.HessianProducts.RLayer;
import evenhand.tensor.spi.HessianProducts.Slopes;
import java.util.Optional;

/**
 * A perceptron's layer and its R-operator: products straight into their places, then one pass over the rest.
 *
 * <p>Threads share rows of results, which changes no bit.
 */
final class RLayers {
  private static final int PER_TASK = 1 << 15; // numbers of a pass over a result

  private final Kernels kernels;
  private final ThreadPool threads;
  private final Gemm gemm;
  private final Reductions reductions;

  RLayers(Kernels kernels, ThreadPool threads, Gemm gemm, Reductions reductions) {
    this.kernels = kernels;
    this.threads = threads;
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

    Matrix matrix() {
      return new Matrix(values, offset, columns, 1);
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
    Block w = Block.of(layer.weight());
    Block b = Block.of(layer.bias());
    Block c = Block.of(layer.biasRate());
    if (!known) {
      product(in.matrix(), w.matrix().transposed(), k, out, false);
    }
    product(in.matrix(), Block.of(layer.weightRate()).matrix().transposed(), k, outRate, false);
    rate.ifPresent(moved -> product(moved.matrix(), w.matrix().transposed(), k, outRate, true));
    share(in.rows, n, (from, to) -> {
      if (!known) {
        addBias(out, from, to, b);
        activate(layer.activation(), out.values, out.at(from), (to - from) * n);
      }
      addBias(outRate, from, to, c);
      slope(layer.activation(), out.values, out.at(from), outRate.values, outRate.at(from), (to - from) * n);
    });
  }

  /** {@code out = A B}, or {@code out += A B}, with so many products in a sum. */
  private void product(Matrix a, Matrix b, int depth, Block out, boolean accumulate) {
    gemm.multiply(out.rows, out.columns, depth, a, b, out.values, out.offset, out.columns, accumulate);
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
    product(a.matrix().transposed(), x.matrix(), x.rows, out, false);
    y.ifPresent(moved -> product(b.orElseThrow().matrix().transposed(), moved.matrix(), x.rows, out, true));
  }

  private void below(RLayer layer, Block x, Optional<Block> rx, Block up, Block upRate, Below under) {
    Block w = Block.of(layer.weight());
    Block d = Block.of(under.d());
    Block rd = Block.of(under.rd());
    int k = w.columns;
    if (!under.known()) {
      product(up.matrix(), w.matrix(), w.rows, d, false);
    }
    product(upRate.matrix(), w.matrix(), w.rows, rd, false);
    product(up.matrix(), Block.of(layer.weightRate()).matrix(), w.rows, rd, true);
    share(x.rows, k, (from, to) -> {
      int count = (to - from) * k;
      if (under.activation() == Activation.TANH && rx.isPresent()) {
        kernels.tanhBend(x.values, x.at(from), rx.get().values, rx.get().at(from), d.values, d.at(from), rd.values,
            rd.at(from), under.known(), count);
        return;
      }
      if (!under.known()) {
        slope(under.activation(), x.values, x.at(from), d.values, d.at(from), count);
      }
      slope(under.activation(), x.values, x.at(from), rd.values, rd.at(from), count);
    });
  }

  private interface Span {
    void accept(int from, int to);
  }

  /** Cuts rows of so many numbers for the threads. */
  private void share(int rows, int columns, Span span) {
    int perTask = Math.max(1, PER_TASK / Math.max(1, columns));
    threads.run((rows + perTask - 1) / perTask,
        task -> span.accept(task * perTask, Math.min(rows, (task + 1) * perTask)));
  }
}
