package evenhand.fairness.devices;

/** The five methods on CUDA; in CI on the emulated driver, which "make -C src-native" builds. */
class CudaMethodsTests extends MethodsOnDevice {
  CudaMethodsTests() {
    super("cuda");
  }
}
