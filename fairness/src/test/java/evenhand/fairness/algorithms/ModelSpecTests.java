package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSpecTests {
  @ParameterizedTest
  @ValueSource(strings = {"logistic", "mlp:64", "mlp:64,64", "mlp:3,1,200"})
  void namesSurviveARoundTrip(String word) {
    ModelSpec spec = ModelSpec.parse(word);
    assertThat(spec).hasToString(word).isEqualTo(ModelSpec.parse(word)).hasSameHashCodeAs(ModelSpec.parse(word));
    assertThat(spec).isNotEqualTo(new ModelSpec(7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Logistic", "mlp", "mlp:", "mlp:a", "mlp:8,", "mlp:-1", "mlp:8;8", "mlp:1234567", "tree"})
  void otherNamesAreRejected(String word) {
    assertThatIllegalArgumentException().isThrownBy(() -> ModelSpec.parse(word)).withMessage("model " + word
        + " is unknown; give logistic, or mlp:64,64 with the sizes of the hidden layers");
  }

  @Test
  void layersWithoutUnitsAreRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> ModelSpec.parse("mlp:4,0"))
        .withMessage("model mlp: hidden sizes must be at least 1, got [4, 0]");
  }

  @Test
  void sizesCannotBeChangedFromOutside() {
    int[] sizes = {4, 5};
    ModelSpec spec = new ModelSpec(sizes);
    sizes[0] = 9;
    spec.hidden()[1] = 9;
    assertThat(spec).hasToString("mlp:4,5");
  }

  @Test
  void modelsHaveOneLogit() {
    Device cpu = Device.cpu();
    for (String word : new String[]{"logistic", "mlp:6,4"}) {
      var model = ModelSpec.parse(word).create(new Rng(1), cpu, 3);
      assertThat(model.forward(Var.of(cpu.ones(5, 3))).shape()).isEqualTo(Shape.of(5, 1));
      assertThat(model.parameters()).hasSize(word.equals("logistic") ? 2 : 6);
    }
  }
}
