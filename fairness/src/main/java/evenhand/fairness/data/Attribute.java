package evenhand.fairness.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A column of group membership: for each row an index into the levels, or -1 where it is unknown.
 *
 * @param name the column's name; {@code sex*race} for crossed attributes
 * @param levels the groups' names; {@code Female,White} for crossed attributes
 * @param codes one per row, in {@code -1 .. levels.size() - 1}; not copied, not to be changed
 */
public record Attribute(String name, List<String> levels, int[] codes) {
  private static final int MAX_CROSSED_LEVELS = 10_000;

  /**
   * Checks the codes.
   *
   * @throws IllegalArgumentException if a code is out of range
   */
  public Attribute {
    levels = List.copyOf(levels);
    for (int row = 0; row < codes.length; row++) {
      if (codes[row] < -1 || codes[row] >= levels.size()) {
        throw new IllegalArgumentException("attribute " + name + ": code " + codes[row] + " of row " + row
            + " is not in -1 .. " + (levels.size() - 1));
      }
    }
  }

  /** Number of rows. */
  public int rows() {
    return codes.length;
  }

  /** The given rows, in the given order; the levels stay, also those without a row. */
  public Attribute rows(int[] rows) {
    return new Attribute(name, levels, gather(codes, rows));
  }

  /** Number of rows of each level. */
  public int[] counts() {
    int[] counts = new int[levels.size()];
    for (int code : codes) {
      if (code >= 0) {
        counts[code]++;
      }
    }
    return counts;
  }

  /** Every known code moved on by so many levels, the first following the last; unknown ones stay. */
  public Attribute shifted(int by) {
    int count = levels.size();
    return new Attribute(name, levels,
        Arrays.stream(codes).map(code -> code < 0 ? code : Math.floorMod(code + by, count)).toArray());
  }

  /**
   * Every combination of the attributes' levels, the last attribute running fastest; a row is -1 if any part is.
   *
   * <p>All combinations are levels, also those that no row has, so that parts of the same data agree in their codes.
   *
   * @param attributes one or more, with the same number of rows; a single one is returned as it is
   * @throws IllegalArgumentException if there is none, or their numbers of rows differ
   * @throws DataException if there are more than 10,000 combinations
   */
  public static Attribute cross(List<Attribute> attributes) {
    if (attributes.isEmpty()) {
      throw new IllegalArgumentException("cross: no attributes were given; name at least one");
    }
    Attribute result = attributes.getFirst();
    for (Attribute next : attributes.subList(1, attributes.size())) {
      result = cross(result, next);
    }
    return result;
  }

  private static Attribute cross(Attribute left, Attribute right) {
    if (left.rows() != right.rows()) {
      throw new IllegalArgumentException("cross: attribute " + left.name + " has " + left.rows() + " rows, "
          + right.name + " has " + right.rows());
    }
    int width = right.levels.size();
    if ((long) left.levels.size() * width > MAX_CROSSED_LEVELS) {
      throw new DataException("cross: " + left.name + " has " + left.levels.size() + " levels and " + right.name + " "
          + width + ", more than " + MAX_CROSSED_LEVELS + " combinations; name fewer sensitive columns");
    }
    List<String> levels = new ArrayList<>(left.levels.size() * width);
    for (String first : left.levels) {
      for (String second : right.levels) {
        levels.add(first + "," + second);
      }
    }
    int[] codes = new int[left.rows()];
    for (int row = 0; row < codes.length; row++) {
      boolean known = left.codes[row] >= 0 && right.codes[row] >= 0;
      codes[row] = known ? left.codes[row] * width + right.codes[row] : -1;
    }
    return new Attribute(left.name + "*" + right.name, levels, codes);
  }

  static int[] gather(int[] values, int[] rows) {
    int[] out = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      out[i] = values[rows[i]];
    }
    return out;
  }

  /** Name and group sizes: {@code sex (Female 1031, Male 4247)}. */
  @Override
  public String toString() {
    int[] counts = counts();
    List<String> parts = new ArrayList<>();
    for (int level = 0; level < counts.length; level++) {
      parts.add(levels.get(level) + " " + counts[level]);
    }
    return name + parts.stream().collect(Collectors.joining(", ", " (", ")"));
  }
}
