package evenhand.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What {@link GpuQueue} asks of CUDA or OpenCL: memory, two lanes of work, and events between them.
 *
 * <p>Work of a lane is done in the order of the calls, which return without waiting; the lanes know nothing of each
 * other. Safe for use by several threads. Failures are {@link IllegalStateException}s of one line; they may come with a
 * later call, at the latest with one that waits.
 */
interface GpuRuntime extends AutoCloseable {
  /** Where work is queued: kernels and copies to the host, or copies to the device. */
  enum Lane {
    WORK,
    COPIES
  }

  /** A block of memory on the device, known to its runtime alone. */
  interface Memory {}

  /** Memory of the host that the device copies from and to. */
  interface Pinned {
    MemorySegment numbers();
  }

  /** A point in a lane, passed once the work before it is done. */
  interface Event {}

  /** Thrown by {@link #allocate} and {@link #pin}: there is no room left. */
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

  /** Gives a block back that no queued work uses any more. */
  void free(Memory memory);

  /**
   * Memory of the host for copies; given back by {@link #close}.
   *
   * @throws NoRoom if there is none
   */
  Pinned pin(long bytes);

  /** Queues a copy on {@link Lane#COPIES}; {@code source} must not change until it is done. */
  void copyIn(Pinned source, long sourceAt, Memory target, long targetAt, long bytes);

  /** Queues a copy on {@link Lane#WORK}; {@code target} is filled once it is done. */
  void copyOut(Memory source, long sourceAt, Pinned target, long targetAt, long bytes);

  /**
   * Queues a kernel on {@link Lane#WORK}.
   *
   * @param groups of {@link Kernel#WORKERS} work-items, at least 1
   * @param arguments in the kernel's order: a {@link Memory}, an Integer, Long or Float, or an {@code int[]} or
   *     {@code float[]} that is passed as a struct
   */
  void launch(Kernel kernel, int groups, Object... arguments);

  /** The vendor's library of matrix products, if it is there. */
  default Optional<VendorProducts> products() {
    return Optional.empty();
  }

  /** Marks the end of what a lane has queued; to be released. */
  Event record(Lane lane);

  /** What a lane queues from here on starts when the event has passed; the host goes on. */
  void follow(Lane lane, Event event);

  /** The host waits until the event has passed. */
  void await(Event event);

  void release(Event event);

  /** Waits until all work is done. */
  void synchronize();

  /** Gives everything back but blocks; they are to be freed before. */
  @Override
  void close();
}
