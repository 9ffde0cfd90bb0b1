package evenhand.autograd.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Compares operators on a device with PyTorch's results: forward, gradient, Hessian-vector product.
 *
 * <p>Reads a directory of {@code OP.json} and {@code OP.safetensors}. A case of an unknown operator or with an argument
 * that is not known counts as unsupported; one that throws, or of which any result is off or missing, as failed.
 */
public final class OpsConformance {
  private static final double FORWARD = 1e-5;
  private static final double GRADIENT = 1e-4;
  private static final double HESSIAN = 1e-3;
  /** Errors are relative to the largest reference value, but to no less than this: some results are rounding noise. */
  private static final double FLOOR = 0.2;

  private final Device device;
  private final OperatorTable table = OperatorTable.all();
  private final List<String> problems = new ArrayList<>();
  private int passed;
  private int failed;
  private int unsupported;

  private OpsConformance(Device device) {
    this.device = device;
  }

  /**
   * How many cases passed, failed and were not supported.
   *
   * @param problems a line for each result that is off and each case that is not supported
   */
  public record Report(String device, int passed, int failed, int unsupported, List<String> problems) {
    /** {@code conformance ops [cpu]: P passed, F failed, U unsupported}. */
    @Override
    public String toString() {
      return "conformance ops [" + device + "]: " + passed + " passed, " + failed + " failed, " + unsupported
          + " unsupported";
    }
  }

  /** Runs all cases of a directory, prints the report and its problems. */
  public static Report run(Device device, Path directory) {
    Report report = compare(device, directory);
    System.out.println(report);
    report.problems().forEach(line -> System.out.println("  " + line));
    return report;
  }

  /** Runs all cases of a directory. */
  static Report compare(Device device, Path directory) {
    OpsConformance run = new OpsConformance(device);
    try (Stream<Path> files = Files.list(directory)) {
      files.filter(file -> file.toString().endsWith(".json")).sorted().forEach(run::operator);
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be listed", e);
    }
    return new Report(device.name(), run.passed, run.failed, run.unsupported, List.copyOf(run.problems));
  }

  private void operator(Path json) {
    JsonNode operator;
    try {
      operator = new ObjectMapper().readTree(json.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(json + ": cannot be read", e);
    }
    String name = operator.path("op").asText();
    Path tensors = Path.of(json.toString().replaceFirst("\\.json$", ".safetensors"));
    try (Safetensors file = Safetensors.open(tensors)) {
      for (JsonNode one : operator.path("cases")) {
        runCase(name, one, file);
      }
    }
  }

  private void runCase(String name, JsonNode json, Safetensors file) {
    String label = name + " " + json.path("name").asText();
    int before = problems.size();
    try {
      OpRunner runner = table.find(name).orElseThrow(() -> new UnsupportedCase("operator is unknown"));
      new Case(label, json, file).run(runner);
      if (problems.size() == before) {
        passed++;
      } else {
        failed++;
      }
    } catch (UnsupportedCase e) {
      unsupported++;
      problems.add(label + ": unsupported: " + e.getMessage());
    } catch (RuntimeException e) {
      failed++;
      problems.add(label + ": " + e);
    }
  }

  /** One case: its inputs on the device, and the comparison of its results. */
  private final class Case {
    private final String label;
    private final String prefix;
    private final JsonNode json;
    private final Safetensors file;
    private final Map<String, Var> inputs = new LinkedHashMap<>();
    private final Set<String> masks = new HashSet<>();
    private final Map<Integer, Var> parameters = new TreeMap<>();

    Case(String label, JsonNode json, Safetensors file) {
      this.label = label;
      this.prefix = json.path("name").asText() + ".";
      this.json = json;
      this.file = file;
      for (String name : file.names()) {
        if (name.startsWith(prefix + "in")) {
          input(name);
        }
      }
    }

    private void input(String name) {
      Tensor value = file.tensor(name, device);
      boolean mask = file.info(name).dtype().equals("BOOL");
      int number = Integer.parseInt(name.substring(prefix.length() + "in".length()));
      boolean tracked = json.path("grad").asBoolean() && file.contains(prefix + "grad" + number);
      Var input = tracked ? Var.parameter(value) : Var.of(value);
      inputs.put(name, input);
      if (mask) {
        masks.add(name);
      }
      if (tracked) {
        parameters.put(number, input);
      }
    }

    void run(OpRunner runner) {
      Arguments arguments = new Arguments(device, json, inputs, masks);
      List<Var> outputs = runner.run(arguments);
      arguments.requireAllUsed();
      int wanted = json.path("outputs").asInt();
      if (outputs.size() != wanted) {
        problems.add(label + ": " + outputs.size() + " outputs, expected " + wanted);
        return;
      }
      for (int k = 0; k < wanted; k++) {
        compare("out" + k, outputs.get(k).value(), FORWARD);
      }
      if (json.path("grad").asBoolean()) {
        derivatives(outputs);
      }
    }

    private void derivatives(List<Var> outputs) {
      if (parameters.isEmpty()) {
        throw new IllegalArgumentException("the case has no gradients to compare with");
      }
      Var scalar = Var.of(device.scalar(0));
      for (int k = 0; k < outputs.size(); k++) {
        if (file.contains(prefix + "cot" + k)) {
          Var cotangent = Var.of(file.tensor(prefix + "cot" + k, device));
          scalar = scalar.plus(outputs.get(k).times(cotangent).sum());
        }
      }
      List<Var> wanted = List.copyOf(parameters.values());
      List<Tensor> directions = parameters.keySet().stream()
          .map(k -> file.tensor(prefix + "dir" + k, device)).toList();
      List<Tensor> gradients = Grad.of(scalar, wanted);
      List<Tensor> products = Grad.hvp(scalar, wanted, directions);
      int i = 0;
      for (int k : parameters.keySet()) {
        compare("grad" + k, gradients.get(i), GRADIENT);
        compare("hvp" + k, products.get(i), HESSIAN);
        i++;
      }
    }

    private void compare(String result, Tensor got, double tolerance) {
      Safetensors.Info info = file.info(prefix + result);
      Shape shape = info.shape();
      if (!shape.equals(got.shape())) {
        problems.add(label + ": " + result + " has shape " + got.shape() + ", expected " + shape);
        return;
      }
      double exact = info.dtype().startsWith("F") ? tolerance : 0;
      difference(numbers(got), file.doubles(prefix + result), exact)
          .ifPresent(text -> problems.add(label + ": " + result + " " + text));
    }
  }

  private static double[] numbers(Tensor tensor) {
    double[] out = new double[tensor.size()];
    if (tensor.dtype() == DType.INT32) {
      int[] ints = tensor.toInts();
      Arrays.setAll(out, i -> ints[i]);
    } else {
      float[] floats = tensor.toFloats();
      Arrays.setAll(out, i -> floats[i]);
    }
    return out;
  }

  /** What is wrong, if {@code max |got - reference| <= tolerance * scale} does not hold; NaN agrees with NaN only. */
  static Optional<String> difference(double[] got, double[] reference, double tolerance) {
    double scale = FLOOR;
    for (double value : reference) {
      scale = Double.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
    }
    double worst = 0;
    int at = -1;
    for (int i = 0; i < reference.length; i++) {
      boolean same = Double.compare(got[i], reference[i]) == 0 || got[i] == reference[i];
      double error = same ? 0 : Math.abs(got[i] - reference[i]);
      if (!(error <= worst)) { // also where it is NaN
        worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        at = i;
      }
    }
    if (worst <= tolerance * scale) {
      return Optional.empty();
    }
    return Optional.of("is off by " + worst + " at " + at + " (got " + got[at] + ", reference " + reference[at]
        + ", allowed " + tolerance * scale + ")");
  }
}
