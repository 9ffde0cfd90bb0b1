package evenhand.fairness.erase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Inputs;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Equation (E) on a discrete world whose tables are known: target features t in 0 .. 4, groups b in 0 .. 2, classes j in
 * 0 .. 3, p(t | j) and p(j | b) drawn at random, t and b independent given j.
 */
class RuleAlgebraTests {
  private static final int T = 5;
  private static final int G = 3;
  private static final int K = 4;
  private static final List<String> NAMES = List.of("a", "b", "c");

  private final double[][] tGivenJ = table("t|j", K, T);
  private final double[][] jGivenB = table("j|b", G, K);

  private static double[][] table(String name, int rows, int columns) {
    Rng rng = new Rng(2026).split(name);
    double[][] table = new double[rows][columns];
    for (double[] row : table) {
      for (int j = 0; j < columns; j++) {
        row[j] = 2 * rng.nextGaussian();
      }
    }
    return Arrays.stream(table).map(Logs::softmax).toArray(double[][]::new);
  }

  /** ln p(j | t, b) of the training law, up to a constant. */
  private double[] deployed(int t, int b) {
    return IntStream.range(0, K).mapToDouble(j -> Math.log(tGivenJ[j][t] * jGivenB[b][j])).toArray();
  }

  /** p(j | t) where y is independent of b with prior q: p(t|j) q_j, normalised. */
  private double[] fair(int t, double[] q) {
    double[] joint = IntStream.range(0, K).mapToDouble(j -> tGivenJ[j][t] * q[j]).toArray();
    double sum = Arrays.stream(joint).sum();
    return Arrays.stream(joint).map(p -> p / sum).toArray();
  }

  private static double[] logs(double[] p) {
    return Arrays.stream(p).map(Math::log).toArray();
  }

  private static void assertClose(double[] got, double[] expected, double tolerance) {
    for (int j = 0; j < expected.length; j++) {
      assertThat(got[j]).isCloseTo(expected[j], within(tolerance));
    }
  }

  @Test
  void subtractingTheTrueRuleGivesTheLawOfAWorldWithoutIt() {
    double[] q = {0.1, 0.2, 0.3, 0.4};
    for (int t = 0; t < T; t++) {
      for (int b = 0; b < G; b++) {
        double[] u = Logs.corrected(deployed(t, b), logs(jGivenB[b]), 1, logs(q));
        assertClose(Logs.softmax(u), fair(t, q), 1e-12);
      }
    }
  }

  @Test
  void constantsOverTheClassesChangeNothing() {
    double[] f = deployed(2, 1);
    double[] rule = logs(jGivenB[1]);
    double[] expected = Logs.softmax(Logs.corrected(f, rule, 0.7, new double[K]));
    double[] moved = Arrays.stream(f).map(x -> x + 31).toArray();
    double[] movedRule = Arrays.stream(rule).map(x -> x - 12).toArray();
    assertClose(Logs.softmax(Logs.corrected(moved, movedRule, 0.7, new double[K])), expected, 1e-12);
  }

  @Test
  void probabilitiesAndLogitsGiveTheSame() {
    double[] f = Arrays.stream(deployed(3, 0)).map(x -> x + 5).toArray();
    double[] logP = Answers.of(new double[][]{Logs.softmax(f)}, Answers.Kind.PROBABILITIES).logits()[0];
    assertClose(Logs.softmax(Logs.corrected(logP, logs(jGivenB[0]), 1, new double[K])),
        Logs.softmax(Logs.corrected(f, logs(jGivenB[0]), 1, new double[K])), 1e-9);
  }

  /** Bit for bit, at any temperature. */
  @Test
  void strengthZeroIsTheIdentity() {
    double[][] f = IntStream.range(0, T).mapToObj(t -> deployed(t, t % G)).toArray(double[][]::new);
    double[][] rules = Arrays.stream(jGivenB).map(RuleAlgebraTests::logs).toArray(double[][]::new);
    Eraser eraser = new Eraser(List.of("0", "1", "2", "3"), "b", NAMES, Estimator.CELLS, rules, new Patch.Table(rules),
        0,
        3.7, new double[K]);
    double[][] got = eraser.probabilities(new Answers(f), new Inputs.Dense(new float[0], T, 0), 0, 1, 2, 0, 1);
    for (int t = 0; t < T; t++) {
      assertThat(got[t]).isEqualTo(Logs.softmax(f[t]));
    }
  }

  /** Subtracting ln p(b|y) leaves the class prior in: that is (E) with q = p(y). */
  @Test
  void theRuleOfTheGroupGivenTheClassKeepsTheClassPrior() {
    double[] pB = {0.5, 0.3, 0.2};
    double[] pY = IntStream.range(0, K)
        .mapToDouble(j -> IntStream.range(0, G).mapToDouble(b -> pB[b] * jGivenB[b][j]).sum()).toArray();
    for (int b = 0; b < G; b++) {
      int group = b;
      double[] bGivenY = IntStream.range(0, K).mapToDouble(j -> jGivenB[group][j] * pB[group] / pY[j]).toArray();
      double[] left = Logs.softmax(Logs.corrected(deployed(1, b), logs(bGivenY), 1, new double[K]));
      double[] right = Logs.softmax(Logs.corrected(deployed(1, b), logs(jGivenB[b]), 1, logs(pY)));
      assertClose(left, right, 1e-12);
    }
  }

  /** Logits a(x_t) + c_b with the same x_t in every group: E2 and E5 give c_b less its mean over groups. */
  @Test
  void additiveLogitsAreRecovered() {
    double[][] c = Arrays.stream(jGivenB).map(RuleAlgebraTests::logs).toArray(double[][]::new);
    double[][] logits = new double[T * G][];
    int[] group = new int[T * G];
    double[][][] swapped = new double[G][T][];
    for (int t = 0; t < T; t++) {
      for (int b = 0; b < G; b++) {
        group[t * G + b] = b;
        logits[t * G + b] = deployed(t, b); // ln p(t|j) + ln p(j|b)
        swapped[b][t] = Logs.logSoftmax(logits[t * G + b]);
      }
    }
    double[] mean = new double[K];
    for (double[] each : c) {
      Logs.add(mean, 1.0 / G, each);
    }
    var estimation = new RuleEstimation(new Answers(logits).logProbabilities(1), group, NAMES, Optional.empty());
    BiasedRule geometric = estimation.estimate(Estimator.GEOMETRIC, Optional.empty());
    BiasedRule intervention = estimation.estimate(Estimator.INTERVENTION, Optional.of(swapped));
    for (int b = 0; b < G; b++) {
      double[] expected = c[b].clone();
      Logs.add(expected, -1, mean);
      assertClose(Logs.centred(geometric.logRule()[b]), Logs.centred(expected), 1e-12);
      assertClose(Logs.centred(intervention.logRule()[b]), Logs.centred(expected), 1e-12);
    }
  }

  /**
   * Rows in proportion to the training law within each group for E1, and one row of each (t, b) for E2's condition. E1
   * gives ln p(j|b), which removes all; the centred rule leaves the mean over groups of ln p(j|b) as the class prior.
   */
  @Test
  void arithmeticAndCentredRulesDifferByTheRetainedPrior() {
    double[] retained = new double[K];
    for (double[] each : jGivenB) {
      Logs.add(retained, 1.0 / G, logs(each));
    }
    for (int b = 0; b < G; b++) {
      double[] exact = new double[K]; // E1 as an expectation: sum_t p(t|b) p(j|t,b) = p(j|b)
      for (int t = 0; t < T; t++) {
        int at = t;
        int group = b;
        double pT = IntStream.range(0, K).mapToDouble(j -> tGivenJ[j][at] * jGivenB[group][j]).sum();
        Logs.add(exact, pT, Logs.softmax(deployed(t, b)));
      }
      assertClose(exact, jGivenB[b], 1e-12);
      double[] centred = logs(jGivenB[b]);
      Logs.add(centred, -1, retained);
      double[] all = Logs.softmax(Logs.corrected(deployed(4, b), logs(exact), 1, retained));
      double[] differences = Logs.softmax(Logs.corrected(deployed(4, b), centred, 1, new double[K]));
      assertClose(all, differences, 1e-12);
    }
  }

  /** Independent attributes given the label: the rules of the two add up to that of the pair, as in section 2. */
  @Test
  void rulesOfAttributesThatAreIndependentGivenTheLabelAdd() {
    double[] pY = {0.4, 0.3, 0.2, 0.1};
    double[][] aGivenJ = table("a|j", K, 2);
    double[][] bGivenJ = table("b|j", K, G);
    for (int a = 0; a < 2; a++) {
      for (int b = 0; b < G; b++) {
        int one = a;
        int two = b;
        double[] sum = IntStream.range(0, K).mapToDouble(j -> Math.log(pY[j] * aGivenJ[j][one]) // ln p(y|a) + const
            + Math.log(pY[j] * bGivenJ[j][two]) - Math.log(pY[j])).toArray();
        double[] joint = IntStream.range(0, K).mapToDouble(j -> Math.log(pY[j] * aGivenJ[j][one] * bGivenJ[j][two]))
            .toArray();
        assertClose(Logs.softmax(sum), Logs.softmax(joint), 1e-12);
      }
    }
  }

  /** The additive form of a calibration set: the log rule of (a, b) is that of a plus that of b less that of all rows. */
  @Test
  void theAdditiveFormIsThatSum() {
    Rng rng = new Rng(2026).split("rows");
    int rows = 60;
    double[][] logits = new double[rows][K];
    for (double[] row : logits) {
      Arrays.setAll(row, _ -> 2 * rng.nextGaussian());
    }
    Attribute sex = new Attribute("sex", List.of("F", "M"), IntStream.range(0, rows).map(i -> i % 2).toArray());
    Attribute age = new Attribute("age", NAMES, IntStream.range(0, rows).map(i -> i * 7 % G).toArray());
    Calibration calibration = new Calibration(new Answers(logits), new Inputs.Dense(new float[0], rows, 0),
        List.of(sex, age), List.of("0", "1", "2", "3"), Optional.empty(), Optional.empty());
    RuleModel model = RuleModel.of(calibration, 1, EraserSettings.Attributes.ADDITIVE);
    BiasedRule got = model.estimate(Estimator.ARITHMETIC, model.all());
    double[][] logP = new Answers(logits).logProbabilities(1);
    Attribute one = new Attribute("all", List.of("all"), new int[rows]);
    double[][][] parts = Arrays.stream(new Attribute[]{sex, age, one})
        .map(each -> new RuleEstimation(logP, each.codes(), each.levels(), Optional.empty())
            .estimate(Estimator.ARITHMETIC, Optional.empty()).logRule())
        .toArray(double[][][]::new);
    for (int a = 0; a < 2; a++) {
      for (int b = 0; b < G; b++) {
        double[] expected = parts[0][a].clone();
        Logs.add(expected, 1, parts[1][b]);
        Logs.add(expected, -1, parts[2][0]);
        assertClose(got.distribution()[a * G + b], Logs.softmax(expected), 1e-12);
      }
    }
  }
}
