package evenhand.fairness.data;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which rows train and which test: two ascending lists of row numbers without a common one.
 *
 * @param train rows to learn from
 * @param test rows to measure on
 */
public record Partition(int[] train, int[] test) {
  private static final int HELD_OUT = 5; // one row in so many may be held out

  /**
   * A random partition with exactly {@code round(rows * testFraction)} test rows, stratified.
   *
   * <p>Each cell (label and group) gives its share of test rows by largest remainder, and a cell of two rows or more
   * keeps at least one row on either side as long as the sizes allow it. Within a cell the rows are drawn uniformly, by
   * a stream of random numbers of its own.
   *
   * @param cells a number for each row; rows with the same number are one cell
   * @param testFraction in (0, 1)
   * @throws DataException if either side would have no row
   */
  public static Partition stratified(int[] cells, double testFraction, long seed) {
    int total = cells.length;
    long wanted = Math.round(total * testFraction);
    if (!(testFraction > 0 && testFraction < 1) || wanted < 1 || wanted >= total) {
      throw new DataException("split: a test fraction of " + testFraction + " of " + total
          + " rows leaves no row on one side; choose --test-fraction between 0 and 1 so that both sides have rows");
    }
    TreeMap<Integer, List<Integer>> members = new TreeMap<>();
    for (int row = 0; row < total; row++) {
      members.computeIfAbsent(cells[row], cell -> new ArrayList<>()).add(row);
    }
    List<Integer> keys = List.copyOf(members.keySet());
    int[] sizes = members.values().stream().mapToInt(List::size).toArray();
    int[] shares = shares(sizes, testFraction, (int) wanted);
    boolean[] tests = new boolean[total];
    Rng random = new Rng(seed).split("split");
    for (int i = 0; i < sizes.length; i++) {
      int[] rows = members.get(keys.get(i)).stream().mapToInt(Integer::intValue).toArray();
      random.split(keys.get(i)).shuffle(rows);
      for (int j = 0; j < shares[i]; j++) {
        tests[rows[j]] = true;
      }
    }
    return of(tests);
  }

  /**
   * The given rows test, all others train.
   *
   * @throws DataException if a row is out of range or recurs, or either side would have no row
   */
  public static Partition ofTest(int rows, int[] test) {
    boolean[] tests = new boolean[rows];
    for (int row : test) {
      if (row < 0 || row >= rows || tests[row]) {
        throw new DataException("split: test row " + row + " is " + (row < 0 || row >= rows ? "not within 0 .. "
            + (rows - 1) : "given twice") + "; give each row at most once");
      }
      tests[row] = true;
    }
    if (test.length == 0 || test.length == rows) {
      throw new DataException("split: " + test.length + " of " + rows + " rows are test rows; both sides need rows");
    }
    return of(tests);
  }

  /**
   * Training rows of which some are held out as test rows: stratified by label and group, at most one row in five.
   *
   * @param count how many to hold out, above 0
   */
  public static Partition heldOut(Samples rows, int count, long seed) {
    int held = Math.clamp(rows.rows() / HELD_OUT, 1, count);
    return stratified(rows.cells(), (double) held / rows.rows(), new Rng(seed).split("held out").nextBits());
  }

  private static Partition of(boolean[] tests) {
    return new Partition(IntStream.range(0, tests.length).filter(row -> !tests[row]).toArray(),
        IntStream.range(0, tests.length).filter(row -> tests[row]).toArray());
  }

  /** How many test rows each cell gives: near {@code size * fraction}, sum exactly {@code wanted}. */
  private static int[] shares(int[] sizes, double fraction, int wanted) {
    int[] least = Arrays.stream(sizes).map(size -> size > 1 ? 1 : 0).toArray();
    int[] most = Arrays.stream(sizes).map(size -> size > 1 ? size - 1 : size).toArray();
    if (Arrays.stream(least).sum() > wanted || Arrays.stream(most).sum() < wanted) {
      least = new int[sizes.length]; // too many small cells to keep each on both sides
      most = sizes;
    }
    int[] shares = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      shares[i] = Math.clamp((long) Math.floor(sizes[i] * fraction), least[i], most[i]);
    }
    for (int left = wanted - Arrays.stream(shares).sum(); left != 0; left -= Integer.signum(left)) {
      int step = Integer.signum(left);
      int best = -1;
      double bestNeed = 0;
      for (int i = 0; i < sizes.length; i++) {
        int next = shares[i] + step;
        double need = step * (sizes[i] * fraction - shares[i]);
        if (next >= least[i] && next <= most[i] && (best < 0 || need > bestNeed)) {
          best = i;
          bestNeed = need;
        }
      }
      shares[best] += step;
    }
    return shares;
  }
}
