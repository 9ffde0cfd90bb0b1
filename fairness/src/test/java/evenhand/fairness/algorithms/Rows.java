package evenhand.fairness.algorithms;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.Counts;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows for tests.
 *
 * @param y labels
 * @param groups group membership
 */
record Rows(int[] y, Attribute groups) {
  /** So many rows of each cell, by label, then by group; a column more than names is that of unknown groups. */
  static Rows of(List<String> names, int[]... counts) {
    List<int[]> cells = new ArrayList<>();
    for (int y = 0; y < counts.length; y++) {
      for (int z = 0; z < counts[y].length; z++) {
        for (int i = 0; i < counts[y][z]; i++) {
          cells.add(new int[]{y, z < names.size() ? z : -1});
        }
      }
    }
    int[] y = cells.stream().mapToInt(cell -> cell[0]).toArray();
    int[] z = cells.stream().mapToInt(cell -> cell[1]).toArray();
    return new Rows(y, new Attribute("z", names, z));
  }

  /** Two groups, a and b. */
  static Rows of(int m00, int m01, int m10, int m11) {
    return of(List.of("a", "b"), new int[]{m00, m01}, new int[]{m10, m11});
  }

  CellIndex cells() {
    return CellIndex.of(y, 2, groups);
  }

  /** Rows of a batch in each cell, by label and group; unknown groups last. */
  int[][] count(int[] batch) {
    int[][] counts = new int[2][groups.levels().size() + 1];
    for (int row : batch) {
      int z = groups.codes()[row];
      counts[y[row]][z < 0 ? groups.levels().size() : z]++;
    }
    return counts;
  }

  /** These rows with two inputs, which lean on label and group, and the group as a third. */
  Samples samples(long seed) {
    Rng random = new Rng(seed).split("samples");
    float[] x = new float[3 * y.length];
    for (int row = 0; row < y.length; row++) {
      int z = groups.codes()[row];
      x[3 * row] = (float) (random.nextGaussian() + 1.5 * y[row] - 0.7);
      x[3 * row + 1] = (float) (random.nextGaussian() + 0.8 * z);
      x[3 * row + 2] = z;
    }
    return new Samples(x, y, List.of("x1", "x2", "z"), List.of("no", "yes"), List.of(groups));
  }

  /** FairBatch's settings, the given ones ({@code key=word}) replaced. */
  static FairBatch.Config settings(String... settings) {
    Map<String, String> words = new LinkedHashMap<>();
    for (String setting : settings) {
      words.put(setting.split("=")[0], setting.split("=")[1]);
    }
    return Configs.with(new FairBatch().defaults(), "fairbatch", words);
  }

  /** The soft gap of a predictor's probabilities. */
  static double softGap(Predictor predictor, Samples rows, Target target) {
    Counts counts = Counts.of(new Predictions(rows.y(), predictor.labels(rows), predictor.scores(rows),
        rows.groups().codes(), rows.groups().levels()));
    return EpochWatch.softGap(counts, target).value().orElseThrow();
  }
}
