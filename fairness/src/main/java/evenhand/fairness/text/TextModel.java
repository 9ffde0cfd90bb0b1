package evenhand.fairness.text;

import evenhand.autograd.Grad;
import evenhand.autograd.models.Generation;
import evenhand.autograd.models.HuggingFace;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.TokenBatch;
import evenhand.fairness.data.DataException;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A language model with its tokenizer: what can be asked in words.
 *
 * <pre>{@code
 * TextModel model = TextModel.read(Path.of("stories260k"), Device.cpu());
 * double she = model.probabilities("Lily was sad because")[model.tokenizer().singleToken("she").getAsInt()];
 * }</pre>
 */
public record TextModel(LanguageModel model, Tokenizer tokenizer) {
  /** Checks that the two belong together. */
  public TextModel {
    tokenizer.requireFits(model);
  }

  /**
   * Reads a Hugging Face directory.
   *
   * @throws DataException if the tokenizer is missing or does not fit
   */
  public static TextModel read(Path directory, Device device) {
    return new TextModel(HuggingFace.read(directory, device), Tokenizer.read(directory));
  }

  /** Writes a model with the tokenizer's files of the directory it came from; see {@link HuggingFace#write}. */
  public static void write(LanguageModel model, Path origin, Path target) {
    HuggingFace.write(model, target, Tokenizer.files(origin));
  }

  /**
   * Probability of each token: as the next one of a causal model, at the first mask of a masked one.
   *
   * @throws DataException if a masked model's text has no mask, or the text is too long
   */
  public double[] probabilities(String text) {
    int[] ids = model.causal() ? prompt(text) : tokenizer.encode(text);
    return softmax(logits(ids, model.causal() ? ids.length - 1 : firstMask(ids, text)));
  }

  private int firstMask(int[] ids, String text) {
    int mask = tokenizer.maskId();
    return IntStream.range(0, ids.length).filter(i -> ids[i] == mask).findFirst()
        .orElseThrow(
            () -> new DataException("the text '" + text + "' has no " + tokenizer.mask() + "; put one where the"
                + " model is to fill in a word"));
  }

  /** The text as the beginning of one: without the token that ends texts, should the tokenizer add it. */
  private int[] prompt(String text) {
    int[] ids = tokenizer.encode(text);
    boolean ended = ids.length > 1 && tokenizer.endId().isPresent()
        && ids[ids.length - 1] == tokenizer.endId().getAsInt();
    int[] open = ended ? Arrays.copyOf(ids, ids.length - 1) : ids;
    if (open.length == 0) {
      throw new DataException("the prompt has no token; give at least one word");
    }
    return open;
  }

  private float[] logits(int[] ids, int position) {
    try (Scope _ = Scope.open()) {
      return Grad.without(() -> model.logitsAt(TokenBatch.of(ids), position)).value().toFloats();
    }
  }

  private static double[] softmax(float[] logits) {
    double largest = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElse(0);
    double[] weights = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i] - largest)).toArray();
    double total = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / total).toArray();
  }

  /**
   * The prompt and how a causal model goes on.
   *
   * @param temperature 0 for the most likely tokens
   */
  public String generate(String prompt, int tokens, double temperature, Rng rng) {
    int[] ids = prompt(prompt);
    Set<Integer> end = tokenizer.endId().stream().boxed().collect(Collectors.toSet());
    return tokenizer.decode(temperature == 0 ? Generation.greedy(model, ids, tokens, end)
        : Generation.sample(model, ids, tokens, end, temperature, rng));
  }

  /** Texts as one batch, padded to the longest, cut to what the model takes. */
  public TokenBatch batch(List<String> texts) {
    return TokenBatch.padded(texts.stream().map(tokenizer::encode)
        .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, model.maxLength()))).toList(), tokenizer.padId());
  }
}
