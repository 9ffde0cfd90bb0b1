package evenhand.fairness.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.models.LanguageModel;
import evenhand.fairness.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Words to token ids and back, by the {@code tokenizer.json} beside a model.
 *
 * <p>The work is done by Hugging Face's own library, through DJL. May be used by several threads at once.
 */
public final class Tokenizer implements AutoCloseable {
  private static final String FILE = "tokenizer.json";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double SPARE = 0.05; // share of a model's rows that may have no token
  private static final int SPARE_ROWS = 1024; // tables are often rounded up

  private final Path file;
  private final HuggingFaceTokenizer library;
  private final Map<String, Integer> ids;
  private final Map<Integer, String> tokens = new TreeMap<>();
  private final Map<String, String> special;

  private Tokenizer(Path file, HuggingFaceTokenizer library, Map<String, Integer> ids, Map<String, String> special) {
    this.file = file;
    this.library = library;
    this.ids = ids;
    this.special = special;
    ids.forEach((token, id) -> tokens.put(id, token));
  }

  /**
   * Reads {@code tokenizer.json} of a model's directory, and {@code tokenizer_config.json} if it is there.
   *
   * @throws DataException if there is none, or it is damaged
   */
  public static Tokenizer read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new DataException(directory + " has no " + FILE
          + "; save the model's tokenizer there in the form of Hugging Face's fast tokenizers");
    }
    JsonNode json = json(file);
    Map<String, Integer> ids = new HashMap<>();
    JsonNode vocabulary = json.path("model").path("vocab");
    if (vocabulary.isArray()) { // of unigram models: [[token, score], ..]
      for (int i = 0; i < vocabulary.size(); i++) {
        ids.put(vocabulary.get(i).path(0).asText(), i);
      }
    } else {
      vocabulary.properties().forEach(entry -> ids.put(entry.getKey(), id(file, entry.getKey(), entry.getValue())));
    }
    json.path("added_tokens").forEach(added -> {
      String token = added.path("content").asText();
      ids.put(token, id(file, token, added.path("id")));
    });
    if (ids.isEmpty()) {
      throw new DataException(file + " has no vocabulary; it should have model.vocab, as fast tokenizers do");
    }
    try {
      return new Tokenizer(file, TokenizerLibrary.open(file), ids, special(directory, ids));
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          file + " cannot be used as a tokenizer (" + e.getMessage() + "); save it again with the model", e);
    }
  }

  private static int id(Path file, String token, JsonNode id) {
    if (!id.isInt() || id.asInt() < 0 || id.asInt() == Integer.MAX_VALUE) {
      throw new DataException(file + ": the id of token '" + token + "' is " + id
          + ", not a whole number from 0 on; the file is damaged, get it again");
    }
    return id.asInt();
  }

  private static JsonNode json(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new DataException(
          file + " cannot be read as JSON (" + e.getMessage() + "); check the path, or get the file again", e);
    }
  }

  /** The special tokens by role ({@code mask}, {@code pad}, ..): as the configuration says, else by usual names. */
  private static Map<String, String> special(Path directory, Map<String, Integer> ids) {
    Map<String, String> found = new TreeMap<>();
    Map.of("mask", List.of("[MASK]", "<mask>"), "pad", List.of("[PAD]", "<pad>"),
        "eos", List.of("</s>", "<|endoftext|>", "[SEP]"))
        .forEach((role, names) -> names.stream().filter(ids::containsKey).findFirst()
            .ifPresent(name -> found.put(role, name)));
    Path file = directory.resolve("tokenizer_config.json");
    JsonNode config = Files.exists(file) ? json(file) : JSON.createObjectNode();
    for (String role : List.of("mask", "pad", "eos")) {
      JsonNode value = config.path(role + "_token");
      String name = value.isTextual() ? value.asText() : value.path("content").asText(""); // a name, or a description
      if (ids.containsKey(name)) {
        found.put(role, name);
      }
    }
    return found;
  }

  // ---- vocabulary ----

  /** One more than the largest id. */
  public int size() {
    return tokens.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
  }

  /** All tokens by id, as the vocabulary spells them: {@code ##ing}, {@code Ġhe}, {@code ▁he}. */
  public Map<Integer, String> tokens() {
    return Collections.unmodifiableMap(tokens);
  }

  /** The id of a token, spelt as in the vocabulary. */
  public OptionalInt id(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** What stands for a hidden word in a text. */
  public String mask() {
    String mask = special.get("mask");
    if (mask == null) {
      throw new DataException(file + " has no mask token; it belongs to a causal model");
    }
    return mask;
  }

  /** The id of the mask. */
  public int maskId() {
    return ids.get(mask());
  }

  /** The id that fills short rows; 0 if there is none, since nothing looks at it. */
  public int padId() {
    return special.containsKey("pad") ? ids.get(special.get("pad")) : 0;
  }

  /** The id that ends a text. */
  public OptionalInt endId() {
    return special.containsKey("eos") ? OptionalInt.of(ids.get(special.get("eos"))) : OptionalInt.empty();
  }

  /**
   * Checks that the tokens are those of a model, as far as their number tells.
   *
   * @throws DataException if not
   */
  public void requireFits(LanguageModel model) {
    int rows = model.vocabulary();
    if (size() > rows || rows - size() > SPARE_ROWS + SPARE * rows) {
      throw new DataException(file + " has " + size() + " tokens, but the model's vocabulary " + rows
          + "; use the tokenizer that belongs to the model");
    }
  }

  // ---- texts ----

  /** The ids of a text, with the special tokens around it that the model is used to. */
  public int[] encode(String text) {
    return encode(text, true);
  }

  /** The ids of a text alone. */
  public int[] encodeBare(String text) {
    return encode(text, false);
  }

  private int[] encode(String text, boolean special) {
    return Arrays.stream(library.encode(text, special, false).getIds()).mapToInt(Math::toIntExact).toArray();
  }

  /** The text of ids, without special tokens. */
  public String decode(int... text) {
    return library.decode(Arrays.stream(text).asLongStream().toArray(), true);
  }

  /**
   * The ids that a word has within a text, where a space stands before it.
   *
   * <p>Found from what it adds behind another word, so that every way to mark a space is understood.
   */
  public int[] word(String word) {
    for (String before : List.of("a", "the", ",")) {
      int[] alone = encodeBare(before);
      int[] both = encodeBare(before + " " + word);
      if (both.length > alone.length && Arrays.equals(alone, 0, alone.length, both, 0, alone.length)) {
        return Arrays.copyOfRange(both, alone.length, both.length);
      }
    }
    throw new DataException("the word '" + word + "' has no tokens of its own in " + file + "; use another");
  }

  /** The one id that a word has within a text; none if it is made of several. */
  public OptionalInt singleToken(String word) {
    int[] parts = word(word);
    return parts.length == 1 ? OptionalInt.of(parts[0]) : OptionalInt.empty();
  }

  /** The files of a directory that belong to its tokenizer and the use of its model, to be copied with it. */
  public static List<Path> files(Path directory) {
    return Stream.of(FILE, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
        "vocab.json", "merges.txt", "tokenizer.model", "generation_config.json")
        .map(directory::resolve).filter(Files::isRegularFile).toList();
  }

  /** Gives the library's memory back. */
  @Override
  public void close() {
    library.close();
  }
}
