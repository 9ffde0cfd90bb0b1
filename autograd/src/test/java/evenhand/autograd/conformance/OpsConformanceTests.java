package evenhand.autograd.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OpsConformanceTests {
  static Stream<Device> devices() {
    return Stream.of(Device.cpu(), Device.reference());
  }

  @ParameterizedTest
  @MethodSource("devices")
  void everyCaseAgreesWithPyTorch(Device device) {
    Path root = Path.of(System.getProperty("evenhand.conformance", "src/test/resources/conformance"));
    OpsConformance.Report report = OpsConformance.run(device, root.resolve("ops"));
    assertThat(report.problems()).isEmpty();
    assertThat(report.failed() + report.unsupported()).isZero();
    assertThat(report.passed()).isPositive();
  }
}
