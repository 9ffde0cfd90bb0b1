package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Sequential;
import evenhand.tensor.Binary;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.HessianProducts.Activation;
import evenhand.tensor.spi.HessianProducts.Below;
import evenhand.tensor.spi.HessianProducts.RLayer;
import evenhand.tensor.spi.HessianProducts.Slopes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Gradient and Hessian-vector products of a perceptron's loss, by the R-operator on the device's fused layers.
 *
 * <pre>{@code
 * MlpHessian at = MlpHessian.of(model, x, z -> LogitLoss.binaryCrossEntropy(z, y, 1.0 / rows));
 * List<Tensor> g = at.gradient();
 * List<Tensor> hv = at.product(v);        // any number of times, at these parameters and rows
 * }</pre>
 *
 * <p>The same numbers as {@link evenhand.autograd.Grad#hvp}, without a graph. What depends on the parameters alone, each
 * layer's result and the loss's derivative for it, is computed once: of a layer K to N on B rows, {@link #of} takes
 * 4BKN flops, {@link #gradient} 2BKN, {@link #product} 12BKN (a first layer 2, 2 and 4). Lists of tensors are in the
 * order of the model's parameters.
 *
 * <p>Source: B. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 1994.
 */
public final class MlpHessian {
  /**
   * A loss, seen from the logits: dL/dz there, and how that moves as the logits move along Rz.
   *
   * @param gradient dL/dz, of the logits' shape
   * @param curvature {@code Rz -> (d^2 L / dz^2) Rz}
   */
  public record LogitLoss(Tensor gradient, UnaryOperator<Tensor> curvature) {
    /**
     * {@code factor * sum over rows} of the cross-entropy of a sigmoid.
     *
     * @param logits of any shape
     * @param labels of the same shape, in [0, 1]
     */
    public static LogitLoss binaryCrossEntropy(Tensor logits, Tensor labels, double factor) {
      if (!logits.shape().equals(labels.shape())) {
        throw new IllegalArgumentException("LogitLoss: logits have shape " + logits.shape() + ", labels "
            + labels.shape() + "; reshape one of them");
      }
      Tensor p = logits.apply(Unary.SIGMOID);
      Tensor q = logits.apply(Unary.NEG).apply(Unary.SIGMOID); // 1 - p, no cancellation
      Tensor bend = p.times(q).times(factor);
      // p - y as p (1 - y) - (1 - p) y, which keeps the slope of a confident logit on the right side
      Tensor slope = p.minus(p.times(labels)).minus(q.times(labels));
      return new LogitLoss(slope.times(factor), bend::times);
    }

    /**
     * {@code factor * sum over rows} of the cross-entropy of a softmax.
     *
     * @param logits {@code [rows, classes]}
     * @param labels int32, {@code [rows]}
     */
    public static LogitLoss crossEntropy(Tensor logits, Tensor labels, double factor) {
      Device device = logits.device();
      int classes = logits.shape().dim(1);
      Tensor power = logits.minus(logits.reduce(Reduction.MAX, true, 1)).apply(Unary.EXP);
      Tensor p = power.div(power.reduce(Reduction.SUM, true, 1));
      Tensor wanted = labels.unsqueeze(1).apply(Binary.EQ, device.range(classes)).to(DType.FLOAT32);
      Tensor scaled = p.times(factor);
      return new LogitLoss(p.minus(wanted).times(factor),
          u -> scaled.times(u.minus(p.times(u).reduce(Reduction.SUM, true, 1))));
    }
  }

  /** A linear layer and what follows it. */
  private record Stage(Linear linear, Activation activation) {
    Tensor weight() {
      return linear.weight().value();
    }

    Tensor bias() {
      return linear.bias().map(Var::value).orElseGet(() -> weight().device().zeros(weight().shape().dim(0)));
    }
  }

  private final List<Stage> stages;
  private final List<Tensor> results; // x, then the result of each layer
  private final List<Tensor> slopes; // dL/dz of each layer
  private final LogitLoss loss;

  private MlpHessian(List<Stage> stages, List<Tensor> results, List<Tensor> slopes, LogitLoss loss) {
    this.stages = stages;
    this.results = results;
    this.slopes = slopes;
    this.loss = loss;
  }

  /**
   * The loss of a model on rows, at the model's present parameters.
   *
   * @param model linear layers with {@link Layers#relu}, {@link Layers#tanh} or nothing between them, see {@link #fits}
   * @param x {@code [rows, in]}
   * @param loss from logits {@code [rows, out]}
   * @throws IllegalArgumentException if the model or x is of another kind
   */
  public static MlpHessian of(Layer model, Tensor x, Function<Tensor, LogitLoss> loss) {
    return parts(model, x, new int[]{x.shape().dim(0)}, (part, logits) -> loss.apply(logits)).getFirst();
  }

  /**
   * The losses of consecutive parts of the rows, each by itself; all rows pass through the network together.
   *
   * @param x {@code [rows, in]}
   * @param sizes rows of each part, which add up to all
   * @param loss from the number of a part and its logits {@code [size, out]}
   */
  public static List<MlpHessian> parts(Layer model, Tensor x, int[] sizes,
      BiFunction<Integer, Tensor, LogitLoss> loss) {
    List<Stage> stages = stages(model)
        .orElseThrow(() -> new IllegalArgumentException("MlpHessian: the model is not made"
            + " of linear layers with relu or tanh between them; use Grad.hvp"));
    int in = stages.getFirst().weight().shape().dim(1);
    if (x.shape().rank() != 2 || x.shape().dim(1) != in || Arrays.stream(sizes).sum() != x.shape().dim(0)) {
      throw new IllegalArgumentException("MlpHessian: inputs have shape " + x.shape() + ", expected [rows, " + in
          + "] with rows in parts of " + Arrays.toString(sizes));
    }
    List<Tensor> results = new ArrayList<>(List.of(x));
    for (Stage stage : stages) {
      Tensor z = results.getLast().matmul(stage.weight().transpose());
      results.add(stage.activation.of(stage.linear.bias().map(bias -> z.plus(bias.value())).orElse(z)));
    }
    int[] from = new int[sizes.length + 1];
    Arrays.setAll(from, part -> Arrays.stream(sizes, 0, part).sum());
    List<LogitLoss> losses = IntStream.range(0, sizes.length)
        .mapToObj(part -> loss.apply(part, results.getLast().slice(0, from[part], from[part + 1]))).toList();
    Tensor[] d = new Tensor[stages.size()];
    d[d.length - 1] = Tensor.concat(0, losses.stream().map(LogitLoss::gradient).toList());
    for (int l = d.length - 1; l > 0; l--) {
      d[l - 1] = stages.get(l - 1).activation.back(d[l].matmul(stages.get(l).weight()), results.get(l));
    }
    return IntStream.range(0, sizes.length)
        .mapToObj(part -> new MlpHessian(stages, rows(results, from[part], from[part + 1]),
            rows(Arrays.asList(d), from[part], from[part + 1]), losses.get(part)))
        .toList();
  }

  private static List<Tensor> rows(List<Tensor> tensors, int from, int to) {
    return tensors.stream().map(tensor -> tensor.slice(0, from, to)).toList();
  }

  /** True if the model is made of linear layers with {@link Layers#relu}, {@link Layers#tanh} or nothing between. */
  public static boolean fits(Layer model) {
    return stages(model).isPresent();
  }

  private static Optional<List<Stage>> stages(Layer model) {
    List<Layer> layers = model instanceof Sequential net ? net.layers() : List.of(model);
    List<Stage> stages = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      if (!(layers.get(i) instanceof Linear linear)) {
        return Optional.empty();
      }
      Optional<Activation> next = i + 1 < layers.size() ? activation(layers.get(i + 1)) : Optional.empty();
      stages.add(new Stage(linear, next.orElse(Activation.IDENTITY)));
      i += next.isPresent() ? 1 : 0;
    }
    return stages.isEmpty() || stages.getLast().activation != Activation.IDENTITY ? Optional.empty()
        : Optional.of(stages);
  }

  private static Optional<Activation> activation(Layer layer) {
    return layer.equals(Layers.relu()) ? Optional.of(Activation.RELU)
        : layer.equals(Layers.tanh()) ? Optional.of(Activation.TANH) : Optional.empty();
  }

  /** The model's output, {@code [rows, out]}. */
  public Tensor logits() {
    return results.getLast();
  }

  /** dL/d theta. */
  public List<Tensor> gradient() {
    List<Tensor> gradient = new ArrayList<>();
    for (int l = 0; l < stages.size(); l++) {
      gradient.add(slopes.get(l).transpose().matmul(results.get(l)));
      if (stages.get(l).linear.bias().isPresent()) {
        gradient.add(slopes.get(l).sum(0));
      }
    }
    return gradient;
  }

  /** {@code H v}. */
  public List<Tensor> product(List<Tensor> direction) {
    return product(direction, loss.curvature());
  }

  /**
   * {@code H v + J^T e}: with a second loss's gradient for the logits, whose own gradient rides along for nothing.
   *
   * @param e {@code [rows, out]}
   */
  public List<Tensor> product(List<Tensor> direction, Tensor e) {
    return product(direction, rz -> loss.curvature().apply(rz).plus(e));
  }

  private List<Tensor> product(List<Tensor> direction, UnaryOperator<Tensor> curvature) {
    List<RLayer> layers = moving(direction);
    List<Optional<Tensor>> rates = rates(layers);
    Slopes[] products = new Slopes[layers.size()];
    backward(layers, rates, layers.size() - 1, curvature.apply(rates.getLast().orElseThrow()), products);
    return flat(products);
  }

  /** Rx = 0, then R of each layer's result. */
  private List<Optional<Tensor>> rates(List<RLayer> layers) {
    List<Optional<Tensor>> rates = new ArrayList<>(List.of(Optional.empty()));
    for (int l = 0; l < layers.size(); l++) {
      Tensor rate = empty(results.get(l + 1).shape());
      backend().rForward(layers.get(l), results.get(l), rates.get(l), true, results.get(l + 1), rate);
      rates.add(Optional.of(rate));
    }
    return rates;
  }

  /** From R dL/dz of one layer, its products and those of the layers below. */
  private void backward(List<RLayer> layers, List<Optional<Tensor>> rates, int from, Tensor rateOfSlope,
      Slopes[] products) {
    Tensor rd = rateOfSlope;
    for (int l = from; l >= 0; l--) {
      products[l] = new Slopes(empty(layers.get(l).weight().shape()), empty(layers.get(l).bias().shape()));
      Optional<Below> below = l == 0 ? Optional.empty()
          : Optional
              .of(new Below(stages.get(l - 1).activation, slopes.get(l - 1), empty(results.get(l).shape()), true));
      backend().rBackward(layers.get(l), results.get(l), rates.get(l), slopes.get(l), rd, Optional.empty(), products[l],
          below);
      rd = below.map(Below::rd).orElse(rd);
    }
  }

  /**
   * {@code H v + J^T e} where v leaves the last layer alone, for logits whose loss is a cross-entropy of labels 0 and 1.
   *
   * <p>If there is one logit and the layer under it is piecewise linear, then D = dL/dz of that layer is the logit's
   * slope times what does not move: the last weights, and which units are on. So RD is D times a number r for each row,
   * and of its four products two are left: {@code RD^T x + D^T Rx = D^T (r x + Rx)} and {@code RD W = r (D W)}, where the
   * gradient knows D W. With x = h_(l-1), that is 8BKN flops of this layer instead of 12. Other models take
   * {@link #product(List, Tensor)}.
   *
   * @param direction of all parameters, in the model's order; those of the last layer are not read
   * @param e {@code [rows, out]}, in each row a bounded multiple of the loss's slope, as the slope of any smooth function
   *     of the probability is
   */
  public List<Tensor> productBelowHead(List<Tensor> direction, Tensor e) {
    int top = stages.size() - 2;
    if (top < 0 || logits().shape().dim(1) > 1 || stages.get(top).activation == Activation.TANH
        || top > 0 && stages.get(top - 1).activation == Activation.TANH) {
      List<Tensor> still = new ArrayList<>(direction);
      for (int p = direction.size() - stages.getLast().linear.parameters().size(); p < direction.size(); p++) {
        still.set(p, direction.get(p).times(0));
      }
      return product(still, e);
    }
    List<RLayer> layers = moving(direction);
    List<Optional<Tensor>> rates = rates(layers.subList(0, top + 1));
    Tensor moved = rates.getLast().orElseThrow();
    Tensor slope = slopes.getLast();
    Tensor rd = loss.curvature().apply(moved.matmul(stages.getLast().weight().transpose())).plus(e);
    Tensor r = slope.where(rd.div(slope), slope.device().scalar(0));
    Slopes[] products = new Slopes[stages.size()];
    products[top + 1] = new Slopes(
        rd.transpose().matmul(results.get(top + 1)).plus(slope.transpose().matmul(moved)), rd.sum(0));
    Tensor x = results.get(top).times(r);
    products[top] = new Slopes(slopes.get(top).transpose().matmul(rates.get(top).map(x::plus).orElse(x)),
        slopes.get(top).transpose().matmul(r).reshape(-1));
    if (top > 0) {
      Tensor turned = slopes.get(top).matmul(layers.get(top).weightRate());
      backward(layers, rates, top - 1,
          stages.get(top - 1).activation.back(turned, results.get(top)).plus(slopes.get(top - 1).times(r)), products);
    }
    return flat(products);
  }

  /** The layers with the direction's tensors. */
  private List<RLayer> moving(List<Tensor> direction) {
    int wanted = stages.stream().mapToInt(stage -> stage.linear.parameters().size()).sum();
    if (direction.size() != wanted) {
      throw new IllegalArgumentException("MlpHessian: " + direction.size() + " directions for " + wanted
          + " parameters; give one each");
    }
    List<RLayer> layers = new ArrayList<>();
    int at = 0;
    for (Stage stage : stages) {
      Tensor v = direction.get(at++);
      Tensor bias = stage.bias();
      layers.add(new RLayer(stage.weight(), bias, v, stage.linear.bias().isPresent() ? direction.get(at++) : bias,
          stage.activation));
    }
    return layers;
  }

  private List<Tensor> flat(Slopes... products) {
    List<Tensor> all = new ArrayList<>();
    for (int l = 0; l < products.length; l++) {
      boolean biased = stages.get(l).linear.bias().isPresent();
      all.addAll(biased ? Arrays.asList(products[l].weight(), products[l].bias()) : List.of(products[l].weight()));
    }
    return all;
  }

  private Backend backend() {
    return logits().device().backend();
  }

  private Tensor empty(Shape shape) {
    return logits().device().empty(DType.FLOAT32, shape);
  }
}
