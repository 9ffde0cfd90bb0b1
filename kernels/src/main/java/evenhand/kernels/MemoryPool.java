package evenhand.kernels;

import evenhand.kernels.GpuRuntime.Memory;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Blocks of device memory that scopes and the garbage collector gave back, by size, for the next step to use.
 *
 * <p>Work runs in the order it is handed over, so a block may be handed out while the work of its last owner still
 * waits. Sizes are rounded up to eighths of a power of two. When the device has no room, idle blocks are freed, then
 * the collector is asked for tensors that nobody holds.
 */
final class MemoryPool {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final long SMALLEST = 256;
  private static final int MEBI = 1 << 20;

  private final GpuRuntime runtime;
  private final Map<Long, ArrayDeque<Memory>> idle = new HashMap<>();
  private final Set<Memory> lent = Collections.newSetFromMap(new IdentityHashMap<>());
  private long used;
  private boolean closed;

  MemoryPool(GpuRuntime runtime) {
    this.runtime = runtime;
  }

  /** A block on loan; given back once, by {@link Cleaner.Cleanable#clean} or when {@code owner} is unreachable. */
  record Loan(Memory memory, Cleaner.Cleanable giveBack) {}

  /**
   * Lends a block of at least so many bytes.
   *
   * @throws IllegalStateException if the device has no room for it
   */
  Loan lend(Object owner, long bytes) {
    long rounded = rounded(bytes);
    Memory memory = take(rounded);
    return new Loan(memory, CLEANER.register(owner, () -> giveBack(memory, rounded)));
  }

  private synchronized Memory take(long bytes) {
    var free = idle.get(bytes);
    Memory memory = free != null && !free.isEmpty() ? free.pop() : allocate(bytes);
    lent.add(memory);
    used += bytes;
    return memory;
  }

  private Memory allocate(long bytes) {
    for (int attempt = 0;; attempt++) {
      try {
        return runtime.allocate(bytes);
      } catch (GpuRuntime.NoRoom _) {
        if (attempt == 2) {
          throw new IllegalStateException("device " + runtime.name() + " has no room for " + mebibytes(bytes)
              + " more, with " + mebibytes(used) + " in use; use smaller batches, or --device cpu");
        }
        if (attempt == 1) {
          waitForCollector();
        }
        trim();
      }
    }
  }

  private void waitForCollector() {
    System.gc();
    try {
      wait(200); // lets the cleaner's thread in
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void giveBack(Memory memory, long bytes) {
    if (closed) {
      return; // closing has freed it
    }
    lent.remove(memory);
    used -= bytes;
    idle.computeIfAbsent(bytes, size -> new ArrayDeque<>()).push(memory);
  }

  private void trim() {
    idle.values().forEach(blocks -> blocks.forEach(runtime::free));
    idle.clear();
  }

  /** Frees every block, those on loan too. */
  synchronized void close() {
    trim();
    lent.forEach(runtime::free);
    lent.clear();
    closed = true;
  }

  /** Bytes on loan. */
  synchronized long used() {
    return used;
  }

  static long rounded(long bytes) {
    long step = Math.max(Long.highestOneBit(bytes) >>> 3, SMALLEST);
    return Math.max((bytes + step - 1) / step * step, SMALLEST);
  }

  private static String mebibytes(long bytes) {
    return (bytes + MEBI - 1) / MEBI + " MiB";
  }
}
