package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.GradCheck;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Losses.BinaryOptions;
import evenhand.autograd.nn.Losses.ClassOptions;
import evenhand.autograd.nn.Losses.Reduction;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossesTests {
  private static final double LOG2 = Math.log(2);
  private final Device device = Device.reference();

  private Var floats(float[] values, int... shape) {
    return Var.of(device.tensor(values, shape));
  }

  private Var ints(int[] values, int... shape) {
    return Var.of(device.tensor(values, shape));
  }

  @Test
  void binaryCrossEntropy() {
    Var x = floats(new float[]{0, 0, 30, -30});
    Var y = floats(new float[]{1, 0, 1, 1});
    Var each = Losses.binaryCrossEntropyWithLogits(x, y, BinaryOptions.defaults().withReduction(Reduction.NONE));
    float[] losses = each.value().toFloats();
    assertThat(losses[0]).isCloseTo((float) LOG2, within(1e-6f));
    assertThat(losses[1]).isCloseTo((float) LOG2, within(1e-6f));
    assertThat(losses[2]).isCloseTo(9.3576e-14f, within(1e-17f)); // e^-30, not lost beside 30
    assertThat(losses[3]).isEqualTo(30);
    assertThat(Losses.binaryCrossEntropyWithLogits(x, y).item()).isCloseTo((float) (LOG2 + 15) / 2, within(1e-5f));
    Var int32 = ints(new int[]{1, 0, 1, 1});
    assertThat(Losses.binaryCrossEntropyWithLogits(x, int32).item()).isCloseTo((float) (LOG2 + 15) / 2, within(1e-5f));
  }

  /** d/dx of -log(1 - s(x)) is s(x), of -log s(x) is -s(-x): e^-|x| far out, to the precision of float32. */
  @Test
  void theSlopeOfAConfidentAnswerKeepsItsDigits() {
    float[] logits = {-80, -30, -17, -5, 0, 5, 17, 30, 80};
    for (int label = 0; label <= 1; label++) {
      Var x = Var.parameter(device.tensor(logits));
      Var y = Var.of(device.full(label, x.shape()));
      Var loss = Losses.binaryCrossEntropyWithLogits(x, y, BinaryOptions.defaults().withReduction(Reduction.SUM));
      float[] slopes = Grad.of(loss, List.of(x)).getFirst().toFloats();
      for (int i = 0; i < logits.length; i++) {
        double expected = label == 0 ? 1 / (1 + Math.exp(-logits[i])) : -1 / (1 + Math.exp(logits[i]));
        assertThat((double) slopes[i]).as("label %s, logit %s", label, logits[i])
            .isCloseTo(expected, within(4e-7 * Math.abs(expected)));
      }
    }
  }

  @Test
  void lossesOfHugeAndTinyNumbersStayFinite() {
    Var x = floats(new float[]{3e38f, -3e38f, 1e-40f, -3e38f, 3e38f, 0}, 2, 3);
    assertThat(Losses.crossEntropy(x, ints(new int[]{0, 1})).item()).isZero();
    assertThat(
        Losses.binaryCrossEntropyWithLogits(floats(new float[]{3e38f, -3e38f}), floats(new float[]{1, 0})).item())
        .isZero();
    assertThat(Losses.binaryCrossEntropyWithLogits(floats(new float[]{-1e38f}), floats(new float[]{1})).item())
        .isEqualTo(1e38f);
    Var huge = floats(new float[]{1e12f, 0}, 1, 2); // squared lengths of 1e24, whose product is beyond float32
    assertThat(Losses.cosineEmbedding(huge, floats(new float[]{1e12f, 1e12f}, 1, 2), floats(new float[]{1})).item())
        .isCloseTo((float) (1 - Math.sqrt(0.5)), within(1e-6f));
  }

  @Test
  void weightsOfBinaryCrossEntropy() {
    Var x = floats(new float[]{0, 0});
    Var y = floats(new float[]{1, 0});
    BinaryOptions options = BinaryOptions.defaults().withPositiveWeight(floats(new float[]{3}))
        .withWeight(floats(new float[]{1, 5})).withReduction(Reduction.SUM);
    // 1 * 3 * log 2 for the positive, 5 * log 2 for the negative
    assertThat(Losses.binaryCrossEntropyWithLogits(x, y, options).item()).isCloseTo((float) (8 * LOG2), within(1e-5f));
  }

  @Test
  void crossEntropyOfEvenScores() {
    Var x = floats(new float[6], 2, 3);
    assertThat(Losses.crossEntropy(x, ints(new int[]{0, 2})).item()).isCloseTo((float) Math.log(3), within(1e-6f));
    assertThat(Losses.crossEntropy(floats(new float[3], 3), Var.of(device.tensor(new int[]{1}, 1).reshape())).item())
        .isCloseTo((float) Math.log(3), within(1e-6f));
  }

  @Test
  void ignoredRowsCountNothingEvenIfInfinite() {
    float inf = Float.POSITIVE_INFINITY;
    Tensor x = device.tensor(new float[]{0, 0, inf, -inf, 0, 0}, 3, 2);
    Var parameter = Var.parameter(x);
    Var loss = Losses.nllLoss(parameter, ints(new int[]{0, -100, 1}));
    assertThat(loss.item()).isZero();
    assertThat(Grad.of(loss, List.of(parameter)).getFirst().toFloats()).containsExactly(-0.5f, 0, 0, 0, 0, -0.5f);
    assertThat(Losses.nllLoss(parameter, ints(new int[]{-100, -100, -100})).item()).isNaN();
    assertThat(Losses.nllLoss(parameter, ints(new int[]{0, 7, 1}), ClassOptions.defaults().withIgnoredLabel(7)).item())
        .isZero();
  }

  @Test
  void classWeightsWeightTheMean() {
    Var logs = floats(new float[]{-1, -9, -9, -2}, 2, 2);
    ClassOptions options = ClassOptions.defaults().withWeight(floats(new float[]{1, 3}));
    // (1 * 1 + 3 * 2) / (1 + 3)
    assertThat(Losses.nllLoss(logs, ints(new int[]{0, 1}), options).item()).isCloseTo(1.75f, within(1e-6f));
    assertThat(Losses.nllLoss(logs, ints(new int[]{0, 1}), options.withReduction(Reduction.SUM)).item()).isEqualTo(7);
  }

  @Test
  void smoothingEqualsSmoothedProbabilities() {
    Var x = Var.of(new Rng(3).normal(device, 2, 3, 2));
    Var labels = ints(new int[]{0, 2, 1, 1}, 2, 2);
    float[] oneHot = new float[12];
    int[] label = {0, 2, 1, 1};
    for (int i = 0; i < 4; i++) {
      oneHot[i / 2 * 6 + label[i] * 2 + i % 2] = 1;
    }
    ClassOptions options = ClassOptions.defaults().withSmoothing(0.2);
    float byLabel = Losses.crossEntropy(x, labels, options).item();
    assertThat(Losses.crossEntropy(x, floats(oneHot, 2, 3, 2), options).item()).isCloseTo(byLabel, within(1e-6f));
    ClassOptions summed = options.withReduction(Reduction.SUM).withWeight(floats(new float[]{1, 2, 4}));
    assertThat(Losses.crossEntropy(x, labels, summed).item())
        .isCloseTo(Losses.crossEntropy(x, floats(oneHot, 2, 3, 2), summed).item(), within(1e-5f));
  }

  @Test
  void numbers() {
    Var x = floats(new float[]{1, 4});
    Var y = floats(new float[]{2, 1});
    assertThat(Losses.meanSquaredError(x, y).item()).isEqualTo(5); // (1 + 9) / 2
    assertThat(Losses.l1(x, y).item()).isEqualTo(2);
    assertThat(Losses.l1(x, y, Reduction.NONE).value().toFloats()).containsExactly(1, 3);
  }

  @Test
  void klDivergence() {
    Var logs = floats(new float[]{(float) Math.log(0.5), (float) Math.log(0.5)}, 1, 2);
    Var target = floats(new float[]{1, 0}, 1, 2);
    assertThat(Losses.klDivergence(logs, target, false, Reduction.BATCH_MEAN).item())
        .isCloseTo((float) LOG2, within(1e-6f)); // log(1 / 0.5), and 0 log 0 = 0
    assertThat(Losses.klDivergence(logs, logs, true, Reduction.SUM).item()).isZero();
    assertThat(Losses.klDivergence(logs, target).item()).isCloseTo((float) LOG2 / 2, within(1e-6f));
  }

  @Test
  void cosineEmbedding() {
    Var a = floats(new float[]{1, 0, 1, 0, 1, 1}, 3, 2);
    Var b = floats(new float[]{0, 2, 3, 0, -1, -1}, 3, 2); // cosines 0, 1, -1
    Var y = floats(new float[]{1, -1, -1});
    assertThat(Losses.cosineEmbedding(a, b, y, 0.25, Reduction.NONE).value().toFloats())
        .containsExactly(new float[]{1, 0.75f, 0}, within(1e-6f));
  }

  @Test
  void wrongShapesAreNamed() {
    assertThatThrownBy(() -> Losses.binaryCrossEntropyWithLogits(floats(new float[2], 2, 1), floats(new float[2], 2)))
        .hasMessageContaining("[2, 1]").hasMessageContaining("[2]").hasMessageContaining("reshape");
    assertThatThrownBy(() -> Losses.crossEntropy(floats(new float[6], 2, 3), ints(new int[3])))
        .hasMessageContaining("crossEntropy").hasMessageContaining("[2]");
    assertThatThrownBy(() -> Losses.crossEntropy(floats(new float[6], 2, 3), ints(new int[]{0, 3})))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void derivativesToSecondOrder() {
    Rng rng = new Rng(11);
    Tensor x = rng.normal(device, 3, 5);
    Var labels = ints(new int[]{4, -100, 2});
    Var weight = floats(new float[]{1, 2, 3, 4, 5});
    Tensor y = rng.uniform(device, 3, 5);
    GradCheck.check(in -> Losses.crossEntropy(in.get(0), labels,
        ClassOptions.defaults().withSmoothing(0.1).withWeight(weight)), x);
    GradCheck.check(in -> Losses.crossEntropy(in.get(0), in.get(1)), x, y);
    GradCheck.check(in -> Losses.binaryCrossEntropyWithLogits(in.get(0), in.get(1),
        BinaryOptions.defaults().withPositiveWeight(weight)), x, y);
    GradCheck.check(in -> Losses.klDivergence(in.get(0), in.get(1), true, Reduction.BATCH_MEAN), x, y);
    GradCheck.check(in -> Losses.klDivergence(in.get(0), in.get(1)), x, y.plus(device.scalar(0.5)));
    GradCheck.check(in -> Losses.meanSquaredError(in.get(0), in.get(1)), x, y);
    GradCheck.check(in -> Losses.cosineEmbedding(in.get(0), in.get(1), floats(new float[]{1, -1, 1}), -0.9,
        Reduction.SUM), x, y);
  }
}
