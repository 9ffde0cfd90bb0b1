package evenhand.fairness.gradiend;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a name or a template is used for; none is used for two things. */
public enum Part {
  /** Training the neuron. */
  TRAIN(.6),
  /** Choosing its best state. */
  VALIDATE(.1),
  /** Choosing the rewrite. */
  SELECT(.15),
  /** The figures that are reported. */
  REPORT(.15);

  private final double share;

  Part(double share) {
    this.share = share;
  }

  /** As in messages. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** So many things in random order, or all there are. */
  static <T> List<T> some(List<T> things, int count, Rng rng) {
    return Arrays.stream(rng.permutation(things.size())).limit(count).mapToObj(things::get).toList();
  }

  /**
   * Deals out different things in random order; every part gets at least one.
   *
   * @param what names them in the error: {@code names of class 'female'}
   * @throws IllegalArgumentException if there are fewer than parts
   */
  static <T> Map<Part, List<T>> deal(String what, List<T> things, Rng rng) {
    List<T> distinct = things.stream().distinct().toList();
    if (distinct.size() < values().length) {
      throw new IllegalArgumentException("there are " + distinct.size() + " " + what + ", too few to train on some and"
          + " measure on others; give at least " + values().length);
    }
    int[] order = rng.permutation(distinct.size());
    Map<Part, List<T>> out = new EnumMap<>(Part.class);
    int next = 0;
    double upTo = 0;
    for (Part part : values()) {
      upTo += part.share;
      int left = values().length - part.ordinal() - 1; // parts that still need one
      int end = Math.min(Math.max((int) Math.round(upTo * order.length), next + 1), order.length - left);
      List<T> own = new ArrayList<>();
      while (next < end) {
        own.add(distinct.get(order[next++]));
      }
      out.put(part, own);
    }
    return out;
  }
}
