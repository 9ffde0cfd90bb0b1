package evenhand.autograd.models;

import evenhand.autograd.Grad;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import java.util.Arrays;
import java.util.Set;

/** Text from a causal model, one token after another; each looks at all before it anew. */
public final class Generation {
  private Generation() {}

  /** The prompt with the most likely next tokens; see {@link #sample}. At a tie the smallest id. */
  public static int[] greedy(LanguageModel model, int[] prompt, int count, Set<Integer> end) {
    return extend(model, prompt, count, end, Generation::largest);
  }

  /**
   * The prompt with next tokens drawn from {@code softmax(logits / temperature)}.
   *
   * @param prompt at least one token
   * @param count most tokens to add; fewer are where the model's longest text is reached
   * @param end tokens that end the text; the one met is kept
   * @param temperature above 0; 1 as the model says, less for what is likely
   */
  public static int[] sample(LanguageModel model, int[] prompt, int count, Set<Integer> end, double temperature,
      Rng rng) {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException(
          "generation: temperature " + temperature + " is not above 0; use greedy for the most likely tokens");
    }
    return extend(model, prompt, count, end, logits -> draw(logits, temperature, rng));
  }

  @FunctionalInterface
  private interface Choice {
    int of(float[] logits);
  }

  private static int[] extend(LanguageModel model, int[] prompt, int count, Set<Integer> end, Choice choice) {
    if (!model.causal()) {
      throw new IllegalArgumentException("generation: a masked model has no next token; use a causal one");
    }
    if (prompt.length == 0) {
      throw new IllegalArgumentException("generation: the prompt has no token; begin with the one that starts a text");
    }
    int[] text = prompt;
    int longest = Math.min(model.maxLength(), prompt.length + count);
    while (text.length < longest) {
      int next = choice.of(nextLogits(model, text));
      text = Arrays.copyOf(text, text.length + 1);
      text[text.length - 1] = next;
      if (end.contains(next)) {
        break;
      }
    }
    return text;
  }

  private static float[] nextLogits(LanguageModel model, int[] text) {
    try (Scope _ = Scope.open()) {
      return Grad.without(() -> model.logitsAt(TokenBatch.of(text), text.length - 1)).value().toFloats();
    }
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static int draw(float[] logits, double temperature, Rng rng) {
    double top = logits[largest(logits)];
    double[] sums = new double[logits.length];
    double total = 0;
    for (int i = 0; i < logits.length; i++) {
      total += Math.exp((logits[i] - top) / temperature);
      sums[i] = total;
    }
    int found = Arrays.binarySearch(sums, rng.nextDouble() * total);
    return Math.min(found < 0 ? -found - 1 : found + 1, logits.length - 1);
  }
}
