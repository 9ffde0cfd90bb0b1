package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * The Hessian-vector product of a network's loss against Pearlmutter's R-operator, written out by hand in double
 * precision (Fast exact multiplication by the Hessian, Neural Computation 1994).
 *
 * <p>{@code h = tanh(x W1 + b1)}, {@code s = h W2 + b2}, loss = mean over n rows of {@code log(1 + e^s) - y s}.
 */
class HessianTests {
  private static final Device DEVICE = Device.reference();
  private static final int ROWS = 13;
  private static final int IN = 5;
  private static final int HIDDEN = 7;

  private final Rng rng = new Rng(23);
  private final Tensor x = rng.normal(DEVICE, ROWS, IN);
  private final Tensor y = rng.uniform(DEVICE, ROWS, 1);
  private final List<Tensor> weights = parameters();

  private List<Tensor> parameters() {
    return List.of(rng.normal(DEVICE, IN, HIDDEN), rng.normal(DEVICE, HIDDEN), rng.normal(DEVICE, HIDDEN, 1),
        rng.normal(DEVICE, 1));
  }

  private Var loss(List<Var> p) {
    Var hidden = Var.of(x).matmul(p.get(0)).plus(p.get(1)).tanh();
    Var score = hidden.matmul(p.get(2)).plus(p.get(3));
    return score.softplus().minus(Var.of(y).times(score)).mean();
  }

  private List<Tensor> product(List<Tensor> direction) {
    List<Var> p = weights.stream().map(Var::parameter).toList();
    return Grad.hvp(loss(p), p, direction);
  }

  @Test
  void differencesOfTheGradientAgree() {
    Function<List<Var>, Var> loss = this::loss;
    GradCheck.check(loss, weights.toArray(Tensor[]::new));
  }

  @Test
  void theHessianIsSymmetric() {
    List<Tensor> u = parameters();
    List<Tensor> v = parameters();
    double left = dot(flat(u), flat(product(v)));
    double right = dot(flat(v), flat(product(u)));
    assertThat(left).isEqualTo(right, Offset.offset(1e-5 * Math.abs(left)));
  }

  @Test
  void theROperatorAgrees() {
    List<Tensor> direction = parameters();
    double[] expected = rOperator(flat(weights), flat(direction));
    double[] got = flat(product(direction));
    double scale = 0;
    for (double value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    assertThat(got).containsExactly(expected, Offset.offset(1e-5 * scale));
  }

  /** R(gradient) for weights w and direction v, both laid out W1, b1, W2, b2. */
  private double[] rOperator(double[] w, double[] v) {
    int b1 = IN * HIDDEN;
    int w2 = b1 + HIDDEN;
    int b2 = w2 + HIDDEN;
    double[] out = new double[b2 + 1];
    float[] inputs = x.toFloats();
    float[] labels = y.toFloats();
    for (int row = 0; row < ROWS; row++) {
      double[] h = new double[HIDDEN];
      double[] rh = new double[HIDDEN];
      double s = w[b2];
      double rs = v[b2];
      for (int k = 0; k < HIDDEN; k++) {
        double a = w[b1 + k];
        double ra = v[b1 + k];
        for (int i = 0; i < IN; i++) {
          a += inputs[row * IN + i] * w[i * HIDDEN + k];
          ra += inputs[row * IN + i] * v[i * HIDDEN + k];
        }
        h[k] = Math.tanh(a);
        rh[k] = (1 - h[k] * h[k]) * ra;
        s += h[k] * w[w2 + k];
        rs += rh[k] * w[w2 + k] + h[k] * v[w2 + k];
      }
      double p = 1 / (1 + Math.exp(-s));
      double ds = (p - labels[row]) / ROWS; // dL/ds
      double rds = p * (1 - p) * rs / ROWS;
      out[b2] += rds;
      for (int k = 0; k < HIDDEN; k++) {
        out[w2 + k] += rds * h[k] + ds * rh[k]; // R(ds h)
        double slope = 1 - h[k] * h[k];
        double rda = (rds * w[w2 + k] + ds * v[w2 + k]) * slope - ds * w[w2 + k] * 2 * h[k] * rh[k];
        out[b1 + k] += rda;
        for (int i = 0; i < IN; i++) {
          out[i * HIDDEN + k] += inputs[row * IN + i] * rda;
        }
      }
    }
    return out;
  }

  private static double[] flat(List<Tensor> tensors) {
    List<Double> values = new ArrayList<>();
    for (Tensor tensor : tensors) {
      for (float value : tensor.toFloats()) {
        values.add((double) value);
      }
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double dot(double[] a, double[] b) {
    double total = 0;
    for (int i = 0; i < a.length; i++) {
      total += a[i] * b[i];
    }
    return total;
  }
}
