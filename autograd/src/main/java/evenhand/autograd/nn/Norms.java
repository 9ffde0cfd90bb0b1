package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** Normalisation by mean and variance, vector norms and cosines, with PyTorch's meaning of every option. */
public final class Norms {
  private Norms() {}

  // ---- by mean and variance ----

  /**
   * {@code (x - mean) / sqrt(variance + eps) * weight + bias} over the last axes, as many as weight and bias would
   * have.
   *
   * @param axes how many of the last axes are normalised together, at least 1
   * @param weight of the shape of those axes
   */
  public static Var layerNorm(Var x, int axes, Optional<Var> weight, Optional<Var> bias, double eps) {
    int rank = x.shape().rank();
    if (axes < 1 || axes > rank) {
      throw new IllegalArgumentException(
          "layerNorm: cannot normalise the last " + axes + " axes of shape " + x.shape());
    }
    Var normalised = standardised(x, eps, IntStream.range(rank - axes, rank).toArray());
    Var scaled = weight.map(normalised::times).orElse(normalised);
    return bias.map(scaled::plus).orElse(scaled);
  }

  /**
   * Normalises each group of channels of each row.
   *
   * @param x [rows, channels, ..]
   * @param weight [channels]
   */
  public static Var groupNorm(Var x, int groups, Optional<Var> weight, Optional<Var> bias, double eps) {
    int channels = x.shape().dim(1);
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "groupNorm: " + channels + " channels of " + x.shape() + " cannot be split into " + groups + " groups");
    }
    int rows = x.shape().dim(0);
    int each = rows == 0 ? 0 : x.shape().size() / (rows * groups);
    Var normalised = standardised(x.reshape(rows, groups, each), eps, 2).reshape(x.shape());
    return affine(normalised, weight, bias);
  }

  /** {@code x / sqrt(mean(x^2) + eps) * weight} over the last axis. */
  public static Var rmsNorm(Var x, Optional<Var> weight, double eps) {
    Var normalised = x.times(x.square().meanKeep(-1).plus(eps).rsqrt());
    return weight.map(normalised::times).orElse(normalised);
  }

  /**
   * Options of {@link #batchNorm}.
   *
   * @param weight [channels]
   * @param bias [channels]
   * @param running the running statistics, overwritten in training
   * @param momentum share of the new batch in the running statistics
   */
  public record BatchOptions(Optional<Var> weight, Optional<Var> bias, Optional<Running> running, double momentum,
      double eps) {
    /** Nothing but the batch's own statistics; momentum 0.1, eps 1e-5. */
    public static BatchOptions defaults() {
      return new BatchOptions(Optional.empty(), Optional.empty(), Optional.empty(), 0.1, 1e-5);
    }
  }

  /** Running mean and (unbiased) variance of each channel, [channels]. */
  public record Running(Tensor mean, Tensor variance) {}

  /**
   * Normalises each channel over rows and positions.
   *
   * <p>In training, and without running statistics, by the batch's mean and biased variance; the running statistics
   * then become {@code (1 - momentum) * old + momentum * new}, with the unbiased variance. Else by the running
   * statistics.
   *
   * @param x [rows, channels, ..]
   * @throws IllegalArgumentException in training with one value per channel, which has no variance
   */
  public static Var batchNorm(Var x, BatchOptions options, Phase phase) {
    if (x.shape().size() == 0) {
      return x;
    }
    if (phase == Phase.EVALUATE && options.running().isPresent()) {
      Running running = options.running().get();
      Var deviation = x.minus(perChannel(Var.of(running.mean()), x.shape()));
      Var scale = Var.of(running.variance()).plus(options.eps()).rsqrt();
      return affine(deviation.times(perChannel(scale, x.shape())), options.weight(), options.bias());
    }
    int[] axes = IntStream.range(0, x.shape().rank()).filter(axis -> axis != 1).toArray();
    double count = x.count(axes);
    if (count == 1) {
      throw new IllegalArgumentException("batchNorm: shape " + x.shape()
          + " has one value per channel in training, which has no variance; use larger batches or Phase.EVALUATE");
    }
    Var mean = x.meanKeep(axes);
    Var deviation = x.minus(mean);
    Var variance = deviation.square().meanKeep(axes);
    if (phase == Phase.TRAIN && options.running().isPresent()) {
      Running running = options.running().get();
      update(running.mean(), mean.value(), options.momentum());
      update(running.variance(), variance.value().times(count / (count - 1)), options.momentum());
    }
    return affine(deviation.times(variance.plus(options.eps()).rsqrt()), options.weight(), options.bias());
  }

  private static void update(Tensor running, Tensor batch, double momentum) {
    Tensor now = batch.reshape(running.shape());
    running.copyFrom(running.times(1 - momentum).plus(now.times(momentum)));
  }

  private static Var standardised(Var x, double eps, int... axes) {
    Var deviation = x.minus(x.meanKeep(axes));
    return deviation.times(deviation.square().meanKeep(axes).plus(eps).rsqrt());
  }

  private static Var affine(Var normalised, Optional<Var> weight, Optional<Var> bias) {
    Shape shape = normalised.shape();
    Var scaled = weight.map(w -> normalised.times(perChannel(w, shape))).orElse(normalised);
    return bias.map(b -> scaled.plus(perChannel(b, shape))).orElse(scaled);
  }

  private static Var perChannel(Var values, Shape shape) {
    int[] dims = new int[shape.rank()];
    Arrays.fill(dims, 1);
    dims[1] = shape.dim(1);
    return values.reshape(dims);
  }

  // ---- by length ----

  /**
   * The p-norm over axes, kept with size 1; no axes means all.
   *
   * <p>{@code (sum |x|^p)^(1/p)}; p 0 counts the numbers other than 0, infinite p is the largest (-infinite: smallest)
   * magnitude. All derivatives are 0 at 0.
   */
  public static Var vectorNorm(Var x, double p, int... axes) {
    if (p == 0) {
      return x.ne(x.like(0)).sumKeep(axes);
    }
    if (p == 1 || x.count(axes) == 1) { // the length of one number is its magnitude for every other p
      return x.abs().sumKeep(axes);
    }
    if (p == 2) {
      return rootOrZero(x.square().sumKeep(axes), 0.5);
    }
    if (Double.isInfinite(p)) {
      return p > 0 ? x.abs().maxKeep(axes) : x.abs().minKeep(axes);
    }
    return rootOrZero(rootOrZero(x.abs(), p).sumKeep(axes), 1 / p);
  }

  /** {@code x^p} for x not negative, with derivative 0 at 0 to any order. */
  private static Var rootOrZero(Var x, double p) {
    Var zero = x.eq(x.like(0));
    Var atZero = x.like(p < 0 ? Double.POSITIVE_INFINITY : 0);
    return zero.where(atZero, zero.where(x.like(1), x).pow(p));
  }

  /** {@code x / max(norm, eps)} along an axis, with the p-norm; PyTorch's defaults are p 2, axis 1, eps 1e-12. */
  public static Var normalize(Var x, double p, int axis, double eps) {
    Var norm = vectorNorm(x, p, axis);
    if (p != 0 && x.shape().dim(axis) == 1) { // x / |x| is a constant, which division would give with rounding noise
      return norm.ge(norm.like(eps)).where(x.sign(), x.div(eps));
    }
    return x.div(norm.ge(norm.like(eps)).where(norm, norm.like(eps)));
  }

  /**
   * {@code a . b / (max(|a|, eps) max(|b|, eps))} along an axis of the broadcast shape, dropped.
   *
   * <p>As in PyTorch, the bound acts on the value of a length but not on its derivative.
   */
  public static Var cosineSimilarity(Var a, Var b, int axis, double eps) {
    Shape shape = Shape.broadcast("cosineSimilarity", a.shape(), b.shape());
    Var left = a.expand(shape);
    Var right = b.expand(shape);
    return left.div(bounded(vectorNorm(left, 2, axis), eps)).times(right.div(bounded(vectorNorm(right, 2, axis), eps)))
        .sum(axis);
  }

  private static Var bounded(Var norm, double eps) {
    Var constant = norm.detach();
    return norm.plus(constant.max(norm.like(eps)).minus(constant));
  }
}
