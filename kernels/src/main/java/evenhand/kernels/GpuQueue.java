package evenhand.kernels;

import evenhand.kernels.GpuRuntime.Event;
import evenhand.kernels.GpuRuntime.Lane;
import evenhand.kernels.VendorProducts.Operand;
import evenhand.tensor.DType;
import java.lang.ref.Reference;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A runtime with its memory, and the order between its two lanes: what the parts of {@link GpuBackend} hand work to.
 *
 * <p>Nothing waits but a download. Work that may read an upload follows the lane of copies; an upload into a block that
 * work has used follows the lane of work, whoever owned the block then: {@link MemoryPool.Block#lastUse} is all that
 * reuse of memory needs.
 */
final class GpuQueue {
  private final GpuRuntime runtime;
  private final MemoryPool pool;
  private final GpuStaging staging;
  private final Set<Kernel> launched = EnumSet.noneOf(Kernel.class);
  private long uses; // of blocks by work, counted
  private long followed; // the use up to which copies have been told to follow work
  private boolean uploaded; // since work was last told to follow copies

  GpuQueue(GpuRuntime runtime) {
    this.runtime = runtime;
    this.pool = new MemoryPool(runtime);
    this.staging = new GpuStaging(runtime);
  }

  GpuRuntime runtime() {
    return runtime;
  }

  MemoryPool pool() {
    return pool;
  }

  /** The kernels that were handed over so far. */
  synchronized Set<Kernel> launched() {
    return EnumSet.copyOf(launched);
  }

  /** Memory for intermediate results, to be released by the caller; one that it forgets, the collector finds. */
  GpuStorage temporary(DType dtype, long length) {
    if (length > Integer.MAX_VALUE) {
      throw new IllegalStateException("device " + runtime.name() + ": intermediate results of " + length
          + " elements are more than 2^31 - 1; split the tensors, or use --device cpu");
    }
    return new GpuStorage(dtype, (int) length, pool);
  }

  /** Copies the first numbers of a {@code float[]}, {@code int[]} or {@code long[]}, which may change afterwards. */
  synchronized void upload(Object source, GpuStorage target, int length) {
    MemoryPool.Block block = target.block();
    if (block.lastUse() > followed) {
      follow(Lane.COPIES, Lane.WORK);
      followed = uses;
    }
    uploaded = true;
    staging.upload(source, block.memory(), length);
    Reference.reachabilityFence(target);
  }

  /** Copies numbers to a {@code float[]}, {@code int[]} or {@code long[]}, which is filled on return. */
  synchronized void download(GpuStorage source, Object target, int length) {
    MemoryPool.Block block = source.block();
    use(block);
    staging.download(block.memory(), target, length);
    Reference.reachabilityFence(source);
  }

  /** Hands a kernel over; storages among the arguments become their memory. */
  synchronized void launch(Kernel kernel, long groups, Object... arguments) {
    if (groups > Integer.MAX_VALUE) {
      throw new IllegalStateException("device " + runtime.name() + ": " + kernel.entry() + " of " + groups
          + " groups is too large; split the tensors, or use --device cpu");
    }
    Object[] raw = arguments.clone();
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] instanceof GpuStorage storage) {
        use(storage.block());
        raw[i] = storage.block().memory();
      }
    }
    runtime.launch(kernel, (int) groups, raw);
    launched.add(kernel);
    Reference.reachabilityFence(arguments); // else the collector could give a block back before the launch is queued
  }

  /** Hands matrix products over to the vendor's library, see {@link VendorProducts#multiply}. */
  synchronized void multiply(VendorProducts library, int m, int n, int k, int count, View a, View b, GpuStorage out) {
    Stream.of(a.storage(), b.storage(), out).forEach(storage -> use(storage.block()));
    library.multiply(m, n, k, count, a.operand(), b.operand(), out.block().memory());
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(out);
  }

  /** Matrices in a storage, see {@link Operand}. */
  record View(GpuStorage storage, int offset, boolean transposed, int lead, long step) {
    Operand operand() {
      return new Operand(storage.block().memory(), offset, transposed, lead, step);
    }
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

  /** Work that is queued next uses a block. */
  private void use(MemoryPool.Block block) {
    if (uploaded) {
      follow(Lane.WORK, Lane.COPIES);
      uploaded = false;
    }
    block.usedAt(++uses);
  }

  private void follow(Lane behind, Lane ahead) {
    Event event = runtime.record(ahead);
    try {
      runtime.follow(behind, event);
    } finally {
      runtime.release(event);
    }
  }

  synchronized void synchronize() {
    runtime.synchronize();
  }

  /** Gives everything back, also after a failure of the device, which is thrown at the end. */
  synchronized void close() {
    try (GpuRuntime _ = runtime; MemoryPool _ = pool; GpuStaging _ = staging) {
      runtime.synchronize();
    }
  }
}
