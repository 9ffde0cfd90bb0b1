package evenhand.fairness.gradiend;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A text with a gap, the word that is right there and that of the opposite class.
 *
 * @param text with {@value #SLOT} once or more often
 * @param right the word of the text's class, in lower case
 * @param opposite the word of the other class
 * @param label +1 if the right word is the first class's, -1 if it is the second's, 0 where the text is of neither
 */
public record SlotText(String text, String right, String opposite, int label) {
  /** What stands for the gap. */
  public static final String SLOT = "[SLOT]";

  private static final Pattern SENTENCE_END = Pattern.compile("(^|.*[^.][.!?]|^[.!?])[\"'\u201d\u2019)]*\\s*",
      Pattern.DOTALL);

  /**
   * Checks that there is a gap.
   *
   * @throws IllegalArgumentException if not, quoting the text
   */
  public SlotText {
    if (!text.contains(SLOT)) {
      throw new IllegalArgumentException("the text \"" + text + "\" has no " + SLOT + "; mark the place of the word '"
          + right + "'");
    }
  }

  /** The first class's word, whatever is right here. */
  public String first() {
    return label < 0 ? opposite : right;
  }

  /** The text before the first gap. */
  public String before() {
    return text.substring(0, text.indexOf(SLOT));
  }

  /** The text with a word in all gaps, capitalised where a sentence begins. */
  public String with(String word) {
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (int at = text.indexOf(SLOT); at >= 0; at = text.indexOf(SLOT, from)) {
      out.append(text, from, at);
      out.append(cased(out.toString(), word));
      from = at + SLOT.length();
    }
    return out.append(text.substring(from)).toString();
  }

  /** The text with a tokenizer's mask word in all gaps. */
  public String masked(String mask) {
    return text.replace(SLOT, mask);
  }

  /** A word as it is written after some text: capitalised at its start and after . ! ? but not after an ellipsis. */
  static String cased(String before, String word) {
    return SENTENCE_END.matcher(before).matches() ? word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1)
        : word;
  }
}
