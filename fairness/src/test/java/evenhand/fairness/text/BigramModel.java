package evenhand.fairness.text;

import evenhand.autograd.Var;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.ModelConfig;
import evenhand.autograd.models.TokenBatch;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/**
 * A model whose probabilities are written down: each token depends on the one to its left alone.
 *
 * @param table [vocabulary, vocabulary], log P(column | row to its left)
 */
record BigramModel(boolean causal, int vocabulary, Var table) implements LanguageModel {
  /** All pairs 1 : 1, but for those given: {@code weights(left, right)} in their place, then made to sum to 1. */
  static BigramModel of(boolean causal, int vocabulary, Map<Map.Entry<Integer, Integer>, Double> weights) {
    float[] logs = new float[vocabulary * vocabulary];
    for (int left = 0; left < vocabulary; left++) {
      double[] row = new double[vocabulary];
      for (int right = 0; right < vocabulary; right++) {
        row[right] = weights.getOrDefault(Map.entry(left, right), 1.0);
      }
      double total = Arrays.stream(row).sum();
      for (int right = 0; right < vocabulary; right++) {
        logs[left * vocabulary + right] = (float) Math.log(row[right] / total);
      }
    }
    return new BigramModel(causal, vocabulary, Var.parameter(Tensor.of(logs, vocabulary, vocabulary)));
  }

  @Override
  public ModelConfig config() {
    return ModelConfig.of(Map.of());
  }

  @Override
  public Map<String, Var> parameters() {
    return Map.of("table", table);
  }

  @Override
  public int maxLength() {
    return 12;
  }

  /** One-hot: of the token itself for a causal model, whose score is of the next; else of the token to the left. */
  @Override
  public Var hidden(TokenBatch batch) {
    float[] hot = new float[batch.ids().length * vocabulary];
    for (int i = 0; i < batch.ids().length; i++) {
      int left = causal ? i : i - 1;
      if (left >= 0) {
        hot[i * vocabulary + batch.ids()[left]] = 1;
      }
    }
    return Var.of(device().tensor(hot, batch.rows(), batch.columns(), vocabulary));
  }

  @Override
  public Var head(Var hidden) {
    return hidden.matmul(table);
  }

  @Override
  public Device device() {
    return table.device();
  }
}
