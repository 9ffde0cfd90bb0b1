package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows that are written out as they are read do what dense ones do. */
class EvaluationTests {
  /** The inputs of other rows, written out when read. */
  record Lazy(Inputs inputs) implements Inputs {
    @Override
    public int rows() {
      return inputs.rows();
    }

    @Override
    public int columns() {
      return inputs.columns();
    }

    @Override
    public void read(int row, float[] into, int at) {
      inputs.read(row, into, at);
    }

    @Override
    public Inputs select(int[] rows) {
      return new Lazy(inputs.select(rows));
    }

    static Samples of(Samples dense) {
      return new Samples(new Lazy(dense.inputs()), dense.y(), dense.columnNames(), dense.labelLevels(),
          dense.sensitive());
    }
  }

  private static final Samples DENSE = Rows.of(1200, 800, 900, 1101).samples(3);
  private static final Samples LAZY = Lazy.of(DENSE);

  @Test
  void theyHoldTheSameRows() {
    assertThat(LAZY.areDense()).isFalse();
    assertThat(LAZY.x()).isEqualTo(DENSE.x());
    int[] rows = {7, 4000, 7};
    assertThat(LAZY.select(rows).x()).isEqualTo(DENSE.select(rows).x());
    assertThat(Samples.concat(List.of(LAZY, DENSE.select(rows))).select(new int[]{1, 4001}).x())
        .isEqualTo(DENSE.select(new int[]{1, 7}).x());
    Device device = Device.cpu(1);
    assertThat(LAZY.features(device, rows).toFloats()).isEqualTo(DENSE.select(rows).features(device).toFloats());
  }

  /** More than two pieces. */
  @Test
  void outputsComeInTheOrderOfTheRows() {
    Device device = Device.cpu(1);
    var network = ModelSpec.parse("mlp:33").create(new Rng(1), device, 3, 5);
    float[] lazy = Evaluation.outputs(network, LAZY, device).toFloats();
    assertThat(lazy).hasSize(5 * 4001)
        .containsExactly(Evaluation.outputs(network, DENSE, device).toFloats(), within(1e-6f));
    int[] none = {};
    assertThat(Evaluation.outputs(network, LAZY.select(none), device).shape().dim(0)).isZero();
  }

  @Test
  void aModelLearnsTheSame() {
    double[][] scores = new double[2][];
    for (int i = 0; i < 2; i++) {
      Task task = Task.of(i == 0 ? DENSE : LAZY, Target.EQUAL_OPPORTUNITY, ModelSpec.parse("mlp:7"),
          TrainingConfig.DEFAULT.withEpochs(2), Device.cpu(1), 1);
      scores[i] = new Erm().fit(task, new Erm.Config()).scores(DENSE);
    }
    assertThat(scores[1]).isEqualTo(scores[0]);
    assertThat(Arrays.stream(scores[0]).distinct().count()).isGreaterThan(1000);
  }
}
