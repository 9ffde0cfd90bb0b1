package evenhand.fairness.erase;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a deployed model said of rows: its logits, checked.
 *
 * @param logits {@code [rows][classes]}, finite
 */
public record Answers(double[][] logits) {
  /** What a model's numbers are. */
  public enum Kind {
    /** Any finite numbers, up to a constant in each row. */
    LOGITS,
    /** Numbers from 0 to 1 that sum to 1 in each row. */
    PROBABILITIES,
    /** Probabilities if every row looks like them, else logits. */
    AUTO;

    /** The name on the command line: {@code logits}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The least probability whose logarithm is taken. */
  static final double LEAST = 1e-12;

  private static final double SUM_TOLERANCE = 1e-3;

  /**
   * Checks that all rows have the same number of classes, two at least, and finite numbers.
   *
   * @throws IllegalArgumentException if not, naming the row
   */
  public Answers {
    int classes = logits.length == 0 ? 2 : logits[0].length;
    if (classes < 2) {
      throw new IllegalArgumentException("deployed model: its answers have " + classes
          + " number in a row; give one logit or probability for each of two classes or more");
    }
    for (int row = 0; row < logits.length; row++) {
      if (logits[row].length != classes) {
        throw new IllegalArgumentException("deployed model: row " + (row + 1) + " has " + logits[row].length
            + " classes, row 1 has " + classes + "; the classes and their order must be the same for all rows");
      }
      for (double value : logits[row]) {
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException("deployed model: row " + (row + 1) + " has the logit " + value
              + "; logits must be finite numbers");
        }
      }
    }
  }

  /**
   * The answers of a model whose numbers are logits or probabilities.
   *
   * @param given a number for each class; or, of two classes, one number, that of the second class
   * @throws IllegalArgumentException if they are hard labels, or not what they are said to be
   */
  public static Answers of(double[][] given, Kind kind) {
    double[][] numbers = given.length > 0 && given[0].length == 1 ? ofOne(given, kind) : given;
    refuseHardLabels(numbers);
    boolean probabilities = kind == Kind.PROBABILITIES
        || kind == Kind.AUTO && numbers.length > 0 && firstUnlikely(numbers) < 0;
    if (!probabilities) {
      return new Answers(numbers);
    }
    int wrong = firstUnlikely(numbers);
    if (wrong >= 0) {
      throw new IllegalArgumentException("deployed model: row " + (wrong + 1) + " is " + Arrays.toString(numbers[wrong])
          + ", not probabilities that sum to 1; give logits, or say that these are logits");
    }
    return new Answers(logarithms(numbers));
  }

  /** Both classes of one probability, or of one logit; which of them is told as for several. */
  private static double[][] ofOne(double[][] numbers, Kind kind) {
    boolean probabilities = kind == Kind.PROBABILITIES || kind == Kind.AUTO
        && Arrays.stream(numbers).allMatch(row -> row.length == 1 && row[0] >= 0 && row[0] <= 1);
    return Arrays.stream(numbers).map(row -> new double[]{probabilities ? 1 - row[0] : 0, row[0]})
        .toArray(double[][]::new);
  }

  /** The first row that is not probabilities; -1 if all are. */
  private static int firstUnlikely(double[][] numbers) {
    for (int row = 0; row < numbers.length; row++) {
      double sum = Arrays.stream(numbers[row]).sum();
      if (!(Math.abs(sum - 1) <= SUM_TOLERANCE) || Arrays.stream(numbers[row]).anyMatch(p -> !(p >= 0 && p <= 1))) {
        return row;
      }
    }
    return -1;
  }

  /** One 1 and else 0 in every row leaves nothing to subtract a rule from. */
  static void refuseHardLabels(double[][] numbers) {
    boolean hard = numbers.length > 0 && Arrays.stream(numbers)
        .allMatch(row -> Arrays.stream(row).allMatch(p -> p == 0 || p == 1) && Arrays.stream(row).sum() == 1);
    if (hard) {
      throw new IllegalArgumentException("deployed model: every answer is a hard label, 1 for one class and 0 for all"
          + " others; a rule is subtracted from logits, and no shift of a hard label says where the model was in doubt,"
          + " so give the model's logits or probabilities");
    }
  }

  static double[][] logarithms(double[][] probabilities) {
    return Arrays.stream(probabilities)
        .map(row -> Arrays.stream(row).map(p -> Math.log(Math.max(p, LEAST))).toArray()).toArray(double[][]::new);
  }

  /** Number of rows. */
  public int rows() {
    return logits.length;
  }

  /** The given rows, in the given order. */
  public Answers select(int[] rows) {
    return new Answers(Arrays.stream(rows).mapToObj(row -> logits[row]).toArray(double[][]::new));
  }

  /** ln P of each row at a temperature: {@code ln softmax(logits / temperature)}, at least ln 1e-12. */
  double[][] logProbabilities(double temperature) {
    return Arrays.stream(logits).map(row -> {
      double[] out = Logs.logSoftmax(Logs.times(1 / temperature, row));
      for (int j = 0; j < out.length; j++) {
        out[j] = Math.max(out[j], Math.log(LEAST));
      }
      return out;
    }).toArray(double[][]::new);
  }

  /** Rows of which some class has a probability below 1e-12. */
  long clipped() {
    return Arrays.stream(logits).filter(row -> Arrays.stream(Logs.logSoftmax(row)).min().orElse(0) < Math.log(LEAST))
        .count();
  }
}
