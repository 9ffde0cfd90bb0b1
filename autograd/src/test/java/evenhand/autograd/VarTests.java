package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Compositions: their values in closed form, and their derivatives by differences. */
class VarTests {
  private static final Device DEVICE = Device.reference();
  private static final Offset<Float> ROUNDING = Offset.offset(1e-6f);

  private static Var of(float... values) {
    return Var.of(DEVICE.tensor(values));
  }

  private static Tensor normal(int... shape) {
    return new Rng(31).normal(DEVICE, shape);
  }

  private static float[] values(Var x) {
    return x.value().toFloats();
  }

  @Test
  void softmaxAndItsLogarithm() {
    float e = (float) Math.E;
    assertThat(values(of(0, 1).softmax(0))).containsExactly(new float[]{1 / (1 + e), e / (1 + e)}, ROUNDING);
    assertThat(values(of(1000, 1000, -1000).softmax(0))).containsExactly(0.5f, 0.5f, 0);
    assertThat(values(of(1000, 0).logSoftmax(0))).containsExactly(0, -1000);
    assertThat(Var.of(DEVICE.zeros(2, 0)).softmax(1).shape()).isEqualTo(Shape.of(2, 0));
    assertThat(Var.of(DEVICE.zeros(2, 0)).logSoftmax(-1).shape()).isEqualTo(Shape.of(2, 0));
    GradCheck.checkOne(x -> x.softmax(1), normal(2, 4));
    GradCheck.checkOne(x -> x.logSoftmax(0), normal(2, 4));
  }

  @Test
  void logSumExpNeitherOverflowsNorLosesInfinities() {
    float infinity = Float.POSITIVE_INFINITY;
    assertThat(values(of(1000, 1000).logSumExpKeep())).containsExactly(new float[]{1000 + (float) Math.log(2)},
        Offset.offset(1e-4f));
    assertThat(values(of(-infinity, -infinity).logSumExpKeep())).containsExactly(-infinity);
    assertThat(values(of(infinity, 0).logSumExpKeep())).containsExactly(infinity);
    assertThat(values(Var.of(DEVICE.zeros(2, 0)).logSumExpKeep(1))).containsExactly(-infinity, -infinity);
    GradCheck.checkOne(x -> x.logSumExpKeep(0, 2), normal(2, 3, 2));
  }

  @Test
  void meanAndVariance() {
    assertThat(values(of(1, 2, 6).mean())).containsExactly(3);
    assertThat(values(of(1, 2, 6).varianceKeep(1))).containsExactly(7); // (4 + 1 + 9) / 2
    assertThat(values(of(1, 2, 6).varianceKeep(0))).containsExactly(new float[]{14 / 3f}, ROUNDING);
    assertThat(values(Var.of(DEVICE.zeros(0)).mean())).containsExactly(Float.NaN);
    GradCheck.checkOne(x -> x.varianceKeep(1, 1).sqrt(), normal(2, 5));
  }

  @Test
  void cumulativeSums() {
    assertThat(values(of(1, 2, 3, 4, 5).cumulativeSum(0))).containsExactly(1, 3, 6, 10, 15);
    GradCheck.checkOne(x -> x.cumulativeSum(-1).square(), normal(2, 5));
    GradCheck.checkOne(x -> x.cumulativeSum(0).square(), normal(3, 2));
  }

  @Test
  void paddingWidensOrCuts() {
    assertThat(values(of(1, 2, 3).pad(0, 1, 2, 7))).containsExactly(7, 1, 2, 3, 7, 7);
    assertThat(values(of(1, 2, 3).pad(0, -1, 1, 0))).containsExactly(2, 3, 0);
    GradCheck.checkOne(x -> x.pad(1, 2, -1, 5).square(), normal(2, 3));
  }

  @Test
  void stackingMakesANewAxis() {
    Var stacked = Var.stack(-1, List.of(of(1, 2), of(3, 4), of(5, 6)));
    assertThat(stacked.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(values(stacked)).containsExactly(1, 3, 5, 2, 4, 6);
  }

  @Test
  void sumToUndoesBroadcasting() {
    Var x = Var.of(DEVICE.ones(2, 3, 4));
    assertThat(values(x.sumTo(Shape.of(3, 1)))).containsExactly(8, 8, 8);
    assertThat(values(x.sumTo(Shape.SCALAR))).containsExactly(24);
    assertThat(x.sumTo(Shape.of(2, 3, 4))).isSameAs(x);
  }

  @Test
  void picking() {
    Var index = Var.of(DEVICE.tensor(new int[]{2, 0, 2}));
    assertThat(values(of(5, 6, 7).indexSelect(0, index))).containsExactly(7, 5, 7);
    assertThat(values(of(0, 0, 0).scatterAdd(0, index, of(1, 2, 3, 99)))).containsExactly(2, 0, 4);
    assertThat(of(3, 9, 9, 1).argmax(0).value().toInts()).containsExactly(1);
    GradCheck.checkOne(x -> x.indexSelect(1, index).square(), normal(2, 3));
  }

  @Test
  void powersTakeTheirShortForms() {
    assertThat(values(of(3).pow(2))).containsExactly(9);
    assertThat(values(of(9).pow(0.5))).containsExactly(3);
    assertThat(values(of(2).pow(-1))).containsExactly(0.5f);
    GradCheck.checkOne(x -> x.exp().pow(1.7), normal(4));
  }

  @Test
  void boundsFollowTheOperandThatHolds() {
    assertThat(values(of(1, 2, 3).atLeast(of(2, 2, 2)).atMost(of(9, 9, 2.5f)))).containsExactly(2, 2, 2.5f);
    Tensor bounds = DEVICE.tensor(new float[]{1, -1, 0.5f});
    GradCheck.check(in -> in.get(0).square().atLeast(in.get(1)).times(in.get(1)),
        DEVICE.tensor(new float[]{0.2f, 1, 2}), bounds);
  }

  @Test
  void integersBecomeConstants() {
    Var ints = Var.parameter(DEVICE.tensor(new int[]{1, 2}));
    assertThat(ints.toFloat().isTracked()).isFalse();
    assertThat(values(ints.toFloat())).containsExactly(1, 2);
    Var real = of(1);
    assertThat(real.toFloat()).isSameAs(real);
  }

  @Test
  void messagesNameOriginTypeAndShape() {
    Var x = Var.parameter(DEVICE.ones(32, 10));
    assertThat(x).hasToString("parameter float32[32, 10]");
    assertThat(x.relu()).hasToString("relu float32[32, 10]");
    assertThat(x.detach()).hasToString("constant float32[32, 10]");
    assertThat(x.transpose()).hasToString("permute float32[10, 32]");
    assertThatThrownBy(() -> x.matmul(x)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("matmul: inner dimensions differ, left [32, 10] x right [32, 10]; did you mean right.transpose()?");
    assertThatThrownBy(() -> x.plus(of(new float[32]))).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("add: shapes [32, 10] and [32] do not broadcast at axis 1 (10 against 32);"
            + " reshape the right operand to [32, 1] to apply it per row");
  }
}
