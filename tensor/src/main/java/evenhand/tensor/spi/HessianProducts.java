package evenhand.tensor.spi;

import evenhand.tensor.Reduction;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.Optional;

/**
 * Hessian-vector products without a graph: logistic and softmax heads, and a layer of a perceptron.
 *
 * <p>All are sums over the n rows of {@code x [n, d]}. A head's parameters are {@code [d]} (logistic) or {@code [C, d]}
 * (softmax), as a linear layer stores its weight; with {@code d + 1} in place of d, the last number of each row is the
 * bias, as if x had a last column of ones. All are float32. As elsewhere in {@link Backend}, inputs may have any
 * strides, and outputs are contiguous and overlap no input.
 *
 * <p>Source of the layer's products: B. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 1994.
 * R is the derivative along the direction: R W = V, R b = c.
 */
public interface HessianProducts {
  // ---- heads ----

  /**
   * {@code out = sum_i s_i (1 - s_i) (x_i . v) x_i} with {@code s = sigmoid(x . w)}: the cross-entropy's Hessian times v.
   *
   * @param x {@code [n, d]}
   * @param w the weights, {@code [d]} or {@code [d + 1]}
   * @param v the direction, of w's shape
   * @param out of w's shape
   */
  default void logisticHvp(Tensor x, Tensor w, Tensor v, Tensor out) {
    logisticHvpKept(x, logisticCurvature(x, w), v, out);
  }

  /**
   * {@code out = sum_i c_i (x_i . v) x_i}: {@link #logisticHvp} with the curvature kept, for many products at one w.
   *
   * @param curvature c, {@code [n]}; {@link #logisticCurvature} gives it, and it may hold weights of the rows
   */
  default void logisticHvpKept(Tensor x, Tensor curvature, Tensor v, Tensor out) {
    Tensor q = scores(x, v.unsqueeze(0)).times(curvature.unsqueeze(1));
    spread(x, q, out.unsqueeze(0));
  }

  /**
   * {@code out[c] = sum_i q_ic x_i} with {@code q = p (u - <p, u>)}, {@code p = softmax(x . w)} and {@code u = x . v}.
   *
   * @param x {@code [n, d]}
   * @param w the weights, {@code [C, d]} or {@code [C, d + 1]}
   * @param v the direction, of w's shape
   * @param out of w's shape
   */
  default void softmaxHvp(Tensor x, Tensor w, Tensor v, Tensor out) {
    softmaxHvpKept(x, softmaxProbabilities(x, w), v, out);
  }

  /**
   * {@link #softmaxHvp} with the probabilities kept, for many products at one w.
   *
   * @param probabilities p, {@code [n, C]}; {@link #softmaxProbabilities} gives them
   */
  default void softmaxHvpKept(Tensor x, Tensor probabilities, Tensor v, Tensor out) {
    Tensor u = scores(x, v);
    Tensor mean = probabilities.times(u).reduce(Reduction.SUM, true, 1);
    spread(x, probabilities.times(u.minus(mean)), out);
  }

  /** {@code s (1 - s)} of each row, {@code [n]}, as {@code s(z) s(-z)}: no cancellation for large scores. */
  static Tensor logisticCurvature(Tensor x, Tensor w) {
    Tensor z = scores(x, w.unsqueeze(0)).reshape(x.shape().dim(0));
    return z.apply(Unary.SIGMOID).times(z.apply(Unary.NEG).apply(Unary.SIGMOID));
  }

  /** The probabilities of each row's classes, {@code [n, C]}. */
  static Tensor softmaxProbabilities(Tensor x, Tensor w) {
    Tensor z = scores(x, w);
    Tensor power = z.minus(z.reduce(Reduction.MAX, true, 1)).apply(Unary.EXP);
    return power.div(power.reduce(Reduction.SUM, true, 1));
  }

  /** {@code x w^T}, {@code [n, C]}, with the bias where w has one. */
  private static Tensor scores(Tensor x, Tensor w) {
    int d = x.shape().dim(1);
    Tensor z = x.matmul(w.slice(1, 0, d).transpose());
    return w.shape().dim(1) == d ? z : z.plus(w.slice(1, d, d + 1).transpose());
  }

  /** {@code out = q^T x}, and the column sums of q where out has biases. */
  private static void spread(Tensor x, Tensor q, Tensor out) {
    int d = x.shape().dim(1);
    out.slice(1, 0, d).copyFrom(q.transpose().matmul(x));
    if (out.shape().dim(1) > d) {
      out.slice(1, d, d + 1).copyFrom(q.sum(0).unsqueeze(1));
    }
  }

  // ---- a layer of a perceptron ----

  /** What a layer does to {@code z = x W^T + b}; its derivatives follow from its result h. */
  enum Activation {
    /** {@code h = z}. */
    IDENTITY,
    /** {@code h = max(z, 0)}; derivative 0 at 0. */
    RELU,
    /** {@code h = tanh z}. */
    TANH;

    /** {@code h}. */
    public Tensor of(Tensor z) {
      return switch (this) {
        case IDENTITY -> z;
        case RELU -> z.apply(Unary.RELU);
        case TANH -> z.apply(Unary.TANH);
      };
    }

    /** {@code dh / dz} from h: 1, {@code h > 0}, {@code 1 - h^2}. */
    public double slope(double h) {
      return switch (this) {
        case IDENTITY -> 1;
        case RELU -> h > 0 ? 1 : 0;
        case TANH -> 1 - h * h;
      };
    }

    /** {@code dy dh / dz}, from h. */
    public Tensor back(Tensor dy, Tensor h) {
      return switch (this) {
        case IDENTITY -> dy;
        case RELU -> dy.times(h.apply(Unary.STEP));
        case TANH -> dy.times(h.device().scalar(1).minus(h.apply(Unary.SQUARE)));
      };
    }
  }

  /**
   * A layer {@code h = activation(x W^T + b)} and the direction in which its parameters move.
   *
   * @param weight W, {@code [N, K]}, as a linear layer stores it
   * @param bias b, {@code [N]}
   * @param weightRate V = R W, {@code [N, K]}
   * @param biasRate c = R b, {@code [N]}
   */
  record RLayer(Tensor weight, Tensor bias, Tensor weightRate, Tensor biasRate, Activation activation) {
    /** Checks that the shapes fit. */
    public RLayer {
      if (weight.shape().rank() != 2 || bias.shape().rank() != 1 || bias.shape().dim(0) != weight.shape().dim(0)
          || !weightRate.shape().equals(weight.shape()) || !biasRate.shape().equals(bias.shape())) {
        throw new IllegalArgumentException("R-operator layer: weight " + weight.shape() + ", bias " + bias.shape()
            + " and direction " + weightRate.shape() + ", " + biasRate.shape() + " do not fit; expected [out, in], "
            + "[out] and the same again");
      }
    }
  }

  /** Derivatives for a layer's weight, {@code [N, K]}, and bias, {@code [N]}; written. */
  record Slopes(Tensor weight, Tensor bias) {}

  /**
   * The layer below, whose result is the x of this one.
   *
   * @param activation of the layer below
   * @param d dL/dz of the layer below, {@code [B, K]}: written, or read if known
   * @param rd R d, {@code [B, K]}: written
   * @param known true where an earlier pass left d at the same parameters
   */
  record Below(Activation activation, Tensor d, Tensor rd, boolean known) {}

  /**
   * A layer forward: {@code z = x W^T + b}, {@code Rz = Rx W^T + x V^T + c}, {@code h = a(z)}, {@code Rh = a'(z) Rz}.
   *
   * @param x {@code [B, K]}
   * @param rx Rx, {@code [B, K]}; empty means 0, as for the first layer
   * @param known true where h holds the result of an earlier pass at the same parameters: only Rh is computed
   * @param h {@code [B, N]}: written, or read if known
   * @param rh {@code [B, N]}: written
   */
  default void rForward(RLayer layer, Tensor x, Optional<Tensor> rx, boolean known, Tensor h, Tensor rh) {
    if (!known) {
      h.copyFrom(layer.activation().of(x.matmul(layer.weight().transpose()).plus(layer.bias())));
    }
    Tensor fixed = x.matmul(layer.weightRate().transpose()).plus(layer.biasRate());
    Tensor rz = rx.map(moved -> moved.matmul(layer.weight().transpose()).plus(fixed)).orElse(fixed);
    rh.copyFrom(layer.activation().back(rz, h));
  }

  /**
   * A layer backward, from {@code D = dL/dz} and RD of its z.
   *
   * <pre>
   *  dW = D^T x          db = sum D     RdW = RD^T x + D^T Rx         Rdb = sum RD
   *  s = D W             below.d = a'(z) s                            z, a: of the layer below
   *  Rs = RD W + D V     below.rd = a'(z) Rs + a''(z) Rz s            for tanh a''(z) Rz = -2 x Rx, else 0
   * </pre>
   *
   * <p>A term that is added to RD of the last layer travels along: with RD + E, the products are H v plus the gradient
   * that E alone would give.
   *
   * @param x {@code [B, K]}
   * @param rx Rx; empty means 0
   * @param d {@code [B, N]}
   * @param rd {@code [B, N]}
   * @param gradient dW and db, if wanted
   * @param product RdW and Rdb: this layer's part of H v
   * @param below empty for the first layer
   */
  default void rBackward(RLayer layer, Tensor x, Optional<Tensor> rx, Tensor d, Tensor rd, Optional<Slopes> gradient,
      Slopes product, Optional<Below> below) {
    gradient.ifPresent(slopes -> {
      slopes.weight().copyFrom(d.transpose().matmul(x));
      slopes.bias().copyFrom(d.sum(0));
    });
    Tensor fixed = rd.transpose().matmul(x);
    product.weight().copyFrom(rx.map(moved -> d.transpose().matmul(moved).plus(fixed)).orElse(fixed));
    product.bias().copyFrom(rd.sum(0));
    below.ifPresent(under -> {
      Tensor rs = rd.matmul(layer.weight()).plus(d.matmul(layer.weightRate()));
      Activation activation = under.activation();
      Tensor turned = activation.back(rs, x);
      if (!under.known() || activation == Activation.TANH && rx.isPresent()) {
        Tensor s = d.matmul(layer.weight());
        if (activation == Activation.TANH && rx.isPresent()) {
          turned = turned.minus(x.times(rx.get()).times(s).times(2));
        }
        if (!under.known()) {
          under.d().copyFrom(activation.back(s, x));
        }
      }
      under.rd().copyFrom(turned);
    });
  }
}
