package evenhand.autograd.models;

import evenhand.autograd.io.FormatException;
import evenhand.autograd.io.Safetensors;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Language models from and to Hugging Face directories: {@code config.json} and {@code model.safetensors}.
 *
 * <pre>{@code
 * LanguageModel model = HuggingFace.read(Path.of("stories260k"), Device.cpu());
 * Var loss = model.loss(TokenBatch.of(ids), ids);
 * HuggingFace.write(model, Path.of("changed"), List.of(Path.of("stories260k/tokenizer.json")));
 * }</pre>
 *
 * <p>Architectures: BertForMaskedLM, RobertaForMaskedLM, DistilBertForMaskedLM, GPT2LMHeadModel, LlamaForCausalLM.
 * Weights are float32; half precision is converted.
 */
public final class HuggingFace {
  private static final String CONFIG = "config.json";
  private static final String TENSORS = "model.safetensors";

  private HuggingFace() {}

  /** One architecture: its name, the prefix of its body's tensors, and how it is built. */
  private record Architecture(String name, String prefix, Builder builder) {}

  @FunctionalInterface
  private interface Builder {
    LanguageModel build(ModelConfig config, Weights weights);
  }

  private static final List<Architecture> ARCHITECTURES = Stream.concat(
      Arrays.stream(MaskedEncoder.Family.values()).map(family -> new Architecture(family.architecture, family.prefix,
          (config, weights) -> new MaskedEncoder(family, config, weights))),
      Stream.of(new Architecture(Gpt2.ARCHITECTURE, Gpt2.PREFIX, Gpt2::new),
          new Architecture(Llama.ARCHITECTURE, Llama.PREFIX, Llama::new)))
      .toList();

  private static Architecture architecture(ModelConfig config) {
    List<String> named = config.architectures();
    return ARCHITECTURES.stream().filter(known -> named.contains(known.name)).findFirst()
        .orElseThrow(() -> config.fault("architectures is " + named + ", of which none is supported; "
            + ARCHITECTURES.stream().map(Architecture::name).collect(Collectors.joining(", ")) + " are"));
  }

  /**
   * Reads a model.
   *
   * @throws FormatException if the architecture or an option is not supported, or a tensor is missing, of the wrong
   *   shape or of no use, naming the file, the tensor and what was expected
   * @throws UncheckedIOException if a file cannot be read
   */
  public static LanguageModel read(Path directory, Device device) {
    ModelConfig config = ModelConfig.read(directory.resolve(CONFIG));
    Architecture architecture = architecture(config);
    Path path = directory.resolve(TENSORS);
    if (Files.notExists(path) && Files.exists(directory.resolve(TENSORS + ".index.json"))) {
      throw new FormatException(directory, "its weights are split over several files, which is not supported; save the"
          + " model as one " + TENSORS);
    }
    try (Safetensors file = Safetensors.open(path)) {
      Weights.Checkpoint source = new Weights.Checkpoint(path, file, architecture.prefix, device);
      LanguageModel model = architecture.builder.build(config, new Weights(source));
      source.checkAllRead();
      return model;
    } catch (IllegalArgumentException | ArithmeticException e) { // sizes that no tensor can have, or that overflow
      throw config.fault("describes a model that cannot be built (" + e.getMessage() + "); correct its sizes");
    }
  }

  /**
   * A model from scratch: norms 1, biases 0, all else normal with standard deviation {@code initializer_range}.
   *
   * @param config as a {@code config.json} would say it, {@code architectures} first
   */
  public static LanguageModel create(ModelConfig config, Rng rng, Device device) {
    Weights.Fresh source = new Weights.Fresh(rng, device, config.real("initializer_range", 0.02));
    return architecture(config).builder.build(config, new Weights(source));
  }

  /** A model of the same kind with copies of the weights. */
  public static LanguageModel copy(LanguageModel model) {
    return architecture(model.config()).builder.build(model.config(),
        new Weights(new Weights.Copy(model.parameters())));
  }

  /**
   * Writes a directory, which appears under its name only when it is complete. Reading it back gives the same bits.
   *
   * @param directory must be absent or empty
   * @param beside other files to be copied into it under their names, such as {@code tokenizer.json}
   * @throws UncheckedIOException if the directory is not empty or cannot be written
   */
  public static void write(LanguageModel model, Path directory, Collection<Path> beside) {
    Path target = directory.toAbsolutePath().normalize();
    Path part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      requireEmpty(target);
      Files.createDirectories(part);
      try {
        Files.writeString(part.resolve(CONFIG), model.config().with("dtype", "float32").toJson());
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        model.parameters().forEach((name, parameter) -> tensors.put(name, parameter.value()));
        Safetensors.write(part.resolve(TENSORS), tensors, Map.of("format", "pt"));
        for (Path file : beside) {
          Files.copy(file, part.resolve(file.getFileName().toString()));
        }
        Files.deleteIfExists(target);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be written (" + e.getClass().getSimpleName() + " "
          + e.getMessage() + "); choose another directory", e);
    }
  }

  private static void requireEmpty(Path target) throws IOException {
    if (Files.notExists(target)) {
      return;
    }
    try (Stream<Path> files = Files.list(target)) {
      if (files.findAny().isPresent()) {
        throw new IOException("it is not empty");
      }
    }
  }

  /** What a failure left. */
  private static void delete(Path part) throws IOException {
    if (Files.exists(part)) {
      try (Stream<Path> files = Files.list(part)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(part);
    }
  }
}
