package evenhand.fairness.data;

import java.util.Collection;
import java.util.stream.IntStream;

/** The name that somebody probably meant. */
public final class Nearest {
  private Nearest() {}

  /** {@code did you mean 'age'? }, with a space behind it, for the nearest name; nothing where none is near. */
  public static String hint(String wanted, Collection<String> names) {
    String nearest = "";
    int least = Math.min(wanted.length() / 2, wanted.length() / 3 + 1) + 1;
    for (String name : names) {
      int distance = name.equalsIgnoreCase(wanted) ? 0 : distance(wanted, name);
      if (distance < least) {
        least = distance;
        nearest = name;
      }
    }
    return nearest.isEmpty() ? "" : "did you mean '" + nearest + "'? ";
  }

  /** Levenshtein's distance: the least number of letters inserted, deleted or replaced. */
  private static int distance(String left, String right) {
    int[] previous = IntStream.rangeClosed(0, right.length()).toArray();
    for (int i = 1; i <= left.length(); i++) {
      int[] current = new int[right.length() + 1];
      current[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int replaced = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[right.length()];
  }
}
