package evenhand.fairness.gradiend;

import evenhand.fairness.gradiend.TextSources.Template;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Texts about persons of either gender, with names and templates dealt out so that those of a {@link Part} are in no
 * other.
 *
 * <p>A pronoun is looked for at a gap after a name: {@code "[NAME] was sad because [SLOT]"}, she or he.
 */
public final class PronounTexts implements ClassTexts {
  /** A gendered word by its place in templates. */
  private record Word(String mark, String first, String second) {}

  private static final Word PRONOUN = new Word("[PRONOUN]", "she", "he");
  private static final List<Word> OTHERS = List.of(new Word("[POSSESSIVE]", "her", "his"),
      new Word("[OBJECT]", "her", "him"));
  private static final String NAME = "[NAME]";
  private static final int FILTER_TEMPLATES = 12;
  static final List<String> CLASSES = List.of("female", "male");

  private final TextSources sources;
  private final Map<Part, List<String>> first;
  private final Map<Part, List<String>> second;
  private final Map<Part, List<String>> groups;
  private final Map<Part, List<String>> neutralGroups;
  private final Map<Part, List<String>> subjects;

  /**
   * Deals out names, templates and neutral sentences.
   *
   * @throws IllegalArgumentException if there are too few of them, or a template has no pronoun
   */
  public PronounTexts(TextSources sources, long seed) {
    this.sources = sources;
    for (Template template : sources.templates()) {
      if (!template.text().contains(PRONOUN.mark()) || !template.text().contains(NAME)) {
        throw new IllegalArgumentException("the template \"" + template.text() + "\" needs " + NAME + " and "
            + PRONOUN.mark() + "; add them or leave it out");
      }
    }
    Rng rng = new Rng(seed).split("parts");
    this.first = Part.deal("names of class 'female'", sources.first(), rng.split("female"));
    this.second = Part.deal("names of class 'male'", sources.second(), rng.split("male"));
    this.groups = Part.deal("patterns or books of templates", groups(sources.templates()), rng.split("templates"));
    this.neutralGroups = Part.deal("neutral patterns or sentences", groups(sources.neutral()), rng.split("neutral"));
    this.subjects = Part.deal("subjects", sources.subjects(), rng.split("subjects"));
  }

  private static List<String> groups(List<Template> templates) {
    return templates.stream().map(Template::group).toList();
  }

  /** Names of a class (+1 female, -1 male) of a part. */
  public List<String> names(Part part, int label) {
    return (label > 0 ? first : second).get(part);
  }

  /** Templates of a part. */
  public List<Template> templates(Part part) {
    List<String> own = groups.get(part);
    return sources.templates().stream().filter(template -> own.contains(template.group())).toList();
  }

  @Override
  public List<String> classes() {
    return CLASSES;
  }

  /** So many texts of a class: random templates and names of the part, she or he at the gap. */
  @Override
  public List<SlotText> texts(Part part, int label, int count, Rng rng) {
    return draw(templates(part), names(part, label), label, count, rng, PRONOUN);
  }

  /** Texts about one name in training templates of different patterns. */
  List<SlotText> about(String name, int label, int count) {
    List<Template> own = templates(Part.TRAIN);
    return IntStream.range(0, Math.min(count, own.size()))
        .mapToObj(i -> fill(own.get((int) ((long) i * own.size() / count)).text(), name, label, PRONOUN)).toList();
  }

  @Override
  public List<SlotText> neutralPrompts(Part part, int count, Rng rng) {
    return draw(templates(part), subjects.get(part), 0, count, rng, PRONOUN);
  }

  /** {@inheritDoc} Here: her, his or him. */
  @Override
  public List<SlotText> otherWords(Part part, int label, int count, Rng rng) {
    List<SlotText> out = new ArrayList<>();
    for (Word word : OTHERS) {
      List<Template> own = sources.others().stream().filter(template -> template.text().contains(word.mark())).toList();
      out.addAll(draw(own, names(part, label), label, (count + 1) / OTHERS.size(), rng.split(word.mark()), word));
    }
    return out;
  }

  /** The same with the half of the names of each class by which a model shows it best, on training templates. */
  PronounTexts known(SlotEncoder encoder, long seed) {
    return new PronounTexts(new TextSources(sources.templates(), sources.others(), known(encoder, sources.first(), 1),
        known(encoder, sources.second(), -1), sources.subjects(), sources.neutral()), seed);
  }

  private List<String> known(SlotEncoder encoder, List<String> names, int label) {
    Map<String, Double> shares = new LinkedHashMap<>();
    for (String name : names) {
      List<SlotRow> rows = encoder.encodeAll(about(name, label, FILTER_TEMPLATES)).rows();
      if (!rows.isEmpty()) {
        shares.put(name, LanguageProbe.read(encoder.text().model(), rows).stream().mapToDouble(Reading.Prompt::share)
            .average().orElseThrow());
      }
    }
    return shares.entrySet().stream().sorted((a, b) -> label * Double.compare(b.getValue(), a.getValue()))
        .limit((shares.size() + 1) / 2).map(Map.Entry::getKey).toList();
  }

  private static List<SlotText> draw(List<Template> templates, List<String> names, int label, int count, Rng rng,
      Word word) {
    List<SlotText> out = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = names.get(rng.nextInt(names.size()));
      out.add(fill(templates.get(rng.nextInt(templates.size())).text(), name, label, word));
    }
    return out;
  }

  private static SlotText fill(String template, String name, int label, Word word) {
    int at = template.indexOf(NAME);
    String who = at == 0 || !name.startsWith("The ") ? name
        : name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    String text = template.replace(NAME, who).replace(word.mark(), SlotText.SLOT);
    return new SlotText(text, label < 0 ? word.second() : word.first(), label < 0 ? word.first() : word.second(),
        label);
  }

  @Override
  public List<String> neutral(Part part, int count, Rng rng) {
    List<String> own = neutralGroups.get(part);
    List<String> texts = sources.neutral().stream().filter(template -> own.contains(template.group()))
        .map(Template::text).toList();
    return Part.some(texts, count, rng);
  }
}
