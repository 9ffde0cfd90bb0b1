package evenhand.fairness.gradiend;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Sentences of prose in which a word of one of two classes occurs: "christian" and "muslim", say.
 *
 * <p>Used are sentences with exactly one word of either class, which becomes the gap; the opposite word is the one at
 * the same place of the other class's list, in the same case. The larger class is cut down to the smaller. Sentences
 * without any word of either are the neutral ones.
 */
public final class ProseTexts implements ClassTexts {
  private final List<String> classes;
  private final Map<Integer, Map<Part, List<SlotText>>> texts;
  private final Map<Part, List<String>> neutral;

  private ProseTexts(List<String> classes, Map<Integer, Map<Part, List<SlotText>>> texts,
      Map<Part, List<String>> neutral) {
    this.classes = classes;
    this.texts = texts;
    this.neutral = neutral;
  }

  /**
   * Picks sentences of two classes.
   *
   * @param words the classes' words by class, parallel lists; see {@link TextSources#words}
   * @param first the class of label +1
   * @param second that of label -1
   * @throws IllegalArgumentException if a class is unknown, the lists are not parallel, or too few sentences are left
   */
  public static ProseTexts of(List<String> sentences, Map<String, List<String>> words, String first, String second,
      long seed) {
    for (String name : List.of(first, second)) {
      if (!words.containsKey(name)) {
        throw new IllegalArgumentException("class '" + name + "' is unknown; choose two of " + words.keySet());
      }
    }
    Map<String, SlotWord> known = pairs(words.get(first), words.get(second), first, second);
    Map<Integer, List<SlotText>> found = new HashMap<>(Map.of(1, new ArrayList<>(), -1, new ArrayList<>()));
    Set<String> every = new HashSet<>();
    words.values().forEach(every::addAll);
    List<String> neutral = new ArrayList<>();
    for (String sentence : sentences.stream().distinct().toList()) {
      slot(sentence, known).ifPresent(text -> found.get(text.label()).add(text));
      if (Stream.of(sentence.split("\\s+")).map(ProseTexts::bare).noneMatch(every::contains)) {
        neutral.add(sentence);
      }
    }
    Rng rng = new Rng(seed).split("prose");
    int size = Math.min(found.get(1).size(), found.get(-1).size());
    Map<Integer, Map<Part, List<SlotText>>> dealt = new HashMap<>();
    for (int label = 1; label >= -1; label -= 2) {
      String name = label > 0 ? first : second;
      List<SlotText> own = found.get(label);
      String what = "sentences with exactly one word of class '" + name + "'";
      Map<Part, List<SlotText>> parts = Part.deal(what, own, rng.split(name));
      parts.replaceAll((part, list) -> list.subList(0, Math.max(1, (int) ((long) list.size() * size / own.size()))));
      dealt.put(label, parts);
    }
    return new ProseTexts(List.of(first, second), dealt, Part.deal("neutral sentences", neutral, rng.split("neutral")));
  }

  private record SlotWord(String opposite, int label) {}

  private static Map<String, SlotWord> pairs(List<String> a, List<String> b, String first, String second) {
    if (a.size() != b.size()) {
      throw new IllegalArgumentException("the word lists of '" + first + "' and '" + second + "' have " + a.size()
          + " and " + b.size() + " words; give each word its counterpart");
    }
    Map<String, SlotWord> out = new HashMap<>();
    for (int i = 0; i < a.size(); i++) {
      out.put(a.get(i), new SlotWord(b.get(i), 1));
      out.put(b.get(i), new SlotWord(a.get(i), -1));
    }
    return out;
  }

  /** A word of prose in lower case, without the punctuation around it. */
  private static String bare(String word) {
    return word.replaceAll("^[^\\p{L}]+|[^\\p{L}]+$", "").toLowerCase(Locale.ROOT);
  }

  /** The sentence with a gap for its one class word; nothing if there are none or several. */
  private static Optional<SlotText> slot(String sentence, Map<String, SlotWord> known) {
    String[] words = sentence.split("\\s+");
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < words.length; i++) {
      if (known.containsKey(bare(words[i]))) {
        at.add(i);
      }
    }
    if (at.size() != 1 || sentence.contains(SlotText.SLOT)) {
      return Optional.empty();
    }
    int only = at.getFirst();
    String word = words[only].replaceAll("^[^\\p{L}]+|[^\\p{L}]+$", "");
    SlotWord match = known.get(bare(word));
    String opposite = Character.isUpperCase(word.charAt(0))
        ? match.opposite().substring(0, 1).toUpperCase(Locale.ROOT) + match.opposite().substring(1)
        : match.opposite();
    words[only] = words[only].replace(word, SlotText.SLOT);
    return Optional.of(new SlotText(String.join(" ", words), word, opposite, match.label()));
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public List<SlotText> texts(Part part, int label, int count, Rng rng) {
    return Part.some(texts.get(label).get(part), count, rng);
  }

  @Override
  public List<String> neutral(Part part, int count, Rng rng) {
    return Part.some(neutral.get(part), count, rng);
  }
}
