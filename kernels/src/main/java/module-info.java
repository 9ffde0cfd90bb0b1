/**
 * Graphics devices as plug-ins: dropping this module from the path leaves a program that runs on the CPU.
 *
 * <p>The lines below are the registry; {@code META-INF/services} repeats them for the class path.
 */
module evenhand.kernels {
  requires evenhand.tensor;
  requires jcublas;
  requires jcuda;
  requires jocl;

  exports evenhand.kernels;

  provides evenhand.tensor.spi.DeviceProvider
      with evenhand.kernels.CudaProvider, evenhand.kernels.OpenClProvider;
}
