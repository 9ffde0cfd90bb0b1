package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Norms;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Compositions of operations on rows of NaN, infinities, zeros of both signs, denormals and the largest numbers: the
 * fast CPU device against the reference, and no NaN out of finite numbers where the formula has a value.
 */
class EdgeNumbersTests {
  private static final float[] EDGES = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, 1, -1,
      Float.MIN_VALUE, -Float.MIN_VALUE, 1e-40f, -1e-40f, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, 1e20f,
      -1e20f, 88.73f, -88.73f, 104, -104, 1e-7f, 16_777_217};
  private static final int WIDTH = 4;

  /** Every pair of edges beside two ordinary numbers, {@code [pairs, 4]}; finite ones alone if asked for. */
  private static float[] rows(boolean finite) {
    List<Float> out = new ArrayList<>();
    for (float a : EDGES) {
      for (float b : EDGES) {
        if (!finite || Float.isFinite(a) && Float.isFinite(b)) {
          out.addAll(List.of(a, 0.5f, b, -1f));
        }
      }
    }
    float[] values = new float[out.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = out.get(i);
    }
    return values;
  }

  private static Map<String, UnaryOperator<Var>> compositions() {
    Map<String, UnaryOperator<Var>> all = new TreeMap<>();
    all.put("softmax", x -> x.softmax(1));
    all.put("softmaxOrZero", x -> x.softmaxOrZero(1));
    all.put("logSoftmax", x -> x.logSoftmax(1));
    all.put("logSumExp", x -> x.logSumExpKeep(1));
    all.put("sum", x -> x.sumKeep(1));
    all.put("mean", x -> x.meanKeep(1));
    all.put("variance", x -> x.varianceKeep(1, 1));
    all.put("max", x -> x.maxKeep(1));
    all.put("min", x -> x.minKeep(1));
    all.put("atLeast", x -> x.atLeast(x.like(0)));
    all.put("layerNorm", x -> Norms.layerNorm(x, 1, Optional.empty(), Optional.empty(), 1e-5));
    all.put("rmsNorm", x -> Norms.rmsNorm(x, Optional.empty(), 1e-5));
    all.put("vectorNorm 1", x -> Norms.vectorNorm(x, 1, 1));
    all.put("vectorNorm 2", x -> Norms.vectorNorm(x, 2, 1));
    all.put("vectorNorm infinity", x -> Norms.vectorNorm(x, Double.POSITIVE_INFINITY, 1));
    all.put("binaryCrossEntropy of 0", x -> binary(x, 0));
    all.put("binaryCrossEntropy of 1", x -> binary(x, 1));
    all.put("squared error", x -> Losses.meanSquaredError(x, x.like(0.25), Losses.Reduction.NONE));
    all.put("absolute error", x -> Losses.l1(x, x.like(0.25), Losses.Reduction.NONE));
    return all;
  }

  private static Var binary(Var x, int label) {
    return Losses.binaryCrossEntropyWithLogits(x, Var.of(x.device().full(label, x.shape())),
        Losses.BinaryOptions.defaults().withReduction(Losses.Reduction.NONE));
  }

  private static Tensor on(Device device, float[] rows) {
    return device.tensor(rows, rows.length / WIDTH, WIDTH);
  }

  @Test
  void theFastDeviceGivesWhatTheReferenceGives() {
    float[] rows = rows(false);
    compositions().forEach((name, composition) -> {
      float[] expected = composition.apply(Var.of(on(Device.reference(), rows))).value().toFloats();
      float[] actual = composition.apply(Var.of(on(Device.cpu(), rows))).value().toFloats();
      int each = rows.length / expected.length; // numbers that one result came from, or one
      for (int i = 0; i < expected.length; i++) {
        double largest = 0;
        for (int j = i * each / WIDTH * WIDTH; j < i * each / WIDTH * WIDTH + WIDTH; j++) {
          largest = Float.isFinite(rows[j]) ? Math.max(largest, Math.abs(rows[j])) : largest;
        }
        boolean same = Float.compare(actual[i], expected[i]) == 0;
        double tolerance = 1e-6 * Math.abs(expected[i]) + 4e-7 * largest + 2 * Float.MIN_NORMAL;
        assertThat(same || Math.abs((double) actual[i] - expected[i]) <= tolerance)
            .as("%s, result %d: %s, by the reference %s", name, i, actual[i], expected[i]).isTrue();
      }
    });
  }

  /**
   * Values may be infinite where the true one is beyond float32, but neither they nor slopes are NaN. Left out:
   * layerNorm, whose mean is lost where the sum of a row overflows.
   */
  @Test
  void finiteNumbersGiveNoNaN() {
    float[] rows = rows(true);
    for (Device device : List.of(Device.reference(), Device.cpu())) {
      for (String name : List.of("softmax", "softmaxOrZero", "logSumExp", "logSoftmax", "sum", "mean", "max", "min",
          "binaryCrossEntropy of 0", "binaryCrossEntropy of 1", "squared error", "absolute error", "vectorNorm 1",
          "vectorNorm infinity", "variance", "vectorNorm 2", "rmsNorm")) {
        Var x = Var.parameter(on(device, rows));
        Var y = compositions().get(name).apply(x);
        for (float value : y.value().toFloats()) {
          assertThat(value).as(name).isNotNaN();
        }
        Tensor ones = device.full(1, y.shape());
        if (!List.of("variance", "vectorNorm 2", "rmsNorm").contains(name)) { // squares may overflow
          for (float slope : Grad.vjp(y, List.of(x), ones).getFirst().toFloats()) {
            assertThat(slope).as("slope of %s on %s", name, device).isNotNaN();
          }
        }
      }
    }
  }

  /** The closed forms; softmax of a row with +infinity, or of -infinity alone, is NaN, as in PyTorch. */
  @Test
  void infinitiesHaveTheirLimits() {
    float inf = Float.POSITIVE_INFINITY;
    for (Device device : List.of(Device.reference(), Device.cpu())) {
      Var x = Var.of(device.tensor(new float[]{-inf, 0, -inf, 0, -inf, -inf, -inf, -inf, inf, 0, 0, 0}, 3, 4));
      assertThat(x.softmax(1).value().toFloats()).startsWith(0, 0.5f, 0, 0.5f, Float.NaN)
          .endsWith(Float.NaN, Float.NaN, Float.NaN, Float.NaN);
      assertThat(x.softmaxOrZero(1).value().toFloats()).startsWith(0, 0.5f, 0, 0.5f, 0, 0, 0, 0);
      assertThat(x.logSumExpKeep(1).value().toFloats()).containsExactly((float) Math.log(2), -inf, inf);
      Var empty = Var.of(device.zeros(0, 4));
      assertThat(empty.sumKeep(0).value().toFloats()).containsExactly(0, 0, 0, 0);
      assertThat(empty.meanKeep(0).value().toFloats()).containsOnly(Float.NaN);
      assertThat(empty.logSumExpKeep(0).value().toFloats()).containsOnly(-inf);
      assertThat(empty.softmax(1).value().toFloats()).isEmpty();
      assertThat(empty.logSoftmax(0).value().toFloats()).isEmpty();
      assertThat(empty.varianceKeep(1, 0).value().toFloats()).containsOnly(Float.NaN);
    }
  }
}
