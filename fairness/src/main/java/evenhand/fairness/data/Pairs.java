package evenhand.fairness.data;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Rows and their counterfactual rows: the protected attribute has another value, and the label is the same.
 *
 * <p>Row i of {@code factual} and row i of {@code counterfactual} are pair i. Inputs may be table columns or pixels, and
 * labels any number of classes. A row with several counterfactual ones (an attribute of more than two values) is the
 * factual row of several pairs of one unit: what is averaged, resampled or divided, is so by units.
 *
 * @param factual the rows as they are
 * @param counterfactual the same rows, or others of the same label, with another value of the attribute
 * @param units for each pair the number of its unit, from 0 on without a gap; not copied, not to be changed
 */
public record Pairs(Samples factual, Samples counterfactual, int[] units) {
  /**
   * Checks that the two sides fit together.
   *
   * @throws IllegalArgumentException if rows, columns or labels differ, or a unit has no pair
   */
  public Pairs {
    if (factual.rows() != counterfactual.rows() || factual.columns() != counterfactual.columns()
        || units.length != factual.rows()) {
      throw new IllegalArgumentException(
          "pairs: %d rows of %d columns, %d counterfactual rows of %d columns and %d units"
              .formatted(factual.rows(), factual.columns(), counterfactual.rows(), counterfactual.columns(),
                  units.length)
              + " do not fit; give one of each per pair");
    }
    int differing = Arrays.mismatch(factual.y(), counterfactual.y());
    if (differing >= 0 || !factual.labelLevels().equals(counterfactual.labelLevels())) {
      throw new IllegalArgumentException("pairs: the labels of row and counterfactual row differ"
          + (differing < 0 ? "" : " in pair " + differing) + "; only the protected attribute may change");
    }
    int[] distinct = Arrays.stream(units).sorted().distinct().toArray();
    if (distinct.length > 0 && (distinct[0] != 0 || distinct[distinct.length - 1] != distinct.length - 1)) {
      throw new IllegalArgumentException("pairs: units are " + distinct[0] + " .. " + distinct[distinct.length - 1]
          + " with gaps; number them 0 .. units - 1");
    }
  }

  /** Each row with one counterfactual row: every pair is a unit of its own. */
  public Pairs(Samples factual, Samples counterfactual) {
    this(factual, counterfactual, IntStream.range(0, factual.rows()).toArray());
  }

  /** Number of pairs. */
  public int size() {
    return units.length;
  }

  /** Number of units: of rows that have counterfactual ones. */
  public int unitCount() {
    return Arrays.stream(units).max().orElse(-1) + 1;
  }

  /** The pairs of the given units, which are numbered anew in the given order; a unit may not recur. */
  public Pairs select(int[] chosen) {
    int[] place = new int[unitCount()];
    Arrays.fill(place, -1);
    for (int i = 0; i < chosen.length; i++) {
      place[chosen[i]] = i;
    }
    int[] pairs = IntStream.range(0, size()).filter(pair -> place[units[pair]] >= 0).toArray();
    return new Pairs(factual.select(pairs), counterfactual.select(pairs),
        Arrays.stream(pairs).map(pair -> place[units[pair]]).toArray());
  }

  /**
   * Rows with each sensitive column that is an input changed in turn, to each of its other levels; all else stays.
   *
   * <p>A row whose value is unknown has no pair. Columns that tell of the attribute in other words (husband, wife) stay
   * as they are. There are no pairs if no sensitive column is an input.
   */
  public static Pairs flipped(Encoder encoder, Samples rows) {
    List<Samples> factual = new ArrayList<>();
    List<Samples> counterfactual = new ArrayList<>();
    List<int[]> origins = new ArrayList<>();
    for (Attribute attribute : rows.sensitive()) {
      if (encoder.uses(attribute.name())) {
        int[] known = IntStream.range(0, rows.rows()).filter(row -> attribute.codes()[row] >= 0).toArray();
        for (int by = 1; by < attribute.levels().size(); by++) { // each other level once
          origins.add(known);
          factual.add(rows.select(known));
          counterfactual.add(encoder.with(rows, attribute.shifted(by)).select(known));
        }
      }
    }
    if (factual.isEmpty()) {
      Samples none = rows.select(new int[0]);
      return new Pairs(none, none);
    }
    int[] origin = origins.stream().flatMapToInt(Arrays::stream).toArray();
    int[] distinct = Arrays.stream(origin).sorted().distinct().toArray();
    return new Pairs(Samples.concat(factual), Samples.concat(counterfactual),
        Arrays.stream(origin).map(row -> Arrays.binarySearch(distinct, row)).toArray());
  }

  /**
   * Pairs of different rows with the same label and another group, for data whose attribute is no input.
   *
   * <p>Within a label, rows are shuffled and two groups are paired without reuse, up to the smaller count; of more than
   * two groups each is paired with the next, the last with the first, so that a row serves at most twice. Each pair is a
   * unit. Rows of unknown group are left out. A pair differs in more than the attribute, so a difference in its scores
   * is not all bias.
   */
  public static Pairs matched(Samples rows, Rng random) {
    Attribute groups = rows.groups();
    int count = groups.levels().size();
    Map<Integer, List<int[]>> byLabel = new TreeMap<>();
    Function<Integer, List<int[]>> cells = label -> IntStream.range(0, count).mapToObj(g -> {
      int[] cell = IntStream.range(0, rows.rows()).filter(row -> rows.y()[row] == label && groups.codes()[row] == g)
          .toArray();
      random.split(label * count + g).shuffle(cell);
      return cell;
    }).filter(cell -> cell.length > 0).toList();
    Arrays.stream(rows.y()).forEach(label -> byLabel.computeIfAbsent(label, cells));
    IntStream.Builder factual = IntStream.builder();
    IntStream.Builder counterfactual = IntStream.builder();
    for (List<int[]> present : byLabel.values()) {
      int rounds = present.size() < 3 ? present.size() - 1 : present.size();
      for (int g = 0; g < rounds; g++) {
        int[] first = present.get(g);
        int[] second = present.get((g + 1) % present.size());
        for (int i = 0; i < Math.min(first.length, second.length); i++) {
          factual.add(first[i]);
          counterfactual.add(second[i]);
        }
      }
    }
    return new Pairs(rows.select(factual.build().toArray()), rows.select(counterfactual.build().toArray()));
  }
}
