package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.GradCheck;
import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ActivationsTests {
  private static float at(UnaryOperator<Var> function, float x) {
    return function.apply(Var.of(Tensor.of(new float[]{x}))).item();
  }

  private static float slope(UnaryOperator<Var> function, float x) {
    return Grad.of(v -> function.apply(v).sum(), Tensor.of(new float[]{x})).item();
  }

  @Test
  void knownValues() {
    assertThat(at(Activations::gelu, 1)).isCloseTo(0.8413447f, within(1e-6f)); // Phi(1)
    assertThat(at(Activations::geluTanh, 1)).isCloseTo(0.8411920f, within(1e-6f));
    assertThat(at(Activations::silu, 1)).isCloseTo(0.7310586f, within(1e-6f)); // 1 / (1 + 1/e)
    assertThat(at(v -> Activations.leakyRelu(v, 0.1), -2)).isCloseTo(-0.2f, within(1e-7f));
    assertThat(at(v -> Activations.leakyRelu(v, 0.1), 2)).isEqualTo(2);
    assertThat(at(v -> Activations.elu(v, 2), -1)).isCloseTo(-1.2642411f, within(1e-6f)); // 2 (1/e - 1)
    assertThat(at(v -> Activations.hardTanh(v, -1, 1), 3)).isEqualTo(1);
    assertThat(at(v -> Activations.hardTanh(v, -1, 1), 0.5f)).isEqualTo(0.5f);
  }

  @Test
  void extremesDoNotOverflow() {
    assertThat(at(Activations::logSigmoid, -200)).isEqualTo(-200);
    assertThat(at(Activations::logSigmoid, 200)).isZero();
    assertThat(slope(v -> Activations.elu(v, 1), 200)).isEqualTo(1);
    assertThat(at(v -> Activations.softplus(v, 1, 20), 300)).isEqualTo(300);
  }

  @Test
  void softplusIsLinearAboveItsThreshold() {
    assertThat(at(v -> Activations.softplus(v, 3, 0.2), 0.1f)).isEqualTo(0.1f); // 3 * 0.1 > 0.2
    assertThat(at(v -> Activations.softplus(v, 3, 0.2), 0)).isCloseTo(0.2310491f, within(1e-6f)); // log 2 / 3
    assertThat(slope(v -> Activations.softplus(v, 3, 0.2), 0.1f)).isEqualTo(1);
  }

  @Test
  void kinksTakePyTorchsDerivative() {
    assertThat(slope(v -> Activations.leakyRelu(v, 0.1), 0)).isEqualTo(0.1f);
    assertThat(slope(v -> Activations.elu(v, 2), 0)).isEqualTo(2);
    assertThat(slope(v -> Activations.hardTanh(v, -1, 1), 1)).isZero();
  }

  @Test
  void derivativesToSecondOrder() {
    Tensor x = Device.reference().tensor(new float[]{-2.1f, -0.7f, 0.4f, 1.3f, 2.6f}, 5, 1);
    for (UnaryOperator<Var> function : List.<UnaryOperator<Var>>of(Activations::gelu, Activations::geluTanh,
        Activations::silu, Activations::logSigmoid, v -> Activations.leakyRelu(v, 0.2),
        v -> Activations.softplus(v, 2, 20), v -> Activations.elu(v, 1.5), v -> Activations.hardTanh(v, -1, 1))) {
      GradCheck.check(in -> function.apply(in.getFirst()), x);
    }
  }
}
