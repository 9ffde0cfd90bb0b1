/**
 * CUDA and OpenCL: {@link evenhand.kernels.CudaProvider} and {@link evenhand.kernels.OpenClProvider} make the two kinds
 * of device known, each with one line on what this machine has or why it cannot be used.
 *
 * <p>In this version they only look: there are no kernels yet, so neither opens a device. They ask the drivers' own C
 * libraries through {@link java.lang.foreign}, which unpacks no files and leaves standard error clean.
 */
package evenhand.kernels;
