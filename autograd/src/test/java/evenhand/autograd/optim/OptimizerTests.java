package evenhand.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class OptimizerTests {
  private final Device device = Device.cpu();

  /** The parameter after each step with gradients 1, 2, 3 from parameter 1, every step in a scope of its own. */
  private float[] path(Function<List<Var>, Optimizer> maker) {
    Var parameter = Var.parameter(device.tensor(new float[]{1}));
    Optimizer optimizer = maker.apply(List.of(parameter));
    float[] path = new float[3];
    for (int step = 0; step < 3; step++) {
      try (Scope _ = Scope.open()) {
        optimizer.step(List.of(device.tensor(new float[]{step + 1})));
      }
      path[step] = parameter.item();
    }
    return path;
  }

  private static float[] floats(double... values) {
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }

  @Test
  void plainDescent() {
    // 1 - 0.1, then - 0.2, - 0.3
    assertThat(path(p -> new Sgd(p, Sgd.Settings.defaults().withRate(0.1))))
        .containsExactly(floats(0.9, 0.7, 0.4), within(1e-6f));
  }

  @Test
  void momentumAndDecay() {
    // decay 0.5: g1 = 1 + 0.5 = 1.5, m = 1.5, w = 0.85; g2 = 2.425, m = 1.35 + 2.425 = 3.775, w = 0.4725;
    // g3 = 3.23625, m = 3.3975 + 3.23625 = 6.63375, w = -0.190875
    assertThat(path(p -> new Sgd(p, Sgd.Settings.defaults().withRate(0.1).withMomentum(0.9).withWeightDecay(0.5))))
        .containsExactly(floats(0.85, 0.4725, -0.190875), within(1e-6f));
  }

  @Test
  void dampeningSparesTheFirstStep() {
    // m = 1; 0.5 + 0.75 * 2 = 2; 1 + 0.75 * 3 = 3.25
    assertThat(path(p -> new Sgd(p, Sgd.Settings.defaults().withRate(0.1).withMomentum(0.5).withDampening(0.25))))
        .containsExactly(floats(0.9, 0.7, 0.375), within(1e-6f));
  }

  @Test
  void nesterovLooksAhead() {
    // m = 1, 2.5, 4.25; steps g + 0.5 m = 1.5, 3.25, 5.125
    assertThat(path(p -> new Sgd(p, Sgd.Settings.defaults().withRate(0.1).withMomentum(0.5).withNesterov(true))))
        .containsExactly(floats(0.85, 0.525, 0.0125), within(1e-6f));
    assertThatThrownBy(() -> Sgd.Settings.defaults().withNesterov(true)).hasMessageContaining("nesterov");
  }

  /** Adam as its pseudo-code says, in double precision. */
  private static float[] adam(double rate, double decay, boolean decoupled) {
    double w = 1;
    double m = 0;
    double v = 0;
    float[] path = new float[3];
    for (int t = 1; t <= 3; t++) {
      double g = t + (decoupled ? 0 : decay * w);
      w *= decoupled ? 1 - rate * decay : 1;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= rate * m / (1 - Math.pow(0.9, t)) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + 1e-8);
      path[t - 1] = (float) w;
    }
    return path;
  }

  @Test
  void adamAndAdamW() {
    float[] first = path(p -> new Adam(p, Adam.Settings.defaults().withRate(0.1)));
    assertThat(first[0]).isCloseTo(0.9f, within(1e-6f)); // the first step is the rate, whatever the gradient
    assertThat(first).containsExactly(adam(0.1, 0, false), within(1e-5f));
    assertThat(path(p -> new Adam(p, Adam.Settings.defaults().withRate(0.1).withWeightDecay(0.3))))
        .containsExactly(adam(0.1, 0.3, false), within(1e-5f));
    assertThat(path(p -> new AdamW(p, AdamW.defaults().withRate(0.1).withWeightDecay(0.3))))
        .containsExactly(adam(0.1, 0.3, true), within(1e-5f));
    assertThat(AdamW.defaults().weightDecay()).isEqualTo(0.01);
  }

  @Test
  void rateFollowsTheSchedule() {
    assertThat(path(p -> new Sgd(p, Sgd.Settings.defaults().withRate(step -> step == 1 ? 0 : 0.1))))
        .containsExactly(floats(0.9, 0.9, 0.6), within(1e-6f));
    assertThat(Schedule.cosine(2, 4).rate(0)).isEqualTo(2);
    assertThat(Schedule.cosine(2, 4).rate(2)).isCloseTo(1, within(1e-12));
    assertThat(Schedule.cosine(2, 4).rate(9)).isZero();
    assertThat(Schedule.decay(1, 0.5, 10).rate(25)).isEqualTo(0.25);
    assertThat(Schedule.constant(4).withWarmup(3).rate(0)).isEqualTo(1);
    assertThat(Schedule.constant(4).withWarmup(3).rate(3)).isEqualTo(4);
  }

  @Test
  void gradientsMustMatch() {
    List<Var> parameters = List.of(Var.parameter(device.zeros(2)));
    Optimizer optimizer = new AdamW(parameters, AdamW.defaults());
    List<Tensor> wrongShape = List.of(device.zeros(3));
    assertThatThrownBy(() -> optimizer.step(List.of())).hasMessageContaining("adamw: 0 gradients for 1 parameters");
    assertThatThrownBy(() -> optimizer.step(wrongShape)).hasMessageContaining("[3]").hasMessageContaining("[2]");
  }
}
