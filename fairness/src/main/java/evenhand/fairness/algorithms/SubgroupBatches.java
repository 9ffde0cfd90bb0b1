package evenhand.fairness.algorithms;

import evenhand.autograd.optim.BatchSampler;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Batches with so many rows of each subgroup.
 *
 * <p>A subgroup is a group for demographic parity, else a label and group; rows of unknown group are not drawn. The rows
 * of a subgroup are distinct within a batch, as far as there are enough; those beyond are drawn again. An epoch has as
 * many batches as asked for, or as whole ones fit the training rows, at least 1.
 *
 * @param subgroups the rows of each
 * @param each rows of each subgroup in a batch
 * @param steps batches in an epoch
 * @param rng a stream of its own
 */
record SubgroupBatches(List<int[]> subgroups, int each, int steps, Rng rng) implements BatchSampler {
  /** So many rows of each subgroup, in so many batches an epoch; 0 takes as many as fit. */
  static SubgroupBatches of(CellIndex cells, Target target, int each, int steps, Rng rng) {
    List<int[]> subgroups = new ArrayList<>();
    for (int z = 0; z < cells.compared(); z++) {
      int[] negative = cells.rows()[z];
      int[] positive = cells.rows()[cells.groups() + z];
      subgroups.addAll(target == Target.DEMOGRAPHIC_PARITY
          ? List.of(IntStream.concat(Arrays.stream(negative), Arrays.stream(positive)).toArray())
          : List.of(negative, positive));
    }
    subgroups.removeIf(rows -> rows.length == 0);
    if (subgroups.isEmpty()) {
      throw new IllegalArgumentException("batches by subgroup: no training row has a known group, so there is nothing"
          + " to draw from; set rows-per-group to 0");
    }
    long batch = (long) each * subgroups.size();
    return new SubgroupBatches(List.copyOf(subgroups), each,
        steps > 0 ? steps : (int) Math.max(1, cells.total() / batch), rng);
  }

  @Override
  public Iterable<int[]> epoch() {
    return IntStream.range(0, steps)
        .mapToObj(
            _ -> subgroups.stream().flatMapToInt(rows -> Arrays.stream(CellIndex.draw(rows, each, rng))).toArray())
        .toList();
  }
}
