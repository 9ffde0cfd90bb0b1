package evenhand.fairness.gradiend;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.TokenBatch;
import evenhand.autograd.nn.Losses;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Measures a language model as it is now: the classes' words at prompts, and how well it predicts neutral text.
 *
 * <p>Loss is the mean cross-entropy of tokens of the neutral texts: of each from those before it for a causal model, of
 * 15% that are masked for a masked one. Quality is 1 / (1 + loss) for a causal model, the accuracy at the masked tokens
 * for a masked one.
 */
public final class LanguageProbe implements Supplier<Reading> {
  private static final int CHUNK = 32;
  private static final double MASKED = 0.15;

  /** Tokens to be predicted: flat positions in a batch, and what is right there. */
  private record Cloze(TokenBatch batch, int[] positions, int[] answers) {}

  private final LanguageModel model;
  private final List<SlotRow> prompts;
  private final List<Cloze> texts = new ArrayList<>();
  private final int predicted;

  /**
   * A probe of these prompts and texts.
   *
   * @param texts neutral texts as ids
   * @param rng chooses what is masked
   * @throws IllegalArgumentException if there are no texts
   */
  public LanguageProbe(TextModel text, List<SlotRow> prompts, List<int[]> texts, Rng rng) {
    this.model = text.model();
    this.prompts = List.copyOf(prompts);
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("there are no neutral texts to measure the language model on; give some");
    }
    for (int from = 0; from < texts.size(); from += CHUNK) {
      List<int[]> some = texts.subList(from, Math.min(from + CHUNK, texts.size()));
      this.texts.add(model.causal() ? causal(some) : masked(some, text.tokenizer().maskId(), rng));
    }
    this.predicted = this.texts.stream().mapToInt(cloze -> cloze.answers().length).sum();
  }

  private static Cloze causal(List<int[]> texts) {
    TokenBatch batch = TokenBatch.padded(texts, 0);
    List<int[]> pairs = new ArrayList<>();
    for (int row = 0; row < texts.size(); row++) {
      int[] text = texts.get(row);
      for (int i = 0; i + 1 < text.length; i++) {
        pairs.add(new int[]{row * batch.columns() + i, text[i + 1]});
      }
    }
    return cloze(batch, pairs);
  }

  private static Cloze masked(List<int[]> texts, int mask, Rng rng) {
    int columns = TokenBatch.padded(texts, 0).columns();
    List<int[]> hidden = new ArrayList<>();
    List<int[]> pairs = new ArrayList<>();
    for (int row = 0; row < texts.size(); row++) {
      int[] text = texts.get(row).clone();
      int count = Math.max(1, (int) Math.round(MASKED * (text.length - 2))); // not the special tokens around
      int[] order = rng.permutation(Math.max(1, text.length - 2));
      for (int i = 0; i < Math.min(count, order.length); i++) {
        int at = Math.min(1 + order[i], text.length - 1);
        pairs.add(new int[]{row * columns + at, text[at]});
        text[at] = mask;
      }
      hidden.add(text);
    }
    return cloze(TokenBatch.padded(hidden, 0), pairs);
  }

  private static Cloze cloze(TokenBatch batch, List<int[]> pairs) {
    return new Cloze(batch, pairs.stream().mapToInt(pair -> pair[0]).toArray(),
        pairs.stream().mapToInt(pair -> pair[1]).toArray());
  }

  /** The model as it is now. */
  @Override
  public Reading get() {
    return Grad.without(() -> {
      List<Reading.Prompt> read = read(model, prompts);
      double loss = 0;
      double right = 0;
      for (Cloze cloze : texts) {
        try (Scope _ = Scope.open()) {
          Var logits = model.logitsAt(cloze.batch(), cloze.positions());
          Var answers = Var.of(model.device().tensor(cloze.answers()));
          loss += Losses.crossEntropy(logits, answers).item() * (double) cloze.answers().length;
          right += model.causal() ? 0 : right(logits, cloze.answers());
        }
      }
      double mean = loss / predicted;
      return new Reading(read, model.causal() ? 1 / (1 + mean) : right / predicted, mean);
    });
  }

  private static long right(Var logits, int[] answers) {
    int[] best = logits.argmax(1).value().toInts();
    long count = 0;
    for (int i = 0; i < best.length; i++) {
      count += best[i] == answers[i] ? 1 : 0;
    }
    return count;
  }

  /** The classes' probabilities at the first gap of each row. */
  static List<Reading.Prompt> read(LanguageModel model, List<SlotRow> rows) {
    return Grad.without(() -> {
      List<Reading.Prompt> read = new ArrayList<>();
      for (int from = 0; from < rows.size(); from += CHUNK) {
        read.addAll(chunk(model, rows.subList(from, Math.min(from + CHUNK, rows.size()))));
      }
      return read;
    });
  }

  private static List<Reading.Prompt> chunk(LanguageModel model, List<SlotRow> rows) {
    try (Scope _ = Scope.open()) {
      Var logits = LanguageGradients.logits(model, rows);
      int words = logits.shape().dim(1);
      float[] p = logits.softmax(1).value().toFloats();
      List<Reading.Prompt> out = new ArrayList<>();
      int gap = 0;
      for (SlotRow row : rows) {
        out.add(new Reading.Prompt(row.label(), new double[]{p[gap * words + row.first()[0]],
            p[gap * words + row.second()[0]]}));
        gap += row.positions().length; // the first gap of a text stands for it
      }
      return out;
    }
  }

  /** Texts as ids, cut to a length; those too short to predict anything in are left out. */
  public static List<int[]> ids(TextModel text, List<String> sentences, int maxTokens) {
    return sentences.stream().map(sentence -> text.tokenizer().encode(sentence))
        .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, maxTokens))).filter(ids -> ids.length > 3).toList();
  }
}
