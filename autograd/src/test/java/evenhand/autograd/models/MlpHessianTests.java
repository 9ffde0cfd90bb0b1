package evenhand.autograd.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.MlpHessian.LogitLoss;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Sequential;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of a perceptron's Hessian against double backward, plain loops in double, and differences. */
class MlpHessianTests {
  private static final int ROWS = 33;

  /** A model, its rows, and the same loss twice: as a graph, and as seen from the logits. */
  record Case(String name, Layer model, Tensor x, Tensor labels) {
    int outputs() {
      return model.forward(Var.of(x)).shape().dim(1);
    }

    boolean lastHasBias() {
      return List.copyOf(model.parameters().keySet()).getLast().endsWith("bias");
    }

    List<Var> parameters() {
      return List.copyOf(model.parameters().values());
    }

    Var loss() {
      Var logits = model.forward(Var.of(x));
      return outputs() == 1 ? Losses.binaryCrossEntropyWithLogits(logits, Var.of(labels))
          : Losses.crossEntropy(logits, Var.of(labels));
    }

    MlpHessian at() {
      return MlpHessian.of(model, x, logits -> outputs() == 1
          ? LogitLoss.binaryCrossEntropy(logits, labels, 1.0 / ROWS)
          : LogitLoss.crossEntropy(logits, labels, 1.0 / ROWS));
    }

    List<Tensor> direction(int seed) {
      Rng rng = new Rng(seed);
      return parameters().stream().map(p -> rng.normal(x.device(), p.shape().dims())).toList();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(Device.reference(), Device.cpu()).flatMap(device -> {
      Rng rng = new Rng(3);
      Tensor x = rng.normal(device, ROWS, 7);
      Tensor binary = rng.uniform(device, ROWS, 1);
      Tensor classes = device.tensor(IntStream.range(0, ROWS).map(i -> i * 7 % 4).toArray(), ROWS);
      Layer mixed = Sequential.of(Linear.of(rng, device, 7, 5), Layers.tanh(), Linear.withoutBias(rng, device, 5, 6),
          Linear.of(rng, device, 6, 9), Layers.relu(), Linear.withoutBias(rng, device, 9, 4));
      return Stream.of(
          new Case("relu, one logit, " + device, Mlp.of(rng, device, 7, 13, 5, 1), x, binary),
          new Case("tanh, one logit, " + device, Mlp.of(rng, device, Layers.tanh(), 7, 11, 6, 1), x, binary),
          new Case("tanh, four classes, " + device, Mlp.of(rng, device, Layers.tanh(), 7, 11, 4), x, classes),
          new Case("relu, one hidden layer, " + device, Mlp.of(rng, device, 7, 9, 1), x, binary),
          new Case("mixed, one logit, " + device, Sequential.of(Linear.of(rng, device, 7, 5), Layers.tanh(),
              Linear.of(rng, device, 5, 6), Layers.relu(), Linear.withoutBias(rng, device, 6, 4),
              Linear.of(rng, device, 4, 1)), x, binary),
          new Case("mixed, four classes, " + device, mixed, x, classes),
          new Case("one layer, " + device, Linear.of(rng, device, 7, 1), x, binary));
    });
  }

  private static double[] flat(List<Tensor> tensors) {
    return tensors.stream().flatMapToDouble(tensor -> {
      float[] values = tensor.toFloats();
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
    }).toArray();
  }

  private static double largest(double... values) {
    return Arrays.stream(values).map(Math::abs).max().orElseThrow();
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientAndProductEqualThoseOfTheGraph(Case of) {
    MlpHessian at = of.at();
    double[] gradient = flat(Grad.of(of.loss(), of.parameters()));
    assertThat(flat(at.gradient())).containsExactly(gradient, within(1e-5 * largest(gradient)));
    for (int seed : new int[]{1, 2}) {
      double[] product = flat(Grad.hvp(of.loss(), of.parameters(), of.direction(seed)));
      assertThat(flat(at.product(of.direction(seed)))).containsExactly(product, within(1e-5 * largest(product)));
    }
    assertThat(at.logits().toFloats()).containsExactly(of.model.forward(Var.of(of.x)).value().toFloats(),
        within(1e-6f));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theHessianIsSymmetric(Case of) {
    MlpHessian at = of.at();
    double left = dot(flat(of.direction(1)), flat(at.product(of.direction(2))));
    double right = dot(flat(of.direction(2)), flat(at.product(of.direction(1))));
    double scale = Math.sqrt(dot(flat(of.direction(1)), flat(of.direction(1)))) * largest(
        flat(at.product(of.direction(2))));
    assertThat(left).isCloseTo(right, within(1e-5 * scale));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void plainLoopsAgree(Case of) {
    Loops loops = new Loops(of);
    double[] gradient = loops.gradient(flat(values(of)));
    assertThat(flat(of.at().gradient())).containsExactly(gradient, within(1e-5 * largest(gradient)));
    double[] product = loops.product(flat(values(of)), flat(of.direction(1)));
    assertThat(flat(of.at().product(of.direction(1)))).containsExactly(product, within(1e-5 * largest(product)));
  }

  /** {@code (g(w + h v) - g(w - h v)) / 2h} of the loops' gradient in double; away from kinks as h is tiny. */
  @ParameterizedTest
  @MethodSource("cases")
  void differencesOfTheGradientAgree(Case of) {
    Loops loops = new Loops(of);
    double[] w = flat(values(of));
    double[] v = flat(of.direction(1));
    double h = 1e-6;
    double[] up = loops.gradient(IntStream.range(0, w.length).mapToDouble(i -> w[i] + h * v[i]).toArray());
    double[] down = loops.gradient(IntStream.range(0, w.length).mapToDouble(i -> w[i] - h * v[i]).toArray());
    double[] slope = IntStream.range(0, w.length).mapToDouble(i -> (up[i] - down[i]) / (2 * h)).toArray();
    assertThat(flat(of.at().product(of.direction(1)))).containsExactly(slope, within(1e-5 * largest(slope)));
  }

  private static List<Tensor> values(Case of) {
    return of.parameters().stream().map(Var::value).toList();
  }

  /** A second loss's gradient for the logits adds its own gradient for the parameters. */
  @ParameterizedTest
  @MethodSource("cases")
  void aSecondGradientRidesAlong(Case of) {
    Tensor e = new Rng(9).normal(of.x.device(), ROWS, of.outputs());
    List<Tensor> ridden = Grad.vjp(of.model.forward(Var.of(of.x)), of.parameters(), e);
    double[] expected = flat(of.at().product(of.direction(1)));
    double[] added = flat(ridden);
    Arrays.setAll(expected, i -> expected[i] + added[i]);
    assertThat(flat(of.at().product(of.direction(1), e))).containsExactly(expected, within(1e-5 * largest(expected)));
  }

  /** {@code s(40) - 1 = -s(-40) = -4.25e-18}, though s(40) is 1 in float32; halfway labels weigh both sides. */
  @ParameterizedTest
  @CsvSource({"40, 1, -4.248354e-18", "-40, 0, 4.248354e-18", "40, 0, 1", "0, 1, -0.5", "2, 0.5, 0.38079708"})
  void confidentLogitsKeepTheirSlope(float logit, float label, float slope) {
    Device device = Device.cpu();
    LogitLoss loss = LogitLoss.binaryCrossEntropy(device.tensor(new float[]{logit}, 1, 1),
        device.tensor(new float[]{label}, 1, 1), 1);
    assertThat(loss.gradient().item()).isCloseTo(slope, within(1e-5f * Math.abs(slope)));
  }

  /** Parts of 5, 27 and 1 rows that pass through the network together, each against its rows alone. */
  @Test
  void partsOfTheRowsAreAsTheyAreAlone() {
    Case of = cases().filter(each -> each.name.startsWith("tanh, one") && each.x.device().equals(Device.cpu()))
        .findFirst().orElseThrow();
    int[] ends = {0, 5, 32, 33};
    List<MlpHessian> parts = MlpHessian.parts(of.model, of.x, new int[]{5, 27, 1},
        (p, z) -> LogitLoss.binaryCrossEntropy(z, of.labels.slice(0, ends[p], ends[p + 1]), 1.0 / z.size()));
    for (int p = 0; p < 3; p++) {
      Tensor labels = of.labels.slice(0, ends[p], ends[p + 1]);
      MlpHessian alone = MlpHessian.of(of.model, of.x.slice(0, ends[p], ends[p + 1]),
          z -> LogitLoss.binaryCrossEntropy(z, labels, 1.0 / z.size()));
      double[] gradient = flat(alone.gradient());
      assertThat(flat(parts.get(p).gradient())).containsExactly(gradient, within(1e-6 * largest(gradient)));
      double[] product = flat(alone.product(of.direction(1)));
      assertThat(flat(parts.get(p).product(of.direction(1)))).containsExactly(product, within(1e-6 * largest(product)));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> MlpHessian.parts(of.model, of.x, new int[]{5, 27}, null))
        .withMessageContaining("[33, 7], expected [rows, 7] with rows in parts of [5, 27]");
  }

  /**
   * The last layer's directions are not read, and a second loss of the probability p rides along: {@code e = p (1 - p)
   * c_i}. With inputs times 40 most slopes underflow; then neither loss moves.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void aDirectionBelowTheHead(Case of) {
    for (double factor : new double[]{1, 40}) {
      Tensor x = of.x.times(factor);
      Tensor labels = of.outputs() > 1 ? of.labels
          : x.device().tensor(IntStream.range(0, ROWS).map(i -> i % 2).toArray(), ROWS, 1).to(DType.FLOAT32);
      MlpHessian at = MlpHessian.of(of.model, x, logits -> of.outputs() == 1
          ? LogitLoss.binaryCrossEntropy(logits, labels, 1.0 / ROWS)
          : LogitLoss.crossEntropy(logits, labels, 1.0 / ROWS));
      Tensor p = at.logits().apply(Unary.SIGMOID);
      Tensor e = p.times(at.logits().apply(Unary.NEG).apply(Unary.SIGMOID))
          .times(new Rng(9).normal(x.device(), ROWS, of.outputs()));
      List<Tensor> direction = of.direction(1);
      List<Tensor> still = new ArrayList<>(direction);
      for (int i = still.size() - (of.lastHasBias() ? 2 : 1); i < still.size(); i++) {
        still.set(i, still.get(i).times(0));
      }
      double[] expected = flat(at.product(still, e));
      assertThat(flat(at.productBelowHead(direction, e))).containsExactly(expected, within(1e-5 * largest(expected)));
    }
  }

  /** An arbitrary loss, {@code sum of z^4 / 12}: gradient {@code z^3 / 3}, curvature {@code z^2}. */
  @Test
  void anyLossOfTheLogitsWillDo() {
    Case of = cases().toList().get(1);
    Var logits = of.model.forward(Var.of(of.x));
    List<Tensor> product = Grad.hvp(logits.square().square().sum().div(12), of.parameters(), of.direction(4));
    MlpHessian at = MlpHessian.of(of.model, of.x, z -> new LogitLoss(z.times(z).times(z).times(1.0 / 3),
        z.times(z)::times));
    assertThat(flat(at.product(of.direction(4)))).containsExactly(flat(product), within(1e-5 * largest(flat(product))));
  }

  @Test
  void linearHeadsEqualTheGraph() {
    Device device = Device.cpu();
    Rng rng = new Rng(8);
    Tensor x = rng.normal(device, 57, 21);
    for (int outputs : new int[]{1, 3}) {
      for (Linear head : List.of(Linear.of(rng, device, 21, outputs), Linear.withoutBias(rng, device, 21, outputs))) {
        List<Var> parameters = List.copyOf(head.parameters().values());
        List<Tensor> v = parameters.stream().map(p -> rng.normal(device, p.shape().dims())).toList();
        Var logits = head.forward(Var.of(x));
        Var loss = outputs == 1 ? logits.softplus().sum() : logits.logSoftmax(1).slice(1, 0, 1).neg().sum();
        double[] expected = flat(Grad.hvp(loss, parameters, v));
        List<Tensor> product = LinearHessian.of(head, x).product(v);
        assertThat(product).extracting(Tensor::shape).containsExactlyElementsOf(v.stream().map(Tensor::shape).toList());
        assertThat(flat(product)).containsExactly(expected, within(1e-5 * largest(expected)));
      }
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    Device device = Device.cpu();
    Rng rng = new Rng(1);
    Layer gelu = Sequential.of(Linear.of(rng, device, 3, 4), Layers.gelu(), Linear.of(rng, device, 4, 1));
    assertThat(MlpHessian.fits(gelu)).isFalse();
    assertThat(MlpHessian.fits(Sequential.of(Linear.of(rng, device, 3, 4), Layers.relu()))).isFalse();
    assertThat(MlpHessian.fits(Sequential.empty())).isFalse();
    assertThat(MlpHessian.fits(Mlp.of(rng, device, 3, 4, 1))).isTrue();
    assertThatIllegalArgumentException().isThrownBy(() -> MlpHessian.of(gelu, device.zeros(2, 3), z -> null))
        .withMessageContaining("use Grad.hvp");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MlpHessian.of(Mlp.of(rng, device, 3, 1), device.zeros(2, 4), z -> null))
        .withMessageContaining("expected [rows, 3]");
    Linear head = Linear.of(rng, device, 3, 1);
    MlpHessian at = MlpHessian.of(head, device.zeros(2, 3),
        z -> LogitLoss.binaryCrossEntropy(z, device.zeros(2, 1), 1));
    assertThatIllegalArgumentException().isThrownBy(() -> at.product(List.of()))
        .withMessageContaining("0 directions for 2 parameters");
    assertThatIllegalArgumentException().isThrownBy(() -> LinearHessian.of(head, device.zeros(2, 4)))
        .withMessageContaining("expected [rows, 3]");
    assertThatIllegalArgumentException().isThrownBy(() -> LinearHessian.of(head, device.zeros(2, 3)).product(List.of()))
        .withMessageContaining("0 directions for 2 parameters");
  }

  /** The R-operator written out in double, a row at a time, for any depth. */
  private static final class Loops {
    private final List<Linear> linear = new ArrayList<>();
    private final List<String> after = new ArrayList<>();
    private final float[] x;
    private final double[] labels;

    Loops(Case of) {
      for (Layer layer : of.model instanceof Sequential net ? net.layers() : List.of(of.model)) {
        if (layer instanceof Linear each) {
          linear.add(each);
          after.add("none");
        } else {
          after.set(after.size() - 1, layer.toString());
        }
      }
      x = of.x.toFloats();
      labels = of.outputs() == 1 ? flat(List.of(of.labels)) : Arrays.stream(of.labels.toInts()).asDoubleStream()
          .toArray();
    }

    double[] gradient(double... w) {
      return run(w, new double[w.length])[0];
    }

    double[] product(double[] w, double[] v) {
      return run(w, v)[1];
    }

    /** The gradient and its derivative along v. */
    private double[][] run(double[] w, double[] v) {
      double[][] out = new double[2][w.length];
      for (int row = 0; row < ROWS; row++) {
        row(row, w, v, out[0], out[1]);
      }
      return out;
    }

    private int width(int layer) {
      return linear.get(layer).weight().shape().dim(0);
    }

    private int inputs(int layer) {
      return linear.get(layer).weight().shape().dim(1);
    }

    private void row(int row, double[] w, double[] v, double[] g, double[] hv) {
      List<double[]> h = new ArrayList<>(List.of(new double[inputs(0)]));
      List<double[]> rh = new ArrayList<>(List.of(new double[inputs(0)]));
      Arrays.setAll(h.getFirst(), i -> x[row * inputs(0) + i]);
      int at = 0;
      for (int l = 0; l < linear.size(); l++) {
        double[] z = new double[width(l)];
        double[] rz = new double[width(l)];
        int biases = at + width(l) * inputs(l);
        boolean biased = linear.get(l).bias().isPresent();
        for (int k = 0; k < width(l); k++) {
          z[k] = biased ? w[biases + k] : 0;
          rz[k] = biased ? v[biases + k] : 0;
          for (int j = 0; j < inputs(l); j++) {
            int p = at + k * inputs(l) + j;
            z[k] += w[p] * h.get(l)[j];
            rz[k] += w[p] * rh.get(l)[j] + v[p] * h.get(l)[j];
          }
          double slope = slope(l, z[k]);
          z[k] = after.get(l).equals("relu") ? Math.max(z[k], 0) : after.get(l).equals("tanh") ? Math.tanh(z[k]) : z[k];
          rz[k] *= slope;
        }
        h.add(z);
        rh.add(rz);
        at = biases + (biased ? width(l) : 0);
      }
      back(row, w, v, g, hv, h, rh);
    }

    private double slope(int layer, double z) {
      return switch (after.get(layer)) {
        case "relu" -> z > 0 ? 1 : 0;
        case "tanh" -> 1 - Math.tanh(z) * Math.tanh(z);
        default -> 1;
      };
    }

    private void back(int row, double[] w, double[] v, double[] g, double[] hv, List<double[]> h, List<double[]> rh) {
      int at = w.length;
      double[] z = h.getLast();
      double[] p = new double[z.length];
      double[] d = new double[z.length];
      double[] rd = new double[z.length];
      double sum = z.length == 1 ? 1 + Math.exp(z[0]) : Arrays.stream(z).map(Math::exp).sum();
      Arrays.setAll(p, k -> Math.exp(z[k]) / sum);
      double mean = dot(p, rh.getLast());
      for (int k = 0; k < z.length; k++) {
        d[k] = (p[k] - (z.length == 1 ? labels[row] : labels[row] == k ? 1 : 0)) / ROWS;
        rd[k] = p[k] * (rh.getLast()[k] - mean) / ROWS; // for one logit p (u - p u)
      }
      for (int l = linear.size() - 1; l >= 0; l--) {
        boolean biased = linear.get(l).bias().isPresent();
        int start = at - width(l) * inputs(l) - (biased ? width(l) : 0);
        double[] below = new double[inputs(l)];
        double[] rBelow = new double[inputs(l)];
        for (int k = 0; k < width(l); k++) {
          if (biased) {
            g[at - width(l) + k] += d[k];
            hv[at - width(l) + k] += rd[k];
          }
          for (int j = 0; j < inputs(l); j++) {
            int i = start + k * inputs(l) + j;
            g[i] += d[k] * h.get(l)[j];
            hv[i] += rd[k] * h.get(l)[j] + d[k] * rh.get(l)[j];
            below[j] += d[k] * w[i];
            rBelow[j] += rd[k] * w[i] + d[k] * v[i];
          }
        }
        for (int j = 0; l > 0 && j < below.length; j++) {
          double value = h.get(l)[j];
          boolean tanh = after.get(l - 1).equals("tanh");
          double slope = tanh ? 1 - value * value : after.get(l - 1).equals("relu") && value <= 0 ? 0 : 1;
          rBelow[j] = rBelow[j] * slope - (tanh ? 2 * value * rh.get(l)[j] * below[j] : 0);
          below[j] *= slope;
        }
        d = below;
        rd = rBelow;
        at = start;
      }
    }
  }
}
