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
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
  private static final double FORWARD = 1e-5;
  private static final double GRADIENT = 1e-4;
  private static final double HESSIAN = 1e-3;
  private static final double STEPS = 1e-4;

  private final Device device = Device.cpu();

  @Test
  void everyNetworkAgrees() throws Exception {
    int passed = 0;
    List<String> unsupported = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (Path file : cases()) {
      String name = file.getFileName().toString().replace(".json", "");
      JsonNode spec = new ObjectMapper().readTree(file.toFile());
      try (Safetensors tensors = Safetensors.open(file.resolveSibling(name + ".safetensors"))) {
        List<String> wrong = new Case(spec, tensors).check();
        if (wrong.isEmpty()) {
          passed++;
        } else {
          failures.add(name + ": " + String.join("; ", wrong));
        }
      } catch (UnsupportedOperationException e) {
        unsupported.add(name + ": " + e.getMessage());
      } catch (RuntimeException e) {
        failures.add(name + ": " + e);
      }
    }
    System.out.println("conformance networks [" + device.name() + "]: " + passed + " passed, " + failures.size()
        + " failed, " + unsupported.size() + " unsupported");
    failures.forEach(line -> System.out.println("  failed " + line));
    unsupported.forEach(line -> System.out.println("  unsupported " + line));
    assertThat(failures).isEmpty();
    assertThat(unsupported).isEmpty();
    assertThat(passed).isPositive();
  }

  private static List<Path> cases() throws Exception {
    String given = System.getProperty("evenhand.conformance", "");
    URI own = NetworksConformanceTests.class.getResource("/conformance/networks").toURI();
    Path directory = given.isEmpty() ? Path.of(own) : new File(given, "networks").toPath();
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  /** One network: what it says and what came out wrong. */
  private final class Case {
    private final JsonNode spec;
    private final Safetensors file;
    private final Phase phase;
    private final Training.LossFunction loss;
    private final Var input;
    private final Var label;
    private final List<String> wrong = new ArrayList<>();
    private final Map<String, Double> largestOfKinds = new HashMap<>();

    Case(JsonNode spec, Safetensors file) {
      this.spec = spec;
      this.file = file;
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
      return wrong;
    }

    private void onePass() {
      Layer network = NetworkSpec.build(spec.get("layers"), file, device);
      Map<String, Var> parameters = network.parameters();
      assertThat(file.names().stream().filter(name -> name.startsWith("param.")).map(name -> name.substring(6)))
          .containsExactlyInAnyOrderElementsOf(parameters.keySet());
      Var output = network.forward(input, phase);
      Var value = loss.of(output, label);
      agree("output", output.value(), FORWARD);
      agree("loss", value.value(), FORWARD);
      List<Var> all = List.copyOf(parameters.values());
      List<Tensor> directions = parameters.keySet().stream().map(name -> file.tensor("dir." + name, device)).toList();
      agree("grad.", parameters, Grad.of(value, all), GRADIENT);
      agree("hvp.", parameters, Grad.hvp(value, all, directions), HESSIAN);
      if (phase == Phase.TRAIN) {
        network.buffers().forEach((name, buffer) -> agree("buffer_after." + name, buffer, FORWARD));
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
            agree("after." + at, parameters, all.stream().map(Var::value).toList(), STEPS);
            network.buffers().forEach((name, buffer) -> {
              if (phase == Phase.TRAIN) {
                agree("after_buffer." + at + name, buffer, STEPS);
              }
            });
          }
        }
      }
      agree("losses." + id, device.tensor(losses), STEPS);
    }

    private void agree(String prefix, Map<String, Var> parameters, List<Tensor> got, double tolerance) {
      int i = 0;
      for (String name : parameters.keySet()) {
        agree(prefix + name, got.get(i++), tolerance);
      }
    }

    private void agree(String name, Tensor got, double tolerance) {
      double[] reference = file.doubles(name);
      float[] values = got.toFloats();
      if (values.length != reference.length) {
        wrong.add(name + " has " + values.length + " numbers instead of " + reference.length);
        return;
      }
      double scale = Math.max(largest(reference), 0.01 * largestOfKind(name));
      double worst = 0;
      for (int i = 0; i < values.length; i++) {
        worst = Math.max(worst, Math.abs(values[i] - reference[i])); // NaN if either is
      }
      if (!(worst <= tolerance * scale)) {
        wrong.add(name + " is off by " + worst / scale + " of its scale, allowed " + tolerance);
      }
    }

    /** Largest of all arrays whose names begin with the same word. */
    private double largestOfKind(String name) {
      return largestOfKinds.computeIfAbsent(kind(name), kind -> file.names().stream()
          .filter(other -> kind(other).equals(kind)).mapToDouble(other -> largest(file.doubles(other))).max()
          .orElse(0));
    }

    private static String kind(String name) {
      return name.split("\\.", 2)[0];
    }

    private static double largest(double[] values) {
      double largest = 0;
      for (double value : values) {
        largest = Math.max(largest, Math.abs(value));
      }
      return largest;
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
