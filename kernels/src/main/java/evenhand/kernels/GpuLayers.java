package evenhand.kernels;

import evenhand.kernels.GpuProducts.Operand;
import evenhand.tensor.DType;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.HessianProducts.Activation;
import evenhand.tensor.spi.HessianProducts.Below;
import evenhand.tensor.spi.HessianProducts.RLayer;
import evenhand.tensor.spi.HessianProducts.Slopes;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A perceptron's layer and its R-operator: each pass a product of dual numbers, {@code (a + e a')(b + e b')}, whose
 * epilogue adds biases, activations and their slopes; {@code dual_matmul} of matmul.krn.
 */
final class GpuLayers {
  private static final int WIDE = 4;
  private static final int GIVEN = 4; // the first of the starts that the epilogue uses: b or x, its rate, the results
  private static final int FORWARD = 0; // USE_.. of matmul.krn
  private static final int BELOW = 1;
  private static final int SLOPES = 2;

  private final GpuQueue queue;

  GpuLayers(GpuQueue queue) {
    this.queue = queue;
  }

  /** Whether there is anything to multiply. */
  static boolean fits(RLayer layer, Tensor x) {
    return x.size() > 0 && layer.weight().size() > 0;
  }

  /** A matrix and its rate, both contiguous; without a rate it is 0. */
  private record Pair(Tensor value, Optional<Tensor> rate) {
    static Pair of(Tensor value, Optional<Tensor> rate) {
      return new Pair(value.contiguous(), rate.map(Tensor::contiguous));
    }

    static Pair of(Tensor value, Tensor rate) {
      return of(value, Optional.of(rate));
    }

    Tensor rateOrValue() {
      return rate.orElse(value);
    }

    Pair transpose() {
      return new Pair(value.transpose(), rate.map(Tensor::transpose));
    }

    /** Fours only where both can be loaded so: all their offsets and strides are alike but for where they start. */
    Operand operand(int lineAxis) {
      Operand of = Operand.of(value, lineAxis, 1 - lineAxis);
      Operand other = Operand.of(rateOrValue(), lineAxis, 1 - lineAxis);
      return new Operand(of.lines(), of.line(), of.step(), of.along(), of.wide() && other.wide());
    }
  }

  /** Where numbers go. */
  private record Place(GpuStorage storage, int at) {
    static Place of(Tensor tensor) {
      return new Place(GpuStorage.of(tensor), tensor.offset());
    }
  }

  /** Where the two products go, and the sums of a's lines where they are made. */
  private record Results(Place first, Place second, Place firstSums, Place secondSums) {
    static Results of(Tensor first, Tensor second) {
      return new Results(Place.of(first), Place.of(second), Place.of(first), Place.of(second));
    }

    static Results of(Slopes first, Slopes second) {
      return new Results(Place.of(first.weight()), Place.of(second.weight()), Place.of(first.bias()),
          Place.of(second.bias()));
    }
  }

  void forward(RLayer layer, Tensor x, Optional<Tensor> rx, boolean known, Tensor h, Tensor rh) {
    Pair in = Pair.of(x, rx);
    Pair biases = Pair.of(layer.bias(), layer.biasRate());
    launch(FORWARD, layer.activation(), in, Pair.of(layer.weight(), layer.weightRate()).transpose(), biases, !known,
        known, Results.of(h, rh), in.value().shape().dim(1));
  }

  void backward(RLayer layer, Tensor x, Optional<Tensor> rx, Tensor d, Tensor rd, Optional<Slopes> gradient,
      Slopes product, Optional<Below> below) {
    Pair in = Pair.of(x, rx);
    Pair out = Pair.of(d, rd);
    slopes(out.transpose(), in, gradient, product);
    below.ifPresent(under -> {
      boolean bends = under.activation() == Activation.TANH && rx.isPresent();
      launch(BELOW, under.activation(), out, Pair.of(layer.weight(), layer.weightRate()), in,
          !under.known() || bends, under.known(), Results.of(under.d(), under.rd()), out.value().shape().dim(1));
    });
  }

  /** Weights and biases of the layer; in parts, to be added up, where there are few weights and many rows. */
  private void slopes(Pair out, Pair in, Optional<Slopes> gradient, Slopes product) {
    int units = out.value().shape().dim(0);
    int rows = out.value().shape().dim(1);
    int length = GpuProducts.partLength(rows,
        GpuProducts.groups(units, in.value().shape().dim(1), GpuProducts.TILE));
    int parts = (rows + length - 1) / length;
    Slopes second = parts == 1 ? product : partials(product, parts);
    Optional<Slopes> first = parts == 1 ? gradient : gradient.map(wanted -> partials(wanted, parts));
    launch(SLOPES, Activation.IDENTITY, out, in, in, gradient.isPresent(), false,
        Results.of(first.orElse(second), second), length);
    if (parts > 1) {
      first.ifPresent(made -> collect(made, gradient.orElseThrow()));
      collect(second, product);
    }
  }

  private static Slopes partials(Slopes like, int parts) {
    return new Slopes(partials(like.weight(), parts), partials(like.bias(), parts));
  }

  private static Tensor partials(Tensor like, int parts) {
    return like.device().empty(DType.FLOAT32, Shape.of(parts, like.size()));
  }

  private static void collect(Slopes partials, Slopes out) {
    out.weight().copyFrom(partials.weight().sum(0).reshape(out.weight().shape().dims()));
    out.bias().copyFrom(partials.bias().sum(0));
  }

  private void launch(int use, Activation activation, Pair a, Pair b, Pair given, boolean first, boolean known,
      Results to, int length) {
    int m = a.value().shape().dim(0);
    int k = a.value().shape().dim(1);
    int n = b.value().shape().dim(1);
    int parts = (k + length - 1) / length;
    int[] starts = {a.value().offset(), a.rateOrValue().offset(), b.value().offset(), b.rateOrValue().offset(),
        given.value().offset(), given.rateOrValue().offset(), to.first().at(), to.second().at(), to.firstSums().at(),
        to.secondSums().at()};
    boolean wide = n % WIDE == 0 && IntStream.range(GIVEN, GIVEN + 4).allMatch(i -> starts[i] % WIDE == 0);
    boolean bends = use == BELOW && activation == Activation.TANH && given.rate().isPresent();
    int[] dual = GpuProducts.words(new int[]{m, n, k, parts, length}, a.operand(0).words(), b.operand(1).words(),
        starts, new int[]{use, activation.ordinal(), first ? 1 : 0, known ? 1 : 0, a.rate().isPresent() ? 1 : 0,
            b.rate().isPresent() ? 1 : 0, bends ? 1 : 0, wide ? 1 : 0});
    queue.launch(Kernel.DUAL_MATMUL, GpuProducts.groups(m, n, GpuProducts.TILE) * parts, of(a.value()),
        of(a.rateOrValue()), of(b.value()), of(b.rateOrValue()), of(given.value()), of(given.rateOrValue()),
        to.first().storage(), to.second().storage(), to.firstSums().storage(), to.secondSums().storage(), dual);
  }

  private static GpuStorage of(Tensor tensor) {
    return GpuStorage.of(tensor);
  }
}
