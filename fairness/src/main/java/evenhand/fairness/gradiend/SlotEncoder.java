package evenhand.fairness.gradiend;

import evenhand.fairness.text.TextModel;
import evenhand.fairness.text.Tokenizer;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Texts with a gap to tokens.
 *
 * <p>The words of both classes must each be one token at the gap. For a causal model the text after the gap is not
 * seen.
 *
 * @param text the model and its tokenizer
 * @param maxTokens longer texts are left out
 */
public record SlotEncoder(TextModel text, int maxTokens) {
  /** Rows, and how many texts were left out and why the first of them was. */
  public record Encoded(List<SlotRow> rows, int skipped, Optional<String> reason) {}

  /** The rows of texts that can be used; the others are counted. */
  public Encoded encodeAll(List<SlotText> texts) {
    List<SlotRow> rows = new ArrayList<>();
    Optional<String> reason = Optional.empty();
    for (SlotText slot : texts) {
      try {
        rows.add(encode(slot));
      } catch (UnusableText e) {
        reason = reason.or(() -> Optional.of(String.valueOf(e.getMessage())));
      }
    }
    return new Encoded(rows, texts.size() - rows.size(), reason);
  }

  /**
   * The rows of texts of which some can be used.
   *
   * @param what names them: {@code training texts of class 'female'}
   * @throws IllegalArgumentException if none can be used, with the reason of the first
   */
  public List<SlotRow> encodeSome(String what, List<SlotText> texts) {
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("there are no " + what + "; give texts of both classes");
    }
    Encoded encoded = encodeAll(texts);
    if (encoded.rows().isEmpty()) {
      throw new IllegalArgumentException("none of the " + texts.size() + " " + what + " can be used: "
          + encoded.reason().orElseThrow());
    }
    return encoded.rows();
  }

  /**
   * The row of a text.
   *
   * @throws UnusableText if a word is not one token at the gap, or the text is too long
   */
  public SlotRow encode(SlotText slot) {
    SlotRow row = text.model().causal() ? causal(slot) : masked(slot);
    if (row.ids().length > maxTokens) {
      throw new UnusableText("a text of " + row.ids().length + " tokens is longer than " + maxTokens + ": \""
          + slot.text() + "\"");
    }
    return row;
  }

  private SlotRow causal(SlotText slot) {
    String before = slot.before();
    String stripped = before.stripTrailing();
    int[] ids = open(stripped);
    if (stripped.isBlank()) {
      throw new UnusableText("a causal model sees nothing before the gap: \"" + slot.text() + "\"");
    }
    String space = stripped.length() < before.length() ? " " : "";
    int[] right = {next(ids, stripped + space, SlotText.cased(before, slot.right()))};
    int[] opposite = {next(ids, stripped + space, SlotText.cased(before, slot.opposite()))};
    return new SlotRow(ids, new int[]{ids.length - 1}, right, opposite, slot.label());
  }

  /** The ids of the beginning of a text: without the token that ends texts, should the tokenizer add it. */
  private int[] open(String beginning) {
    Tokenizer tokenizer = text.tokenizer();
    int[] ids = tokenizer.encode(beginning);
    boolean ended = ids.length > 1 && tokenizer.endId().isPresent()
        && ids[ids.length - 1] == tokenizer.endId().getAsInt();
    return ended ? Arrays.copyOf(ids, ids.length - 1) : ids;
  }

  /** The one token that a word adds to a text. */
  private int next(int[] ids, String before, String word) {
    int[] with = open(before + word);
    if (with.length != ids.length + 1 || !Arrays.equals(ids, Arrays.copyOf(with, ids.length))) {
      throw new UnusableText("the word '" + word + "' is not a single token after \"" + before.strip() + "\"; choose a"
          + " word that is one in this tokenizer's vocabulary");
    }
    return with[ids.length];
  }

  private SlotRow masked(SlotText slot) {
    int[] ids = text.tokenizer().encode(slot.masked(text.tokenizer().mask()));
    int[] right = text.tokenizer().encode(slot.with(slot.right()));
    int[] opposite = text.tokenizer().encode(slot.with(slot.opposite()));
    int mask = text.tokenizer().maskId();
    int[] positions = IntStream.range(0, ids.length).filter(i -> ids[i] == mask).toArray();
    requireAligned(slot, slot.right(), ids, right, positions);
    requireAligned(slot, slot.opposite(), ids, opposite, positions);
    return new SlotRow(ids, positions, at(right, positions), at(opposite, positions), slot.label());
  }

  private static int[] at(int[] ids, int[] positions) {
    return Arrays.stream(positions).map(position -> ids[position]).toArray();
  }

  /** The text with the word differs from the masked one at the masks alone. */
  private static void requireAligned(SlotText slot, String word, int[] masked, int[] with, int[] positions) {
    boolean aligned = with.length == masked.length && Arrays.equals(positions,
        IntStream.range(0, with.length).filter(i -> with[i] != masked[i]).toArray());
    if (!aligned) {
      throw new UnusableText("the word '" + word + "' is not a single token in \"" + slot.text() + "\"; choose a word"
          + " that is one in this tokenizer's vocabulary");
    }
  }

  /** A text without the feature, one of its tokens to be guessed, whose opposite answer is the right one. */
  Optional<SlotRow> neutral(String sentence, Rng rng) {
    int[] ids = text.tokenizer().encode(sentence);
    int shortest = 4; // special tokens around, and something to guess from
    if (ids.length < shortest || ids.length > maxTokens) {
      return Optional.empty();
    }
    if (text.model().causal()) {
      int length = 2 + rng.nextInt(ids.length - 2);
      int[] answer = {ids[length]};
      return Optional.of(new SlotRow(Arrays.copyOf(ids, length), new int[]{length - 1}, answer, answer, 0));
    }
    int at = 1 + rng.nextInt(ids.length - 2);
    int[] answer = {ids[at]};
    int[] masked = ids.clone();
    masked[at] = text.tokenizer().maskId();
    return Optional.of(new SlotRow(masked, new int[]{at}, answer, answer, 0));
  }

  /** A text that cannot be used with a tokenizer. */
  public static final class UnusableText extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    UnusableText(String message) {
      super(message);
    }
  }
}
