package evenhand.fairness.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Tokens that two texts have in common, in order: the longest block that both hold, then the same left and right of it.
 *
 * <p>Source: Ratcliff and Metzener, Pattern matching: the gestalt approach, 1988.
 */
final class SharedTokens {
  private SharedTokens() {}

  /** Pairs of positions (in a, in b) of equal tokens, in order. */
  static List<int[]> of(int[] a, int[] b) {
    List<int[]> matches = new ArrayList<>();
    collect(a, 0, a.length, b, 0, b.length, matches);
    return matches;
  }

  private static void collect(int[] a, int aFrom, int aTo, int[] b, int bFrom, int bTo, List<int[]> matches) {
    int best = 0;
    int bestA = aFrom;
    int bestB = bFrom;
    for (int i = aFrom; i < aTo; i++) {
      for (int j = bFrom; j < bTo; j++) {
        int length = 0;
        while (i + length < aTo && j + length < bTo && a[i + length] == b[j + length]) {
          length++;
        }
        if (length > best) { // the earliest of the longest
          best = length;
          bestA = i;
          bestB = j;
        }
      }
    }
    if (best == 0) {
      return;
    }
    collect(a, aFrom, bestA, b, bFrom, bestB, matches);
    for (int k = 0; k < best; k++) {
      matches.add(new int[]{bestA + k, bestB + k});
    }
    collect(a, bestA + best, aTo, b, bestB + best, bTo, matches);
  }
}
