package evenhand.kernels;

import evenhand.tensor.BackendContract;
import evenhand.tensor.Device;
import evenhand.tensor.spi.DeviceProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of all devices on CUDA, by our kernels alone; in CI on the emulated driver. */
class CudaBackendTests extends BackendContract {
  private static final OpenDevice DEVICE = new OpenDevice(new CudaProvider(), DeviceProvider::openPlain);

  @BeforeAll
  static void requireDevice() {
    DEVICE.require();
  }

  @AfterAll
  static void recordWhatRan() {
    DEVICE.record("cuda", "Emulated");
  }

  @Override
  public Device device() {
    return DEVICE.get();
  }
}
