package evenhand.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShuffledBatchesTests {
  private static List<Integer> rows(BatchSampler sampler) {
    List<Integer> rows = new ArrayList<>();
    sampler.epoch().forEach(batch -> {
      for (int row : batch) {
        rows.add(row);
      }
    });
    return rows;
  }

  @Test
  void everyRowOnceInAnEpoch() {
    ShuffledBatches batches = new ShuffledBatches(23, 5, new Rng(1), false);
    List<Integer> sizes = new ArrayList<>();
    batches.epoch().forEach(batch -> sizes.add(batch.length));
    assertThat(sizes).containsExactly(5, 5, 5, 5, 3).hasSize(batches.batchesPerEpoch());
    assertThat(rows(batches)).hasSize(23).doesNotHaveDuplicates().allMatch(row -> row >= 0 && row < 23);
  }

  @Test
  void dropLastLeavesOutTheRest() {
    ShuffledBatches batches = new ShuffledBatches(23, 5, new Rng(1), true);
    assertThat(batches.batchesPerEpoch()).isEqualTo(4);
    assertThat(rows(batches)).hasSize(20).doesNotHaveDuplicates();
  }

  @Test
  void sameSeedSameBatchesAndEachEpochAnother() {
    ShuffledBatches batches = new ShuffledBatches(40, 7, new Rng(9), false);
    ShuffledBatches again = new ShuffledBatches(40, 7, new Rng(9), false);
    List<Integer> first = rows(batches);
    assertThat(rows(again)).isEqualTo(first);
    assertThat(rows(batches)).isNotEqualTo(first).isEqualTo(rows(again));
    assertThat(rows(new ShuffledBatches(40, 7, new Rng(10), false))).isNotEqualTo(first);
  }

  @Test
  void sizesThatMakeNoBatchAreErrors() {
    assertThatThrownBy(() -> new ShuffledBatches(4, 5, new Rng(1), true)).hasMessageContaining("4 rows");
    assertThatThrownBy(() -> new ShuffledBatches(0, 5, new Rng(1), false)).hasMessageContaining("0 rows");
    assertThatThrownBy(() -> new ShuffledBatches(5, 0, new Rng(1), false)).hasMessageContaining("batches of 0");
  }
}
