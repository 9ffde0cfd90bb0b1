package evenhand.fairness.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes small {@code tokenizer.json} files. */
final class TinyTokenizers {
  /** Ids 0 .. 4 of {@link #masked}. */
  static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

  private TinyTokenizers() {}

  /** Whole words and word pieces, as BERT has them: {@code [CLS] text [SEP]}. */
  static Path masked(Path directory, String... words) {
    List<String> all = IntStream.range(0, SPECIAL.size() + words.length)
        .mapToObj(i -> i < SPECIAL.size() ? SPECIAL.get(i) : words[i - SPECIAL.size()]).toList();
    String vocabulary = IntStream.range(0, all.size()).mapToObj(i -> "\"" + all.get(i) + "\": " + i)
        .collect(Collectors.joining(", "));
    String added = IntStream.range(0, SPECIAL.size()).mapToObj(i -> """
        {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
         "special": true}""".formatted(i, SPECIAL.get(i))).collect(Collectors.joining(", "));
    return write(directory, """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [%s], "normalizer": null,
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {%s}}}""".formatted(added, vocabulary));
  }

  static Path write(Path directory, String json) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("tokenizer.json"), json);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
