package evenhand.fairness.devices;

/** The five methods on OpenCL; in CI on PoCL, which runs the kernels on the CPU. */
class OpenClMethodsTests extends MethodsOnDevice {
  OpenClMethodsTests() {
    super("opencl");
  }
}
