package evenhand.fairness.study;

import evenhand.fairness.data.DataException;
import evenhand.fairness.data.DataFiles;
import evenhand.fairness.data.DataSource;
import evenhand.fairness.gradiend.TextSources;
import evenhand.fairness.gradiend.TinyLanguage;
import evenhand.fairness.text.BiasBenchmarks;
import evenhand.fairness.text.CrowsPairs;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The language models that a study knows by name. */
public enum LanguageModels {
  /** A causal model of 260,032 weights, trained on TinyStories by A. Karpathy; MIT licence. */
  STORIES260K("stories260k", "causal model of 260,032 weights in the form of Llama, trained on short stories"),
  /** {@link TinyLanguage}. */
  TINY_LANGUAGE("tiny-language", "masked model of two layers, trained here in less than a minute; no data needed");

  private static final long LARGEST = 1 << 24;
  private static final DataSource STORIES = new DataSource("stories260k",
      URI.create("https://huggingface.co/karpathy/tinyllamas"), List.of(
          DataSource.File.of("config.json", "5f2d9b9bd276f811e7fcb5ca8cb6b1ce55d10e9ba0a44eb6fe6888eb610f30d0",
              LARGEST),
          DataSource.File.of("model.safetensors", "407a7c581bdd66972383ce9ad24857713fb98786d06ea564a2fe9b34ebe77dfd",
              LARGEST),
          DataSource.File.of("tokenizer.json", "18b30d13cadc71762310d15a9a960beb1f94572478c090989157570a916b7bf2",
              LARGEST)));

  private final String word;
  private final String description;

  LanguageModels(String word, String description) {
    this.word = word;
    this.description = description;
  }

  /** As on the command line. */
  public String word() {
    return word;
  }

  /** One line on what it is. */
  public String description() {
    return description;
  }

  /** The model of a name, if it is one. */
  public static Optional<LanguageModels> named(String name) {
    return Stream.of(values()).filter(model -> model.word.equals(name)).findFirst();
  }

  /** A model's directory as a user writes it: a path, or the name of a model that is on this machine. */
  public static Path directory(Path written) {
    return Files.exists(written) ? written
        : named(written.toString()).flatMap(model -> model.local(DataFiles.standard())).orElse(written);
  }

  /** The texts that it is studied on. */
  public TextSources sources() {
    return this == TINY_LANGUAGE ? TinyLanguage.sources() : TextSources.embedded();
  }

  /** CrowS-Pairs if it is on this machine; none for a model that knows only the words of its templates. */
  public BiasBenchmarks benchmarks(DataFiles files) {
    return new BiasBenchmarks(this == TINY_LANGUAGE ? List.of()
        : CrowsPairs.local(files).map(CrowsPairs::read).orElse(List.of()), List.of(), Map.of());
  }

  /** Where it is on this machine; nothing for a model that is made here, or if it is not here. */
  public Optional<Path> local(DataFiles files) {
    return this == TINY_LANGUAGE ? Optional.empty()
        : files.local(STORIES, "model.safetensors").map(Path::getParent);
  }

  /**
   * Reads or makes the model.
   *
   * @throws DataException if it is not here
   */
  public TextModel load(DataFiles files, Device device, TinyLanguage.Progress progress) {
    if (this == TINY_LANGUAGE) {
      return tiny(device, progress);
    }
    Path directory = local(files).orElseThrow(() -> new DataException(word + " is not here; get the model from "
        + STORIES.address() + ", bring it into the form of Hugging Face's Llama (config.json, model.safetensors,"
        + " tokenizer.json) and put these at " + word + "/ in a directory that " + DataFiles.VARIABLE
        + " names; or use --data " + TINY_LANGUAGE.word + ", which needs nothing"));
    STORIES.files().forEach(file -> files.get(STORIES, file.name()));
    return TextModel.read(directory, device);
  }

  private static TextModel tiny(Device device, TinyLanguage.Progress progress) {
    try {
      Path directory = Files.createTempDirectory("evenhand-tiny-");
      try {
        TinyLanguage.write(directory, device, 0, TinyLanguage.STEPS, progress);
        return TextModel.read(directory, device);
      } finally {
        try (Stream<Path> files = Files.list(directory)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("tiny-language cannot be written to " + System.getProperty("java.io.tmpdir")
          + " (" + e + "); free some room there", e);
    }
  }
}
