package evenhand.kernels;

import evenhand.tensor.DType;
import java.lang.ref.Reference;

/** A runtime with its memory pool: what the parts of {@link GpuBackend} hand their work to. */
final class GpuQueue {
  private final GpuRuntime runtime;
  private final MemoryPool pool;

  GpuQueue(GpuRuntime runtime) {
    this.runtime = runtime;
    this.pool = new MemoryPool(runtime);
  }

  GpuRuntime runtime() {
    return runtime;
  }

  MemoryPool pool() {
    return pool;
  }

  /** Memory for intermediate results, to be released by the caller; one that it forgets, the collector finds. */
  GpuStorage temporary(DType dtype, long length) {
    if (length > Integer.MAX_VALUE) {
      throw new IllegalStateException("device " + runtime.name() + ": intermediate results of " + length
          + " elements are more than 2^31 - 1; split the tensors, or use --device cpu");
    }
    return new GpuStorage(dtype, (int) length, pool);
  }

  /** Hands a kernel over; storages among the arguments become their memory. */
  void launch(Kernel kernel, long groups, Object... arguments) {
    if (groups > Integer.MAX_VALUE) {
      throw new IllegalStateException("device " + runtime.name() + ": " + kernel.entry() + " of " + groups
          + " groups is too large; split the tensors, or use --device cpu");
    }
    Object[] raw = arguments.clone();
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] instanceof GpuStorage storage) {
        raw[i] = storage.memory();
      }
    }
    runtime.launch(kernel, (int) groups, raw);
    Reference.reachabilityFence(arguments); // else the collector could give a block back before the launch is queued
  }

  /** The same for each of n elements; nothing for none. */
  void each(Kernel kernel, int n, Object... arguments) {
    if (n > 0) {
      launch(kernel, Kernel.groupsFor(n), arguments);
    }
  }

  void fill(GpuStorage target, int bits, int n) {
    each(Kernel.FILL_BITS, n, target, bits, n);
  }

  void close() {
    runtime.synchronize();
    pool.close();
    runtime.close();
  }
}
