package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.conformance.OpsConformance;
import evenhand.tensor.spi.DeviceProvider;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** PyTorch's operator samples on CUDA: forward, gradient and Hessian-vector product. */
class CudaConformanceTests {
  @Test
  void opsAgreeWithPyTorch() {
    OpenDevice device = new OpenDevice(new CudaProvider(), DeviceProvider::openPlain);
    device.require();
    Path root = Path.of(System.getProperty("evenhand.conformance", "../autograd/src/test/resources/conformance"));
    OpsConformance.Report report = OpsConformance.run(device.get(), root.resolve("ops"));
    assertThat(report.problems()).isEmpty();
    assertThat(report.passed()).isPositive();
  }
}
