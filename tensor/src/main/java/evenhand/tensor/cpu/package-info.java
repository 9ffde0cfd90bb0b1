/**
 * The two CPU devices: {@link evenhand.tensor.cpu.ReferenceBackend}, plain loops, the definition of right; and
 * {@link evenhand.tensor.cpu.CpuBackend}, the fast one that users get.
 *
 * <pre>
 * CpuBackend -> Elementwise, Copies, Reductions, Gemm, Convolution, Indexing   shapes, strides, cutting of the work
 *               DirectConvolution, Updates
 *            -> HeadProducts, RLayers, EncoderPasses, Influences               the fused families
 *            -> Kernels                                                        inner loops on stretches of arrays
 *                 VectorKernels   VectorUnary, VectorBinary, VectorRows, VectorFused, VectorMath, GemmTiles, GemmNarrow, GemmEdges,
 *                                 ConvTiles, VectorTranspose
 *                 ScalarKernels   where the vector module is absent; KernelChoice decides
 *            -> ThreadPool, BufferPool
 * </pre>
 *
 * <p>Only VectorKernels and what stands beside it name a type of the Vector API, so nothing else needs the module.
 */
package evenhand.tensor.cpu;
