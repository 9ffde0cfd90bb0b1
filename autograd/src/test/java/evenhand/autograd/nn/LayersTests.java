package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.GradCheck;
import evenhand.autograd.Var;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LayersTests {
  private final Device device = Device.cpu();
  private final Rng rng = new Rng(21);

  @Test
  void parametersAreNamedAsInPyTorch() {
    Layer net = Sequential.empty()
        .with("stem", Conv2d.of(rng, device, 1, 2, 3, Conv.UNIT))
        .with(Layers.relu())
        .with(new Residual(Sequential.empty().with("bn", BatchNorm.of(device, 2)), Sequential.empty()))
        .with("attn", SelfAttention.of(rng, device, 4, 2, false))
        .with("head", Sequential.of(Layers.flatten(), Linear.withoutBias(rng, device, 4, 1)));
    assertThat(net.parameters().keySet()).containsExactly("stem.weight", "stem.bias", "bn.weight", "bn.bias",
        "attn.q.weight", "attn.q.bias", "attn.k.weight", "attn.k.bias", "attn.v.weight", "attn.v.bias",
        "attn.o.weight", "attn.o.bias", "head.1.weight");
    assertThat(net.buffers().keySet()).containsExactly("bn.running_mean", "bn.running_var");
  }

  @Test
  void aNameThatOccursTwiceIsAnError() {
    Sequential net = Sequential.empty().with("fc", Linear.of(rng, device, 2, 2));
    assertThatThrownBy(() -> net.with("fc", Linear.of(rng, device, 2, 2))).hasMessageContaining("fc.weight")
        .hasMessageContaining("twice");
  }

  @Test
  void sequenceAndResidual() {
    Var x = Var.of(device.tensor(new float[]{-1, 2}, 1, 2));
    Layer residual = new Residual(Sequential.of(Layers.relu(), (v, phase) -> v.times(10)), Sequential.empty());
    assertThat(residual.forward(x).value().toFloats()).containsExactly(-1, 22);
    assertThat(Sequential.of(Layers.relu(), Layers.relu()).layers()).hasSize(2);
  }

  @Test
  void shapesOfLayersWithoutParameters() {
    Var x = Var.of(rng.normal(device, 2, 3, 4, 6));
    assertThat(Layers.flatten().forward(x).shape().dims()).containsExactly(2, 72);
    assertThat(Layers.flatten().forward(Var.of(device.zeros(0, 3, 2))).shape().dims()).containsExactly(0, 6);
    assertThat(Layers.maxPool2d(2, 2).forward(x).shape().dims()).containsExactly(2, 3, 2, 3);
    assertThat(Layers.avgPool2d(2, 1).forward(x).shape().dims()).containsExactly(2, 3, 3, 5);
    assertThat(Layers.globalAvgPool2d().forward(x).shape().dims()).containsExactly(2, 3);
    assertThat(Layers.meanPool().forward(x.reshape(2, 3, 24)).shape().dims()).containsExactly(2, 24);
    assertThat(Layers.gelu()).hasToString("gelu");
  }

  @Test
  void dropoutKeepsTheMeanAndDropsItsShare() {
    int n = 20_000;
    Dropout layer = new Dropout(0.3, rng.split("dropout"));
    Var ones = Var.of(device.ones(n));
    float[] kept = layer.forward(ones, Phase.TRAIN).value().toFloats();
    int dropped = 0;
    double sum = 0;
    for (float value : kept) {
      dropped += value == 0 ? 1 : 0;
      sum += value;
    }
    double sd = Math.sqrt(0.3 * 0.7 / n); // of the share dropped
    assertThat(dropped / (double) n).isCloseTo(0.3, within(4 * sd));
    assertThat(sum / n).isCloseTo(1, within(4 * sd / 0.7));
    assertThat(layer.forward(ones, Phase.TRAIN).value().toFloats()).isNotEqualTo(kept);
    assertThat(layer.forward(ones)).isSameAs(ones);
  }

  @Test
  void dropoutOfTheSameStreamIsTheSame() {
    Var ones = Var.of(device.ones(50));
    float[] first = new Dropout(0.5, new Rng(3)).forward(ones, Phase.TRAIN).value().toFloats();
    assertThat(new Dropout(0.5, new Rng(3)).forward(ones, Phase.TRAIN).value().toFloats()).containsExactly(first);
    assertThat(new Dropout(1, new Rng(3)).forward(ones, Phase.TRAIN).value().toFloats()).containsOnly(0);
    assertThatThrownBy(() -> new Dropout(1.5, new Rng(3))).hasMessageContaining("[0, 1]");
    assertThatThrownBy(() -> new Dropout(Double.NaN, new Rng(3))).hasMessageContaining("NaN");
  }

  @Test
  void embeddingLooksUpRows() {
    Embedding layer = new Embedding(Var.parameter(device.tensor(new float[]{1, 2, 3, 4, 5, 6}, 3, 2)));
    Var ids = Var.of(device.tensor(new int[]{2, 0, 2}, 1, 3));
    Var out = layer.forward(ids);
    assertThat(out.shape().dims()).containsExactly(1, 3, 2);
    assertThat(out.value().toFloats()).containsExactly(5, 6, 1, 2, 5, 6);
    assertThat(Embedding.of(rng, device, 7, 3).parameters().get("weight").shape().dims()).containsExactly(7, 3);
    GradCheck.check(in -> new Embedding(in.getFirst()).forward(ids).square(), layer.weight().value());
  }

  @Test
  void causalSelfAttentionDoesNotLookAhead() {
    SelfAttention layer = SelfAttention.of(rng, device, 6, 3, true);
    Tensor x = rng.normal(device, 2, 4, 6);
    Tensor changed = x.copy();
    changed.slice(1, 3, 4).copyFrom(device.full(9, Shape.of(2, 1, 6)));
    float[] before = layer.forward(Var.of(x)).value().slice(1, 0, 3).toFloats();
    assertThat(layer.forward(Var.of(changed)).value().slice(1, 0, 3).toFloats()).containsExactly(before);
    assertThatThrownBy(() -> SelfAttention.of(rng, device, 6, 4, true)).hasMessageContaining("4 heads");
  }

  @Test
  void wholeNetworkToSecondOrder() {
    Tensor x = rng.normal(device, 2, 3, 4);
    GradCheck.check(in -> {
      Linear map = new Linear(in.get(1), Optional.of(in.get(2)));
      Layer attention = new SelfAttention(map, map, map, map, 2, true);
      LayerNorm norm = new LayerNorm(in.get(2), in.get(2), 1e-5);
      return Sequential.of(new Residual(attention, Sequential.empty()), norm, Layers.geluTanh(), Layers.meanPool())
          .forward(in.get(0));
    }, x, rng.normal(device, 4, 4).times(0.5), rng.normal(device, 4));
  }
}
