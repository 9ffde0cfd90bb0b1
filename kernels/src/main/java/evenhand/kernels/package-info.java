/**
 * CUDA and OpenCL devices, found by {@link java.util.ServiceLoader}.
 *
 * <table>
 * <caption>What is where</caption>
 * <tr><td>{@link evenhand.kernels.CudaProvider}, {@link evenhand.kernels.OpenClProvider}</td>
 * <td>make the devices known, each with one line on what this machine has or why it cannot be used; they ask the
 * drivers' own C libraries ({@code DriverLibrary}), which unpacks no files and leaves standard error clean</td></tr>
 * <tr><td>{@code GpuBackend}</td><td>the primitives, written once: {@code GpuReductions}, {@code GpuProducts},
 * {@code GpuIndexing}, {@code GpuHeads} and {@code GpuEncoder} hold the larger ones</td></tr>
 * <tr><td>{@code GpuRuntime}</td><td>what they need of a driver: memory, two lanes of work with events between them;
 * {@code CudaRuntime} by JCuda, {@code OpenClRuntime} by JOCL, whose native halves {@code Natives} unpacks to a private
 * directory; {@code VendorProducts}, matrix products of cuBLAS ({@code Cublas}, by JCublas) where it is there</td></tr>
 * <tr><td>{@code GpuQueue}, {@code GpuStaging}, {@code MemoryPool}, {@code GpuStorage}</td><td>a runtime with its memory:
 * the order between the lanes, pinned memory for copies, blocks for reuse</td></tr>
 * <tr><td>{@code Kernel}, {@code KernelSources}, {@code Layout}</td><td>the kernels of {@code src-native}: their names,
 * their texts, and how a view travels to them</td></tr>
 * </table>
 *
 * <p>The kernels are verified by emulation: no graphics hardware has run them yet.
 */
package evenhand.kernels;
