package evenhand.fairness.gradiend;

import java.util.List;
import java.util.Map;

/** What two classes a neuron is to tell apart, and the raw material of texts about them. */
public sealed interface Feature {
  /** Names of the classes, the first one's feature being positive. */
  List<String> classes();

  /** Texts dealt out to parts. */
  ClassTexts texts(long seed);

  /** A person's gender: she or he. */
  record Gender(TextSources sources) implements Feature {
    @Override
    public List<String> classes() {
      return PronounTexts.CLASSES;
    }

    @Override
    public PronounTexts texts(long seed) {
      return new PronounTexts(sources, seed);
    }
  }

  /**
   * Any two classes with words of their own.
   *
   * @param sentences in which the words are looked for
   * @param words the classes' words by class, parallel lists; see {@link TextSources#words}
   * @param first the class of label +1
   * @param second that of label -1
   */
  record Words(List<String> sentences, Map<String, List<String>> words, String first, String second)
      implements
        Feature {
    @Override
    public List<String> classes() {
      return List.of(first, second);
    }

    @Override
    public ProseTexts texts(long seed) {
      return ProseTexts.of(sentences, words, first, second, seed);
    }
  }
}
