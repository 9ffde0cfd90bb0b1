package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.autograd.io.FormatException;
import evenhand.autograd.io.Safetensors;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RewritePatchTests {
  @TempDir
  private Path directory;

  /** W_d = (1, 0), b_d = (0, 3), scale 2: dec(h) = (2 h, 6). */
  private static FeatureNeuron neuron() {
    return new FeatureNeuron(List.of(Tensor.of(new float[]{5, 5})), Tensor.of(new float[]{0}),
        List.of(Tensor.of(new float[]{1, 0})), List.of(Tensor.of(new float[]{0, 3})), 2);
  }

  private static Map<String, Var> weights(float... values) {
    return new LinkedHashMap<>(Map.of("w", Var.parameter(Tensor.of(values.clone()))));
  }

  private static float[] values(Map<String, Var> weights) {
    return weights.get("w").value().toFloats();
  }

  private Path written() {
    Path file = directory.resolve("patch.safetensors");
    new RewritePatch(neuron(), 2, .5, List.of("female", "male"), "balanced", "abc", "def").write(file, List.of("w"));
    return file;
  }

  /** theta + strength alpha dec(2): dec(2) = (4, 6); towards h = 0, (0, 6), as far as |(4, 6)| = sqrt 52. */
  @Test
  void isAppliedAtAnyStrengthAndFeatureAndTakenBack() {
    Map<String, Var> weights = weights(1, 1);
    RewritePatch patch = RewritePatch.read(written(), weights, Device.cpu());
    assertThat(patch.classes()).containsExactly("female", "male");
    assertThat(List.of(patch.goal(), patch.base(), patch.rewritten())).containsExactly("balanced", "abc", "def");
    patch.apply(weights, 1);
    assertThat(values(weights)).containsExactly(new float[]{3, 4}, within(1e-6f));
    patch.apply(weights, -1);
    assertThat(values(weights)).containsExactly(new float[]{1, 1}, within(1e-6f));
    patch.apply(weights, .5);
    assertThat(values(weights)).containsExactly(new float[]{2, 2.5f}, within(1e-6f));
    Map<String, Var> other = weights(1, 1);
    patch.applyTowards(other, 0, 1);
    assertThat(values(other)).containsExactly(new float[]{1, (float) (1 + .5 * Math.sqrt(52))}, within(1e-5f));
  }

  @Test
  void checksumsTellWeightsAndNamesApart() {
    String sum = RewritePatch.sha256(weights(1, 2));
    assertThat(sum).hasSize(64).isEqualTo(RewritePatch.sha256(weights(1, 2)))
        .isNotEqualTo(RewritePatch.sha256(weights(1, 2.0000002f)))
        .isNotEqualTo(RewritePatch.sha256(Map.of("v", weights(1, 2).get("w"))));
  }

  @Test
  void whatDoesNotFitIsAnError() {
    Path file = written();
    assertThatThrownBy(() -> RewritePatch.read(file, weights(1, 2, 3), Device.cpu()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("has no decoder.w of shape [3]; use the patch that was learned from this model");
    assertThatThrownBy(() -> RewritePatch.read(file, Map.of(), Device.cpu()))
        .hasMessageContaining("has 1 weights, the model 0");
    Path other = directory.resolve("model.safetensors");
    Safetensors.write(other, Map.of("w", Tensor.of(new float[]{1})), Map.of());
    assertThatThrownBy(() -> RewritePatch.read(other, weights(1), Device.cpu()))
        .hasMessageContaining("is not a patch of GRADIEND, version 1");
    Safetensors.write(other, Map.of("decoder.w", Tensor.of(new float[]{1}), "decoder_bias.w",
        Tensor.of(new float[]{1})),
        Map.of("format", "evenhand gradiend patch", "version", "1", "scale", "1", "h", "much"));
    assertThatThrownBy(() -> RewritePatch.read(other, weights(1), Device.cpu()))
        .hasMessageContaining("h is not a number");
  }
}
