package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.optim.Adam;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClassifierGradientsTests {
  /** The label stands for the word: it follows merit, and the counterfactual row is the same one with the other. */
  private static ClassifierGradients.Row row(int label, Rng rng) {
    float[] x = {(float) rng.nextGaussian(), (float) (rng.nextGaussian() + (label > 0 ? 1 : -1))};
    int y = label > 0 ? 1 : 0;
    return new ClassifierGradients.Row(x, y, x, 1 - y);
  }

  @Test
  void theLabelOfAClassifiersRowsIsAFeature() {
    Layer model = Mlp.of(new Rng(1), Device.cpu(), Layers.tanh(), 2, 8, 1);
    var provider = new ClassifierGradients(model, Device.cpu());
    List<Var> parameters = List.copyOf(model.parameters().values());
    Adam adam = new Adam(parameters, Adam.Settings.defaults().withRate(.02));
    for (int step = 0; step < 100; step++) {
      Rng rng = new Rng(step);
      var batch = IntStream.range(0, 32).mapToObj(i -> row(i % 2 * 2 - 1, rng)).toList();
      adam.step(Grad.of(provider.losses(batch).factual(), parameters));
    }
    var held = IntStream.range(0, 60)
        .mapToObj(i -> new FeatureData.Labelled<>(row(i % 2 * 2 - 1, new Rng(1000 + i)), i % 2 * 2 - 1)).toList();
    FeatureData<ClassifierGradients.Row> data = new FeatureData<>(List.of("accepted", "refused"),
        (label, count, rng) -> IntStream.range(0, count).mapToObj(_ -> row(label, rng)).toList(),
        held.subList(0, 20), held.subList(20, 60), new FeatureData.Neutral<>(List.of(), List.of()));
    Gradiend.Fit fit = new Gradiend<>(provider, data, Gradiend.Settings.DEFAULT.withSteps(150, 50))
        .fit(List.of(0L), Gradiend.Progress.NONE);
    assertThat(fit.bestSeed().encoder().pearson().orElseThrow()).isGreaterThan(.9);
    assertThat(fit.bestSeed().encoder().signAccuracy()).isEqualTo(1);
  }

  @Test
  void lossesAreThoseOfTheModelOnRowsAndCounterfactualRows() {
    Layer model = Mlp.of(new Rng(1), Device.cpu(), Layers.tanh(), 2, 3, 3);
    var rows = List.of(new ClassifierGradients.Row(new float[]{1, 2}, 2, new float[]{0, 2}, 1),
        new ClassifierGradients.Row(new float[]{0, -1}, 0, new float[]{1, -1}, 0));
    GradientProvider.LossPair losses = new ClassifierGradients(model, Device.cpu()).losses(rows);
    Device cpu = Device.cpu();
    assertThat(losses.factual().item()).isEqualTo(Losses.crossEntropy(model.forward(Var.of(cpu.tensor(
        new float[]{1, 2, 0, -1}, 2, 2))), Var.of(cpu.tensor(new int[]{2, 0}))).item());
    assertThat(losses.counterfactual().item()).isEqualTo(Losses.crossEntropy(model.forward(Var.of(cpu.tensor(
        new float[]{0, 2, 1, -1}, 2, 2))), Var.of(cpu.tensor(new int[]{1, 0}))).item());
  }

  @Test
  void aCounterfactualRowOfAnotherWidthIsAnError() {
    assertThatThrownBy(() -> new ClassifierGradients.Row(new float[2], 0, new float[3], 0))
        .hasMessage("gradiend: a row has 2 features, its counterfactual 3; encode both alike");
  }
}
