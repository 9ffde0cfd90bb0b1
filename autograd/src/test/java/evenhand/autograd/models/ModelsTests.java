package evenhand.autograd.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.ShuffledBatches;
import evenhand.autograd.optim.Training;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelsTests {
  private final Device device = Device.cpu();
  private final Rng rng = new Rng(3);

  @Test
  void mlp() {
    Layer model = Mlp.of(rng, device, Layers.tanh(), 5, 7, 3, 2);
    assertThat(model.parameters().keySet()).containsExactly("fc0.weight", "fc0.bias", "fc1.weight", "fc1.bias",
        "fc2.weight", "fc2.bias");
    assertThat(model.parameters().get("fc1.weight").shape().dims()).containsExactly(3, 7);
    assertThat(model.forward(Var.of(device.zeros(4, 5))).shape().dims()).containsExactly(4, 2);
    assertThatThrownBy(() -> Mlp.of(rng, device, 5)).hasMessageContaining("[5]");
  }

  /** As the fused updates want them: with strides of their own they would be copied at every step. */
  @Test
  void gradientsAreLaidOutAsTheWeightsAre() {
    Layer model = Mlp.of(rng, device, 5, 7, 3, 2);
    List<Var> parameters = List.copyOf(model.parameters().values());
    Var loss = model.forward(Var.of(rng.normal(device, 4, 5))).square().sum();
    assertThat(Grad.of(loss, parameters)).allMatch(Tensor::isContiguous);
  }

  @Test
  void linearModels() {
    assertThat(LogisticRegression.of(rng, device, 6).parameters().get("weight").shape().dims()).containsExactly(1, 6);
    Layer softmax = SoftmaxRegression.of(rng, device, 6, 4);
    assertThat(softmax.forward(Var.of(device.zeros(0, 6))).shape().dims()).containsExactly(0, 4);
  }

  @Test
  void leNet() {
    Layer model = LeNet.of(rng, device, 1, 28, 28, 10);
    assertThat(model.parameters().get("fc1.weight").shape().dims()).containsExactly(120, 256); // 16 channels of 4 x 4
    assertThat(model.parameters().values().stream().mapToInt(p -> p.shape().size()).sum()).isEqualTo(44426);
    assertThatThrownBy(() -> LeNet.of(rng, device, 1, 28, 12, 10)).hasMessageContaining("28 x 12");
    learns(LeNet.of(rng, device, 1, 16, 17, 2), rng.normal(device, 8, 1, 16, 17), 12);
  }

  @Test
  void resNet() {
    Layer model = ResNet.of(rng, device, 3, 10, 16, 3);
    assertThat(model.parameters()).containsKeys("conv1.weight", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
        "layer3.2.bn2.bias", "fc.bias").doesNotContainKey("layer1.0.downsample.0.weight");
    assertThat(model.buffers()).containsKeys("bn1.running_mean", "layer3.0.downsample.1.running_var");
    // ResNet-20 of the paper has 0.27 million; the 1 x 1 shortcuts add 2,752
    assertThat(model.parameters().values().stream().mapToInt(p -> p.shape().size()).sum()).isEqualTo(272474);
    learns(ResNet.of(rng, device, 2, 2, 2, 1), rng.normal(device, 8, 2, 8, 7), 12);
  }

  /** Random images with labels 0 and 1 in turn can be learnt by heart: the loss falls by half at least. */
  private void learns(Layer model, Tensor x, int epochs) {
    List<Var> parameters = List.copyOf(model.parameters().values());
    Tensor labels = device.tensor(new int[]{0, 1, 0, 1, 0, 1, 0, 1});
    double[] losses = new Training(Training.supervised(model, x, labels, Losses::crossEntropy), parameters,
        new Adam(parameters, Adam.Settings.defaults().withRate(0.02)), new ShuffledBatches(8, 8, new Rng(1), false))
        .run(epochs);
    assertThat(losses[epochs - 1]).isLessThan(losses[0] / 2);
  }
}
