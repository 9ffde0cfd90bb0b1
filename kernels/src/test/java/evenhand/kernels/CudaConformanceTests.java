package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.conformance.OpsConformance;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** PyTorch's operator samples on OpenCL: forward, gradient and Hessian-vector product. */
class CudaConformanceTests {
  @Test
  void opsAgreeWithPyTorch() {
    OpenDevice device = new OpenDevice(new CudaProvider());
    device.require();
    Path root = Path.of(System.getProperty("evenhand.conformance", "../autograd/src/test/resources/conformance"));
    OpsConformance.Report report = OpsConformance.run(device.get(), root.resolve("ops"));
    assertThat(report.problems()).isEmpty();
    assertThat(report.passed()).isPositive();
  }
}
