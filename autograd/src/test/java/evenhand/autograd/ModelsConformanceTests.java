package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.io.Safetensors;
import evenhand.autograd.models.HuggingFace;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.TokenBatch;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Hugging Face checkpoints against PyTorch's float64 results: logits, loss, gradient and Hessian-vector product for
 * every parameter.
 *
 * <p>{@code -Devenhand.conformance=DIR} reads {@code DIR/models} instead of the project's own cases.
 */
class ModelsConformanceTests {
  private final Device device = Device.cpu();

  @Test
  void everyModelAgrees() throws Exception {
    ConformanceTally tally = new ConformanceTally("models", device);
    try (Stream<Path> files = Files.list(ConformanceTally.directory("models"))) {
      for (Path directory : files.filter(Files::isDirectory).sorted().toList()) {
        tally.run(directory.getFileName().toString(), () -> check(directory));
      }
    }
    tally.report();
  }

  private List<String> check(Path directory) {
    LanguageModel model = read(directory);
    try (Safetensors file = Safetensors.open(directory.resolve("case.safetensors"))) {
      Map<String, Var> parameters = new LinkedHashMap<>(model.parameters());
      parameters.keySet().removeIf(name -> !file.contains("grad." + name));
      assertThat(file.names().stream().filter(name -> name.startsWith("grad.")).map(name -> name.substring(5)))
          .containsExactlyInAnyOrderElementsOf(parameters.keySet());
      Agreement agreement = new Agreement(file);
      TokenBatch batch = batch(file);
      logits(agreement, file, batch, model.logits(batch).value());
      Var loss = model.loss(batch, file.ints("labels"));
      agreement.check("loss", loss.value(), Agreement.FORWARD);
      requireUnused(loss, model, parameters.keySet());
      List<Var> all = List.copyOf(parameters.values());
      agreement.check("grad.", parameters, Grad.of(loss, all), Agreement.GRADIENT);
      List<Tensor> directions = parameters.keySet().stream().map(name -> file.tensor("dir." + name, device)).toList();
      agreement.check("hvp.", parameters, Grad.hvp(loss, all, directions), Agreement.HESSIAN);
      return agreement.wrong();
    }
  }

  /** A parameter without a reference takes no part: the bias that another one stands in for. */
  private static void requireUnused(Var loss, LanguageModel model, Set<String> used) {
    model.parameters().forEach((name, parameter) -> {
      if (!used.contains(name)) {
        assertThat(Grad.of(loss, List.of(parameter)).getFirst().toFloats()).as(name).containsOnly(0);
      }
    });
  }

  /** Architectures and options that are not known count as unsupported. */
  private LanguageModel read(Path directory) {
    try {
      return HuggingFace.read(directory, device);
    } catch (RuntimeException e) {
      if (String.valueOf(e.getMessage()).contains("supported")) {
        throw new UnsupportedOperationException(e.getMessage(), e);
      }
      throw e;
    }
  }

  private static TokenBatch batch(Safetensors file) {
    int[] ids = file.ints("input_ids");
    int rows = file.info("input_ids").shape().dim(0);
    int[] types = file.contains("token_type_ids") ? file.ints("token_type_ids") : new int[ids.length];
    return new TokenBatch(rows, ids.length / rows, ids, file.ints("attention_mask"), types);
  }

  /** At padding the references are of no use. */
  private static void logits(Agreement agreement, Safetensors file, TokenBatch batch, Tensor logits) {
    double[] reference = file.doubles("logits");
    float[] got = logits.toFloats();
    int vocabulary = reference.length / batch.ids().length;
    List<Integer> attended = new ArrayList<>();
    for (int i = 0; i < reference.length; i++) {
      if (batch.mask()[i / vocabulary] != 0) {
        attended.add(i);
      }
    }
    int[] kept = attended.stream().mapToInt(Integer::intValue).toArray();
    float[] values = new float[kept.length];
    for (int i = 0; i < kept.length; i++) {
      values[i] = got[kept[i]];
    }
    agreement.check("logits", values, Arrays.stream(kept).mapToDouble(i -> reference[i]).toArray(), Agreement.FORWARD);
  }
}
