package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each rule against differences, to second order and where it matters to third. */
class RulesTests {
  private static final Device DEVICE = Device.reference();

  private final Rng rng = new Rng(5);

  /** Numbers in [low, high]. */
  private Tensor uniform(double low, double high, int... shape) {
    return rng.uniform(DEVICE, shape).times(high - low).plus(DEVICE.scalar(low));
  }

  /** Numbers of either sign with magnitude in [low, high]. */
  private Tensor clear(double low, double high, int... shape) {
    Tensor sign = rng.uniform(DEVICE, shape).minus(DEVICE.scalar(0.5)).apply(Unary.SIGN);
    return uniform(low, high, shape).times(sign);
  }

  /** Points clear of kinks and singularities. */
  private Tensor domain(Unary function) {
    return switch (function) {
      case NEG, SQUARE, EXP, EXPM1, TANH, SIGMOID, SOFTPLUS, ERF, SIN, COS -> uniform(-2, 2, 3, 4);
      case ABS, SIGN, STEP, RELU -> clear(0.3, 2, 3, 4);
      case SQRT, RSQRT, RECIPROCAL, LOG -> uniform(0.7, 2, 3, 4);
      case LOG1P -> uniform(-0.3, 2, 3, 4);
      case FLOOR -> uniform(0.2, 0.8, 3, 4);
    };
  }

  @ParameterizedTest
  @EnumSource
  void functionsOfOneOperand(Unary function) {
    GradCheck.check(3, in -> Var.result(new Op.Elementwise(function), in.getFirst()), domain(function));
  }

  @ParameterizedTest
  @EnumSource
  void functionsOfTwoOperandsThatBroadcast(Binary function) {
    List<Tensor> points = switch (function) {
      case ADD, SUB, MUL -> List.of(uniform(-2, 2, 2, 1, 4), uniform(-2, 2, 3, 1));
      case DIV -> List.of(uniform(-2, 2, 2, 1, 4), clear(0.7, 2, 3, 1));
      case POW -> List.of(uniform(0.7, 2, 2, 1, 4), uniform(-2, 2, 3, 1));
      case MAX, MIN, EQ, NE, LT, LE, GT, GE -> List.of(clear(0.5, 2, 2, 1, 4), uniform(-0.2, 0.2, 3, 1));
    };
    GradCheck.check(3, in -> Var.result(new Op.Pairwise(function), in.get(0), in.get(1)), points.get(0),
        points.get(1));
  }

  /** One case for each op; the test below sees that none is forgotten. */
  private Map<Class<?>, Runnable> cases() {
    Conv conv = new Conv(2, 1, 1, 2, 1, 2, 2);
    Shape image = Shape.of(2, 4, 5, 6);
    Shape kernel = Shape.of(6, 2, 3, 2);
    Tensor index = DEVICE.tensor(new int[]{2, 0, 2, 1, 1, 1}, 2, 3);
    Map<Class<?>, Runnable> cases = new HashMap<>();
    cases.put(Op.Elementwise.class, () -> functionsOfOneOperand(Unary.TANH));
    cases.put(Op.Pairwise.class, () -> functionsOfTwoOperandsThatBroadcast(Binary.MUL));
    cases.put(Op.Where.class, () -> {
      Var condition = Var.of(DEVICE.tensor(new float[]{1, 0, 0, 1, 0, 1}, 2, 3));
      GradCheck.check(in -> condition.where(in.get(0), in.get(1)).square(), uniform(-1, 1, 3), uniform(-1, 1, 2, 1));
    });
    cases.put(Op.Reduce.class, () -> {
      GradCheck.checkOne(x -> x.square().sum(0, -1), uniform(-1, 1, 2, 3, 4));
      Tensor apart = DEVICE.tensor(new float[]{0.1f, 1.1f, -0.9f, 2.1f, 0.6f, -1.4f}, 2, 3);
      GradCheck.checkOne(x -> x.square().times(x.maxKeep(1)).sum(), apart);
      GradCheck.checkOne(x -> x.square().times(x.minKeep(0)).sum(), apart);
      GradCheck.checkOne(x -> Var.result(new Op.Reduce(Reduction.ARGMAX, new int[]{1}), x).toFloat().times(x), apart);
    });
    cases.put(Op.MatMul.class, () -> GradCheck.check(3, in -> in.get(0).matmul(in.get(1)).square(),
        uniform(-1, 1, 2, 1, 3, 4), uniform(-1, 1, 3, 4, 2)));
    cases.put(Op.Conv2d.class, () -> GradCheck.check(3, in -> in.get(0).conv2d(in.get(1), conv),
        uniform(-1, 1, image.dims()), uniform(-1, 1, kernel.dims())));
    int rows = conv.outHeight(5, 3);
    int columns = conv.outWidth(6, 2);
    cases.put(Op.Conv2dInput.class,
        () -> GradCheck.check(3, in -> Var.result(new Op.Conv2dInput(conv, image), in.get(0), in.get(1)),
            uniform(-1, 1, 2, 6, rows, columns), uniform(-1, 1, kernel.dims())));
    cases.put(Op.Conv2dWeight.class,
        () -> GradCheck.check(3, in -> Var.result(new Op.Conv2dWeight(conv, kernel), in.get(0), in.get(1)),
            uniform(-1, 1, image.dims()), uniform(-1, 1, 2, 6, rows, columns)));
    cases.put(Op.Gather.class,
        () -> GradCheck.checkOne(x -> x.gather(0, Var.of(index)).square(), uniform(-1, 1, 3, 4)));
    cases.put(Op.ScatterAdd.class, () -> GradCheck.check(
        in -> in.get(0).scatterAdd(0, Var.of(index), in.get(1)).square(), uniform(-1, 1, 3, 4), uniform(-1, 1, 3, 3)));
    cases.put(Op.Reshape.class, () -> GradCheck.checkOne(x -> x.square().reshape(4, -1), uniform(-1, 1, 2, 6)));
    cases.put(Op.Permute.class, () -> GradCheck.checkOne(x -> x.square().permute(2, 0, 1), uniform(-1, 1, 2, 3, 4)));
    cases.put(Op.Expand.class,
        () -> GradCheck.checkOne(x -> x.square().expand(Shape.of(2, 3, 4)).square(), uniform(-1, 1, 3, 1)));
    cases.put(Op.Slice.class, () -> GradCheck.checkOne(x -> x.square().slice(1, 1, 3), uniform(-1, 1, 2, 4, 3)));
    cases.put(Op.Embed.class,
        () -> GradCheck.checkOne(x -> Var.result(new Op.Embed(1, 2, 7), x.square()).square(), uniform(-1, 1, 2, 4, 3)));
    cases.put(Op.Flip.class, () -> GradCheck.checkOne(x -> x.flip(0, -1).square().times(x), uniform(-1, 1, 2, 4, 3)));
    cases.put(Op.Concat.class, () -> GradCheck.check(
        in -> Var.concat(1, List.of(in.get(0), in.get(1), in.get(0).square())), uniform(-1, 1, 2, 1),
        uniform(-1, 1, 2, 3)));
    cases.put(Op.Custom.class, () -> GradCheck.check(3, in -> Var.custom(new Cube(), in.getFirst()),
        uniform(-1, 1, 2, 3)));
    return cases;
  }

  @Test
  void everyOpHasACaseAndEveryCaseHolds() {
    Map<Class<?>, Runnable> cases = cases();
    assertThat(cases.keySet()).containsExactlyInAnyOrder(Op.class.getPermittedSubclasses());
    cases.values().forEach(Runnable::run);
  }

  /** {@code x^3} as an op of the user's own. */
  record Cube() implements CustomOp {
    @Override
    public String name() {
      return "cube";
    }

    @Override
    public Tensor forward(List<Tensor> in) {
      return in.get(0).times(in.get(0)).times(in.get(0));
    }

    @Override
    public Var backward(List<Var> in, Var out, Var dOut, int operand) {
      return dOut.times(in.get(0).square()).times(3);
    }
  }

  // ---- kinks and ties, where the choice is PyTorch's ----

  private static float[] gradient(java.util.function.UnaryOperator<Var> function, float... x) {
    return Grad.of(v -> function.apply(v).sum(), DEVICE.tensor(x)).toFloats();
  }

  @Test
  void kinksHaveDerivativeZero() {
    assertThat(gradient(Var::relu, -1, 0, 2)).containsExactly(0, 0, 1);
    assertThat(gradient(Var::abs, -1, 0, 2)).containsExactly(-1, 0, 1);
    assertThat(gradient(x -> x.sign().plus(x.step()).plus(x.floor()), -1, 0, 2)).containsExactly(0, 0, 0);
  }

  @Test
  void tiesShareTheGradient() {
    assertThat(gradient(x -> x.maxKeep(0), 3, 1, 3)).containsExactly(0.5f, 0, 0.5f);
    assertThat(gradient(x -> x.minKeep(0), 1, 1, 3, 1)).containsExactly(1 / 3f, 1 / 3f, 0, 1 / 3f);
    assertThat(gradient(x -> x.max(x.like(2)), 1, 2, 3)).containsExactly(0, 0.5f, 1);
    assertThat(gradient(x -> x.min(x.like(2)), 1, 2, 3)).containsExactly(1, 0.5f, 0);
  }

  @Test
  void boundsGiveTheTieToTheNumberBounded() {
    assertThat(gradient(x -> x.atLeast(x.like(2)), 1, 2, 3)).containsExactly(0, 1, 1);
    assertThat(gradient(x -> x.atMost(x.like(2)), 1, 2, 3)).containsExactly(1, 1, 0);
  }

  @Test
  void powersAtZero() {
    assertThat(gradient(x -> x.pow(0), 0, 2)).containsExactly(0, 0);
    assertThat(gradient(x -> x.pow(3), 0, 2)).containsExactly(0, 12);
    Tensor base = DEVICE.tensor(new float[]{0, 0, 2});
    Tensor exponent = DEVICE.tensor(new float[]{0, 2, 0});
    Tensor forExponent = Grad.of(b -> Var.of(base).pow(b).sum(), exponent);
    assertThat(forExponent.toFloats()).containsExactly(0, 0, (float) Math.log(2));
    assertThat(Grad.hvp(b -> Var.of(base).pow(b).sum(), exponent, DEVICE.ones(3)).toFloats())
        .containsExactly(0, 0, (float) (Math.log(2) * Math.log(2)));
  }

  @Test
  void theHessianOfAPowerIsSymmetricWhereTheExponentIsZero() {
    Var a = Var.parameter(DEVICE.scalar(2));
    Var b = Var.parameter(DEVICE.scalar(0));
    Var power = a.pow(b); // d2/dadb a^b = a^(b-1) (1 + b ln a) = 1/2
    Tensor one = DEVICE.scalar(1);
    Tensor zero = DEVICE.scalar(0);
    assertThat(Grad.hvp(power, List.of(a, b), List.of(one, zero)).get(1).item()).isEqualTo(0.5f);
    assertThat(Grad.hvp(power, List.of(a, b), List.of(zero, one)).get(0).item()).isEqualTo(0.5f);
    assertThat(Grad.hvp(x -> x.pow(x.like(0)), zero, one).item()).isZero(); // x^0 is 1, flat at 0 too
  }
}
