package evenhand.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.LogisticRegression;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class TrainingTests {
  private static final int ROWS = 120;

  /** Two interleaved half circles with a little noise: not separable by a line. */
  private static Tensor moons(Device device) {
    Rng rng = new Rng(31);
    float[] x = new float[2 * ROWS];
    for (int row = 0; row < ROWS; row++) {
      double angle = Math.PI * rng.nextDouble();
      boolean lower = row % 2 == 1;
      x[2 * row] = (float) ((lower ? 1 - Math.cos(angle) : Math.cos(angle)) + 0.05 * rng.nextGaussian());
      x[2 * row + 1] = (float) ((lower ? 0.5 - Math.sin(angle) : Math.sin(angle)) + 0.05 * rng.nextGaussian());
    }
    return device.tensor(x, ROWS, 2);
  }

  private static Tensor labels(Device device) {
    float[] y = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      y[row] = row % 2;
    }
    return device.tensor(y, ROWS, 1);
  }

  private static double accuracy(Layer model, Tensor x, Tensor y) {
    float[] logits = model.forward(Var.of(x)).value().toFloats();
    float[] label = y.toFloats();
    int right = 0;
    for (int row = 0; row < label.length; row++) {
      right += logits[row] > 0 == label[row] > 0.5 ? 1 : 0;
    }
    return right / (double) label.length;
  }

  private static Training training(Layer model, Tensor x, Tensor y, double rate) {
    List<Var> parameters = List.copyOf(model.parameters().values());
    return new Training(Training.supervised(model, x, y, Losses::binaryCrossEntropyWithLogits), parameters,
        new Adam(parameters, Adam.Settings.defaults().withRate(rate)),
        new ShuffledBatches(ROWS, 32, new Rng(4), false));
  }

  @Test
  void mlpLearnsTwoMoonsAndALineDoesNot() {
    Device device = Device.cpu();
    Layer mlp = Mlp.of(new Rng(2), device, 2, 16, 1);
    Layer line = LogisticRegression.of(new Rng(2), device, 2);
    List<Integer> heard = new ArrayList<>();
    double[] losses = training(mlp, moons(device), labels(device), 0.03).run(60, (epoch, loss) -> heard.add(epoch));
    training(line, moons(device), labels(device), 0.03).run(60);
    assertThat(losses[59]).isLessThan(0.1).isLessThan(losses[0]);
    assertThat(heard).hasSize(60).startsWith(1, 2).endsWith(60);
    assertThat(accuracy(mlp, moons(device), labels(device))).isGreaterThan(0.97);
    assertThat(accuracy(line, moons(device), labels(device))).isLessThan(0.95);
  }

  @Test
  void ownLoopLearnsExclusiveOr() {
    Device device = Device.cpu();
    Tensor x = device.tensor(new float[]{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2);
    Tensor y = device.tensor(new float[]{0, 1, 1, 0}, 4, 1);
    Layer model = Mlp.of(new Rng(8), device, Layers.tanh(), 2, 8, 1);
    List<Var> parameters = List.copyOf(model.parameters().values());
    Optimizer optimizer = new Sgd(parameters, Sgd.Settings.defaults().withRate(0.5).withMomentum(0.9));
    BatchSampler batches = new ShuffledBatches(4, 4, new Rng(1), false);
    for (int epoch = 0; epoch < 150; epoch++) {
      for (int[] rows : batches.epoch()) {
        try (Scope _ = Scope.open()) {
          Tensor chosen = device.tensor(rows);
          Var logits = model.forward(Var.of(x.indexSelect(0, chosen)), Phase.TRAIN);
          Var loss = Losses.binaryCrossEntropyWithLogits(logits, Var.of(y.indexSelect(0, chosen)));
          optimizer.step(Grad.of(loss, parameters));
        }
      }
    }
    assertThat(accuracy(model, x, y)).isEqualTo(1);
  }

  @Test
  void sameBitsOnOneAndTwoThreads() {
    float[][] weights = new float[2][];
    for (int threads = 1; threads <= 2; threads++) {
      try (Device device = Device.cpu(threads)) {
        Layer model = Mlp.of(new Rng(2), device, 2, 33, 17, 1);
        training(model, moons(device), labels(device), 0.01).run(3);
        weights[threads - 1] = model.parameters().get("fc1.weight").value().toFloats();
      }
    }
    assertThat(weights[1]).containsExactly(weights[0]);
  }

  @Test
  void aLossThatIsNotFiniteStopsTheLoop() {
    Device device = Device.cpu();
    float[] values = moons(device).toFloats();
    values[7] = Float.NaN;
    Tensor x = device.tensor(values, ROWS, 2);
    Layer model = Mlp.of(new Rng(2), device, 2, 4, 1);
    List<Integer> heard = new ArrayList<>();
    assertThatThrownBy(() -> training(model, x, labels(device), 0.01).run(5, (epoch, loss) -> heard.add(epoch)))
        .isInstanceOf(ArithmeticException.class).hasMessageContaining("NaN at epoch 1, batch ")
        .hasMessageContaining("lower the learning rate");
    assertThat(heard).isEmpty();
  }

  /** Steps of w -= 3 w on w^2 / 2 turn w into -2 w, so losses are 0.5 4^t: 10 is passed at t = 3, 10^6 at t = 11. */
  @Test
  void aLossThatExplodesIsStoppedWithItsOrigin() {
    Var w = Var.parameter(Device.reference().tensor(new float[]{1}));
    var sgd = new Sgd(List.of(w), Sgd.Settings.defaults().withRate(3));
    BatchSampler two = () -> List.of(new int[]{0}, new int[]{0});
    Training run = new Training(_ -> w.square().sum().times(0.5), List.of(w), sgd, two);
    assertThatThrownBy(() -> run.run(50)).isInstanceOf(ArithmeticException.class).hasMessage(
        "training: the loss is 2097152.0 at epoch 6, batch 2 of 2 (step 12); it began to explode at epoch 2, batch 2"
            + " (step 4, loss 32.0, first loss 0.5); lower the learning rate, standardise the inputs, or look for NaN"
            + " in the data");
  }

  @Test
  void aHighFirstLossThatFallsIsNoExplosion() {
    Var w = Var.parameter(Device.reference().tensor(new float[]{1e6f})); // its loss begins at 5e11
    var sgd = new Sgd(List.of(w), Sgd.Settings.defaults().withRate(0.5));
    Training run = new Training(_ -> w.square().sum().times(0.5), List.of(w), sgd, () -> List.of(new int[]{0}));
    assertThat(run.run(60)[59]).isLessThan(1e-10);
  }

  @Test
  void parametersThatTheLastStepRuinedAreAnError() {
    Var w = Var.parameter(Device.reference().tensor(new float[]{1, 2}, 1, 2));
    var sgd = new Sgd(List.of(w), Sgd.Settings.defaults().withRate(1e39));
    Training run = new Training(_ -> w.square().sum(), List.of(w), sgd, () -> List.of(new int[]{0}));
    assertThatThrownBy(() -> run.run(1)).isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("parameter 1 of 1, shape [1, 2], is not finite after the last step");
  }

  @Test
  void anInterruptStopsTheLoopBeforeTheNextStep() {
    int[] steps = {0};
    Var w = Var.parameter(Device.reference().tensor(new float[]{1}));
    Training run = new Training(_ -> {
      if (++steps[0] == 3) {
        Thread.currentThread().interrupt();
      }
      return w.square().sum();
    }, List.of(w), new Sgd(List.of(w), Sgd.Settings.defaults().withRate(0.25)),
        () -> List.of(new int[]{0}, new int[]{0}));
    assertThatThrownBy(() -> run.run(1000)).isInstanceOf(CancellationException.class)
        .hasMessageContaining("interrupted in epoch 2 of 1000");
    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    assertThat(steps[0]).isEqualTo(3);
    assertThat(w.value().toFloats()).containsExactly(0.125f); // three whole steps of w -= 0.25 * 2 w
  }

  @Test
  void rowsOfInputsAndTargetsMustMatch() {
    Device device = Device.cpu();
    Layer model = LogisticRegression.of(new Rng(2), device, 2);
    assertThatThrownBy(() -> Training.supervised(model, moons(device), device.zeros(7, 1), Losses::l1))
        .hasMessageContaining("[120, 2]").hasMessageContaining("[7, 1]");
    List<Var> parameters = List.copyOf(model.parameters().values());
    Training empty = new Training(Training.supervised(model, moons(device), labels(device), Losses::l1), parameters,
        new Sgd(parameters, Sgd.Settings.defaults()), List::of);
    assertThatThrownBy(() -> empty.run(1)).hasMessageContaining("epoch 1 has no batches");
  }
}
