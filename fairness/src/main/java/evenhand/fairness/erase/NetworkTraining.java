package evenhand.fairness.erase;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.BatchSampler;
import evenhand.autograd.optim.Training;
import evenhand.fairness.data.Inputs;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Fits a patch's network: Adam on batches drawn by the rows' weights, stopped early on held-out rows.
 *
 * <p>After each round the held-out loss is taken; 8 rounds without a new least one halve the step, and 20 end the
 * training; the network of the least loss is returned. Inputs are centred, and scaled so that the mean square of a row's
 * length is 1; the first step is .3 / sqrt(inputs), so that one update moves an output by some .3 at most, whatever the
 * number of inputs.
 *
 * @param device where
 * @param rng a stream of its own
 * @param hidden units of the hidden layer; 0 for none
 * @param components leading principal components of the inputs that the network sees; 0 for the inputs themselves
 * @param ridge l2 penalty
 */
record NetworkTraining(Device device, Rng rng, int hidden, int components, double ridge) {
  private static final int BATCH = 128;
  private static final int ROUNDS = 400;
  private static final int LEAST_BATCHES = 8; // in a round
  private static final int HALVING = 8;
  private static final int PATIENCE = 20;
  private static final double FIRST_STEP = 0.3;

  /** What is minimised, of outputs z and targets t of a row. */
  enum Loss {
    /** {@code -sum_j t_j ln softmax(z)_j}. */
    CROSS_ENTROPY,
    /** {@code mean_j (z_j - mean of z - t_j)^2}, t without a mean. */
    SQUARES;

    /** The loss of each row, {@code [rows]}. */
    Var of(Var outputs, Var targets) {
      return switch (this) {
        case CROSS_ENTROPY -> outputs.logSoftmax(1).times(targets).sum(1).neg();
        case SQUARES -> outputs.minus(outputs.meanKeep(1)).minus(targets).square().mean(1);
      };
    }
  }

  /**
   * Rows to learn from or to measure on.
   *
   * @param targets {@code [rows][outputs]}
   * @param weights of the rows, at least 0, sum 1
   */
  record Rows(Inputs inputs, double[][] targets, double[] weights) {}

  /** Inputs as the network sees them: {@code (x - shift) * scale}, then the projection, if there is one. */
  private record View(float[] shift, float scale, float[][] projection) {
    int width() {
      return projection.length == 0 ? shift.length : projection[0].length;
    }
  }

  /** A network whose loss on the held-out rows was the least. */
  Network fit(Rows train, Rows heldOut, Loss loss) {
    try (Scope _ = Scope.open()) {
      View view = view(train.inputs());
      int outputs = train.targets()[0].length;
      int[] widths = hidden == 0 ? new int[]{view.width(), outputs} : new int[]{view.width(), hidden, outputs};
      Layer model = Mlp.of(rng.split("weights"), device, widths);
      if (hidden == 0) {
        model.parameters().values().forEach(parameter -> parameter.value().copyFrom(parameter.zeros().value()));
      }
      Tensor x = seen(train.inputs(), view);
      Tensor held = seen(heldOut.inputs(), view);
      Tensor heldTargets = tensor(heldOut.targets());
      return run(model, view,
          Training.supervised(model, x, tensor(train.targets()), (z, t) -> loss.of(z, t).mean()),
          train.weights(),
          () -> weighted(Grad.without(() -> loss.of(model.forward(Var.of(held)), Var.of(heldTargets))).value(),
              heldOut.weights()));
    }
  }

  private View view(Inputs inputs) {
    float[] shift = means(inputs);
    View all = new View(shift, scale(inputs, shift), new float[0][]);
    if (components == 0) {
      return all;
    }
    Tensor x = seen(inputs, all);
    float[][] directions = Components.of(x, components, device, rng.split("components"));
    float[] z = x.matmul(tensor(directions)).toFloats();
    double squares = 0;
    for (float value : z) {
      squares += (double) value * value;
    }
    float more = squares == 0 ? 1 : (float) Math.sqrt(inputs.rows() / squares); // a row's length is 1 again
    return new View(shift, all.scale() * more, directions);
  }

  private Tensor seen(Inputs inputs, View view) {
    float[] out = inputs.all().clone();
    for (int at = 0; at < out.length; at++) {
      out[at] = (out[at] - view.shift()[at % view.shift().length]) * view.scale();
    }
    Tensor x = device.tensor(out, inputs.rows(), inputs.columns());
    return view.projection().length == 0 ? x : x.matmul(tensor(view.projection()));
  }

  private Network run(Layer model, View view, Training.RowLoss loss, double[] weights,
      DoubleSupplier heldOut) {
    List<Var> parameters = List.copyOf(model.parameters().values());
    double[] step = {FIRST_STEP / Math.sqrt(Math.max(1, view.width()))};
    var adam = new Adam(parameters, Adam.Settings.defaults().withRate(_ -> step[0]).withWeightDecay(ridge));
    Training training = new Training(loss, parameters, adam, batches(weights));
    Network best = network(model, view);
    double least = heldOut.getAsDouble();
    int since = 0;
    for (int round = 0; round < ROUNDS && since < PATIENCE; round++) {
      training.run(1);
      double now = heldOut.getAsDouble();
      since++;
      if (now < least) {
        since = now < least - 1e-4 * Math.abs(least) ? 0 : since; // gains that small do not keep it going
        least = now;
        best = network(model, view);
      }
      if (since > 0 && since % HALVING == 0) {
        step[0] /= 2;
      }
    }
    return best;
  }

  /** Rows drawn by their weights: each is in batches as often as its weight says, and none weighs more in its batch. */
  private BatchSampler batches(double[] weights) {
    double[] upTo = weights.clone();
    for (int row = 1; row < upTo.length; row++) {
      upTo[row] += upTo[row - 1];
    }
    Rng draws = rng.split("batches");
    int batches = Math.max(LEAST_BATCHES, weights.length / BATCH);
    return () -> {
      List<int[]> round = new ArrayList<>();
      for (int i = 0; i < batches; i++) {
        int[] rows = new int[Math.min(BATCH, weights.length)];
        double width = upTo[upTo.length - 1] / rows.length;
        for (int j = 0; j < rows.length; j++) { // one draw in each of so many equal strips: fewer repeats
          int at = Arrays.binarySearch(upTo, width * (j + draws.nextDouble()));
          rows[j] = Math.min(at < 0 ? -at - 1 : at + 1, weights.length - 1);
        }
        round.add(rows);
      }
      return round;
    };
  }

  private static double weighted(Tensor losses, double[] weights) {
    float[] each = losses.toFloats();
    double sum = 0;
    for (int row = 0; row < each.length; row++) {
      sum += weights[row] * each[row];
    }
    return sum;
  }

  private static float[] means(Inputs inputs) {
    double[] sums = new double[inputs.columns()];
    float[] x = inputs.all();
    for (int at = 0; at < x.length; at++) {
      sums[at % sums.length] += x[at];
    }
    float[] means = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      means[i] = (float) (sums[i] / inputs.rows());
    }
    return means;
  }

  private static float scale(Inputs inputs, float[] shift) {
    double squares = 0;
    float[] x = inputs.all();
    for (int at = 0; at < x.length; at++) {
      double centred = x[at] - shift[at % shift.length];
      squares += centred * centred;
    }
    return squares == 0 ? 1 : (float) Math.sqrt(inputs.rows() / squares);
  }

  private Tensor tensor(float[][] rows) {
    float[] out = new float[rows.length * rows[0].length];
    for (int at = 0; at < out.length; at++) {
      out[at] = rows[at / rows[0].length][at % rows[0].length];
    }
    return device.tensor(out, rows.length, rows[0].length);
  }

  private Tensor tensor(double[][] rows) {
    float[] out = new float[rows.length * rows[0].length];
    for (int at = 0; at < out.length; at++) {
      out[at] = (float) rows[at / rows[0].length][at % rows[0].length];
    }
    return device.tensor(out, rows.length, rows[0].length);
  }

  /** The model as it is now; its weights are [outputs, inputs], those of a network [inputs][outputs]. */
  private Network network(Layer model, View view) {
    List<Network.Dense> layers = new ArrayList<>();
    int inputs = view.width();
    for (int l = 0; l < (hidden == 0 ? 1 : 2); l++) {
      float[] flat = model.parameters().get("fc" + l + ".weight").value().toFloats();
      float[] bias = model.parameters().get("fc" + l + ".bias").value().toFloats();
      float[][] weight = new float[inputs][bias.length];
      for (int at = 0; at < flat.length; at++) {
        weight[at % inputs][at / inputs] = flat[at];
      }
      layers.add(new Network.Dense(l == 0 ? onInputs(weight, view) : weight, bias));
      inputs = bias.length;
    }
    return new Network(view.shift(), view.scale(), layers);
  }

  /** The first layer and the projection before it as one: {@code [inputs][outputs]}. */
  private static float[][] onInputs(float[][] weight, View view) {
    if (view.projection().length == 0) {
      return weight;
    }
    float[][] product = new float[view.projection().length][weight[0].length];
    for (int i = 0; i < product.length; i++) {
      for (int k = 0; k < weight.length; k++) {
        for (int j = 0; j < weight[0].length; j++) {
          product[i][j] += view.projection()[i][k] * weight[k][j];
        }
      }
    }
    return product;
  }
}
