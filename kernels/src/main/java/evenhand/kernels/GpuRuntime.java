package evenhand.kernels;

/**
 * What {@link GpuBackend} asks of CUDA or OpenCL: memory, transfers and launches, all in the order of the calls.
 *
 * <p>Safe for use by several threads. Failures are {@link IllegalStateException}s of one line.
 */
interface GpuRuntime extends AutoCloseable {
  /** A block of memory on the device, known to its runtime alone. */
  interface Memory {}

  /** Thrown by {@link #allocate}: the device has no room left. */
  final class NoRoom extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Short name, as in {@code --device}. */
  String name();

  /** One line about the hardware. */
  String description();

  /**
   * A block of so many bytes, aligned to 256.
   *
   * @throws NoRoom if there is none
   */
  Memory allocate(long bytes);

  /** Gives a block back once the work handed over is done with it. */
  void free(Memory memory);

  /** Copies the first numbers of a {@code float[]}, {@code int[]} or {@code long[]}; the array may change afterwards. */
  void upload(Object source, Memory target, int length);

  /** Copies numbers to a {@code float[]}, {@code int[]} or {@code long[]}, which is filled on return. */
  void download(Memory source, Object target, int length);

  /**
   * Hands a kernel over.
   *
   * @param groups of {@link Kernel#WORKERS} work-items, at least 1
   * @param arguments in the kernel's order: a {@link Memory}, an Integer, Long or Float, or an {@code int[]} or
   *     {@code float[]} that is passed as a struct
   */
  void launch(Kernel kernel, int groups, Object... arguments);

  /** Waits until all work handed over is done. */
  void synchronize();

  @Override
  void close();
}
