package evenhand.autograd.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.io.Safetensors;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runner itself: what is wrong counts as failed, what is unknown as unsupported. */
class OpsConformanceErrorsTests {
  private static final Device DEVICE = Device.reference();

  @TempDir
  Path directory;

  /** {@code y = x^2} at x = (1, 2, 3), cotangent 1, direction 1: gradient 2x, product 2. */
  private static Map<String, Tensor> square() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("case00.in0", DEVICE.tensor(new float[]{1, 2, 3}));
    tensors.put("case00.out0", DEVICE.tensor(new float[]{1, 4, 9}));
    tensors.put("case00.cot0", DEVICE.ones(3));
    tensors.put("case00.dir0", DEVICE.ones(3));
    tensors.put("case00.grad0", DEVICE.tensor(new float[]{2, 4, 6}));
    tensors.put("case00.hvp0", DEVICE.full(2, DEVICE.ones(3).shape()));
    return tensors;
  }

  private OpsConformance.Report run(String op, String kwargs, Map<String, Tensor> tensors) throws IOException {
    Files.writeString(directory.resolve("it.json"), "{\"op\": \"" + op + "\", \"cases\": [{\"name\": \"case00\","
        + " \"args\": [{\"tensor\": \"case00.in0\"}], \"kwargs\": {" + kwargs + "}, \"outputs\": 1, \"grad\": true}]}");
    Safetensors.write(directory.resolve("it.safetensors"), tensors, Map.of());
    return OpsConformance.compare(DEVICE, directory);
  }

  @Test
  void aRightCasePasses() throws IOException {
    assertThat(run("square", "", square()))
        .hasToString("conformance ops [reference]: 1 passed, 0 failed, 0 unsupported");
  }

  @Test
  void eachResultThatIsOffFails() throws IOException {
    for (String result : new String[]{"out0", "grad0", "hvp0"}) {
      Map<String, Tensor> tensors = square();
      double tolerance = result.equals("out0") ? 1e-5 : result.equals("grad0") ? 1e-4 : 1e-3;
      tensors.computeIfPresent("case00." + result, (name, tensor) -> tensor.times(1 + 2 * tolerance));
      OpsConformance.Report report = run("square", "", tensors);
      assertThat(report).hasToString("conformance ops [reference]: 0 passed, 1 failed, 0 unsupported");
      assertThat(report.problems()).hasSize(1).first().asString().startsWith("square case00: " + result + " is off by");
    }
  }

  @Test
  void aResultThatIsMissingOrOfAnotherShapeFails() throws IOException {
    Map<String, Tensor> without = square();
    without.remove("case00.hvp0");
    assertThat(run("square", "", without).problems().getFirst()).contains("there is no tensor case00.hvp0");
    Map<String, Tensor> withoutGradient = square();
    withoutGradient.remove("case00.grad0");
    assertThat(run("square", "", withoutGradient).problems().getFirst()).contains("no gradients to compare with");
    Map<String, Tensor> reshaped = square();
    reshaped.computeIfPresent("case00.out0", (name, tensor) -> tensor.reshape(3, 1));
    assertThat(run("square", "", reshaped).problems().getFirst()).contains("out0 has shape [3], expected [3, 1]");
  }

  @Test
  void unknownOperatorsAndArgumentsAreUnsupported() throws IOException {
    OpsConformance.Report operator = run("cbrt", "", square());
    assertThat(operator).hasToString("conformance ops [reference]: 0 passed, 0 failed, 1 unsupported");
    assertThat(operator.problems()).containsExactly("cbrt case00: unsupported: operator is unknown");
    OpsConformance.Report argument = run("square", "\"twist\": {\"value\": 3}", square());
    assertThat(argument).hasToString("conformance ops [reference]: 0 passed, 0 failed, 1 unsupported");
    assertThat(argument.problems())
        .containsExactly("square case00: unsupported: argument twist = {\"value\":3} is not supported");
    assertThat(run("square", "\"twist\": {\"value\": null}", square()).passed()).isEqualTo(1);
  }

  @Test
  void infinityAndNanAgreeOnlyWithThemselves() {
    double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, 1};
    assertThat(OpsConformance.difference(odd, odd, 1e-5)).isEmpty();
    assertThat(OpsConformance.difference(new double[]{1, 1, 1}, odd, 1e9)).isPresent();
    assertThat(OpsConformance.difference(new double[]{Double.NaN, -1 / 0.0, 1}, odd, 1e9)).isPresent();
    assertThat(OpsConformance.difference(new double[]{Double.NaN}, new double[]{1}, 1e9)).isPresent();
  }
}
