package evenhand.fairness.algorithms;

import evenhand.autograd.Var;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Reweighing: rows weighted so that label and group are independent.
 *
 * <p>Paper: F. Kamiran and T. Calders, Data preprocessing techniques for classification without discrimination,
 * Knowledge and Information Systems 33, 2012. Deviation: the paper resamples or hands the weights to any learner; here
 * they weight the loss. The target plays no part: independence of label and group is what the paper aims at.
 *
 * <p>Symbols: m rows, m_{y,*} with label y, m_{*,z} in group z, m_{y,z} in both.
 */
public final class Reweighing implements Method<Reweighing.Config> {
  /** No settings. */
  public record Config() {}

  /** For the service loader. */
  public Reweighing() {}

  @Override
  public String name() {
    return "reweighing";
  }

  @Override
  public String summary() {
    return "Weights each row's loss so that label and group are independent in the weighted data.";
  }

  @Override
  public String paper() {
    return "Kamiran and Calders, Knowledge and Information Systems 33, 2012";
  }

  @Override
  public Config defaults() {
    return new Config();
  }

  /** It takes any number of labels. */
  @Override
  public Optional<String> unsuitable(Samples train) {
    return Optional.empty();
  }

  @Override
  public Predictor fit(Task task, Config settings) {
    // 1. The weight of each row.
    float[] weights = weights(task.train().y(), task.train().classes(), task.train().groups());
    Tensor all = task.device().tensor(weights, weights.length, 1);
    // 2. Training on the weighted loss: mean of weight * cross-entropy.
    Fitting fitting = new Fitting(task);
    Fitting.BatchLoss weighted = (logits, labels, rows) -> {
      Var w = Var.of(all.indexSelect(0, task.device().tensor(rows)));
      return Fitting.losses(logits, labels).times(w).mean();
    };
    return fitting.train(task.training().epochs(), fitting.shuffled(), weighted).predictor(List.of());
  }

  /**
   * {@code w(y, z) = m_{y,*} m_{*,z} / (m m_{y,z})}: the count expected if label and group were independent, over the
   * count observed; 1 where the group is unknown. Shape {@code [rows]}.
   */
  static float[] weights(int[] y, int classes, Attribute group) {
    CellIndex cells = CellIndex.of(y, classes, group);
    float[] weights = new float[y.length];
    for (int label = 0; label < cells.labels(); label++) {
      for (int z = 0; z < cells.groups(); z++) {
        double expected = (double) cells.labelCount(label) * cells.groupCount(z) / cells.total();
        for (int row : cells.rows()[label * cells.groups() + z]) {
          weights[row] = z < cells.compared() ? (float) (expected / cells.count(label, z)) : 1;
        }
      }
    }
    return weights;
  }
}
