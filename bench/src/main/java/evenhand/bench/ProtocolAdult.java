package evenhand.bench;

import evenhand.fairness.data.AdultLoader;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.DataFiles;
import evenhand.fairness.data.DataSource;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Rng;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Adult as the experiments on decision rationale alignment code it: 120 inputs of 0 and 1, sex not among them.
 *
 * <p>Rows with a question mark are dropped (45,222 stay), as are fnlwgt, education in words and the country. Each of the
 * five numbers becomes ten columns, one for each tenth of the training rows; the levels of workclass, marital status,
 * occupation and relationship and whether race is White become two columns each, yes and no.
 */
final class ProtocolAdult {
  private static final int TENTHS = 10;
  private static final int[] NUMBERS = {0, 4, 10, 11, 12}; // age, education-num, capital-gain, capital-loss, hours
  private static final int[] CATEGORIES = {1, 5, 6, 7}; // workclass, marital-status, occupation, relationship
  private static final int RACE = 8;
  private static final int SEX = 9;
  private static final int LABEL = 14;

  private final List<String[]> rows = new ArrayList<>();

  /** Reads the published files from the data directory or the cache. */
  ProtocolAdult() {
    DataSource source = new AdultLoader().source().orElseThrow();
    read(DataFiles.standard().get(source, "adult.data"));
    read(DataFiles.standard().get(source, "adult.test"));
  }

  private void read(Path file) {
    try {
      for (String line : Files.readAllLines(file)) {
        String[] cells = line.split(", ");
        if (cells.length > LABEL && Arrays.stream(cells).noneMatch("?"::equals)) {
          rows.add(cells);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /**
   * A random split: 80 % train, of which a quarter is for validation, and 20 % test.
   *
   * @param ageBins the tenths of age, standardised, for all five numbers: a quirk of published code
   */
  Samples[] split(long seed, boolean ageBins) {
    int[] order = new Rng(seed).split("protocol").permutation(rows.size());
    int trains = (int) (0.8 * rows.size());
    double[][] numbers = standardised(order, trains);
    double[][] edges = new double[NUMBERS.length][];
    Arrays.setAll(edges, c -> edges(numbers[ageBins ? 0 : c], order, trains));
    List<String> names = new ArrayList<>();
    List<float[]> columns = new ArrayList<>();
    for (int c = 0; c < NUMBERS.length; c++) {
      int[] bins = bins(numbers[c], edges[c]);
      for (int bin = 0; bin < TENTHS; bin++) {
        int own = bin;
        add("number" + NUMBERS[c] + " in tenth " + bin, row -> bins[row] == own, names, columns);
      }
    }
    for (int category : CATEGORIES) {
      for (String level : rows.stream().map(row -> row[category]).distinct().sorted().toList()) {
        add(level, row -> rows.get(row)[category].equals(level), names, columns);
        add("not " + level, row -> !rows.get(row)[category].equals(level), names, columns);
      }
    }
    add("White", row -> rows.get(row)[RACE].equals("White"), names, columns);
    add("not White", row -> !rows.get(row)[RACE].equals("White"), names, columns);
    Samples all = samples(names, columns);
    return new Samples[]{all.select(Arrays.copyOf(order, trains)),
        all.select(Arrays.copyOfRange(order, trains, order.length))};
  }

  private void add(String name, java.util.function.IntPredicate holds, List<String> names, List<float[]> columns) {
    float[] column = new float[rows.size()];
    for (int row = 0; row < column.length; row++) {
      column[row] = holds.test(row) ? 1 : 0;
    }
    names.add(name);
    columns.add(column);
  }

  private Samples samples(List<String> names, List<float[]> columns) {
    float[] x = new float[rows.size() * columns.size()];
    for (int c = 0; c < columns.size(); c++) {
      for (int row = 0; row < rows.size(); row++) {
        x[row * columns.size() + c] = columns.get(c)[row];
      }
    }
    int[] y = rows.stream().mapToInt(row -> row[LABEL].startsWith(">50K") ? 1 : 0).toArray();
    int[] z = rows.stream().mapToInt(row -> row[SEX].equals("Male") ? 1 : 0).toArray();
    return new Samples(x, y, names, List.of("<=50K", ">50K"),
        List.of(new Attribute("sex", List.of("Female", "Male"), z)));
  }

  private double[][] standardised(int[] order, int trains) {
    double[][] numbers = new double[NUMBERS.length][];
    for (int c = 0; c < numbers.length; c++) {
      int at = NUMBERS[c];
      double[] values = rows.stream().mapToDouble(row -> Double.parseDouble(row[at])).toArray();
      double mean = Arrays.stream(order, 0, trains).mapToDouble(row -> values[row]).average().orElseThrow();
      double variance = Arrays.stream(order, 0, trains).mapToDouble(row -> Math.pow(values[row] - mean, 2)).average()
          .orElseThrow();
      numbers[c] = Arrays.stream(values).map(value -> (value - mean) / Math.sqrt(variance)).toArray();
    }
    return numbers;
  }

  /** The nine numbers between the tenths of the training rows. */
  private static double[] edges(double[] values, int[] order, int trains) {
    double[] sorted = Arrays.stream(order, 0, trains).mapToDouble(row -> values[row]).sorted().toArray();
    return IntStream.range(1, TENTHS).mapToDouble(i -> sorted[i * trains / TENTHS]).toArray();
  }

  private static int[] bins(double[] values, double[] edges) {
    return Arrays.stream(values).mapToInt(value -> (int) Arrays.stream(edges).filter(edge -> value > edge).count())
        .toArray();
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "Adult, %d rows, 120 inputs of 0 and 1", rows.size());
  }
}
