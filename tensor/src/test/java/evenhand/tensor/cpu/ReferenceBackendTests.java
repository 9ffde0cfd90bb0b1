package evenhand.tensor.cpu;

import evenhand.tensor.BackendContract;
import evenhand.tensor.Device;

class ReferenceBackendTests extends BackendContract {
  @Override
  public Device device() {
    return Device.reference();
  }
}
