package evenhand.fairness.influence;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.LinearHessian;
import evenhand.autograd.models.MlpHessian;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Losses;
import evenhand.tensor.DType;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * What a model was trained to minimise, as a sum over rows: {@code J = sum_k l(row k) + ridge / 2 |theta|^2}.
 *
 * <p>l is the cross-entropy of a row, logistic for one logit and softmax for several. The sum has the same minimum as a
 * mean over the rows with {@code lambda / 2 |theta|^2}, where ridge = lambda * rows; its Hessian is the number of rows
 * times the mean's, and removing a row from it moves theta by {@code H^-1 grad l(row)} without a further factor. With
 * frozen layers below, give their outputs as x and the layers above as the model.
 *
 * @param model logits from x, {@code [rows, 1]} or {@code [rows, classes]}; in evaluation mode
 * @param parameters those that may move, of the model's
 * @param x {@code [rows, ..]}, on the model's device
 * @param labels one per row, 0 or 1, or a class
 * @param ridge at least 0, in sum form
 */
public record Objective(Layer model, List<Var> parameters, Tensor x, int[] labels, double ridge) {
  /** Checks sizes and ranges. */
  public Objective {
    parameters = new ParameterVector(parameters).list();
    requireRows("influence", x, labels);
    if (!(ridge >= 0)) {
      throw new IllegalArgumentException("influence: ridge must be at least 0, got " + ridge);
    }
  }

  /** All parameters, and ridge = lambda * rows: lambda as it was for the mean loss. */
  public static Objective of(Layer model, Tensor x, int[] labels, double lambda) {
    return new Objective(model, List.copyOf(model.parameters().values()), x, labels, lambda * labels.length);
  }

  private ParameterVector vector() {
    return new ParameterVector(parameters);
  }

  /** The same without some rows and with the same ridge, so that the influence of a row is of this row alone. */
  public Objective without(int... rows) {
    boolean[] left = new boolean[labels.length];
    for (int row : rows) {
      if (row < 0 || row >= labels.length) {
        throw new IllegalArgumentException("influence: there is no row " + row + " of " + labels.length
            + "; rows count from 0");
      }
      left[row] = true;
    }
    int[] kept = IntStream.range(0, labels.length).filter(row -> !left[row]).toArray();
    if (kept.length == 0) {
      throw new IllegalArgumentException("influence: no row is left of " + labels.length + "; leave out fewer");
    }
    return rows(kept);
  }

  private Objective rows(int... rows) {
    Tensor chosen = x.indexSelect(0, x.device().tensor(rows));
    return new Objective(model, parameters, chosen, labelsOf(rows), ridge);
  }

  int[] labelsOf(int... rows) {
    return IntStream.of(rows).map(row -> labels[row]).toArray();
  }

  /** theta: the values of the parameters, in one vector. */
  public double[] theta() {
    return vector().values();
  }

  /** Sets theta, in the model itself; rounded to float32. */
  public void moveTo(double[] theta) {
    vector().write(theta);
  }

  // ---- first order ----

  /** l of every row, {@code [rows]}, without the ridge. */
  public Var losses() {
    return losses(model, x, labels);
  }

  static Var losses(Layer model, Tensor x, int[] labels) {
    requireRows("influence", x, labels);
    return losses(model.forward(Var.of(x)), labels);
  }

  private static Var losses(Var logits, int[] labels) {
    if (logits.shape().rank() != 2) {
      throw new IllegalArgumentException("influence: the model gave logits " + logits.shape()
          + ", expected [rows, 1] or [rows, classes]");
    }
    Tensor y = logits.device().tensor(labels, labels.length);
    if (logits.shape().dim(1) > 1) {
      return Losses.crossEntropy(logits, Var.of(y),
          Losses.ClassOptions.defaults().withReduction(Losses.Reduction.NONE));
    }
    return Losses.binaryCrossEntropyWithLogits(logits.reshape(labels.length), Var.of(y.to(DType.FLOAT32)),
        Losses.BinaryOptions.defaults().withReduction(Losses.Reduction.NONE));
  }

  /** The gradient of a scalar of the model for theta, in one vector. */
  public double[] gradient(Var scalar) {
    return vector().flat(Grad.of(scalar, parameters));
  }

  /** {@code sum of grad l(row)} over rows of any origin, without the ridge. */
  public double[] gradient(Tensor rows, int... labelsOfRows) {
    try (Scope _ = Scope.open()) {
      return gradient(losses(model, rows, labelsOfRows).sum());
    }
  }

  /** {@code grad J}; zero at a minimum, which every influence is computed for. */
  public double[] gradient() {
    return Vectors.plus(gradient(x, labels), ridge, theta());
  }

  /** {@code grad l(row) . v} of every row: one Jacobian-vector product of the vector of losses. */
  public double[] slopes(double[] v) {
    // v may be tiny or huge, and float32 is not: its length is put back in double
    double length = Vectors.norm(v);
    double[] slopes = new double[labels.length];
    if (length == 0) {
      return slopes;
    }
    try (Scope _ = Scope.open()) {
      float[] unit = Grad.jvp(losses(), parameters, vector().split(Vectors.times(1 / length, v))).toFloats();
      IntStream.range(0, slopes.length).forEach(row -> slopes[row] = length * unit[row]);
    }
    return slopes;
  }

  // ---- second order ----

  /**
   * {@code v -> H v} at the present theta: the Hessian of J, ridge included.
   *
   * <p>By the device's fused products where all parameters of a linear model or a perceptron move; else through the
   * gradient's graph, which is made once.
   */
  public UnaryOperator<double[]> hessian() {
    ParameterVector vector = vector();
    if (allMove() && x.shape().rank() == 2 && model instanceof Linear head) {
      LinearHessian products = LinearHessian.of(head, x);
      return scaled(v -> vector.flat(products.product(vector.split(v))));
    }
    if (allMove() && x.shape().rank() == 2 && MlpHessian.fits(model)) {
      MlpHessian products = MlpHessian.of(model, x, this::logitLoss);
      return scaled(v -> vector.flat(products.product(vector.split(v))));
    }
    return hessianOfGraph();
  }

  private boolean allMove() {
    return parameters.equals(List.copyOf(model.parameters().values()));
  }

  private MlpHessian.LogitLoss logitLoss(Tensor logits) {
    Tensor y = logits.device().tensor(labels);
    return logits.shape().dim(1) > 1 ? MlpHessian.LogitLoss.crossEntropy(logits, y, 1)
        : MlpHessian.LogitLoss.binaryCrossEntropy(logits, y.to(DType.FLOAT32).unsqueeze(1), 1);
  }

  /** {@link #hessian} for any model. */
  UnaryOperator<double[]> hessianOfGraph() {
    ParameterVector vector = vector();
    List<Var> gradient = Grad.graph(losses().sum(), parameters);
    return scaled(v -> vector.flat(Grad.of(dot(gradient, vector.split(v)), parameters)));
  }

  /**
   * {@code v -> G v} at the present theta: the Gauss-Newton matrix {@code J^T (d^2 l / d logits^2) J} and the ridge.
   *
   * <p>Never negative, and equal to the Hessian if the logits are linear in theta.
   */
  public UnaryOperator<double[]> gaussNewton() {
    ParameterVector vector = vector();
    Var logits = model.forward(Var.of(x));
    Var leaf = Var.parameter(logits.value());
    Var sum = losses(leaf, labels).sum();
    return scaled(v -> {
      Tensor moved = Grad.jvp(logits, parameters, vector.split(v));
      Tensor bent = Grad.hvp(sum, List.of(leaf), List.of(moved)).getFirst();
      return vector.flat(Grad.vjp(logits, parameters, bent));
    });
  }

  /**
   * The dense Hessian of J, {@code [parameters][parameters]}, symmetric; up to 4096 parameters.
   *
   * <p>In closed form for a {@link Linear} model all of whose parameters move, else by one product per parameter.
   */
  public double[][] denseHessian() {
    int size = vector().size();
    Cholesky.requireSize(size);
    if (model instanceof Linear head && allMove()) {
      return HeadHessian.of(head, x, ridge);
    }
    return Cholesky.dense(hessian(), size);
  }

  /**
   * The dense Hessian of J estimated on some rows: their sum of Hessians times all rows over theirs, and the ridge.
   *
   * @param rows one or more, best a random draw
   */
  public double[][] denseHessian(int... rows) {
    double[][] hessian = new Objective(model, parameters, x.indexSelect(0, x.device().tensor(rows)), labelsOf(rows), 0)
        .denseHessian();
    double factor = (double) labels.length / rows.length;
    for (int i = 0; i < hessian.length; i++) {
      for (int j = 0; j < hessian.length; j++) {
        hessian[i][j] *= factor;
      }
      hessian[i][i] += ridge;
    }
    return hessian;
  }

  /** A float32 product taken of the unit vector, its length and the ridge in double; its tensors go with it. */
  private UnaryOperator<double[]> scaled(UnaryOperator<double[]> product) {
    return v -> {
      double length = Vectors.norm(v);
      if (length == 0) {
        return new double[v.length];
      }
      try (Scope _ = Scope.open()) {
        return Vectors.plus(Vectors.times(length, product.apply(Vectors.times(1 / length, v))), ridge, v);
      }
    };
  }

  private static Var dot(List<Var> gradient, List<Tensor> directions) {
    Var total = Var.of(directions.getFirst().device().scalar(0));
    for (int i = 0; i < gradient.size(); i++) {
      total = total.plus(gradient.get(i).times(Var.of(directions.get(i))).sum());
    }
    return total;
  }

  private static void requireRows(String op, Tensor x, int[] labels) {
    if (labels.length == 0 || x.shape().rank() == 0 || x.shape().dim(0) != labels.length) {
      throw new IllegalArgumentException(op + ": rows " + x.shape() + " with " + labels.length
          + " labels; give at least one row, and one label for each");
    }
  }
}
