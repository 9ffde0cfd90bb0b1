package evenhand.tensor.cpu;

import evenhand.tensor.Device;
import evenhand.tensor.EncoderContract;
import evenhand.tensor.GroupContract;
import evenhand.tensor.HessianContract;

/** The fused families on plain loops, as where the vector module is absent. */
class ScalarFusedTests implements HessianContract, EncoderContract, GroupContract {
  private static final Device SCALAR = Numbers.device(2, new ScalarKernels());

  @Override
  public Device device() {
    return SCALAR;
  }
}
