package evenhand.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Grad;
import evenhand.autograd.GradCheck;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Attention.Options;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttentionTests {
  private final Device device = Device.reference();
  private final Rng rng = new Rng(9);

  @Test
  void equalScoresAverage() {
    Var q = Var.of(device.zeros(1, 2, 3));
    Var k = Var.of(rng.normal(device, 1, 4, 3));
    Var v = Var.of(device.tensor(new float[]{1, 2, 3, 6}, 1, 4, 1));
    assertThat(Attention.scaledDotProduct(q, k, v).value().toFloats())
        .containsExactly(new float[]{3, 3}, within(1e-6f));
    // query 0 sees key 0, query 1 sees keys 0 and 1: aligned at the top left
    assertThat(Attention.scaledDotProduct(q, k, v, Options.defaults().withCausal(true)).value().toFloats())
        .containsExactly(new float[]{1, 1.5f}, within(1e-6f));
  }

  @Test
  void maskAndInfiniteBiasAgree() {
    Var q = Var.of(rng.normal(device, 2, 3, 4));
    Var k = Var.of(rng.normal(device, 2, 3, 4));
    Var v = Var.of(rng.normal(device, 2, 3, 2));
    float none = Float.NEGATIVE_INFINITY;
    Var mask = Var.of(device.tensor(new float[]{1, 0, 1, 0, 1, 1, 1, 1, 0}, 3, 3));
    Var bias = Var.of(device.tensor(new float[]{0, none, 0, none, 0, 0, 0, 0, none}, 3, 3));
    assertThat(Attention.scaledDotProduct(q, k, v, Options.defaults().withAllowed(mask)).value().toFloats())
        .containsExactly(Attention.scaledDotProduct(q, k, v, Options.defaults().withBias(bias)).value().toFloats());
  }

  @Test
  void queryWithNothingToLookAtGetsZerosAndNoNan() {
    Var mask = Var.of(device.tensor(new float[]{0, 0, 1, 1}, 2, 2));
    Tensor x = rng.normal(device, 2, 3);
    Var parameter = Var.parameter(x);
    Var out = Attention.scaledDotProduct(parameter, parameter, parameter, Options.defaults().withAllowed(mask));
    assertThat(out.value().toFloats()).startsWith(0, 0, 0);
    for (float g : Grad.of(out.square().sum(), List.of(parameter)).getFirst().toFloats()) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void derivativesToSecondOrder() {
    Tensor q = rng.normal(device, 2, 3, 4);
    Tensor k = rng.normal(device, 5, 4);
    Tensor v = rng.normal(device, 2, 5, 2);
    GradCheck.check(in -> Attention.scaledDotProduct(in.get(0), in.get(1), in.get(2)), q, k, v);
    GradCheck.check(in -> Attention.scaledDotProduct(in.get(0), in.get(1), in.get(2),
        Options.defaults().withCausal(true).withScale(0.3)), q, k, v);
    GradCheck.check(in -> Attention.scaledDotProduct(in.get(0), in.get(1), in.get(2),
        Options.defaults().withBias(in.get(3))), q, k, v, rng.normal(device, 3, 5));
  }
}
