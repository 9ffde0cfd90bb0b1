package evenhand.autograd.conformance;

import static evenhand.autograd.conformance.Arguments.KEYWORD;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Activations;
import evenhand.autograd.nn.Attention;
import evenhand.autograd.nn.Convolutions;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Norms;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.nn.PoolWindow;
import evenhand.autograd.nn.Pooling;
import evenhand.tensor.Conv;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The functions of {@code torch.nn.functional}. */
final class NetworkOperators {
  private NetworkOperators() {}

  static void fill(OperatorTable table) {
    activations(table);
    losses(table);
    norms(table);
    pooling(table);
    table.one("nn.functional.linear",
        a -> Convolutions.linear(a.real(0, "input"), a.real(1, "weight"), a.optionalReal(2, "bias")));
    table.one("nn.functional.conv2d", NetworkOperators::conv2d);
    table.one("nn.functional.scaled_dot_product_attention", NetworkOperators::attention);
    table.one("nn.functional.embedding", NetworkOperators::embedding);
  }

  private static void activations(OperatorTable table) {
    table.unary("nn.functional.relu", Var::relu);
    table.unary("nn.functional.silu", Activations::silu);
    table.unary("nn.functional.logsigmoid", Activations::logSigmoid);
    table.one("nn.functional.gelu", a -> switch (a.text(KEYWORD, "approximate", "none")) {
      case "none" -> Activations.gelu(a.real(0, "input"));
      case "tanh" -> Activations.geluTanh(a.real(0, "input"));
      default -> throw new UnsupportedCase("argument approximate of gelu");
    });
    table.one("nn.functional.leaky_relu", a -> {
      a.ignore("inplace");
      return Activations.leakyRelu(a.real(0, "input"), a.number(1, "negative_slope", 0.01));
    });
    table.one("nn.functional.softplus",
        a -> Activations.softplus(a.real(0, "input"), a.number(1, "beta", 1), a.number(2, "threshold", 20)));
  }

  // ---- losses ----

  private static void losses(OperatorTable table) {
    table.one("nn.functional.mse_loss", a -> weighted(a, Losses.meanSquaredError(a.real(0, "input"),
        a.real(1, "target"), a.has(KEYWORD, "weight") ? Losses.Reduction.NONE : reduction(a, 4))));
    table.one("nn.functional.l1_loss", a -> weighted(a, Losses.l1(a.real(0, "input"), a.real(1, "target"),
        a.has(KEYWORD, "weight") ? Losses.Reduction.NONE : reduction(a, 4))));
    table.one("nn.functional.kl_div", a -> Losses.klDivergence(a.real(0, "input"), a.real(1, "target"),
        a.flag(5, "log_target", false), reduction(a, 4)));
    table.one("nn.functional.cosine_embedding_loss", a -> Losses.cosineEmbedding(a.real(0, "input1"),
        a.real(1, "input2"), a.real(2, "target"), a.number(3, "margin", 0), reduction(a, 6)));
    table.one("nn.functional.cross_entropy", a -> {
      Losses.ClassOptions options = classOptions(a).withSmoothing(a.number(7, "label_smoothing", 0));
      return Losses.crossEntropy(a.real(0, "input"), a.raw(1, "target"), options);
    });
    table.one("nn.functional.nll_loss",
        a -> Losses.nllLoss(a.real(0, "input"), a.raw(1, "target"), classOptions(a)));
    table.one("nn.functional.binary_cross_entropy_with_logits", a -> Losses.binaryCrossEntropyWithLogits(
        a.real(0, "input"), a.real(1, "target"),
        new Losses.BinaryOptions(a.optionalReal(2, "weight"), a.optionalReal(6, "pos_weight"), reduction(a, 5))));
  }

  /** PyTorch's newer losses over numbers take a weight; its mean is the weighted one. */
  private static Var weighted(Arguments a, Var losses) {
    Optional<Var> weight = a.optionalReal(KEYWORD, "weight");
    if (weight.isEmpty()) {
      return losses;
    }
    Var products = losses.times(weight.get());
    return switch (reduction(a, 4)) {
      case NONE -> products;
      case SUM -> products.sum();
      case MEAN -> products.sum().div(weight.get().expand(losses.shape()).sum());
      case BATCH_MEAN -> throw new UnsupportedCase("reduction batchmean with weights");
    };
  }

  private static Losses.ClassOptions classOptions(Arguments a) {
    int ignored = a.integer(4, "ignore_index", -100);
    return new Losses.ClassOptions(a.optionalReal(2, "weight"), ignored, 0, reduction(a, 6));
  }

  /** The reduction, also in the older form of two flags: mean if averaged, else sum, else none. */
  private static Losses.Reduction reduction(Arguments a, int position) {
    if (a.has(KEYWORD, "size_average") || a.has(KEYWORD, "reduce")) {
      return !a.flag(KEYWORD, "reduce", true) ? Losses.Reduction.NONE
          : a.flag(KEYWORD, "size_average", true) ? Losses.Reduction.MEAN : Losses.Reduction.SUM;
    }
    return switch (a.text(position, "reduction", "mean")) {
      case "none" -> Losses.Reduction.NONE;
      case "mean" -> Losses.Reduction.MEAN;
      case "sum" -> Losses.Reduction.SUM;
      case "batchmean" -> Losses.Reduction.BATCH_MEAN;
      default -> throw new UnsupportedCase("argument reduction = " + a.text(position, "reduction", ""));
    };
  }

  // ---- norms ----

  private static void norms(OperatorTable table) {
    table.one("nn.functional.layer_norm", a -> Norms.layerNorm(a.real(0, "input"),
        a.integers(1, "normalized_shape").orElseThrow().length, a.optionalReal(2, "weight"), a.optionalReal(3, "bias"),
        a.number(4, "eps", 1e-5)));
    table.one("nn.functional.group_norm", a -> Norms.groupNorm(a.real(0, "input"), a.integer(1, "num_groups"),
        a.optionalReal(2, "weight"), a.optionalReal(3, "bias"), a.number(4, "eps", 1e-5)));
    table.one("nn.functional.batch_norm", NetworkOperators::batchNorm);
    table.one("nn.functional.normalize", a -> {
      Var x = a.real(0, "input");
      return Norms
          .normalize(ShapeOperators.vector(x), a.number(1, "p", 2), a.integer(2, "dim", 1), a.number(3, "eps", 1e-12))
          .reshape(x.shape());
    });
    table.one("nn.functional.cosine_similarity", a -> Norms.cosineSimilarity(ShapeOperators.vector(a.real(0, "x1")),
        ShapeOperators.vector(a.real(1, "x2")), a.integer(2, "dim", 1), a.number(3, "eps", 1e-8)));
  }

  private static Var batchNorm(Arguments a) {
    Optional<Var> mean = a.optionalReal(1, "running_mean");
    Optional<Var> variance = a.optionalReal(2, "running_var");
    Optional<Norms.Running> running = mean.isEmpty() || variance.isEmpty() ? Optional.empty()
        : Optional.of(new Norms.Running(mean.get().value(), variance.get().value()));
    Phase phase = a.flag(5, "training", false) ? Phase.TRAIN : Phase.EVALUATE;
    return Norms.batchNorm(a.real(0, "input"), new Norms.BatchOptions(a.optionalReal(3, "weight"),
        a.optionalReal(4, "bias"), running, a.number(6, "momentum", 0.1), a.number(7, "eps", 1e-5)), phase);
  }

  // ---- windows ----

  private static Var conv2d(Arguments a) {
    Var x = a.real(0, "input");
    Var weight = a.real(1, "weight");
    Optional<Var> bias = a.optionalReal(2, "bias");
    int[] stride = a.pair(3, "stride", 1);
    boolean same = a.isText(4, "padding") && a.text(4, "padding", "").equals("same");
    int[] pad = a.isText(4, "padding") ? new int[]{0, 0} : a.pair(4, "padding", 0); // "valid" is 0
    int[] dilation = a.pair(5, "dilation", 1);
    Conv conv = new Conv(stride[0], stride[1], pad[0], pad[1], dilation[0], dilation[1], a.integer(6, "groups", 1));
    return same ? Convolutions.conv2dSame(x, weight, bias, conv) : Convolutions.conv2d(x, weight, bias, conv);
  }

  private static void pooling(OperatorTable table) {
    table.add("nn.functional.max_pool2d", a -> {
      int[] dilation = a.pair(4, "dilation", 1);
      PoolWindow window = window(a, 5).withDilation(dilation[0], dilation[1]);
      Pooling.MaxPooled pooled = Pooling.maxPool2dWithIndices(a.real(0, "input"), window);
      return a.flag(6, "return_indices", false) ? List.of(pooled.output(), Var.of(pooled.indices()))
          : List.of(pooled.output());
    });
    table.one("nn.functional.avg_pool2d", a -> Pooling.avgPool2d(a.real(0, "input"), window(a, 4),
        a.flag(5, "count_include_pad", true), a.optionalInteger(6, "divisor_override")));
    table.one("nn.functional.adaptive_avg_pool2d", a -> {
      Var x = a.real(0, "input");
      List<OptionalInt> size = a.optionalIntegers(1, "output_size");
      return Pooling.adaptiveAvgPool2d(x, size.getFirst().orElse(x.shape().dim(-2)),
          size.getLast().orElse(x.shape().dim(-1)));
    });
  }

  private static PoolWindow window(Arguments a, int ceilingAt) {
    int[] kernel = a.pair(1, "kernel_size", 1);
    int[] stride = a.pair(2, "stride", kernel);
    int[] pad = a.pair(3, "padding", 0);
    return PoolWindow.of(kernel[0], kernel[1], stride[0], stride[1]).withPadding(pad[0], pad[1])
        .withCeiling(a.flag(ceilingAt, "ceil_mode", false));
  }

  // ---- attention and embedding ----

  private static Var attention(Arguments a) {
    a.requireDefault(4, "dropout_p", 0);
    Var query = a.real(0, "query");
    Var key = a.real(1, "key");
    Var value = a.real(2, "value");
    Attention.Options options = Attention.Options.defaults().withCausal(a.flag(5, "is_causal", false));
    if (a.has(3, "attn_mask")) {
      Var mask = a.real(3, "attn_mask");
      options = a.isMask(3, "attn_mask") ? options.withAllowed(mask) : options.withBias(mask);
    }
    if (a.has(KEYWORD, "scale")) {
      options = options.withScale(a.number(KEYWORD, "scale", 1));
    }
    if (a.flag(KEYWORD, "enable_gqa", false)) {
      key = repeatHeads(key, query.shape().dim(-3));
      value = repeatHeads(value, query.shape().dim(-3));
    }
    return Attention.scaledDotProduct(query, key, value, options);
  }

  /** Each head of {@code [.., heads, rows, width]} repeated next to itself until there are so many. */
  private static Var repeatHeads(Var x, int heads) {
    int own = x.shape().dim(-3);
    int[] index = new int[heads];
    for (int i = 0; i < heads; i++) {
      index[i] = i / (heads / own);
    }
    return x.indexSelect(-3, Var.of(x.device().tensor(index, heads)));
  }

  private static Var embedding(Arguments a) {
    Var weight = a.real(0, "weight");
    Var index = a.raw(1, "input");
    a.ignore("sparse"); // how the gradient is stored
    int rows = weight.shape().dim(0);
    int padding = a.integer(2, "padding_idx", rows);
    double norm = a.number(4, "norm_type", 2);
    a.optionalNumber(3, "max_norm").ifPresent(most -> renormalise(weight, index, most, norm));
    Var table = padding == rows ? weight : constantRow(weight, padding < 0 ? padding + rows : padding);
    Var flat = index.reshape(index.shape().size());
    Var picked = table.indexSelect(0, flat);
    if (a.flag(5, "scale_grad_by_freq", false)) { // the value of picked, the gradient divided by the row's count
      Var share = picked.times(shares(rows, flat));
      picked = share.plus(picked.minus(share).detach());
    }
    int[] dims = Arrays.copyOf(index.shape().dims(), index.shape().rank() + 1);
    dims[dims.length - 1] = weight.shape().dim(1);
    return picked.reshape(dims);
  }

  /** The rows picked are shortened to a length of at most {@code most}, in place and outside of the derivative. */
  private static void renormalise(Var weight, Var index, double most, double p) {
    Var norms = Norms.vectorNorm(weight.detach(), p, 1);
    Var picked = counts(weight.shape().dim(0), index.reshape(index.shape().size())).unsqueeze(1);
    Var tooLong = norms.gt(norms.like(most)).times(picked.gt(picked.like(0)));
    Var scale = tooLong.where(norms.plus(1e-7).reciprocal().times(most), norms.like(1)); // 1e-7 as PyTorch has it
    weight.value().copyFrom(weight.detach().times(scale).value());
  }

  private static Var constantRow(Var weight, int row) {
    float[] free = new float[weight.shape().dim(0)];
    Arrays.fill(free, 1);
    free[row] = 0;
    return Var.of(weight.device().tensor(free, free.length, 1)).where(weight, weight.detach());
  }

  /** How often each row is picked. */
  private static Var counts(int rows, Var flat) {
    Var zeros = Var.of(flat.device().zeros(rows));
    return zeros.scatterAdd(0, flat, Var.of(flat.device().full(1, flat.shape())));
  }

  private static Var shares(int rows, Var flat) {
    return counts(rows, flat).gather(0, flat).reciprocal().unsqueeze(1);
  }
}
