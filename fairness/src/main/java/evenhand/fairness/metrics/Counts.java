package evenhand.fairness.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * All that a metric reads of the rows, as sums: those of parts of the data merge into those of the whole.
 *
 * @param groups names of the groups
 * @param byGroup the sums of each group, in the order of {@code groups}
 * @param unknown the sums over rows whose group is unknown
 * @param ranking the scores; empty if the rows have none
 */
public record Counts(List<String> groups, List<GroupCounts> byGroup, GroupCounts unknown, Ranking ranking) {
  private static final int MOST_GROUPS_NAMED = 12;

  /** Checks that there are as many sums as groups. */
  public Counts {
    groups = List.copyOf(groups);
    byGroup = List.copyOf(byGroup);
    if (groups.size() != byGroup.size()) {
      throw new IllegalArgumentException("Counts: " + byGroup.size() + " sums for the groups " + groups);
    }
  }

  /** The sums over all rows of the predictions; the order of the rows makes no difference, not even in the last bit. */
  public static Counts of(Predictions predictions) {
    return new SortedRows(predictions).counts();
  }

  /**
   * The sums over the rows of both parts.
   *
   * @throws IllegalArgumentException if the parts have other groups, or only one of them has scores
   */
  public Counts merge(Counts other) {
    if (!groups.equals(other.groups)) {
      throw new IllegalArgumentException("Counts.merge: groups differ, left " + groups + ", right " + other.groups);
    }
    if (hasScores() != other.hasScores() && hasRows() && other.hasRows()) {
      throw new IllegalArgumentException("Counts.merge: only one of the parts has scores; score both or neither");
    }
    var merged = new ArrayList<GroupCounts>();
    for (int g = 0; g < groups.size(); g++) {
      merged.add(byGroup.get(g).merge(other.byGroup.get(g)));
    }
    return new Counts(groups, merged, unknown.merge(other.unknown), ranking.merge(other.ranking));
  }

  /** The sums over all rows, those of unknown group too. */
  public GroupCounts overall() {
    return byGroup.stream().reduce(unknown, GroupCounts::merge);
  }

  /** Whether the rows have scores. */
  public boolean hasScores() {
    return ranking.scores().length > 0;
  }

  private boolean hasRows() {
    return overall().rows() > 0;
  }

  /** A count of each group in words, such as {@code counts: sex=F 0, sex=M 12}. */
  String inWords(ToLongFunction<GroupCounts> count) {
    if (groups.isEmpty()) {
      return "there are no groups";
    }
    String named = IntStream.range(0, Math.min(groups.size(), MOST_GROUPS_NAMED))
        .mapToObj(g -> groups.get(g) + " " + count.applyAsLong(byGroup.get(g)))
        .collect(Collectors.joining(", ", "counts: ", ""));
    return groups.size() > MOST_GROUPS_NAMED ? named + ", " + (groups.size() - MOST_GROUPS_NAMED) + " more" : named;
  }
}
