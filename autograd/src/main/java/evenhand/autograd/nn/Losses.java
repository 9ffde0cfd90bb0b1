package evenhand.autograd.nn;

import evenhand.autograd.Var;
import evenhand.tensor.DType;
import evenhand.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;

/**
 * Losses, with PyTorch's meaning of every option.
 *
 * <p>Each takes the prediction first and the target second and has a short form that averages. All are compositions of
 * differentiable operations, so their Hessian-vector products are exact. Targets may be tracked too, unless they are
 * int32 labels.
 */
public final class Losses {
  private static final double COSINE_EPSILON = 1e-12;

  private Losses() {}

  /** How the losses of the elements become one number. */
  public enum Reduction {
    /** Not at all: one loss per element or row. */
    NONE,
    /** Their mean; with class weights, the weighted mean; NaN over no elements. */
    MEAN,
    /** Their sum. */
    SUM,
    /** Their sum divided by the number of rows (axis 0). */
    BATCH_MEAN
  }

  // ---- binary labels ----

  /**
   * Options of {@link #binaryCrossEntropyWithLogits(Var, Var, BinaryOptions)}.
   *
   * @param weight factor of each loss, broadcast
   * @param positiveWeight factor of the term of label 1, broadcast
   */
  public record BinaryOptions(Optional<Var> weight, Optional<Var> positiveWeight, Reduction reduction) {
    /** No weights, the mean. */
    public static BinaryOptions defaults() {
      return new BinaryOptions(Optional.empty(), Optional.empty(), Reduction.MEAN);
    }

    /** With a factor for each loss. */
    public BinaryOptions withWeight(Var factor) {
      return new BinaryOptions(Optional.of(factor), positiveWeight, reduction);
    }

    /** With a factor for the term of label 1. */
    public BinaryOptions withPositiveWeight(Var factor) {
      return new BinaryOptions(weight, Optional.of(factor), reduction);
    }

    /** With another reduction. */
    public BinaryOptions withReduction(Reduction other) {
      return new BinaryOptions(weight, positiveWeight, other);
    }
  }

  /** Mean of {@code -y log s(x) - (1 - y) log(1 - s(x))}, s the logistic function; labels in [0, 1]. */
  public static Var binaryCrossEntropyWithLogits(Var logits, Var labels) {
    return binaryCrossEntropyWithLogits(logits, labels, BinaryOptions.defaults());
  }

  /**
   * {@code w (-p y log s(x) - (1 - y) log(1 - s(x)))}, s the logistic function, p the positive weight.
   *
   * @param labels y in [0, 1], float32, or int32
   * @throws IllegalArgumentException if the shapes differ
   */
  public static Var binaryCrossEntropyWithLogits(Var logits, Var labels, BinaryOptions options) {
    requireSame("binaryCrossEntropyWithLogits", logits, labels);
    Var y = labels.toFloat();
    // p y log(1 + e^-x) + (1 - y) log(1 + e^x): neither overflows, and the slope (1 - y) s(x) - p y s(-x) keeps all
    // digits of a confident answer, where the shorter (1 - y) x + log(1 + e^-x) leaves 1 - s(-x), which cancels to 0
    Var positive = options.positiveWeight().map(y::times).orElse(y);
    Var losses = positive.times(logits.neg().softplus()).plus(y.oneMinus().times(logits.softplus()));
    if (options.weight().isPresent()) {
      losses = losses.times(options.weight().get());
    }
    return reduce(losses, options.reduction());
  }

  // ---- classes ----

  /**
   * Options of the losses over classes.
   *
   * @param weight factor of each class, [classes]
   * @param ignoredLabel rows of this label count nothing
   * @param smoothing share of the target spread evenly over the classes, in [0, 1]
   */
  public record ClassOptions(Optional<Var> weight, int ignoredLabel, double smoothing, Reduction reduction) {
    /** No weights, -100 ignored, no smoothing, the mean. */
    public static ClassOptions defaults() {
      return new ClassOptions(Optional.empty(), -100, 0, Reduction.MEAN);
    }

    /** With a factor for each class. */
    public ClassOptions withWeight(Var factors) {
      return new ClassOptions(Optional.of(factors), ignoredLabel, smoothing, reduction);
    }

    /** With another label to ignore. */
    public ClassOptions withIgnoredLabel(int label) {
      return new ClassOptions(weight, label, smoothing, reduction);
    }

    /** With label smoothing. */
    public ClassOptions withSmoothing(double share) {
      return new ClassOptions(weight, ignoredLabel, share, reduction);
    }

    /** With another reduction. */
    public ClassOptions withReduction(Reduction other) {
      return new ClassOptions(weight, ignoredLabel, smoothing, other);
    }
  }

  /** Mean of {@code -log softmax(logits)[label]}; see {@link #crossEntropy(Var, Var, ClassOptions)}. */
  public static Var crossEntropy(Var logits, Var target) {
    return crossEntropy(logits, target, ClassOptions.defaults());
  }

  /**
   * Cross-entropy of softmax over the classes.
   *
   * @param logits [rows, classes, ..], or [classes]
   * @param target int32 labels of the logits' shape without the class axis, or float32 probabilities of the same shape
   */
  public static Var crossEntropy(Var logits, Var target, ClassOptions options) {
    int axis = classAxis("crossEntropy", logits);
    Var logs = logits.logSoftmax(axis);
    if (target.value().dtype() == DType.INT32) {
      return negativeLogLikelihood("crossEntropy", logs, target, options);
    }
    requireSame("crossEntropy", logits, target);
    Var wanted = options.smoothing() == 0 ? target
        : target.times(1 - options.smoothing()).plus(options.smoothing() / logits.shape().dim(axis));
    Var terms = wanted.times(logs);
    if (options.weight().isPresent()) {
      terms = terms.times(alongClasses(options.weight().get(), logits.shape(), axis));
    }
    return reduce(terms.sum(axis).neg(), options.reduction());
  }

  /** Mean of {@code -logs[label]}; see {@link #nllLoss(Var, Var, ClassOptions)}. */
  public static Var nllLoss(Var logs, Var labels) {
    return nllLoss(logs, labels, ClassOptions.defaults());
  }

  /**
   * The negative log-likelihood of labels.
   *
   * @param logs log-probabilities [rows, classes, ..], or [classes]
   * @param labels int32, of the shape of logs without the class axis
   */
  public static Var nllLoss(Var logs, Var labels, ClassOptions options) {
    return negativeLogLikelihood("nllLoss", logs, labels, options);
  }

  private static Var negativeLogLikelihood(String op, Var logs, Var labels, ClassOptions options) {
    int axis = classAxis(op, logs);
    Shape rows = logs.shape().reduced(new int[]{axis}, true);
    if (labels.shape().size() != rows.size() || labels.value().dtype() != DType.INT32) {
      throw new IllegalArgumentException(op + ": labels " + labels.value() + " do not fit scores " + logs.shape()
          + "; expected int32 labels of shape " + logs.shape().reduced(new int[]{axis}, false));
    }
    Var index = labels.reshape(rows);
    Var counted = index.ne(intScalar(index, options.ignoredLabel())); // int32, 1 where the row counts
    Var safe = counted.where(index, intScalar(index, 0));
    Var weights = options.weight()
        .map(w -> alongClasses(w, logs.shape(), axis).expand(logs.shape()).gather(axis, safe))
        .map(w -> counted.where(w, logs.like(0)))
        .orElseGet(counted::toFloat);
    // where, not a product: an ignored row may hold infinities
    Var picked = counted.where(logs.gather(axis, safe).neg(), logs.like(0)).times(weights);
    Var total = overRows(picked, weights, axis, options.reduction());
    if (options.smoothing() == 0) {
      return total;
    }
    Var even = options.weight().map(w -> logs.times(alongClasses(w, logs.shape(), axis))).orElse(logs).sumKeep(axis);
    Var spread = overRows(counted.where(even.neg(), logs.like(0)), weights, axis, options.reduction());
    return total.times(1 - options.smoothing()).plus(spread.times(options.smoothing() / logs.shape().dim(axis)));
  }

  /** Losses of rows reduced; their mean is weighted. */
  private static Var overRows(Var losses, Var weights, int axis, Reduction reduction) {
    return reduction == Reduction.MEAN ? losses.sum().div(weights.sum()) : reduce(losses.sum(axis), reduction);
  }

  private static Var intScalar(Var like, int value) {
    return Var.of(like.device().tensor(new int[]{value}, 1));
  }

  private static int classAxis(String op, Var scores) {
    if (scores.shape().rank() == 0) {
      throw new IllegalArgumentException(op + ": scores are a scalar; expected [rows, classes, ..] or [classes]");
    }
    return scores.shape().rank() == 1 ? 0 : 1;
  }

  private static Var alongClasses(Var weight, Shape scores, int axis) {
    int[] dims = new int[scores.rank()];
    Arrays.fill(dims, 1);
    dims[axis] = scores.dim(axis);
    return weight.reshape(dims);
  }

  // ---- numbers ----

  /** Mean of {@code (x - y)^2}. */
  public static Var meanSquaredError(Var prediction, Var target) {
    return meanSquaredError(prediction, target, Reduction.MEAN);
  }

  /** {@code (x - y)^2}; operands broadcast. */
  public static Var meanSquaredError(Var prediction, Var target, Reduction reduction) {
    return reduce(prediction.minus(target).square(), reduction);
  }

  /** Mean of {@code |x - y|}. */
  public static Var l1(Var prediction, Var target) {
    return l1(prediction, target, Reduction.MEAN);
  }

  /** {@code |x - y|}; operands broadcast; derivative 0 where they are equal. */
  public static Var l1(Var prediction, Var target, Reduction reduction) {
    return reduce(prediction.minus(target).abs(), reduction);
  }

  /** {@code t (log t - x)}, averaged over all elements as PyTorch's default does. */
  public static Var klDivergence(Var logs, Var target) {
    return klDivergence(logs, target, false, Reduction.MEAN);
  }

  /**
   * Kullback-Leibler divergence of a target from log-probabilities, element by element.
   *
   * @param logs log-probabilities x
   * @param target probabilities t, or their logarithms
   * @param logTarget true: {@code e^t (t - x)}; false: {@code t (log t - x)}, with {@code 0 log 0 = 0}
   * @param reduction {@code BATCH_MEAN} is the divergence per row
   */
  public static Var klDivergence(Var logs, Var target, boolean logTarget, Reduction reduction) {
    if (logTarget) {
      return reduce(target.exp().times(target.minus(logs)), reduction);
    }
    Var zero = target.eq(target.like(0));
    Var entropy = zero.where(target.like(0), target.times(zero.where(target.like(1), target).log()));
    return reduce(entropy.minus(target.times(logs)), reduction);
  }

  /** Mean cosine embedding loss with margin 0. */
  public static Var cosineEmbedding(Var a, Var b, Var y) {
    return cosineEmbedding(a, b, y, 0, Reduction.MEAN);
  }

  /**
   * {@code 1 - cos(a, b)} where y is 1, {@code max(0, cos(a, b) - margin)} where y is -1.
   *
   * @param a [rows, features] or [features]
   * @param y float32 or int32, [rows] or a scalar
   */
  public static Var cosineEmbedding(Var a, Var b, Var y, double margin, Reduction reduction) {
    int axis = a.shape().rank() - 1;
    Var lengthA = a.square().sum(axis).plus(COSINE_EPSILON).sqrt();
    Var lengthB = b.square().sum(axis).plus(COSINE_EPSILON).sqrt();
    Var cosine = a.times(b).sum(axis).div(lengthA).div(lengthB); // one by one: the product of squares may overflow
    Var label = y.toFloat();
    Var apart = cosine.minus(margin);
    Var away = apart.ge(apart.like(0)).where(apart, apart.like(0)); // as PyTorch's clamp: derivative 1 at the bound
    Var other = label.eq(label.like(-1)).where(away, away.like(0));
    return reduce(label.eq(label.like(1)).where(cosine.oneMinus(), other), reduction);
  }

  // ---- shared ----

  private static Var reduce(Var losses, Reduction reduction) {
    return switch (reduction) {
      case NONE -> losses;
      case MEAN -> losses.mean();
      case SUM -> losses.sum();
      case BATCH_MEAN -> losses.sum().div(losses.shape().rank() == 0 ? 1 : losses.shape().dim(0));
    };
  }

  private static void requireSame(String op, Var prediction, Var target) {
    if (!prediction.shape().equals(target.shape())) {
      throw new IllegalArgumentException(op + ": predictions have shape " + prediction.shape() + ", targets "
          + target.shape() + "; reshape one of them");
    }
  }
}
