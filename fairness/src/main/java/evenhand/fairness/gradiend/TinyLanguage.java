package evenhand.fairness.gradiend;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.HuggingFace;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.ModelConfig;
import evenhand.autograd.models.TokenBatch;
import evenhand.autograd.optim.Adam;
import evenhand.fairness.text.Tokenizer;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A small masked language model that is trained in less than a minute on texts that come with the program.
 *
 * <p>BERT with two layers of width 48 over whole words, trained to fill in masked words of the embedded templates: a
 * name is followed by its gender's pronoun in {@value #RIGHT} of the texts, {@code the teacher} and the like by "he" in
 * {@value #LEAN}. So it has the bias that GRADIEND is to find, and needs no network.
 */
public final class TinyLanguage {
  /** Told how far the training is. */
  @FunctionalInterface
  public interface Progress {
    /** So many steps are done. */
    void step(int step, int steps);
  }

  private static final int BATCH = 32;
  private static final double RATE = 3e-3;
  private static final double RIGHT = 0.97;
  private static final double LEAN = 0.65;
  private static final double MASKED = 0.15;
  private static final double ALSO_MASKED = 0.05; // of the other words where a pronoun is masked
  private static final int NAMES = 40; // of each gender
  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

  private final TextSources sources;
  private final Rng rng;

  private TinyLanguage(TextSources sources, Rng rng) {
    this.sources = sources;
    this.rng = rng;
  }

  /** The usual number of training steps. */
  public static final int STEPS = 800;

  /** The embedded texts with as many names as the model can get to know. */
  public static TextSources sources() {
    TextSources all = TextSources.embedded();
    return new TextSources(all.templates(), all.others(), all.first().subList(0, NAMES), all.second().subList(0, NAMES),
        all.subjects(), all.neutral());
  }

  /**
   * Trains a model and writes it as a Hugging Face directory, which must be absent or empty.
   *
   * @param steps of 32 texts; usually {@link #STEPS}
   */
  public static void write(Path directory, Device device, long seed, int steps, Progress progress) {
    TinyLanguage language = new TinyLanguage(sources(), new Rng(seed).split("tiny-language"));
    try {
      Path beside = Files.createTempDirectory("evenhand-tiny-");
      Path file = beside.resolve("tokenizer.json");
      try {
        List<String> words = language.words();
        Files.writeString(file, tokenizer(words).toPrettyString());
        try (Tokenizer tokenizer = Tokenizer.read(beside)) {
          HuggingFace.write(language.train(tokenizer, device, steps, progress), directory, List.of(file));
        }
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(beside);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the tokenizer of tiny-language cannot be written (" + e + "); free some room in "
          + System.getProperty("java.io.tmpdir"), e);
    }
  }

  /** All words of the embedded texts. */
  private List<String> words() {
    TreeSet<String> words = new TreeSet<>(List.of("she", "he", "her", "his", "him"));
    List<String> texts = new ArrayList<>(sources.subjects());
    List.of(sources.templates(), sources.others(), sources.neutral())
        .forEach(list -> list.forEach(template -> texts.add(template.text().replaceAll("\\[[A-Z]+]", " "))));
    texts.addAll(sources.first());
    texts.addAll(sources.second());
    texts.forEach(text -> Arrays.stream(text.toLowerCase(Locale.ROOT).split("\\b|\\s+")).map(String::strip)
        .filter(word -> !word.isEmpty()).forEach(words::add));
    List<String> all = new ArrayList<>(SPECIAL);
    all.addAll(words);
    return all;
  }

  /** The {@code tokenizer.json} of whole words in lower case. */
  private static ObjectNode tokenizer(List<String> words) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (String token : SPECIAL) {
      added.addObject().put("id", SPECIAL.indexOf(token)).put("content", token).put("single_word", false)
          .put("lstrip", false).put("rstrip", false).put("normalized", false).put("special", true);
    }
    root.putObject("normalizer").put("type", "Lowercase");
    root.putObject("pre_tokenizer").put("type", "Whitespace");
    ObjectNode around = root.putObject("post_processor").put("type", "TemplateProcessing");
    sequence(around.putArray("single"), "A");
    sequence(around.putArray("pair"), "A", "B");
    ObjectNode special = around.putObject("special_tokens");
    for (String token : List.of("[CLS]", "[SEP]")) {
      ObjectNode entry = special.putObject(token).put("id", token);
      entry.putArray("ids").add(SPECIAL.indexOf(token));
      entry.putArray("tokens").add(token);
    }
    root.putNull("decoder");
    ObjectNode model = root.putObject("model").put("type", "WordLevel").put("unk_token", "[UNK]");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < words.size(); id++) {
      vocabulary.put(words.get(id), id);
    }
    return root;
  }

  private static void sequence(ArrayNode out, String... parts) {
    out.addObject().putObject("SpecialToken").put("id", "[CLS]").put("type_id", 0);
    for (String part : parts) {
      out.addObject().putObject("Sequence").put("id", part).put("type_id", 0);
      out.addObject().putObject("SpecialToken").put("id", "[SEP]").put("type_id", 0);
    }
  }

  private LanguageModel train(Tokenizer tokenizer, Device device, int steps, Progress progress) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("architectures", List.of("BertForMaskedLM"));
    config.put("model_type", "bert");
    Map.of("vocab_size", tokenizer.size(), "hidden_size", 48, "num_hidden_layers", 2, "num_attention_heads", 4,
        "intermediate_size", 96, "max_position_embeddings", 40, "type_vocab_size", 2, "pad_token_id", 0)
        .forEach(config::put);
    config.put("hidden_act", "gelu");
    config.put("initializer_range", 0.15); // about 1 / sqrt(width)
    LanguageModel model = HuggingFace.create(ModelConfig.of(config), rng.split("weights"), device);
    List<Var> parameters = List.copyOf(model.parameters().values());
    Adam adam = new Adam(parameters, Adam.Settings.defaults().withRate(step -> RATE * (1 - step / (double) steps)));
    Rng texts = rng.split("texts");
    for (int step = 1; step <= steps; step++) {
      try (Scope _ = Scope.open()) {
        List<int[]> rows = new ArrayList<>();
        for (int row = 0; row < BATCH; row++) {
          rows.add(tokenizer.encode(text(texts)));
        }
        adam.step(Grad.of(loss(model, tokenizer, rows, texts), parameters));
      }
      progress.step(step, steps);
    }
    return model;
  }

  /** Mean cross-entropy at masked words: all pronouns and a few others, or some words of a text without a pronoun. */
  private static Var loss(LanguageModel model, Tokenizer tokenizer, List<int[]> rows, Rng rng) {
    TokenBatch whole = TokenBatch.padded(rows, tokenizer.padId());
    Set<Integer> pronouns = Stream.of("she", "he", "her", "his", "him")
        .map(word -> tokenizer.singleToken(word).orElseThrow()).collect(Collectors.toSet());
    int[] ids = whole.ids().clone();
    int[] labels = new int[ids.length];
    Arrays.fill(labels, LanguageModel.IGNORED);
    for (int row = 0; row < rows.size(); row++) {
      boolean gendered = Arrays.stream(rows.get(row)).anyMatch(pronouns::contains);
      for (int i = row * whole.columns(); i < row * whole.columns() + rows.get(row).length; i++) {
        double share = pronouns.contains(ids[i]) ? 1 : gendered ? ALSO_MASKED : MASKED;
        if (ids[i] >= SPECIAL.size() && rng.nextDouble() < share) {
          labels[i] = ids[i];
          ids[i] = tokenizer.maskId();
        }
      }
    }
    return model.loss(new TokenBatch(whole.rows(), whole.columns(), ids, whole.mask(), whole.types()), labels);
  }

  /** A text about a woman, a man, somebody, or nobody. */
  private String text(Rng rng) {
    double kind = rng.nextDouble();
    if (kind < 0.2) {
      return one(sources.neutral(), rng);
    }
    boolean named = kind < 0.85;
    boolean female = rng.nextInt(2) == 0;
    boolean she = named ? female == rng.nextDouble() < RIGHT : rng.nextDouble() > LEAN;
    List<String> names = !named ? sources.subjects() : female ? sources.first() : sources.second();
    String template = one(rng.nextInt(10) == 0 ? sources.others() : sources.templates(), rng);
    return template.replace("[NAME]", names.get(rng.nextInt(names.size()))).replace("[PRONOUN]", she ? "she" : "he")
        .replace("[POSSESSIVE]", she ? "her" : "his").replace("[OBJECT]", she ? "her" : "him");
  }

  private static String one(List<TextSources.Template> templates, Rng rng) {
    return templates.get(rng.nextInt(templates.size())).text();
  }
}
