package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradTests {
  private static final Device DEVICE = Device.reference();

  private final Tensor x = DEVICE.tensor(new float[]{1, -2, 3});
  private final Tensor v = DEVICE.tensor(new float[]{1, 10, 100});

  // ---- closed forms: f = sum x^3, gradient 3 x^2, H = diag 6 x, J of x^3 = diag 3 x^2 ----

  @Test
  void gradientAndProductsOfACube() {
    assertThat(Grad.of(a -> a.square().times(a).sum(), x).toFloats()).containsExactly(3, 12, 27);
    assertThat(Grad.hvp(a -> a.square().times(a).sum(), x, v).toFloats()).containsExactly(6, -120, 1800);
    assertThat(Grad.vjp(a -> a.square().times(a), x, v).toFloats()).containsExactly(3, 120, 2700);
    assertThat(Grad.jvp(a -> a.square().times(a), x, v).toFloats()).containsExactly(3, 120, 2700);
  }

  @Test
  void derivativesOfAnyOrderByRepetition() {
    Var a = Var.parameter(x);
    Var derivative = a.square().square().sum(); // x^4, then 4 x^3, 12 x^2, 24 x, 24, 0
    for (float[] expected : new float[][]{{4, -32, 108}, {12, 48, 108}, {24, -48, 72}, {24, 24, 24}, {0, 0, 0}}) {
      Var gradient = Grad.graph(derivative, List.of(a)).getFirst();
      assertThat(gradient.value().toFloats()).containsExactly(expected);
      derivative = gradient.sum();
    }
  }

  @Test
  void aNodeUsedTwiceGetsBothParts() {
    assertThat(Grad.of(a -> a.times(a).plus(a).sum(), x).toFloats()).containsExactly(3, -3, 7); // 2x + 1
    assertThat(Grad.of(a -> {
      Var twice = a.plus(a);
      return twice.times(twice).sum(); // (2x)^2, derivative 8x
    }, x).toFloats()).containsExactly(8, -16, 24);
  }

  @Test
  void anIntermediateValueMayBeAParameterToo() {
    Var a = Var.parameter(x);
    Var square = a.square();
    List<Tensor> gradients = Grad.of(square.times(a).sum(), List.of(square, a));
    assertThat(gradients.get(0).toFloats()).containsExactly(1, -2, 3); // d(s a)/ds = a
    assertThat(gradients.get(1).toFloats()).containsExactly(3, 12, 27);
  }

  @Test
  void aParameterThatIsNotReachedGetsZeros() {
    Var a = Var.parameter(x);
    Var other = Var.parameter(DEVICE.ones(2, 2));
    List<Tensor> gradients = Grad.of(a.sum(), List.of(other, a));
    assertThat(gradients.get(0).toFloats()).containsExactly(0, 0, 0, 0);
    assertThat(gradients.get(0).shape()).isEqualTo(other.shape());
    assertThat(gradients.get(1).toFloats()).containsExactly(1, 1, 1);
    assertThat(Grad.hvp(a.sum(), List.of(other, a), List.of(other.value(), v)).get(1).toFloats())
        .containsExactly(0, 0, 0);
    assertThat(Grad.of(Var.of(DEVICE.scalar(3)), List.of(a)).getFirst().toFloats()).containsExactly(0, 0, 0);
    assertThat(Grad.of(a.detach().sum(), List.of(a)).getFirst().toFloats()).containsExactly(0, 0, 0);
  }

  @Test
  void aParameterIsItsOwnLoss() {
    Var a = Var.parameter(DEVICE.scalar(4));
    assertThat(Grad.of(a, List.of(a)).getFirst().item()).isEqualTo(1);
  }

  // ---- depth ----

  @Test
  void aGraphOfAHundredThousandNodesIsNoDeeperThanTheStack() {
    Var a = Var.parameter(DEVICE.scalar(2));
    Var zero = Var.of(DEVICE.scalar(0));
    Var y = a.square();
    for (int i = 0; i < 100_000; i++) {
      y = y.plus(zero);
    }
    assertThat(Grad.of(y, List.of(a)).getFirst().item()).isEqualTo(4);
    assertThat(Grad.hvp(y, List.of(a), List.of(DEVICE.scalar(3))).getFirst().item()).isEqualTo(6);
    assertThat(Grad.jvp(y, List.of(a), List.of(DEVICE.scalar(3))).item()).isEqualTo(12);
  }

  // ---- recording ----

  @Test
  void withoutRecordingNothingIsTracked() {
    Var a = Var.parameter(x);
    Var inside = Grad.without(() -> {
      assertThat(Grad.without(() -> a.square()).isTracked()).isFalse();
      return a.square(); // still off after the inner call
    });
    assertThat(inside.isTracked()).isFalse();
    assertThat(a.square().isTracked()).isTrue();
    assertThatThrownBy(() -> Grad.without(() -> a.reshape(7))).isInstanceOf(IllegalArgumentException.class);
    assertThat(a.square().isTracked()).isTrue();
  }

  @Test
  void theGradientOfAGradientIsRecordedOnlyWhereAskedFor() {
    Var a = Var.parameter(x);
    Var loss = a.square().sum();
    assertThat(Grad.graph(loss, List.of(a)).getFirst().isTracked()).isTrue();
    assertThat(Grad.without(() -> Grad.graph(loss, List.of(a))).getFirst().isTracked()).isFalse();
  }

  @Test
  void productsRecordWhatTheyNeedAlsoWithoutRecording() {
    Var a = Var.parameter(x);
    Var cubes = a.pow(3);
    Var loss = cubes.sum();
    Tensor expected = Grad.hvp(loss, List.of(a), List.of(v)).getFirst();
    Grad.without(() -> {
      assertThat(Grad.hvp(loss, List.of(a), List.of(v)).getFirst().toFloats()).containsExactly(expected.toFloats());
      assertThat(Grad.hvp(b -> b.pow(3).sum(), x, v).toFloats()).containsExactly(expected.toFloats());
      assertThat(Grad.of(b -> b.pow(3).sum(), x).toFloats()).containsExactly(3, 12, 27);
      assertThat(Grad.jvp(cubes, List.of(a), List.of(DEVICE.ones(3))).toFloats()).containsExactly(3, 12, 27);
      assertThat(a.square().isTracked()).isFalse();
      return loss;
    });
  }

  // ---- errors, word for word ----

  @Test
  void aConstantIsNoParameter() {
    Var a = Var.parameter(x);
    Var constant = Var.of(x);
    assertThatThrownBy(() -> Grad.of(a.times(constant).sum(), List.of(a, constant)))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("Grad: parameter 1, constant float32[3], carries no"
            + " gradient; make it with Var.parameter, or leave it out");
    assertThatThrownBy(() -> Grad.hvp(a.sum(), List.of(), List.of())).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Grad.hvp: no parameters given; give at least one");
  }

  @Test
  void aLossThatIsNoScalarIsRefused() {
    Tensor rows = DEVICE.ones(32);
    assertThatThrownBy(() -> Grad.of(a -> a.square(), rows)).isInstanceOf(IllegalArgumentException.class).hasMessage(
        "Grad.of: the function returned shape [32]; reduce it with sum() or mean(), or use Grad.vjp");
    assertThatThrownBy(() -> Grad.hvp(a -> a.square(), rows, rows)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Grad.hvp: the function returned shape [32]; reduce it with sum() or mean(), or use Grad.vjp");
    Var a = Var.parameter(rows);
    assertThatThrownBy(() -> Grad.graph(a, List.of(a))).isInstanceOf(IllegalArgumentException.class).hasMessage(
        "Grad.graph: the function returned shape [32]; reduce it with sum() or mean(), or use Grad.vjp");
  }

  @Test
  void directionsMustFit() {
    Tensor two = DEVICE.ones(2);
    assertThatThrownBy(() -> Grad.hvp(a -> a.square().sum(), x, two)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Grad.hvp: parameter 0 has shape [3] but the direction has [2]");
    assertThatThrownBy(() -> Grad.vjp(a -> a.square(), x, two)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Grad.vjp: output has shape [3] but the direction has [2]");
    Var a = Var.parameter(x);
    assertThatThrownBy(() -> Grad.jvp(a.square(), List.of(a), List.of(x, x)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Grad.jvp: 2 directions for 1 parameters; give one each");
  }

  // ---- custom ops ----

  /** {@code 2x}, with a derivative only if told so, and of a wrong shape if told so. */
  private record Twice(boolean summed) implements CustomOp {
    @Override
    public String name() {
      return "twice";
    }

    @Override
    public Tensor forward(List<Tensor> in) {
      return in.getFirst().times(2);
    }

    @Override
    public Var backward(List<Var> in, Var out, Var dOut, int operand) {
      return summed ? dOut.sum() : CustomOp.super.backward(in, out, dOut, operand);
    }
  }

  @Test
  void aCustomOpWithoutADerivativeIsNamed() {
    assertThat(Var.custom(new Twice(false), Var.parameter(x)).value().toFloats()).containsExactly(2, -4, 6);
    assertThatThrownBy(() -> Grad.of(a -> Var.custom(new Twice(false), a).sum(), x))
        .isInstanceOf(UnsupportedOperationException.class).hasMessage(
            "twice: has no derivative for operand 0; override CustomOp.backward or use detach() on the operand");
    assertThat(Grad.of(a -> Var.custom(new Twice(false), a.detach()).sum().plus(a.sum()), x).toFloats())
        .containsExactly(1, 1, 1);
  }

  @Test
  void aCustomDerivativeOfAWrongShapeIsNamed() {
    assertThatThrownBy(() -> Grad.of(a -> Var.custom(new Twice(true), a).sum(), x))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("twice: backward gave shape [] for an operand of"
            + " shape [3]; use sumTo(operand.shape()) after broadcasting");
  }

  @Test
  void randomPointsOfAComposition() {
    Tensor weight = new Rng(3).normal(DEVICE, 3, 4);
    GradCheck.check(3, in -> in.get(0).matmul(in.get(1)).tanh().logSoftmax(1).sum(0).sigmoid(),
        new Rng(4).normal(DEVICE, 2, 3), weight);
  }
}
