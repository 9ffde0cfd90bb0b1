package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The check itself: rules with planted errors do not pass. */
class GradCheckTests {
  private final Tensor x = Device.reference().tensor(new float[]{0.5f, -1, 1.5f});

  /** {@code x^2} with a derivative of the test's choice. */
  private record Square(UnaryOperator<Var> derivative) implements CustomOp {
    @Override
    public String name() {
      return "square";
    }

    @Override
    public Tensor forward(List<Tensor> in) {
      return in.getFirst().times(in.getFirst());
    }

    @Override
    public Var backward(List<Var> in, Var out, Var dOut, int operand) {
      return dOut.times(derivative.apply(in.getFirst()));
    }
  }

  private void check(UnaryOperator<Var> derivative) {
    GradCheck.checkOne(v -> Var.custom(new Square(derivative), v), x);
  }

  @Test
  void theRightRulePasses() {
    check(v -> v.times(2));
  }

  @Test
  void aDerivativeOffByAPartInAThousandFails() {
    assertThatThrownBy(() -> check(v -> v.times(2.002))).isInstanceOf(AssertionError.class)
        .hasMessageContaining("order 1: (J^T w) . u against differences");
  }

  @Test
  void aGradientThatIsRightButNotDifferentiableFails() {
    assertThatThrownBy(() -> check(v -> v.detach().times(2))).isInstanceOf(AssertionError.class)
        .hasMessageContaining("order 1 of the gradient: (J^T w) . u against differences");
  }
}
