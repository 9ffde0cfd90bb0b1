package evenhand.fairness.algorithms;

import java.util.List;

/**
 * The setting that makes a method close the gap more or less, and what a sweep tries.
 *
 * @param key of the setting, a number
 * @param grid values, weakest first
 */
public record Strength(String key, List<String> grid) {
  /** Copies the list. */
  public Strength {
    grid = List.copyOf(grid);
  }

  /** A strength with these values. */
  static Strength of(String key, String... grid) {
    return new Strength(key, List.of(grid));
  }
}
