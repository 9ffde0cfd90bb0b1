package evenhand.kernels;

import evenhand.tensor.BackendContract;
import evenhand.tensor.Device;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of all devices on OpenCL; in CI on PoCL, which runs the kernels on the CPU. */
class OpenClBackendTests extends BackendContract {
  private static final OpenDevice DEVICE = new OpenDevice(new OpenClProvider());

  @BeforeAll
  static void requireDevice() {
    DEVICE.require();
  }

  @AfterAll
  static void recordWhatRan() {
    DEVICE.record("pocl", "PoCL");
  }

  @Override
  public Device device() {
    return DEVICE.get();
  }
}
