package evenhand.fairness.data;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The synthetic law of FairBatch (Roh et al., ICLR 2021): two normal clouds, group membership that leans on the label.
 *
 * <p>y is a fair coin; x|y=1 ~ N((2, 2), [[5, 1], [1, 5]]), x|y=0 ~ N((-2, -2), [[10, 1], [1, 3]]); x' is x turned by
 * pi/4, x' = (x1 cos t + x2 sin t, -x1 sin t + x2 cos t); P(z=1|x) = p(x'|y=1) / (p(x'|y=1) + p(x'|y=0)). Every seed
 * gives a sample of its own; the split into 2,000 training and 1,000 test rows is a stratified draw by the seed.
 */
public final class SyntheticLoader implements TableLoader {
  private static final int ROWS = 3000;
  private static final int TRAIN_ROWS = 2000;

  /** A normal law of the plane with mean (mean, mean) and covariance [[a, b], [b, c]]. */
  private record Normal(double mean, double a, double b, double c) {
    double[] draw(Rng random) {
      double l11 = Math.sqrt(a); // Cholesky's factor of the covariance
      double l21 = b / l11;
      double l22 = Math.sqrt(c - l21 * l21);
      double first = random.nextGaussian();
      double second = random.nextGaussian();
      return new double[]{mean + l11 * first, mean + l21 * first + l22 * second};
    }

    /** Logarithm of the density, up to the constant that all normal laws of the plane share. */
    double logDensity(double x1, double x2) {
      double determinant = a * c - b * b;
      double u = x1 - mean;
      double v = x2 - mean;
      return -0.5 * (StrictMath.log(determinant) + (c * u * u - 2 * b * u * v + a * v * v) / determinant);
    }
  }

  private static final Normal POSITIVE = new Normal(2, 5, 1, 5);
  private static final Normal NEGATIVE = new Normal(-2, 10, 1, 3);

  private static final Card CARD = new Card("synthetic", "FairBatch's synthetic law",
      "3,000 points drawn from two normal laws, one for each label; group z=1 is likelier where, after a turn by 45"
          + " degrees, the positive law is denser. Inputs x1, x2 and z are taken as they are.",
      ROWS, "y", "1", List.of("z"), true, "logistic", 1.0 / 3,
      "generated here; law of Roh et al., FairBatch, ICLR 2021, as fitted to the sample they shipped",
      "none needed, no data is copied",
      "A toy: two inputs, one group variable, no missing values, no drift. Good for checking a method, not for choosing"
          + " one.",
      Map.of("batch", "100", "learning-rate", "0.0005", "epochs", "300", "epochs.equal_opportunity", "300",
          "epochs.equalized_odds", "400", "epochs.demographic_parity", "450", "logit-scale", "2",
          "initial-scale", "0.2", "fairbatch.alpha", "0.005"));

  /** For the service loader. */
  public SyntheticLoader() {}

  @Override
  public Card card() {
    return CARD;
  }

  @Override
  public Dataset load(DataFiles files, long seed) {
    Rng random = new Rng(seed).split("synthetic");
    double[] x1 = new double[ROWS];
    double[] x2 = new double[ROWS];
    double[] z = new double[ROWS];
    int[] y = new int[ROWS];
    double turn = Math.sqrt(0.5); // cosine and sine of pi/4
    for (int row = 0; row < ROWS; row++) {
      y[row] = random.nextDouble() < 0.5 ? 0 : 1;
      double[] x = (y[row] == 1 ? POSITIVE : NEGATIVE).draw(random);
      double turned1 = (x[0] + x[1]) * turn;
      double turned2 = (x[1] - x[0]) * turn;
      double odds = NEGATIVE.logDensity(turned1, turned2) - POSITIVE.logDensity(turned1, turned2);
      x1[row] = x[0];
      x2[row] = x[1];
      z[row] = random.nextDouble() < 1 / (1 + StrictMath.exp(odds)) ? 1 : 0;
    }
    List<Table.Column> columns = List.of(new Table.Numeric("x1", x1), new Table.Numeric("x2", x2),
        new Table.Numeric("z", z),
        Table.Categorical.of("y", Arrays.stream(y).mapToObj(Integer::toString).toList()));
    // Rows are exchangeable, so the first 2,000 train and the last 1,000 test, as in the published experiment.
    return new Dataset(CARD, new Table(CARD.name(), columns), false, IntStream.range(TRAIN_ROWS, ROWS).toArray());
  }
}
