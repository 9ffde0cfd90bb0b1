package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import evenhand.tensor.check.DeviceCheck;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code devices --check} finds on this device. */
class CudaCheckTests {
  @Test
  void allWorkAgrees() {
    OpenDevice device = new OpenDevice(new CudaProvider());
    device.require();
    Optional<Device> plain = Device.openPlain(device.get());
    var report = DeviceCheck.run(device.get(), plain, (_, _, _) -> {});
    plain.ifPresent(Device::close);
    boolean vendor = device.get().description().contains("by cuBLAS");
    assertThat(report.findings()).as("products by both")
        .filteredOn(finding -> finding.work().equals("matmul by own kernels")).hasSize(vendor ? 1 : 0);
    assertThat(report.findings()).extracting(DeviceCheck.Finding::problem).containsOnly(Optional.empty());
    assertThat(report.findings()).extracting(DeviceCheck.Finding::work).contains("copy", "matmul");
  }
}
