package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import evenhand.tensor.check.DeviceCheck;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code devices --check} finds on this device. */
class OpenClCheckTests {
  @Test
  void allWorkAgrees() {
    OpenDevice device = new OpenDevice(new OpenClProvider());
    device.require();
    Optional<Device> plain = Device.openPlain(device.get());
    var report = DeviceCheck.run(device.get(), plain, (_, _, _) -> {});
    plain.ifPresent(Device::close);
    assertThat(report.findings()).extracting(DeviceCheck.Finding::problem).containsOnly(Optional.empty());
    assertThat(report.findings()).extracting(DeviceCheck.Finding::work).contains("copy", "matmul");
  }
}
