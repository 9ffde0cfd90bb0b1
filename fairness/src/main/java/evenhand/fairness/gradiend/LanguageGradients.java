package evenhand.fairness.gradiend;

import evenhand.autograd.Var;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.TokenBatch;
import evenhand.autograd.nn.Losses;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * A language model whose rows are texts with a gap.
 *
 * <p>The weights are those of the core model: all but heads, whose names contain {@code cls.prediction},
 * {@code lm_head} or {@code pooler.dense}. A tied embedding counts once and takes part.
 *
 * @param model the model
 * @param parameters the weights that the feature is sought in
 */
public record LanguageGradients(LanguageModel model, Map<String, Var> parameters) implements GradientProvider<SlotRow> {
  private static final List<String> HEADS = List.of("cls.prediction", "lm_head", "pooler.dense", "vocab_");

  /** All core weights of a model. */
  public static LanguageGradients of(LanguageModel model) {
    Map<String, Var> core = new LinkedHashMap<>();
    model.parameters().forEach((name, parameter) -> {
      if (HEADS.stream().noneMatch(name.toLowerCase(Locale.ROOT)::contains)) {
        core.put(name, parameter);
      }
    });
    return new LanguageGradients(model, core);
  }

  @Override
  public LossPair losses(List<SlotRow> rows) {
    Var logits = logits(model, rows);
    return new LossPair(loss(logits, rows, SlotRow::right), loss(logits, rows, SlotRow::opposite));
  }

  /** Scores at the gaps of rows: [gaps, vocabulary]. */
  static Var logits(LanguageModel model, List<SlotRow> rows) {
    TokenBatch batch = TokenBatch.padded(rows.stream().map(SlotRow::ids).toList(), 0); // padding is not looked at
    int[] positions = new int[rows.stream().mapToInt(row -> row.positions().length).sum()];
    int next = 0;
    for (int row = 0; row < rows.size(); row++) {
      for (int position : rows.get(row).positions()) {
        positions[next++] = row * batch.columns() + position;
      }
    }
    return model.logitsAt(batch, positions);
  }

  private Var loss(Var logits, List<SlotRow> rows, Function<SlotRow, int[]> answer) {
    int[] labels = rows.stream().map(answer).flatMapToInt(java.util.Arrays::stream).toArray();
    return Losses.crossEntropy(logits, Var.of(model.device().tensor(labels)));
  }
}
