package evenhand.fairness.algorithms;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * UCI Adult as in the published code of Fast Model Debias: all rows, 5 standardised numbers, 8 columns of categories with
 * {@code ?} as a level of its own (levels of training and test rows together), 107 inputs, and a constant 1 as the last.
 *
 * @param train the 32,561 rows of adult.data
 * @param test the 16,281 rows of adult.test
 */
record AdultFixture(Samples train, Samples test) {
  private static final int[] NUMBERS = {0, 4, 10, 11, 12};
  private static final int[] CATEGORIES = {1, 3, 5, 6, 7, 8, 9, 13};
  private static final int SEX = 9;

  /** Reads the files; a test is skipped where they are absent. */
  static AdultFixture read() {
    String directory = System.getenv("EVENHAND_DATA");
    Assumptions.assumeTrue(directory != null && Files.isDirectory(Path.of(directory, "adult")),
        "EVENHAND_DATA names no directory with adult; set it to run this test");
    List<String[]> train = rows(Path.of(directory, "adult", "adult.data"));
    List<String[]> test = rows(Path.of(directory, "adult", "adult.test"));
    List<List<String>> levels = new ArrayList<>();
    for (int column : CATEGORIES) {
      levels.add(Stream.concat(train.stream(), test.stream()).map(row -> row[column]).distinct().sorted().toList());
    }
    return new AdultFixture(samples(train, train, levels), samples(test, train, levels));
  }

  private static List<String[]> rows(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> line.contains(",")).map(line -> line.split(",\\s*")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Samples samples(List<String[]> rows, List<String[]> train, List<List<String>> levels) {
    int width = NUMBERS.length + levels.stream().mapToInt(List::size).sum() + 1;
    float[] x = new float[rows.size() * width];
    for (int i = 0; i < NUMBERS.length; i++) {
      int column = NUMBERS[i];
      double[] known = train.stream().mapToDouble(row -> Double.parseDouble(row[column])).toArray();
      double mean = Arrays.stream(known).average().orElseThrow();
      double sd = Math.sqrt(Arrays.stream(known).map(value -> (value - mean) * (value - mean)).average().orElseThrow());
      for (int row = 0; row < rows.size(); row++) {
        x[row * width + i] = (float) ((Double.parseDouble(rows.get(row)[column]) - mean) / sd);
      }
    }
    int at = NUMBERS.length;
    for (int i = 0; i < CATEGORIES.length; at += levels.get(i++).size()) {
      for (int row = 0; row < rows.size(); row++) {
        x[row * width + at + levels.get(i).indexOf(rows.get(row)[CATEGORIES[i]])] = 1;
      }
    }
    IntStream.range(0, rows.size()).forEach(row -> x[row * width + width - 1] = 1);
    int[] y = rows.stream().mapToInt(row -> row[14].startsWith(">50K") ? 1 : 0).toArray();
    int[] sex = rows.stream().mapToInt(row -> row[SEX].equals("Male") ? 1 : 0).toArray();
    return new Samples(x, y, IntStream.range(0, width).mapToObj(i -> "x" + i).toList(), List.of("<=50K", ">50K"),
        List.of(new Attribute("sex", List.of("Female", "Male"), sex)));
  }

  /** Where the column Female is; Male follows. */
  int female() {
    return NUMBERS.length + 9 + 16 + 7 + 15 + 6 + 5; // levels of the categories before sex
  }

  /** Rows with the two columns of sex swapped. */
  Pairs flipped(Samples rows) {
    float[] x = rows.x().clone();
    for (int row = 0; row < rows.rows(); row++) {
      int at = row * rows.columns() + female();
      x[at] = 1 - x[at];
      x[at + 1] = 1 - x[at + 1];
    }
    return new Pairs(rows, new Samples(x, rows.y(), rows.columnNames(), rows.labelLevels(),
        List.of(rows.sensitive().getFirst().shifted(1))));
  }
}
