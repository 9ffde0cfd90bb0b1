package evenhand.fairness.algorithms;

import evenhand.autograd.CustomOp;
import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.MlpHessian;
import evenhand.autograd.models.MlpHessian.LogitLoss;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.optim.Training;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Compared;
import evenhand.fairness.algorithms.DecisionRationaleAlignment.Objective;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The loss of {@link DecisionRationaleAlignment} of a perceptron, with its gradient by the R-operator.
 *
 * <p>The same numbers as {@link Objective#of}, whose gradient goes through a graph twice and is what defines them. Of a
 * layer K to N on B rows 18BKN flops where a plain step has 6BKN (a first layer 8 and 4); 14 under a single logit where
 * units are piecewise linear, see {@link MlpHessian#productBelowHead}.
 *
 * <p>Derivation. Let F = cross-entropy + lambda D, a function of the logits z alone, and w_ab the weight of a pair, so
 * that the loss is {@code F - beta * sum over pairs, layers of w_ab c_l(a, b)}. In one layer, with A = I^a and B = I^b:
 *
 * <pre>
 *  c = &lt;A, B&gt; / (|A| |B|)          u^a = dc/dA = B / (|A| |B|) - c A / |A|^2, summed over the pairs of a, each times w
 *  I_k = sum over j of (W_kj g_kj)^2       dI_k/dW_kj at fixed g = 2 W_kj g_kj^2     dI_k/dg_kj = 2 W_kj^2 g_kj
 *  direct^s = 2 u^s W (g^s)^2        v^s = 2 u^s W^2 g^s        both 0 on biases and on layers that are not compared
 *  g^s moves with theta as dg^s = H_s dtheta, and H_s is symmetric:
 *  d(sum of w c) = sum over s of &lt;direct^s + H_s v^s, dtheta&gt;
 *  F moves with theta through the logits: dF = sum over s of &lt;J_s^T e_s, dtheta&gt;, J_s = dz/dtheta of the rows of s,
 *  e_s = dF/dz there
 * </pre>
 *
 * <p>The R-operator's backward pass takes R dL_s/dz, which is {@code L_s'' Rz}, down the layers to H_s v, and is linear
 * in it; started from {@code L_s'' Rz + e_s} it ends in {@code H_s v + J_s^T e_s}. So one product along -beta v^s gives a
 * subgroup's whole share of the gradient but -beta direct^s, and cross-entropy and gap have no pass of their own:
 *
 * <pre>
 *  gradient = sum over s of (H_s (-beta v^s) + J_s^T e_s - beta direct^s)
 * </pre>
 *
 * <p>Cosines and u are computed in double, from influences divided by their largest; a layer with one output unit has u =
 * 0. Source: B. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 1994.
 */
final class AlignmentGradient implements Training.RowLoss {
  private final Layer model;
  private final Function<int[], Tensor> inputs;
  private final Objective objective;
  private final List<String> names; // of the layers that are compared
  private final List<Tensor> weights; // theirs

  /**
   * Of the same model, rows and settings as the objective.
   *
   * @param model {@link #fits}
   * @param inputs from row numbers to {@code [rows, columns]}
   */
  AlignmentGradient(Layer model, Function<int[], Tensor> inputs, Objective objective) {
    this.model = model;
    this.inputs = inputs;
    this.objective = objective;
    this.names = List.copyOf(objective.layers().keySet());
    this.weights = objective.layers().values().stream().map(Var::value).toList();
  }

  /** True of models that this works for. */
  static boolean fits(Layer model) {
    return MlpHessian.fits(model);
  }

  /** One subgroup of a batch: its loss, and what the cosines say of it. */
  private static final class Part {
    private final MlpHessian loss;
    private final List<Tensor> gradients; // g of each layer that is compared
    private final List<double[]> influences; // I of each, divided by scale^2
    private final double[] scales; // root of the largest I of each; 0 without influence
    private final List<double[]> pulls; // u of each, for the divided I

    Part(MlpHessian loss, List<Tensor> weights, List<Tensor> gradients) {
      this.loss = loss;
      this.gradients = gradients;
      this.influences = new ArrayList<>();
      this.scales = new double[weights.size()];
      this.pulls = weights.stream().map(weight -> new double[weight.shape().dim(0)]).toList();
      for (int l = 0; l < scales.length; l++) {
        double[] raw = weights.get(l).device().backend()
            .neuronInfluence(weights.get(l), List.of(gradients.get(l))).groups().getFirst();
        double largest = Arrays.stream(raw).max().orElse(0);
        double scale = Math.sqrt(largest);
        scales[l] = scale < Float.MIN_NORMAL ? 0 : scale;
        influences.add(Arrays.stream(raw).map(influence -> influence / largest).toArray());
      }
    }
  }

  /** The loss of these rows, a scalar whose gradient is known; it has no second one. */
  @Override
  public Var of(int[] rows) {
    // 1. the rows of each subgroup, all forward and backward together
    SortedMap<Integer, int[]> parts = objective.parts(rows);
    List<Integer> subgroups = List.copyOf(parts.keySet());
    int[] order = Objective.order(parts);
    List<MlpHessian> losses = MlpHessian.parts(model, inputs.apply(order),
        parts.values().stream().mapToInt(members -> members.length).toArray(),
        (part, z) -> LogitLoss.binaryCrossEntropy(z, objective.labels(parts.get(subgroups.get(part))),
            1.0 / z.shape().dim(0)));
    // 2. cross-entropy and gap
    Var logits = Var.parameter(Tensor.concat(0, losses.stream().map(MlpHessian::logits).toList()));
    Var outer = objective.crossEntropy(logits, order)
        .plus(objective.gap(logits, order).times(objective.settings().lambda()));
    Tensor slopes = Grad.of(outer, List.of(logits)).getFirst(); // e
    // 3. influences
    List<Compared> pairs = objective.pairs(parts.keySet());
    List<String> parameters = List.copyOf(model.parameters().keySet());
    Map<Integer, Part> compared = new HashMap<>();
    for (Compared pair : pairs) {
      for (int s : new int[]{pair.a(), pair.b()}) {
        compared.computeIfAbsent(s, _ -> part(losses.get(subgroups.indexOf(s)), parameters));
      }
    }
    // 4. cosines, and how they pull
    double parity = 0;
    for (Compared pair : pairs) {
      parity += pair.weight() * compare(compared.get(pair.a()), compared.get(pair.b()), pair.weight());
    }
    // 5. the gradient
    List<List<Tensor>> shares = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < subgroups.size(); i++) {
      int count = losses.get(i).logits().shape().dim(0);
      Part part = compared.get(subgroups.get(i));
      // the rows of a part without another to compare with have no gap, so that e is a share of their own loss's slope
      shares.add(part != null ? share(part, slopes.slice(0, at, at + count))
          : losses.get(i).gradient().stream().map(g -> g.times((double) count / rows.length)).toList());
      at += count;
    }
    List<Tensor> gradient = IntStream.range(0, parameters.size())
        .mapToObj(p -> shares.stream().map(share -> share.get(p)).reduce(Tensor::plus).orElseThrow()).toList();
    Tensor value = outer.value().minus(slopes.device().scalar(objective.settings().beta() * parity));
    return Var.custom(new Known(value, gradient), model.parameters().values().toArray(Var[]::new));
  }

  private Part part(MlpHessian loss, List<String> parameters) {
    List<Tensor> all = loss.gradient();
    return new Part(loss, weights, names.stream().map(name -> all.get(parameters.indexOf(name))).toList());
  }

  /** The sum of the cosines; adds their derivatives, each times the weight, to both parts. */
  private double compare(Part a, Part b, double weight) {
    double sum = 0;
    for (int l = 0; l < names.size(); l++) {
      if (a.scales[l] == 0 || b.scales[l] == 0) {
        objective.undetermined(names.get(l));
      } else if (a.influences.get(l).length == 1) {
        sum++; // two positive numbers have one direction
      } else {
        double[] left = a.influences.get(l);
        double[] right = b.influences.get(l);
        double ofLeft = Math.sqrt(dot(left, left));
        double ofRight = Math.sqrt(dot(right, right));
        double cosine = dot(left, right) / (ofLeft * ofRight);
        sum += cosine;
        for (int k = 0; k < left.length; k++) {
          double x = left[k] / ofLeft;
          double y = right[k] / ofRight;
          a.pulls.get(l)[k] += weight * (y - cosine * x) / ofLeft;
          b.pulls.get(l)[k] += weight * (x - cosine * y) / ofRight;
        }
      }
    }
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(k -> a[k] * b[k]).sum();
  }

  /** {@code H_s (-beta v^s) + J_s^T e - beta direct^s}, for each parameter. */
  private List<Tensor> share(Part part, Tensor e) {
    Device device = e.device();
    List<Tensor> direction = new ArrayList<>(); // -beta v^s
    Map<Integer, Tensor> direct = new HashMap<>(); // -beta direct^s, by place among the parameters
    model.parameters().forEach((name, parameter) -> {
      int l = names.indexOf(name);
      if (l < 0 || parameter.shape().dim(0) == 1 || part.scales[l] == 0) {
        direction.add(device.zeros(parameter.shape().dims()));
        return;
      }
      // I is divided by scale^2, so that v = 2 u W^2 g / scale^2 with W g / scale not above 1
      Tensor w = weights.get(l);
      Tensor g = part.gradients.get(l);
      double[] u = part.pulls.get(l);
      float[] factors = new float[u.length];
      for (int k = 0; k < u.length; k++) {
        factors[k] = (float) (-2 * objective.settings().beta() * u[k] / part.scales[l]);
      }
      Tensor bent = w.times(g).times(1 / part.scales[l]).times(device.tensor(factors, u.length, 1));
      direct.put(direction.size(), bent.times(g));
      direction.add(bent.times(w));
    });
    List<Tensor> share = new ArrayList<>(part.loss.productBelowHead(direction, e));
    direct.forEach((place, tensor) -> share.set(place, share.get(place).plus(tensor)));
    return share;
  }

  /** A scalar of the parameters whose gradient was computed with it. */
  private record Known(Tensor value, List<Tensor> gradient) implements CustomOp {
    @Override
    public String name() {
      return "decision-rationale-alignment";
    }

    @Override
    public Tensor forward(List<Tensor> operands) {
      return value;
    }

    @Override
    public Var backward(List<Var> operands, Var out, Var dOut, int operand) {
      return Var.custom(new Slope(gradient.get(operand)), operands.get(operand), dOut);
    }
  }

  /** The gradient for one parameter; a second derivative is refused, by {@link CustomOp}, rather than wrong. */
  private record Slope(Tensor gradient) implements CustomOp {
    @Override
    public String name() {
      return "gradient of decision-rationale-alignment";
    }

    @Override
    public Tensor forward(List<Tensor> operands) {
      return gradient.times(operands.getLast());
    }
  }
}
