package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.algorithms.Adversarial.Config;
import evenhand.fairness.algorithms.Adversarial.Schedule;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.tensor.Device;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AdversarialTests {
  private static final Device CPU = Device.cpu();
  private static final Adversarial METHOD = new Adversarial();
  private static final int[] Y = {0, 1, 1, 0, 1, 0, 1};
  private static final int[] Z = {0, 0, 1, 0, 2, -1, 0}; // no group is a third: a derivative of 0 is all noise to Adam
  private static final float[] X = {0.3f, -1, 0.7f, 2, -0.4f, 0.9f, 1.5f};

  private static Samples samples() {
    return new Samples(X, Y, List.of("x"), List.of("no", "yes"),
        List.of(new Attribute("z", List.of("a", "b", "c"), Z)));
  }

  private static Task task(Target target, int steps, double rate) {
    return Task.of(samples(), target, new ModelSpec(),
        new TrainingConfig(steps, Y.length, rate, TrainingConfig.Optimizer.SGD, 0, 1, 0), CPU, 3);
  }

  /** The formulas of the header in double precision, for one input; the optimizers' formulas too. */
  private static final class Reference {
    final double[] w = new double[2]; // weight and bias
    final double[] velocity = new double[2];
    final double[] u; // c, A by input and group, b
    final double[] mean;
    final double[] square;
    final Target target;
    final Config config;
    int step;

    Reference(Target target, Config config) {
      this.target = target;
      this.config = config;
      int inputs = target == Target.EQUALIZED_ODDS ? 4 : 1;
      u = new double[1 + 3 * inputs + 3];
      u[0] = 1;
      mean = new double[u.length];
      square = new double[u.length];
    }

    double adversary(double[] weights, double[] of) {
      double sum = 0;
      int count = 0;
      for (int row = 0; row < Y.length; row++) {
        if (Z[row] < 0 || target == Target.EQUAL_OPPORTUNITY && Y[row] == 0) {
          continue;
        }
        double s = sigmoid((1 + Math.abs(of[0])) * (weights[0] * X[row] + weights[1]));
        double[] inputs = target == Target.EQUALIZED_ODDS ? new double[]{s, s * Y[row], s * (1 - Y[row]), Y[row]}
            : new double[]{s};
        double all = 0;
        double own = 0;
        for (int g = 0; g < 3; g++) {
          double logit = of[of.length - 3 + g];
          for (int i = 0; i < inputs.length; i++) {
            logit += inputs[i] * of[1 + 3 * i + g];
          }
          all += Math.exp(logit);
          own = g == Z[row] ? logit : own;
        }
        sum += Math.log(all) - own;
        count++;
      }
      return sum / count;
    }

    static double crossEntropy(double[] weights) {
      double sum = 0;
      for (int row = 0; row < Y.length; row++) {
        double p = sigmoid(weights[0] * X[row] + weights[1]);
        sum -= Math.log(Y[row] == 1 ? p : 1 - p) / Y.length;
      }
      return sum;
    }

    static double sigmoid(double z) {
      return 1 / (1 + Math.exp(-z));
    }

    static double[] gradient(java.util.function.ToDoubleFunction<double[]> f, double[] at) {
      double[] gradient = new double[at.length];
      for (int i = 0; i < at.length; i++) {
        double[] above = at.clone();
        double[] below = at.clone();
        above[i] += 1e-6;
        below[i] -= 1e-6;
        gradient[i] = (f.applyAsDouble(above) - f.applyAsDouble(below)) / 2e-6;
      }
      return gradient;
    }

    /** One step of W by momentum .9, one of U by Adam. */
    void step(double rate) {
      step++;
      double[] g = gradient(Reference::crossEntropy, w);
      double[] h = gradient(weights -> adversary(weights, u), w);
      double[] own = gradient(of -> adversary(w, of), u);
      double hh = h[0] * h[0] + h[1] * h[1];
      double along = config.project() && hh > 1e-15 ? (g[0] * h[0] + g[1] * h[1]) / hh : 0;
      double root = config.schedule() == Schedule.SQRT ? Math.sqrt(step) : 1; // an epoch is one step
      for (int i = 0; i < 2; i++) {
        velocity[i] = 0.9 * velocity[i] + g[i] - (along + config.alpha() * root) * h[i];
        w[i] -= rate * velocity[i] / root;
      }
      for (int i = 0; i < u.length; i++) {
        double derivative = i == 0 && step == 1 ? 0 : own[i]; // c plays no part while A is 0
        mean[i] = 0.9 * mean[i] + 0.1 * derivative;
        square[i] = 0.999 * square[i] + 0.001 * derivative * derivative;
        u[i] -= config.rate() * (mean[i] / (1 - Math.pow(0.9, step)))
            / (Math.sqrt(square[i] / (1 - Math.pow(0.999, step))) + 1e-8);
      }
    }
  }

  /** Five steps of logistic regression with three groups and a row of unknown group. */
  @ParameterizedTest
  @CsvSource({"DEMOGRAPHIC_PARITY, CONSTANT, true", "EQUAL_OPPORTUNITY, CONSTANT, true", "EQUALIZED_ODDS, SQRT, true",
      "EQUALIZED_ODDS, CONSTANT, false", "DEMOGRAPHIC_PARITY, SQRT, false"})
  void stepsAgreeWithTheFormulas(Target target, Schedule schedule, boolean project) {
    var config = new Config(0.8, schedule, project, 0.05);
    Task task = task(target, 5, 0.3);
    var reference = new Reference(target, config);
    double[] start = parameters(new Fitting(task));
    System.arraycopy(start, 0, reference.w, 0, 2);
    for (int step = 0; step < 5; step++) {
      reference.step(0.3);
    }
    Fitting fitted = new Fitting(task);
    METHOD.fit(task.from(fitted.model()), config);
    assertThat(parameters(fitted)).containsExactly(reference.w, within(2e-4));
    assertThat(Math.abs(reference.w[0] - start[0])).as("it moved").isGreaterThan(0.05);
  }

  private static double[] parameters(Fitting fitting) {
    return fitting.model().parameters().values().stream().mapToDouble(p -> p.value().toFloats()[0]).toArray();
  }

  @ParameterizedTest
  @EnumSource
  void withoutAlphaAndProjectionItIsPlainTraining(Target target) {
    Task task = task(target, 5, 0.3);
    double[] plain = new Erm().fit(task, new Erm.Config()).scores(samples());
    assertThat(METHOD.fit(task, new Config(0, Schedule.CONSTANT, false, 0.05)).scores(samples())).isEqualTo(plain);
    assertThat(METHOD.fit(task, new Config(0, Schedule.CONSTANT, true, 0.05)).scores(samples())).isNotEqualTo(plain);
  }

  @ParameterizedTest
  @EnumSource
  void theGapFallsOnTheSyntheticLaw(Target target) {
    Dataset data = Datasets.load("synthetic", 1);
    Split split = data.split(1.0 / 3, 1);
    var training = new TrainingConfig(30, 100, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0);
    Task task = Task.of(split.train(), target, ModelSpec.parse("mlp:8"), training, CPU, 1);
    double plain = Rows.softGap(new Erm().fit(task, new Erm.Config()), split.test(), target);
    Predictor predictor = METHOD.fit(task, METHOD.defaults());
    assertThat(Rows.softGap(predictor, split.test(), target)).as("from %s", plain).isLessThan(0.5 * plain);
    double[] scores = predictor.scores(split.test());
    int right = 0;
    for (int row = 0; row < scores.length; row++) {
      right += (scores[row] > 0.5) == (split.test().y()[row] == 1) ? 1 : 0;
    }
    assertThat(right / (double) scores.length).as("accuracy").isGreaterThan(0.7);
    assertThat(predictor.notes()).singleElement().asString().startsWith("in its last batch the adversary's loss was ");
  }

  @Test
  void withoutRowsToJudgeItIsPlainTraining() {
    Attribute unknown = new Attribute("z", List.of("a", "b"), Arrays.stream(Z).map(_ -> -1).toArray());
    Samples rows = new Samples(X, Y, List.of("x"), List.of("no", "yes"), List.of(unknown));
    Task task = task(Target.DEMOGRAPHIC_PARITY, 5, 0.3).on(rows);
    assertThat(METHOD.fit(task, METHOD.defaults()).scores(rows))
        .isEqualTo(new Erm().fit(task, new Erm.Config()).scores(rows));
  }

  @Test
  void settingsOutOfRangeAreRejected() {
    for (double[] v : new double[][]{{-1, 1}, {Double.NaN, 1}, {1, 0}, {1, Double.POSITIVE_INFINITY}}) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Config(v[0], Schedule.SQRT, true, v[1]))
          .withMessageStartingWith("adversarial settings are out of range: alpha " + v[0]);
    }
  }
}
