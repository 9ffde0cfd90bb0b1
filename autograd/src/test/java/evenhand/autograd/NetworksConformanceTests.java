package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.AdamW;
import evenhand.autograd.optim.Optimizer;
import evenhand.autograd.optim.Sgd;
import evenhand.autograd.optim.Training;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Small networks against PyTorch's float64 results: output, loss, gradient, Hessian-vector product, running statistics,
 * and parameters after steps of each optimizer.
 *
 * <p>{@code -Devenhand.conformance=DIR} reads {@code DIR/networks} instead of the project's own cases.
 */
class NetworksConformanceTests {
  private static final double STEPS = 1e-4;

  private final Device device = Device.cpu();

  @Test
  void everyNetworkAgrees() throws Exception {
    ConformanceTally tally = new ConformanceTally("networks", device);
    try (Stream<Path> files = Files.list(ConformanceTally.directory("networks"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        String name = file.getFileName().toString().replace(".json", "");
        tally.run(name, () -> {
          JsonNode spec = new ObjectMapper().readTree(file.toFile());
          try (Safetensors tensors = Safetensors.open(file.resolveSibling(name + ".safetensors"))) {
            return new Case(spec, tensors).check();
          }
        });
      }
    }
    tally.report();
  }

  /** One network: what it says and what came out wrong. */
  private final class Case {
    private final JsonNode spec;
    private final Safetensors file;
    private final Phase phase;
    private final Training.LossFunction loss;
    private final Var input;
    private final Var label;
    private final Agreement agreement;

    Case(JsonNode spec, Safetensors file) {
      this.spec = spec;
      this.file = file;
      this.agreement = new Agreement(file);
      this.phase = switch (spec.get("mode").asText()) {
        case "train" -> Phase.TRAIN;
        case "eval" -> Phase.EVALUATE;
        default -> throw new UnsupportedOperationException("mode " + spec.get("mode"));
      };
      this.loss = switch (spec.get("loss").asText()) {
        case "binary_cross_entropy_with_logits" -> Losses::binaryCrossEntropyWithLogits;
        case "cross_entropy" -> Losses::crossEntropy;
        default -> throw new UnsupportedOperationException("loss " + spec.get("loss"));
      };
      this.input = Var.of(file.tensor("input", device));
      this.label = Var.of(file.tensor("label", device));
    }

    List<String> check() {
      onePass();
      spec.get("optimizers").forEach(this::schedule);
      return agreement.wrong();
    }

    private void onePass() {
      Layer network = NetworkSpec.build(spec.get("layers"), file, device);
      Map<String, Var> parameters = network.parameters();
      assertThat(file.names().stream().filter(name -> name.startsWith("param.")).map(name -> name.substring(6)))
          .containsExactlyInAnyOrderElementsOf(parameters.keySet());
      Var output = network.forward(input, phase);
      Var value = loss.of(output, label);
      agreement.check("output", output.value(), Agreement.FORWARD);
      agreement.check("loss", value.value(), Agreement.FORWARD);
      List<Var> all = List.copyOf(parameters.values());
      List<Tensor> directions = parameters.keySet().stream().map(name -> file.tensor("dir." + name, device)).toList();
      agreement.check("grad.", parameters, Grad.of(value, all), Agreement.GRADIENT);
      agreement.check("hvp.", parameters, Grad.hvp(value, all, directions), Agreement.HESSIAN);
      if (phase == Phase.TRAIN) {
        network.buffers().forEach((name, buffer) -> agreement.check("buffer_after." + name, buffer, Agreement.FORWARD));
      }
    }

    private void schedule(JsonNode settings) {
      String id = settings.get("id").asText();
      Layer network = NetworkSpec.build(spec.get("layers"), file, device);
      Map<String, Var> parameters = network.parameters();
      List<Var> all = List.copyOf(parameters.values());
      Optimizer optimizer = optimizer(settings, all);
      float[] losses = new float[file.info("losses." + id).shape().size()];
      for (int step = 1; step <= losses.length; step++) {
        Var value = loss.of(network.forward(input, phase), label);
        losses[step - 1] = value.item();
        optimizer.step(Grad.of(value, all));
        for (JsonNode wanted : spec.get("steps")) {
          if (wanted.asInt() == step) {
            String at = id + "." + step + ".";
            agreement.check("after." + at, parameters, all.stream().map(Var::value).toList(), STEPS);
            network.buffers().forEach((name, buffer) -> {
              if (phase == Phase.TRAIN) {
                agreement.check("after_buffer." + at + name, buffer, STEPS);
              }
            });
          }
        }
      }
      agreement.check("losses." + id, device.tensor(losses), STEPS);
    }
  }

  private static Optimizer optimizer(JsonNode settings, List<Var> parameters) {
    double rate = settings.get("lr").asDouble();
    double decay = settings.path("weight_decay").asDouble();
    return switch (settings.get("name").asText()) {
      case "sgd" -> new Sgd(parameters, Sgd.Settings.defaults().withRate(rate).withWeightDecay(decay)
          .withMomentum(settings.path("momentum").asDouble()).withDampening(settings.path("dampening").asDouble())
          .withNesterov(settings.path("nesterov").asBoolean()));
      case "adam" -> new Adam(parameters, adam(settings).withRate(rate).withWeightDecay(decay));
      case "adamw" -> new AdamW(parameters, adam(settings).withRate(rate).withWeightDecay(decay));
      default -> throw new UnsupportedOperationException("optimizer " + settings.get("name"));
    };
  }

  private static Adam.Settings adam(JsonNode settings) {
    JsonNode betas = settings.get("betas");
    return Adam.Settings.defaults().withBetas(betas.get(0).asDouble(), betas.get(1).asDouble())
        .withEpsilon(settings.get("eps").asDouble());
  }
}
