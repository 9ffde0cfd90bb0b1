package evenhand.fairness.text;

import evenhand.autograd.Grad;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.TokenBatch;
import evenhand.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** How likely a model finds the tokens of a text. */
final class TokenScores {
  private static final int ROWS = 32; // masked copies of a text in one pass

  private TokenScores() {}

  /**
   * A text as the model takes it.
   *
   * @param ids with special tokens
   * @param scorable positions of the text's own tokens, without the first of all for a causal model, since nothing
   *   comes before it
   */
  record Encoded(int[] ids, int[] scorable) {}

  static Encoded encode(TextModel text, String words) {
    int[] ids = text.tokenizer().encode(words);
    int[] bare = text.tokenizer().encodeBare(words);
    int start = 0; // of the text's own tokens
    while (start + bare.length < ids.length
        && !Arrays.equals(ids, start, start + bare.length, bare, 0, bare.length)) {
      start++;
    }
    int end = Math.min(start + bare.length, ids.length);
    return new Encoded(ids, IntStream.range(text.model().causal() ? Math.max(start, 1) : start, end).toArray());
  }

  /**
   * {@code log P(token | context)} at some positions: of a masked model given all other tokens (the pseudo-likelihood),
   * of a causal one given those to its left.
   *
   * @param positions not the first one for a causal model, which nothing comes before
   */
  static double[] logProbabilities(TextModel text, int[] ids, int... positions) {
    LanguageModel model = text.model();
    if (model.causal()) {
      int[] before = Arrays.stream(positions).map(position -> position - 1).toArray();
      return at(model, TokenBatch.of(ids), before, pick(ids, positions));
    }
    double[] scores = new double[positions.length];
    for (int start = 0; start < positions.length; start += ROWS) {
      int[] some = Arrays.copyOfRange(positions, start, Math.min(start + ROWS, positions.length));
      List<int[]> rows = new ArrayList<>();
      for (int position : some) {
        int[] hidden = ids.clone();
        hidden[position] = text.tokenizer().maskId();
        rows.add(hidden);
      }
      int[] flat = IntStream.range(0, some.length).map(row -> row * ids.length + some[row]).toArray();
      double[] part = at(model, TokenBatch.padded(rows, 0), flat, pick(ids, some));
      System.arraycopy(part, 0, scores, start, part.length);
    }
    return scores;
  }

  private static int[] pick(int[] ids, int[] positions) {
    return Arrays.stream(positions).map(position -> ids[position]).toArray();
  }

  /** Log-probability of one token at each flat position. */
  private static double[] at(LanguageModel model, TokenBatch batch, int[] positions, int[] tokens) {
    if (positions.length == 0) {
      return new double[0];
    }
    float[] logits;
    try (Scope _ = Scope.open()) {
      logits = Grad.without(() -> model.logitsAt(batch, positions)).value().toFloats();
    }
    int vocabulary = model.vocabulary();
    double[] scores = new double[positions.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = logits[i * vocabulary + tokens[i]] - logSumExp(logits, i * vocabulary, vocabulary);
    }
    return scores;
  }

  private static double logSumExp(float[] values, int start, int length) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = start; i < start + length; i++) {
      largest = Math.max(largest, values[i]);
    }
    double sum = 0;
    for (int i = start; i < start + length; i++) {
      sum += Math.exp(values[i] - largest);
    }
    return largest + Math.log(sum);
  }

  static double sum(double[] scores) {
    return Arrays.stream(scores).sum();
  }
}
